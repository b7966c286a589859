// SPDX-License-Identifier: Apache-2.0
// What the blocks have counted, in the firmware's terms.
#include <initializer_list>

#include "model/nic/hardware.h"

namespace pspnic::nic {

using base::DropReason;

// Of frames that ended before anybody could tell whose they were, and of those that a reset of the card
// ended.
uint64_t Hardware::nobodys_drops(DropReason reason) const {
  uint64_t known = 0;
  for (uint16_t vport = 0; vport < blocks_.rx.vports(); ++vport) {
    known += blocks_.rx.book(vport).dropped(reason) + blocks_.tx.book(vport).dropped(reason);
  }
  return blocks_.drops.all_time(reason) - known;
}

// Every drop of the card is counted by one vport: its own, or, when it is nobody's, the first of the physical
// function.
firmware::VportCounters Hardware::vport_counters(uint32_t vport_id) const {
  const base::VportBook& rx = blocks_.rx.book(own_.share.vport(vport_id));
  const base::VportBook& tx = blocks_.tx.book(own_.share.vport(vport_id));
  const bool with_nobodys = !own_.share.is_virtual() && vport_id == 0;
  const auto drops = [&](const base::VportBook& book, std::initializer_list<DropReason> reasons) {
    uint64_t total = 0;
    for (const DropReason reason : reasons) {
      total += book.dropped(reason) + (with_nobodys ? nobodys_drops(reason) : 0);
    }
    return total;
  };
  firmware::VportCounters counters;
  counters.rx_bytes = rx.bytes;
  counters.rx_unicast = rx.unicast;
  counters.rx_multicast = rx.multicast;
  counters.rx_broadcast = rx.broadcast;
  counters.rx_discards =
      drops(rx, {DropReason::kRxNoVport, DropReason::kRxNoBuffer, DropReason::kRxQueueDisabled,
                 DropReason::kRxPspNoQueue, DropReason::kRxPspSampled});
  counters.rx_errors = drops(
      rx, {DropReason::kRxBadFcs, DropReason::kRxPspAuthFail, DropReason::kRxPspError, DropReason::kRxPspBad,
           DropReason::kRxFlowClear, DropReason::kRxFlowMismatch, DropReason::kRxDmaFault});
  counters.rx_invalid_frame_length = drops(rx, {DropReason::kRxFrameLength});
  counters.rx_overflow_drop = drops(rx, {DropReason::kRxOverflow, DropReason::kRxPspOverflow});
  counters.tx_bytes = tx.bytes;
  counters.tx_unicast = tx.unicast;
  counters.tx_multicast = tx.multicast;
  counters.tx_broadcast = tx.broadcast;
  counters.tx_discards =
      drops(tx, {DropReason::kTxTooLong, DropReason::kTxControlFrame, DropReason::kTxQueueReset});
  counters.tx_errors = drops(tx, {DropReason::kTxBadDescriptor, DropReason::kTxDmaFault, DropReason::kTxNoSa,
                                  DropReason::kTxFlowUnprotected, DropReason::kTxBadPspPacket});
  return counters;
}

firmware::PortCounters Hardware::port_counters() const {
  const rx::Pipeline::Stats& rx = blocks_.rx.stats();
  const tx::Pipeline::Stats& tx = blocks_.tx.stats();
  const base::CounterArray& drops = blocks_.drops;
  firmware::PortCounters counters;
  counters.rx_frames = rx.frames.all_time();
  counters.rx_bytes = rx.bytes.all_time();
  counters.rx_unicast = rx.unicast.all_time();
  counters.rx_multicast = rx.multicast.all_time();
  counters.rx_broadcast = rx.broadcast.all_time();
  counters.rx_oversized = drops.all_time(base::DropReason::kRxFrameLength);
  counters.rx_dropped = drops.all_time(base::DropReason::kRxOverflow);
  counters.rx_crc_errors = drops.all_time(base::DropReason::kRxBadFcs);
  counters.tx_frames = tx.frames.all_time();
  counters.tx_bytes = tx.bytes.all_time();
  counters.tx_unicast = tx.unicast.all_time();
  counters.tx_multicast = tx.multicast.all_time();
  counters.tx_broadcast = tx.broadcast.all_time();
  return counters;
}

// Of all vports of the function.
firmware::PspCounters Hardware::psp_counters() const {
  firmware::PspCounters counters;
  for (uint32_t id = 0; id < own_.share.vports; ++id) {
    const base::VportBook& rx = blocks_.rx.book(own_.share.vport(id));
    const base::VportBook& tx = blocks_.tx.book(own_.share.vport(id));
    counters.rx_packets += rx.psp_packets;
    counters.rx_bytes += rx.psp_bytes;
    counters.rx_auth_fail += rx.psp_auth_fail;
    counters.rx_error += rx.psp_error;
    counters.rx_bad += rx.psp_bad;
    counters.rx_bad_version += rx.psp_bad_version;
    counters.rx_stale_key += rx.psp_stale_key;
    counters.rx_bypass += rx.psp_bypass;
    counters.tx_packets += tx.psp_packets;
    counters.tx_bytes += tx.psp_bytes;
    counters.tx_error += tx.psp_error;
    counters.tx_bad_sa += tx.psp_bad_sa;
  }
  return counters;
}

}  // namespace pspnic::nic
