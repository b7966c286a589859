// SPDX-License-Identifier: Apache-2.0
#include "model/tx/pipeline.h"

#include <array>

#include "model/base/clock.h"
#include "model/net/bytes.h"
#include "model/psp/seal.h"

namespace pspnic::tx {

namespace {

using base::DropReason;
using base::Time;

base::Service cycles(const base::Clock& clock, unsigned occupancy, unsigned latency) {
  return {clock.cycles(occupancy), clock.cycles(latency)};
}

}  // namespace

Pipeline::Pipeline(base::StatGroup& parent, const TxParams& params, const Ports& ports)
    : ports_(ports),
      stats_(parent),
      stretch_("stages", {{"parse", 1, params.queue_packets},
                          {"edit", 1, params.queue_packets},
                          {"crypto", ports.lanes.params().lanes, ports.lanes.params().queue_packets},
                          {"mac", 1, ports.mac.params().queue_packets}}),
      stretch_stats_(stats_.group, stretch_),
      parse_(cycles(base::Clock(params.clock), params.parse_cycles, params.parse_latency_cycles)),
      edit_(cycles(base::Clock(params.clock), params.edit_cycles, params.edit_latency_cycles)),
      udp_checksum_(params.udp_checksum == TxParams::UdpChecksum::kValid) {}

Pipeline::Sent Pipeline::send(base::PacketPtr packet, const HeaderMap& map, const queue::TxJob& job,
                              uint32_t segment, uint32_t payload_bytes, const crypto::Sa* sa) {
  const FinishedFrame finished = finish_frame(*packet, map, job, segment, payload_bytes, sa);
  if (finished.error != TransformError::kNone) return drop(job, finished.error);
  if (packet->size() > ports_.mac.max_frame_bytes()) return drop(job, TransformError::kTooLong);

  base::Service crypto{};
  if (job.psp) {
    crypto = ports_.lanes.service(sa->version, finished.psp.aad_bytes, finished.psp.text_bytes);
  }
  const std::array<base::Service, kStages> services{parse_, edit_, crypto,
                                                    ports_.mac.service(packet->size())};
  const base::Passage passage = stretch_.pass(ports_.events.now(), services);
  if (job.psp && !seal(packet->bytes().subspan(map.psp_offset), *sa, finished.psp, passage[kCrypto].start)) {
    Sent failed = drop(job, TransformError::kPspHeader);
    failed.sealed = passage[kCrypto].departure;
    return failed;
  }
  if (job.psp && udp_checksum_) fill_udp_checksum(packet->bytes(), map);
  count(*packet, map, job);
  packet->wire_start = passage[kMac].start;
  packet->wire_end = passage.departure();
  stats_.latency.record(packet->wire_end - packet->created);
  const Sent sent{packet->wire_end, passage[kCrypto].departure, TransformError::kNone, false};
  ports_.wire.transmit(std::move(packet));
  return sent;
}

bool Pipeline::seal(std::span<uint8_t> psp_packet, const crypto::Sa& sa, const psp::Layout& layout,
                    Time start) {
  net::store_be64(&psp_packet[psp::kIvOffset], ports_.iv_clock.next(start));
  return psp::seal(ports_.aead, sa.key, psp_packet, layout);
}

void Pipeline::count(const base::Packet& packet, const HeaderMap& map, const queue::TxJob& job) {
  stats_.frames++;
  stats_.bytes += packet.size();
  const bool group = (packet.data()[0] & 1) != 0;
  const bool all = net::ethernet_destination(packet.data()).is_broadcast();
  (all ? stats_.broadcast : group ? stats_.multicast : stats_.unicast)++;
  if (!job.psp) return;
  stats_.psp_packets++;
  stats_.psp_bytes += psp::counted_bytes(packet.size() - map.psp_offset);
}

Pipeline::Sent Pipeline::drop(const queue::TxJob& job, TransformError error) {
  if (job.psp) stats_.psp_errors++;
  ports_.drops.add(error == TransformError::kTooLong ? DropReason::kTxTooLong
                   : error == TransformError::kNoSa  ? DropReason::kTxNoSa
                                                     : DropReason::kTxBadPspPacket);
  return {0, 0, error, true};
}

}  // namespace pspnic::tx
