// SPDX-License-Identifier: Apache-2.0
#include "model/tx/pipeline.h"

#include <array>

#include "model/net/bytes.h"
#include "model/psp/seal.h"
#include "model/tx/protect.h"

namespace pspnic::tx {

namespace {

using base::DropReason;
using base::Leg;
using base::Time;

base::Service cycles(const base::Clock& clock, unsigned occupancy, unsigned latency) {
  return {clock.cycles(occupancy), clock.cycles(latency)};
}

DropReason drop_reason(TransformError error) {
  switch (error) {
    case TransformError::kTooLong:
    case TransformError::kProtectedTooLong:
      return DropReason::kTxTooLong;
    case TransformError::kControlFrame:
      return DropReason::kTxControlFrame;
    case TransformError::kNoSa:
      return DropReason::kTxNoSa;
    case TransformError::kNotProtected:
      return DropReason::kTxFlowUnprotected;
    default:
      return DropReason::kTxBadPspPacket;
  }
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
      clock_(params.clock),
      parse_(cycles(clock_, params.parse_cycles, params.parse_latency_cycles)),
      edit_(cycles(clock_, params.edit_cycles, params.edit_latency_cycles)),
      udp_checksum_(params.udp_checksum == TxParams::UdpChecksum::kValid),
      port_(stages_, parse_.latency + edit_.latency, {ports.events, ports.mac, ports.wire}),
      in_lanes_until_(queues) {
  port_.set_listener(this);
}

// What a driver has sealed is not looked up in the flow table.
base::Service Pipeline::parse(const queue::TxJob& job) const {
  if (ports_.flows == nullptr || ports_.flows->empty() || job.psp || job.device_built) return parse_;
  const flow::FlowTable::Cost cost = ports_.flows->cost();
  return {parse_.occupancy + clock_.cycles(cost.occupancy), parse_.latency + clock_.cycles(cost.latency)};
}

Pipeline::Sent Pipeline::send(base::PacketPtr& packet, const HeaderMap& map, const queue::TxJob& job,
                              const Segment& segment, const crypto::Sa* sa,
                              const flow::Encapsulation* encapsulation) {
  const bool sealed = job.psp || encapsulation != nullptr;
  const uint32_t max_frame_bytes = ports_.mac.max_frame_bytes(map.outer.l3_offset);
  FinishedFrame finished = finish_frame(*packet, map, job, segment, sa, ports_.payload);
  uint32_t psp_offset = map.psp_offset;
  if (finished.error == TransformError::kNone && encapsulation != nullptr) {
    const ProtectedFrame frame = protect(*packet, *encapsulation, *sa, max_frame_bytes);
    finished = {frame.error, frame.psp};
    psp_offset = frame.psp_offset;
  }
  if (finished.error != TransformError::kNone) return drop(*packet, sealed, finished.error);
  if (net::load_be16(packet->data() + net::kEtherTypeOffset) == net::kEtherTypeMacControl) {
    return drop(*packet, sealed, TransformError::kControlFrame);
  }
  if (packet->size() > max_frame_bytes) return drop(*packet, sealed, TransformError::kTooLong);

  const base::Time now = ports_.events.now();
  const std::array<base::Service, 2> front{parse(job), edit_};
  base::Journey& journey = packet->journey;
  const base::Passage passage = front_.pass(now, front);
  journey.reach(Leg::kTxParseWait, passage[0].start);
  journey.reach(Leg::kTxParse, passage[0].departure);
  journey.reach(Leg::kTxEditWait, passage[1].start);
  journey.reach(Leg::kTxEdit, passage[1].departure);
  base::Time ready = passage.departure();
  Sent sent;
  auto way = mac::TxPort::Way::kPast;
  if (sealed || ready < in_lanes_until_[job.queue]) {
    way = mac::TxPort::Way::kThrough;
    std::array<base::Service, 1> lane{};
    if (sealed) lane[0] = ports_.lanes.service(sa->version, finished.psp.aad_bytes, finished.psp.text_bytes);
    const base::Visit visit = crypto_.pass(now, ready, lane)[0];
    journey.reach(Leg::kTxLaneWait, Leg::kTxLane, visit.departure, lane[0].latency);
    ready = in_lanes_until_[job.queue] = sent.through_lanes = visit.departure;
    if (sealed && !seal(packet->bytes().subspan(psp_offset), *sa, finished.psp, visit.start)) {
      Sent failed =
          drop(*packet, sealed, job.psp ? TransformError::kPspHeader : TransformError::kNotProtected);
      failed.through_lanes = ready;
      return failed;
    }
  }
  if (sealed && udp_checksum_) {
    fill_udp_checksum(packet->bytes(), map.outer.l3_offset, psp_offset - net::kUdpHeaderBytes,
                      ports_.payload);
  }
  if (sealed) packet->psp_bytes = packet->size() - psp_offset;
  const uint8_t traffic_class = packet->traffic_class;
  port_.submit(std::move(packet), ready, way, traffic_class);
  return sent;
}

bool Pipeline::seal(std::span<uint8_t> psp_packet, const crypto::Sa& sa, const psp::Layout& layout,
                    Time start) {
  const uint64_t iv = ports_.iv_clock.next(start);
  net::store_be64(&psp_packet[psp::kIvOffset], iv);
  if (watch_ != nullptr) [[unlikely]]
    watch_->on_sealed(sa.key.view(), iv);
  return psp::seal(ports_.aead, sa.key, psp_packet, layout);
}

void Pipeline::on_departure(const base::Packet& packet) {
  stats_.frames++;
  stats_.bytes += packet.size();
  base::VportBook& book = books_[packet.vport];
  book.bytes += packet.size();
  const bool group = (packet.data()[0] & 1) != 0;
  const bool all = net::ethernet_destination(packet.data()).is_broadcast();
  (all ? stats_.broadcast : group ? stats_.multicast : stats_.unicast)++;
  (all ? book.broadcast : group ? book.multicast : book.unicast)++;
  if (packet.psp_bytes != 0) {
    const uint64_t bytes = psp::counted_bytes(packet.psp_bytes);
    stats_.psp_packets++;
    stats_.psp_bytes += bytes;
    book.psp_packets++;
    book.psp_bytes += bytes;
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

Pipeline::Sent Pipeline::drop(const base::Packet& packet, bool sealed, TransformError error) {
  count_drop(packet.vport, sealed, drop_reason(error));
  return {0, error, true};
}

void Pipeline::count_drop(uint8_t vport, bool sealed, base::DropReason reason) {
  if (sealed) {
    stats_.psp_errors++;
    books_[vport].psp_error++;
  }
  ports_.drops.add(reason);
  books_[vport].add_drop(reason);
}

}  // namespace pspnic::tx
