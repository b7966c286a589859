// SPDX-License-Identifier: Apache-2.0
#include "model/rx/pipeline.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/idpf/ptypes.h"
#include "model/net/checksum.h"
#include "model/psp/seal.h"
#include "model/rx/inner_headers.h"

namespace pspnic::rx {

namespace {

using base::DropReason;
using base::Time;

idpf::PtypeL3 ptype_l3(const net::Parsed& parsed) {
  if (!parsed.is_ip()) return idpf::PtypeL3::kNone;
  return parsed.is_v6() ? idpf::PtypeL3::kIpv6 : idpf::PtypeL3::kIpv4;
}

idpf::PtypeL4 ptype_l4(const net::Parsed& parsed) {
  switch (parsed.l4) {
    case net::L4::kTcp:
      return idpf::PtypeL4::kTcp;
    case net::L4::kUdp:
      return idpf::PtypeL4::kUdp;
    case net::L4::kSctp:
      return idpf::PtypeL4::kSctp;
    case net::L4::kIcmp:
    case net::L4::kIcmp6:
      return idpf::PtypeL4::kIcmp;
    default:
      return idpf::PtypeL4::kNone;
  }
}

}  // namespace

Pipeline::Pipeline(base::StatGroup& parent, const RxParams& params, const Ports& ports)
    : ports_(ports),
      stats_(parent),
      stages_(stats_.group, "stages"),
      parser_("parser", {{"parse", 1, params.queue_packets}}),
      parser_stats_(stages_, parser_),
      crypto_("crypto", {{"kdf", ports.kdf.params().units, ports.kdf.params().queue_packets},
                         {"crypto", ports.lanes.params().lanes, ports.lanes.params().queue_packets}}),
      crypto_stats_(stages_, crypto_),
      placement_("placement", {{"place", 1, params.queue_packets}}),
      placement_stats_(stages_, placement_),
      clock_(params.clock),
      buffer_(params.buffer.bytes),
      psp_buffer_(std::min(params.psp_buffer.bytes, params.buffer.bytes)),
      past_lanes_events_(ports.events, base::Callback::to<&Pipeline::on_past_lanes>(*this)),
      through_lanes_events_(ports.events, base::Callback::to<&Pipeline::on_through_lanes>(*this)),
      late_events_(ports.events, base::Callback::to<&Pipeline::on_late>(*this)) {
  parse_ = {clock_.cycles(params.parse_cycles), clock_.cycles(params.parse_latency_cycles)};
  place_ = {clock_.cycles(params.place_cycles), clock_.cycles(params.place_latency_cycles)};
  ports_.queues.set_placement(this);
}

// Room in the packet buffer; false: dropped.
bool Pipeline::admit(base::Packet& packet) {
  const Time now = ports_.events.now();
  const uint32_t size = packet.size();
  stats_.frames++;
  if (size < net::kMinFrameBytes || size > ports_.mac.max_frame_bytes()) {
    ports_.drops.add(DropReason::kRxFrameLength);
    return false;
  }
  if (buffer_.available(now, size) > now) {
    ports_.drops.add(DropReason::kRxOverflow);
    return false;
  }
  buffer_.claim(now, size);
  packet.buffered_bytes = size;
  packet.traffic_class = mac::FlowControl::traffic_class_of(packet);
  stats_.buffered.add(now, size);
  ports_.flow_control.buffered(packet);
  return true;
}

void Pipeline::receive(base::PacketPtr packet) {
  if (!admit(*packet)) return;
  const Time now = ports_.events.now();
  const idpf::RxCast cast = Steering::cast(packet->bytes());
  if (!steering_.accepts(packet->bytes(), cast)) {
    drop(now, *packet, DropReason::kRxNoVport);
    return;
  }
  net::Parsed parsed = net::parse_frame(packet->bytes());
  Steering::Target target = steering_.steer(packet->bytes(), parsed);
  const std::array<base::Service, 1> parse{with_lookup(parse_)};
  Opened opened{.ready = parser_.pass(now, parse).departure()};
  base::Service place = place_;
  if (open_flow(*packet, parsed, opened)) {
    place = with_lookup(place_);
    if (!opened.drop) target = steering_.steer(packet->bytes(), parsed);
  } else {
    const bool may_open = psp_.rss_inner || ports_.queues.psp(target.queue);
    if (psp_.versions != 0 && may_open) opened = open(*packet, parsed, opened.ready);
    const bool authentic = opened.verdict == psp::Verdict::kDeliver && !opened.drop;
    if (authentic && !choose_queue(*packet, parsed, target)) opened.drop = DropReason::kRxPspNoQueue;
    refuse_clear(*packet, parsed, opened);
  }
  if (opened.drop) {
    drop(opened.ready, *packet, *opened.drop);
    return;
  }
  count_cast(cast);
  Placing& placing = (opened.through_lanes ? through_lanes_ : past_lanes_).push_slot();
  placing.metadata = {};
  placing.metadata.cast = cast;
  placing.metadata.hash = target.hash;
  placing.metadata.status0 = target.hashed ? idpf::kRxRssValid : uint8_t{0};
  describe(placing.metadata, *packet, parsed, opened);
  placing.queue = target.queue;
  placing.ready = opened.ready;
  placing.service = place;
  placing.packet = std::move(packet);
  (opened.through_lanes ? through_lanes_events_ : past_lanes_events_).push(opened.ready + place_.latency);
}

// Of an authentic packet that keeps its headers; false: its queue takes none.
bool Pipeline::choose_queue(const base::Packet& packet, const net::Parsed& parsed,
                            Steering::Target& target) const {
  if (psp_.rss_inner) target = steering_.steer(packet.bytes(), inner_headers(packet.bytes(), parsed));
  if (psp_.vc_steering) {
    const auto number = cookie_queue(packet.bytes(), parsed);
    const auto named = number ? steering_.queue(*number) : std::nullopt;
    if (named && ports_.queues.enabled(*named) && ports_.queues.psp(*named)) target.queue = *named;
  }
  return ports_.queues.psp(target.queue);
}

Pipeline::Opened Pipeline::open(base::Packet& packet, const net::Parsed& parsed, Time parsed_at) {
  Opened opened{.ready = parsed_at};
  const psp::Check check = psp::check_packet(packet.bytes(), parsed, {.enabled_versions = psp_.versions});
  opened.verdict = check.verdict;
  if (check.verdict != psp::Verdict::kDeliver) {
    count_refused(check);
    if (check.verdict == psp::Verdict::kError) opened.drop = DropReason::kRxPspError;
    if (check.verdict == psp::Verdict::kBad) opened.drop = DropReason::kRxPspBad;
    return opened;
  }
  decrypt(packet, check, opened);
  if (!opened.drop && psp_.strip_icv) packet.resize(check.icv_end - static_cast<uint32_t>(psp::kIcvBytes));
  return opened;
}

// A packet worth opening; opened.drop says why it could not be.
void Pipeline::decrypt(base::Packet& packet, const psp::Check& check, Opened& opened) {
  opened.spi = check.header.spi;
  if (!ports_.keys.present(opened.spi)) {
    stats_.psp_bad++;
    stats_.psp_stale_key++;
    opened.drop = DropReason::kRxPspBad;
    return;
  }
  if (!pass_lanes(packet, check, opened)) {
    opened.drop = DropReason::kRxPspOverflow;
    return;
  }
  const std::span<uint8_t> psp_packet = check.psp_packet(packet.bytes());
  opened.generation = ports_.keys.generation(opened.spi);
  const psp::SessionKey key = ports_.keys.derive(opened.spi, static_cast<psp::Version>(check.header.version));
  if (!psp::open(ports_.aead, key, psp_packet, check.layout)) {
    stats_.psp_auth_fail++;
    opened.drop = DropReason::kRxPspAuthFail;
    return;
  }
  stats_.psp_packets++;
  stats_.psp_bytes += psp::counted_bytes(psp_packet.size());
}

bool Pipeline::pass_lanes(const base::Packet& packet, const psp::Check& check, Opened& opened) {
  const Time now = ports_.events.now();
  if (psp_buffer_.available(now, packet.buffered_bytes) > now) return false;
  const auto version = static_cast<psp::Version>(check.header.version);
  const std::array<base::Service, 2> services{
      ports_.kdf.service(version),
      ports_.lanes.service(version, check.layout.aad_bytes, check.layout.text_bytes)};
  opened.through_lanes = true;
  opened.ready = crypto_.pass(now, opened.ready, services).departure();
  psp_buffer_.claim(now, packet.buffered_bytes);
  psp_buffer_.release(opened.ready, packet.buffered_bytes);
  return true;
}

void Pipeline::count_refused(const psp::Check& check) {
  switch (check.verdict) {
    case psp::Verdict::kError:
      stats_.psp_error++;
      break;
    case psp::Verdict::kBad:
      stats_.psp_bad++;
      if (check.reason == psp::Reason::kReservedVersion) stats_.psp_bad_version++;
      break;
    default:
      if (check.reason == psp::Reason::kVersionDisabled) stats_.psp_bypass++;
      break;
  }
}

void Pipeline::describe(idpf::RxCompletion& metadata, const base::Packet& packet, const net::Parsed& parsed,
                        const Opened& opened) const {
  const bool fragment = parsed.fragment;
  idpf::PtypeL4 l4 = ptype_l4(parsed);
  if (opened.verdict == psp::Verdict::kDeliver) {
    l4 = idpf::PtypeL4::kPsp;
    metadata.psp_status = idpf::PspRxStatus::kOk;
    metadata.psp_generation = opened.generation;
    metadata.psp_icv_stripped = psp_.strip_icv;
    if (psp_.spi_in_descriptor) {
      metadata.psp_spi = opened.spi;
      metadata.status2 = idpf::kRxXtrmd4Valid | idpf::kRxXtrmd5Valid;
    }
  }
  metadata.ptype = idpf::find_ptype(ptype_l3(parsed), l4,
                                    fragment ? idpf::PtypeFragment::kFragment : idpf::PtypeFragment::kWhole);
  if (!parsed.is_ip()) return;
  // L3L4P says that the checksums were looked at and found right, or which is wrong. Of a PSP packet the L4
  // checksum is the inner one, after decryption: an ICV proves who sent a packet, not that its sender
  // computed the checksum right.
  const net::L4Checksum l4_checksum = opened.verdict == psp::Verdict::kDeliver
                                          ? check_inner_checksum(packet.bytes(), parsed)
                                          : net::check_l4_checksum(packet.bytes(), parsed);
  if (l4_checksum == net::L4Checksum::kNotChecked) return;
  metadata.status1 = idpf::kRxL3l4p;
  if (!parsed.ip_checksum_ok) metadata.status1 |= idpf::kRxIpe;
  if (l4_checksum == net::L4Checksum::kBad) metadata.status1 |= idpf::kRxL4e;
}

void Pipeline::count_cast(idpf::RxCast cast) {
  switch (cast) {
    case idpf::RxCast::kUnicast:
      stats_.unicast++;
      break;
    case idpf::RxCast::kMulticast:
      stats_.multicast++;
      break;
    case idpf::RxCast::kBroadcast:
      stats_.broadcast++;
      break;
  }
}

void Pipeline::drop(Time when, const base::Packet& packet, DropReason reason) {
  ports_.drops.add(reason);
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
  Placing placing = line.pop();
  const std::array<base::Service, 1> service{placing.service};
  const Time placed = placement_.pass_late(placing.ready, service).departure();
  if (placed <= ports_.events.now() && late_.empty()) {
    hand_over(placing);
    return;
  }
  late_.push(std::move(placing));
  late_events_.push(placed);
}

void Pipeline::on_late(uint64_t) {
  Placing placing = late_.pop();
  hand_over(placing);
}

void Pipeline::hand_over(Placing& placing) {
  handed_over_++;
  ports_.queues.deliver(placing.queue, std::move(placing.packet), placing.metadata);
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
  stats_.latency.record(left - receipt.wire_end);
  release(left, receipt.buffered_bytes, receipt.traffic_class);
}

void Pipeline::on_refused(const Receipt& receipt, DropReason reason) {
  handed_over_--;
  ports_.drops.add(reason);
  release(ports_.events.now(), receipt.buffered_bytes, receipt.traffic_class);
}

// Packets in the pipeline and those that wait in the queues are lost with it; what left for host memory still
// lands.
void Pipeline::reset() {
  ports_.drops.add(DropReason::kRxQueueDisabled, held());
  for (base::EventFifo* events : {&past_lanes_events_, &through_lanes_events_, &late_events_})
    events->clear();
  for (base::Ring<Placing>* line : {&past_lanes_, &through_lanes_, &late_}) line->clear();
  handed_over_ = 0;
  ports_.flow_control.reset();
  buffer_ = base::Credits(buffer_.capacity());
  psp_buffer_ = base::Credits(psp_buffer_.capacity());
  stats_.buffered.set(ports_.events.now(), 0);
  psp_ = {};
  steering_.configure({});
}

}  // namespace pspnic::rx
