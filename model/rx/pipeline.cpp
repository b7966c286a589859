// SPDX-License-Identifier: Apache-2.0
#include "model/rx/pipeline.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/base/clock.h"
#include "model/net/checksum.h"
#include "model/rx/packet_type.h"

namespace pspnic::rx {

namespace {

using base::DropReason;
using base::Leg;
using base::Time;

}  // namespace

Pipeline::Pipeline(base::StatGroup& parent, const RxParams& params, uint16_t vports, const Ports& ports)
    : ports_(ports),
      stats_(parent),
      verify_udp_checksum_(params.verify_udp_checksum && ports.payload == net::Payload::kBytes),
      stages_(stats_.group, "stages"),
      parser_("parser", {{"parse", 1, params.queue_packets}}),
      parser_stats_(stages_, parser_),
      crypto_("crypto", {{"kdf", ports.kdf.params().units, ports.kdf.params().queue_packets},
                         {"crypto", ports.lanes.params().lanes, ports.lanes.params().queue_packets}}),
      crypto_stats_(stages_, crypto_),
      placement_("placement", {{"place", 1, params.queue_packets}}),
      placement_stats_(stages_, placement_),
      clock_(params.clock),
      vports_(vports),
      functions_(1),
      function_of_vport_(vports),
      books_(vports),
      capture_(stats_.group),
      buffer_(params.buffer.bytes),
      psp_buffer_(std::min(params.psp_buffer.bytes, params.buffer.bytes)),
      past_lanes_events_(ports.events, base::Callback::to<&Pipeline::on_past_lanes>(*this)),
      through_lanes_events_(ports.events, base::Callback::to<&Pipeline::on_through_lanes>(*this)),
      late_events_(ports.events, base::Callback::to<&Pipeline::on_late>(*this)),
      coalescer_(stats_.group, params.gro, params.clock, {ports.events, ports.queues}) {
  parse_ = {clock_.cycles(params.parse_cycles), clock_.cycles(params.parse_latency_cycles)};
  place_ = {clock_.cycles(params.place_cycles), clock_.cycles(params.place_latency_cycles)};
  functions_[0].keys = &ports.keys;
  functions_[0].capture.limit = PspCapture::limit(params.capture);
  ports_.queues.set_placement(this);
}

uint16_t Pipeline::add_function(uint16_t first, uint16_t count, const crypto::DeviceKeys& keys,
                                const SpiRange& spis) {
  const auto number = static_cast<uint16_t>(functions_.size());
  SpiRange& others = functions_[0].spis;
  if (others.count == 0) others.first = spis.first;  // ranges follow each other
  others.count += spis.count;
  functions_.push_back({.keys = &keys, .spis = spis, .capture = {.limit = functions_[0].capture.limit}});
  for (unsigned vport = first; vport < unsigned{first} + count; ++vport) function_of_vport_[vport] = number;
  return number;
}

void Pipeline::configure_psp(const PspReceive& config, uint16_t function) {
  functions_[function].psp = config;
  functions_[function].capture.failures = config.capture_failures;
  functions_[function].capture.samples = config.sample;
}

// The frame's check sequence and length, and room in the packet buffer: why it ends here, if it does.
std::optional<DropReason> Pipeline::admit(base::Packet& packet) {
  const uint32_t size = packet.size();
  stats_.frames++;
  if (!packet.fcs_ok) return DropReason::kRxBadFcs;
  if (size < net::kMinFrameBytes || size > ports_.mac.max_frame_bytes()) return DropReason::kRxFrameLength;
  packet.traffic_class = mac::FlowControl::traffic_class_of(packet);
  if (take_room(packet)) return std::nullopt;
  return DropReason::kRxOverflow;
}

void Pipeline::turn_away(const base::Packet& packet, DropReason reason, const Steering* vport) {
  ports_.drops.add(reason);
  // What is damaged may be the address.
  if (vport == nullptr || !packet.fcs_ok) return;
  books_[static_cast<size_t>(vport - vports_.data())].add_drop(reason);
}

const Steering* Pipeline::only_taker(const base::Packet& packet) const {
  if (packet.size() < net::kMacAddressBytes) return nullptr;
  const idpf::RxCast cast = Steering::cast(packet.bytes());
  const auto takes = [&](const Steering& vport) { return vport.accepts(packet.bytes(), cast); };
  const auto first = std::find_if(vports_.begin(), vports_.end(), takes);
  if (first == vports_.end() || std::find_if(first + 1, vports_.end(), takes) != vports_.end())
    return nullptr;
  return &*first;
}

bool Pipeline::take_room(base::Packet& packet) {
  const Time now = ports_.events.now();
  const uint32_t size = packet.size();
  if (!buffer_.try_claim(now, size)) return false;
  packet.buffered_bytes = size;
  stats_.buffered.add(now, size);
  ports_.flow_control.buffered(packet);
  return true;
}

void Pipeline::receive(base::PacketPtr packet) {
  if (const auto reason = admit(*packet)) return turn_away(*packet, *reason, only_taker(*packet));
  const idpf::RxCast cast = Steering::cast(packet->bytes());
  const Steering* vport = nullptr;
  for (const Steering& other : vports_) {
    if (!other.accepts(packet->bytes(), cast)) continue;
    if (vport != nullptr) {
      base::PacketPtr copy = copy_of(*packet);
      stats_.copies++;
      if (take_room(*copy)) {
        receive_for(*vport, std::move(copy), cast);
      } else {
        turn_away(*copy, DropReason::kRxOverflow, vport);
      }
    }
    vport = &other;
  }
  if (vport == nullptr) {
    ports_.drops.add(DropReason::kRxNoVport);
    release(ports_.events.now(), packet->buffered_bytes, packet->traffic_class);
    return;
  }
  receive_for(*vport, std::move(packet), cast);
}

void Pipeline::receive_own(base::PacketPtr packet) {
  const Steering& vport = vports_[packet->vport];
  if (const auto reason = admit(*packet)) return turn_away(*packet, *reason, &vport);
  const idpf::RxCast cast = Steering::cast(packet->bytes());
  if (vport.accepts(packet->bytes(), cast)) {
    receive_for(vport, std::move(packet), cast);
  } else {
    drop(ports_.events.now(), *packet, DropReason::kRxNoVport);
  }
}

base::PacketPtr Pipeline::copy_of(const base::Packet& packet) {
  base::PacketPtr copy = ports_.pool.take(packet.size());
  copy->wire_start = packet.wire_start;
  copy->wire_end = packet.wire_end;
  copy->traffic_class = packet.traffic_class;
  copy->vport = packet.vport;
  copy->journey = packet.journey;
  std::copy(packet.bytes().begin(), packet.bytes().end(), copy->bytes().begin());
  return copy;
}

void Pipeline::receive_for(const Steering& vport, base::PacketPtr packet, idpf::RxCast cast) {
  const Time now = ports_.events.now();
  net::Parsed parsed = net::parse_frame(packet->bytes());
  Steering::Target target = vport.steer(packet->bytes(), parsed);
  const auto number = static_cast<uint16_t>(&vport - vports_.data());
  const bool flows = protects_flows(number);
  const std::array<base::Service, 1> parse{flows ? with_lookup(parse_) : parse_};
  const base::Visit parse_visit = parser_.pass(now, parse)[0];
  Opened opened{.ready = parse_visit.departure};
  packet->journey.reach(Leg::kCable, now);
  packet->journey.reach(Leg::kRxParseWait, parse_visit.start);
  packet->journey.reach(Leg::kRxParse, parse_visit.departure);
  base::Service place = place_;
  packet->vport = static_cast<uint8_t>(number);
  const PspReceive& psp = function_of(*packet).psp;
  if (flows && open_flow(*packet, parsed, opened, number)) {
    place = with_lookup(place_);
    if (!opened.drop) target = vport.steer(packet->bytes(), parsed);
  } else {
    const bool may_open = psp.rss_inner || ports_.queues.psp(target.queue);
    if (psp.versions != 0 && may_open) opened = open(*packet, parsed, opened.ready, target);
    if (!opened.drop && opened.status != idpf::PspRxStatus::kNotPsp &&
        !choose_queue(vport, *packet, parsed, opened, target)) {
      opened.drop = DropReason::kRxPspNoQueue;
    }
    if (flows) refuse_clear(*packet, parsed, opened, number);
  }
  if (opened.drop) {
    drop(opened.ready, *packet, *opened.drop);
    return;
  }
  count_cast(books_[number], cast);
  enqueue(std::move(packet), parsed, opened, target, place, cast);
}

// On its way to the placement.
void Pipeline::enqueue(base::PacketPtr packet, const net::Parsed& parsed, const Opened& opened,
                       const Steering::Target& target, const base::Service& place, idpf::RxCast cast) {
  Placing& placing = (opened.through_lanes ? through_lanes_ : past_lanes_).push_slot();
  placing.metadata = {};
  placing.metadata.cast = cast;
  placing.metadata.hash = target.hash;
  placing.metadata.status0 = target.hashed ? idpf::kRxRssValid : uint8_t{0};
  describe(placing.metadata, *packet, parsed, opened, target.queue);
  placing.sealed_by = {opened.spi, opened.generation, opened.version};
  placing.queue = target.queue;
  placing.ready = opened.ready;
  placing.service = place;
  placing.packet = std::move(packet);
  (opened.through_lanes ? through_lanes_events_ : past_lanes_events_).push(opened.ready + place_.latency);
}

void Pipeline::describe(idpf::RxCompletion& metadata, const base::Packet& packet, const net::Parsed& parsed,
                        const Opened& opened, uint16_t queue) const {
  idpf::PtypeL4 l4 = ptype_l4(parsed);
  metadata.psp_status = opened.status;
  const bool decrypted = opened.status == idpf::PspRxStatus::kOk;
  if (decrypted) {
    const PspReceive& psp = function_of(packet).psp;
    l4 = idpf::PtypeL4::kPsp;
    metadata.psp_generation = opened.generation;
    metadata.psp_icv_stripped = psp.strip_icv;
    if (psp.spi_in_descriptor) {
      metadata.psp_spi = opened.spi;
      metadata.status2 = idpf::kRxXtrmd4Valid | idpf::kRxXtrmd5Valid;
    }
    // Done by the coalescer, which has to see the headers. A single queue's completion could not say whose
    // the packet is.
    if (psp.strip_headers && ports_.queues.model(queue) == idpf::QueueModel::kSplit) {
      metadata.status0 |= idpf::kRxPspStripped;
      metadata.l2tag2 = opened.version;
    }
  }
  metadata.ptype = packet_type(parsed, l4);
  const bool as_it_came = opened.status != idpf::PspRxStatus::kNotPsp && !decrypted;
  if (!parsed.is_ip() || as_it_came) return;
  // L3L4P says that the checksums were looked at and found right, or which is wrong. Of a PSP packet the L4
  // checksum is the inner one, after decryption: an ICV proves who sent a packet, not that its sender
  // computed the checksum right.
  const net::L4Checksum l4_checksum = decrypted
                                          ? check_inner_checksum(packet.bytes(), parsed, ports_.payload)
                                          : net::check_l4_checksum(packet.bytes(), parsed, ports_.payload);
  if (l4_checksum == net::L4Checksum::kNotChecked) return;
  metadata.status1 = idpf::kRxL3l4p;
  if (!parsed.ip_checksum_ok) metadata.status1 |= idpf::kRxIpe;
  if (l4_checksum == net::L4Checksum::kBad) metadata.status1 |= idpf::kRxL4e;
}

void Pipeline::count_cast(base::VportBook& book, idpf::RxCast cast) {
  switch (cast) {
    case idpf::RxCast::kUnicast:
      stats_.unicast++;
      book.unicast++;
      break;
    case idpf::RxCast::kMulticast:
      stats_.multicast++;
      book.multicast++;
      break;
    case idpf::RxCast::kBroadcast:
      stats_.broadcast++;
      book.broadcast++;
      break;
  }
}

void Pipeline::drop(Time when, const base::Packet& packet, DropReason reason) {
  ports_.drops.add(reason);
  book(packet).add_drop(reason);
  release(when, packet.buffered_bytes, packet.traffic_class);
}

void Pipeline::release(Time when, uint32_t bytes, uint8_t traffic_class) {
  buffer_.release(when, bytes);
  stats_.buffered.sub(when, bytes);
  ports_.flow_control.released(when, bytes, traffic_class);
}

void Pipeline::on_past_lanes(uint64_t) {
  place(past_lanes_);
}
void Pipeline::on_through_lanes(uint64_t) {
  place(through_lanes_);
}

// Its decision has been made, the latency is over. Only a frame that found the placement busy waits on.
void Pipeline::place(base::Ring<Placing>& line) {
  Placing& placing = line.front();
  const std::array<base::Service, 1> service{placing.service};
  const base::Visit visit = placement_.pass_late(ports_.events.now(), placing.ready, service)[0];
  const Time placed = visit.departure;
  placing.packet->journey.reach(Leg::kPlaceWait, visit.start);
  placing.packet->journey.reach(Leg::kPlace, placed);
  if (placed <= ports_.events.now() && late_.empty()) {
    hand_over(placing);
  } else {
    late_.push(std::move(placing));
    late_events_.push(placed);
  }
  line.drop();
}

void Pipeline::on_late(uint64_t) {
  Placing placing = late_.pop();
  hand_over(placing);
}

void Pipeline::hand_over(Placing& placing) {
  handed_over_++;
  coalescer_.take(placing.queue, std::move(placing.packet), placing.metadata, placing.sealed_by);
}

void Pipeline::begin(Time now) {
  for (base::StretchStats* stats : {&parser_stats_, &crypto_stats_, &placement_stats_}) stats->begin(now);
}

void Pipeline::finish(Time now) {
  for (base::StretchStats* stats : {&parser_stats_, &crypto_stats_, &placement_stats_}) stats->end(now);
}

void Pipeline::on_placed(const Receipt& receipt, Time left) {
  handed_over_--;
  stats_.delivered++;
  stats_.bytes += receipt.bytes;
  books_[receipt.vport].bytes += receipt.bytes;
  stats_.latency.record(left - receipt.wire_end);
  release(left, receipt.buffered_bytes, receipt.traffic_class);
}

void Pipeline::on_refused(const Receipt& receipt, DropReason reason) {
  handed_over_--;
  ports_.drops.add(reason);
  books_[receipt.vport].add_drop(reason);
  release(ports_.events.now(), receipt.buffered_bytes, receipt.traffic_class);
}

bool Pipeline::holds(uint16_t first_queue, uint16_t queues) const {
  const auto theirs = [&](uint16_t queue) { return queue >= first_queue && queue - first_queue < queues; };
  for (const base::Ring<Placing>* line : {&past_lanes_, &through_lanes_, &late_}) {
    for (size_t i = 0; i < line->size(); ++i) {
      if (theirs((*line)[i].queue)) return true;
    }
  }
  return coalescer_.holds(first_queue, queues);
}

// Packets in the pipeline and those that wait in the queues are lost with it; what left for host memory still
// lands.
void Pipeline::reset() {
  coalescer_.reset();
  ports_.drops.add(DropReason::kRxQueueDisabled, held());
  for (base::EventFifo* events : {&past_lanes_events_, &through_lanes_events_, &late_events_})
    events->clear();
  for (base::Ring<Placing>* line : {&past_lanes_, &through_lanes_, &late_}) line->clear();
  handed_over_ = 0;
  ports_.flow_control.reset();
  buffer_ = base::Credits(buffer_.capacity());
  psp_buffer_ = base::Credits(psp_buffer_.capacity());
  stats_.buffered.set(ports_.events.now(), 0);
  for (size_t function = 0; function < functions_.size(); ++function) {
    configure_psp({}, static_cast<uint16_t>(function));
  }
  for (Steering& vport : vports_) vport.configure({});
}

}  // namespace pspnic::rx
