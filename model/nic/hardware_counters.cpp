// SPDX-License-Identifier: Apache-2.0
// What the blocks have counted, in the firmware's terms.
#include "model/nic/hardware.h"

namespace pspnic::nic {

firmware::VportCounters Hardware::vport_counters(uint32_t) const {
  const rx::Pipeline::Stats& rx = blocks_.rx.stats();
  const tx::Pipeline::Stats& tx = blocks_.tx.stats();
  const base::CounterArray& drops = blocks_.drops;
  firmware::VportCounters counters;
  counters.rx_bytes = rx.bytes.all_time();
  counters.rx_unicast = rx.unicast.all_time();
  counters.rx_multicast = rx.multicast.all_time();
  counters.rx_broadcast = rx.broadcast.all_time();
  counters.rx_discards =
      drops.all_time(base::DropReason::kRxNoBuffer) + drops.all_time(base::DropReason::kRxQueueDisabled) +
      drops.all_time(base::DropReason::kRxNoVport) + drops.all_time(base::DropReason::kRxPspNoQueue) +
      drops.all_time(base::DropReason::kRxPspSampled);
  counters.rx_errors =
      drops.all_time(base::DropReason::kRxPspAuthFail) + drops.all_time(base::DropReason::kRxPspError) +
      drops.all_time(base::DropReason::kRxPspBad) + drops.all_time(base::DropReason::kRxFlowClear) +
      drops.all_time(base::DropReason::kRxFlowMismatch) + drops.all_time(base::DropReason::kRxDmaFault) +
      drops.all_time(base::DropReason::kRxBadFcs);
  counters.rx_invalid_frame_length = drops.all_time(base::DropReason::kRxFrameLength);
  counters.rx_overflow_drop =
      drops.all_time(base::DropReason::kRxOverflow) + drops.all_time(base::DropReason::kRxPspOverflow);
  counters.tx_bytes = tx.bytes.all_time();
  counters.tx_unicast = tx.unicast.all_time();
  counters.tx_multicast = tx.multicast.all_time();
  counters.tx_broadcast = tx.broadcast.all_time();
  counters.tx_discards =
      drops.all_time(base::DropReason::kTxTooLong) + drops.all_time(base::DropReason::kTxQueueReset);
  counters.tx_errors =
      drops.all_time(base::DropReason::kTxBadDescriptor) + drops.all_time(base::DropReason::kTxDmaFault) +
      drops.all_time(base::DropReason::kTxNoSa) + drops.all_time(base::DropReason::kTxFlowUnprotected) +
      drops.all_time(base::DropReason::kTxBadPspPacket);
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

firmware::PspCounters Hardware::psp_counters() const {
  const rx::Pipeline::Stats& rx = blocks_.rx.stats();
  const tx::Pipeline::Stats& tx = blocks_.tx.stats();
  firmware::PspCounters counters;
  counters.rx_packets = rx.psp_packets.all_time();
  counters.rx_bytes = rx.psp_bytes.all_time();
  counters.rx_auth_fail = rx.psp_auth_fail.all_time();
  counters.rx_error = rx.psp_error.all_time();
  counters.rx_bad = rx.psp_bad.all_time();
  counters.tx_packets = tx.psp_packets.all_time();
  counters.tx_bytes = tx.psp_bytes.all_time();
  counters.tx_error = tx.psp_errors.all_time();
  counters.rx_bad_version = rx.psp_bad_version.all_time();
  counters.rx_stale_key = rx.psp_stale_key.all_time();
  counters.rx_bypass = rx.psp_bypass.all_time();
  counters.tx_bad_sa = blocks_.fetcher.bad_sa();
  return counters;
}

}  // namespace pspnic::nic
