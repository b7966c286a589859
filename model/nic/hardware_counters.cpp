// SPDX-License-Identifier: Apache-2.0
// What the blocks have counted, in the firmware's terms.
#include <initializer_list>

#include "model/nic/hardware.h"

namespace pspnic::nic {

namespace {

using base::DropReason;

uint64_t sum(const base::VportBook& book, std::initializer_list<DropReason> reasons) {
  uint64_t total = 0;
  for (const DropReason reason : reasons) total += book.dropped(reason);
  return total;
}

}  // namespace

// Frames that end before anybody can tell whose they were are the physical function's.
firmware::VportCounters Hardware::vport_counters(uint32_t vport_id) const {
  const base::VportBook& rx = blocks_.rx.book(own_.share.vport(vport_id));
  const base::VportBook& tx = blocks_.tx.book(own_.share.vport(vport_id));
  firmware::VportCounters counters;
  counters.rx_bytes = rx.bytes;
  counters.rx_unicast = rx.unicast;
  counters.rx_multicast = rx.multicast;
  counters.rx_broadcast = rx.broadcast;
  counters.rx_discards = sum(rx, {DropReason::kRxNoBuffer, DropReason::kRxQueueDisabled,
                                  DropReason::kRxPspNoQueue, DropReason::kRxPspSampled});
  counters.rx_errors = sum(rx, {DropReason::kRxPspAuthFail, DropReason::kRxPspError, DropReason::kRxPspBad,
                                DropReason::kRxFlowClear, DropReason::kRxFlowMismatch});
  counters.rx_overflow_drop = sum(rx, {DropReason::kRxOverflow, DropReason::kRxPspOverflow});
  counters.tx_bytes = tx.bytes;
  counters.tx_unicast = tx.unicast;
  counters.tx_multicast = tx.multicast;
  counters.tx_broadcast = tx.broadcast;
  counters.tx_discards =
      sum(tx, {DropReason::kTxTooLong, DropReason::kTxControlFrame, DropReason::kTxQueueReset});
  counters.tx_errors = sum(tx, {DropReason::kTxBadDescriptor, DropReason::kTxDmaFault, DropReason::kTxNoSa,
                                DropReason::kTxFlowUnprotected, DropReason::kTxBadPspPacket});
  if (own_.share.is_virtual()) return counters;
  const auto of_card = [this](DropReason reason) { return blocks_.drops.all_time(reason); };
  counters.rx_discards += of_card(DropReason::kRxNoVport);
  counters.rx_errors += of_card(DropReason::kRxDmaFault) + of_card(DropReason::kRxBadFcs);
  counters.rx_invalid_frame_length = of_card(DropReason::kRxFrameLength);
  counters.rx_overflow_drop = of_card(DropReason::kRxOverflow) + rx.dropped(DropReason::kRxPspOverflow);
  counters.tx_discards += of_card(DropReason::kTxQueueReset);
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
