// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/counters.h"

#include <array>

namespace pspnic::tcp {
namespace {

constexpr std::array kEntries{
    CounterEntry{"opened_actively", "connection", "Connections this end opened", &Counters::opened_actively},
    CounterEntry{"opened_passively", "connection", "Connections the peer opened",
                 &Counters::opened_passively},
    CounterEntry{"closed", "connection", "Ended by FIN both ways", &Counters::closed},
    CounterEntry{"aborted", "connection", "Ended by a RST of this end", &Counters::aborted},
    CounterEntry{"reset", "connection", "Ended by a RST of the peer", &Counters::reset},
    CounterEntry{"timed_out", "connection", "Given up: the peer did not answer", &Counters::timed_out},
    CounterEntry{"segments_sent", "segment", "Segments sent, those of TSO frames each",
                 &Counters::segments_sent},
    CounterEntry{"data_segments_sent", "segment", "Of these, with data", &Counters::data_segments_sent},
    CounterEntry{"retransmitted_segments", "segment", "Of these, sent again",
                 &Counters::retransmitted_segments},
    CounterEntry{"retransmitted_bytes", "B", "Data sent again", &Counters::retransmitted_bytes},
    CounterEntry{"timeouts", "event", "Expirations of the retransmission timer", &Counters::timeouts},
    CounterEntry{"fast_retransmits", "event", "Losses told by duplicate acknowledgments",
                 &Counters::fast_retransmits},
    CounterEntry{"spurious_retransmits", "event", "Of both, in vain, as time stamps showed, and undone",
                 &Counters::spurious_retransmits},
    CounterEntry{"window_probes", "segment", "Probes of a closed window", &Counters::window_probes},
    CounterEntry{"keep_alives", "segment", "Probes of a silent peer", &Counters::keep_alives},
    CounterEntry{"acks_sent", "segment", "Acknowledgments without data", &Counters::acks_sent},
    CounterEntry{"duplicate_acks_sent", "segment", "Of these, because of a segment out of order or twice",
                 &Counters::duplicate_acks_sent},
    CounterEntry{"resets_sent", "segment", "RST sent", &Counters::resets_sent},
    CounterEntry{"segments_received", "segment", "Segments received, merged ones each",
                 &Counters::segments_received},
    CounterEntry{"duplicate_acks_received", "segment", "Duplicate acknowledgments",
                 &Counters::duplicate_acks_received},
    CounterEntry{"out_of_order", "segment", "Data ahead of what is missing", &Counters::out_of_order},
    CounterEntry{"duplicates", "frame", "Data that was there already; merged segments count once",
                 &Counters::duplicates},
    CounterEntry{"stale", "segment", "Refused for an old time stamp (PAWS)", &Counters::stale},
    CounterEntry{"outside_window", "segment", "Refused: nothing of it lies in the window",
                 &Counters::outside_window},
    CounterEntry{"gaps_exceeded", "segment", "Not kept: too many gaps before it", &Counters::gaps_exceeded},
    CounterEntry{"resets_received", "segment", "RST taken", &Counters::resets_received},
    CounterEntry{"challenges", "segment", "SYN or RST answered by an acknowledgment (RFC 5961)",
                 &Counters::challenges},
    CounterEntry{"checked_by_device", "frame", "Checksum found right by the device",
                 &Counters::checked_by_device},
    CounterEntry{"checked_in_software", "frame", "Checksum found right by the stack",
                 &Counters::checked_in_software},
    CounterEntry{"checksum_wrong", "frame", "Dropped: wrong checksum", &Counters::checksum_wrong},
    CounterEntry{"malformed", "frame", "Dropped: not a TCP segment, or a broken option",
                 &Counters::malformed},
    CounterEntry{"to_nowhere", "frame", "Of no connection; answered by RST", &Counters::to_nowhere},
    CounterEntry{"protection_wrong", "segment",
                 "Dropped: in clear, or under another SA than the connection's", &Counters::protection_wrong},
};
static_assert(kEntries.size() * sizeof(uint64_t) == sizeof(Counters), "each counter has an entry");

}  // namespace

std::span<const CounterEntry> counter_entries() {
  return kEntries;
}

}  // namespace pspnic::tcp
