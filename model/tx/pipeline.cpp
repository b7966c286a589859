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

Pipeline::Pipeline(base::StatGroup& parent, const TxParams& params, uint16_t queues, const Ports& ports)
    : ports_(ports),
      stats_(parent),
      stages_(stats_.group, "stages"),
      front_("front", {{"parse", 1, params.queue_packets}, {"edit", 1, params.queue_packets}}),
      front_stats_(stages_, front_),
      crypto_("crypto", {{"crypto", ports.lanes.params().lanes, ports.lanes.params().queue_packets}}),
      crypto_stats_(stages_, crypto_),
      parse_(cycles(base::Clock(params.clock), params.parse_cycles, params.parse_latency_cycles)),
      edit_(cycles(base::Clock(params.clock), params.edit_cycles, params.edit_latency_cycles)),
      udp_checksum_(params.udp_checksum == TxParams::UdpChecksum::kValid),
      port_(stages_, parse_.latency + edit_.latency, {ports.events, ports.mac, ports.wire}),
      in_lanes_until_(queues) {
  port_.set_listener(this);
}

Pipeline::Sent Pipeline::send(base::PacketPtr& packet, const HeaderMap& map, const queue::TxJob& job,
                              uint32_t segment, uint32_t payload_bytes, const crypto::Sa* sa) {
  const FinishedFrame finished = finish_frame(*packet, map, job, segment, payload_bytes, sa);
  if (finished.error != TransformError::kNone) return drop(job, finished.error);
  if (packet->size() > ports_.mac.max_frame_bytes()) return drop(job, TransformError::kTooLong);

  const base::Time now = ports_.events.now();
  const std::array<base::Service, 2> front{parse_, edit_};
  base::Time ready = front_.pass(now, front).departure();
  Sent sent;
  auto way = mac::TxPort::Way::kPast;
  if (job.psp || ready < in_lanes_until_[job.queue]) {
    way = mac::TxPort::Way::kThrough;
    std::array<base::Service, 1> lane{};
    if (job.psp) lane[0] = ports_.lanes.service(sa->version, finished.psp.aad_bytes, finished.psp.text_bytes);
    const base::Visit visit = crypto_.pass(now, ready, lane)[0];
    ready = in_lanes_until_[job.queue] = visit.departure;
    if (job.psp) sent.sealed = ready;
    if (job.psp && !seal(packet->bytes().subspan(map.psp_offset), *sa, finished.psp, visit.start)) {
      Sent failed = drop(job, TransformError::kPspHeader);
      failed.sealed = ready;
      return failed;
    }
  }
  if (job.psp && udp_checksum_) fill_udp_checksum(packet->bytes(), map);
  if (job.psp) packet->psp_bytes = packet->size() - map.psp_offset;
  const uint8_t traffic_class = packet->traffic_class;
  port_.submit(std::move(packet), ready, way, traffic_class);
  return sent;
}

bool Pipeline::seal(std::span<uint8_t> psp_packet, const crypto::Sa& sa, const psp::Layout& layout,
                    Time start) {
  net::store_be64(&psp_packet[psp::kIvOffset], ports_.iv_clock.next(start));
  return psp::seal(ports_.aead, sa.key, psp_packet, layout);
}

void Pipeline::on_departure(const base::Packet& packet) {
  stats_.frames++;
  stats_.bytes += packet.size();
  const bool group = (packet.data()[0] & 1) != 0;
  const bool all = net::ethernet_destination(packet.data()).is_broadcast();
  (all ? stats_.broadcast : group ? stats_.multicast : stats_.unicast)++;
  if (packet.psp_bytes != 0) {
    stats_.psp_packets++;
    stats_.psp_bytes += psp::counted_bytes(packet.psp_bytes);
  }
  stats_.latency.record(packet.wire_end - packet.created);
  if (room_ != nullptr) room_->on_room(packet);
}

void Pipeline::begin(base::Time now) {
  front_stats_.begin(now);
  crypto_stats_.begin(now);
  port_.begin(now);
}

void Pipeline::finish(base::Time now) {
  front_stats_.end(now);
  crypto_stats_.end(now);
  port_.finish(now);
}

Pipeline::Sent Pipeline::drop(const queue::TxJob& job, TransformError error) {
  if (job.psp) stats_.psp_errors++;
  ports_.drops.add(error == TransformError::kTooLong ? DropReason::kTxTooLong
                   : error == TransformError::kNoSa  ? DropReason::kTxNoSa
                                                     : DropReason::kTxBadPspPacket);
  return {0, error, true};
}

}  // namespace pspnic::tx
