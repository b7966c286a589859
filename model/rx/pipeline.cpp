// SPDX-License-Identifier: Apache-2.0
#include "model/rx/pipeline.h"

#include <array>
#include <utility>

#include "model/base/clock.h"
#include "model/idpf/ptypes.h"
#include "model/net/checksum.h"
#include "model/psp/seal.h"

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
    : params_(params),
      ports_(ports),
      stats_(parent),
      stretch_("stages", {{"parse", 1, params.queue_packets},
                          {"kdf", ports.kdf.params().units, ports.kdf.params().queue_packets},
                          {"crypto", ports.lanes.params().lanes, ports.lanes.params().queue_packets},
                          {"place", 1, params.queue_packets}}),
      stretch_stats_(stats_.group, stretch_),
      buffer_(params.buffer.bytes),
      placements_(ports.events, base::Callback::to<&Pipeline::on_place>(*this)) {
  const base::Clock clock(params.clock);
  parse_ = {clock.cycles(params.parse_cycles), clock.cycles(params.parse_latency_cycles)};
  place_ = {clock.cycles(params.place_cycles), clock.cycles(params.place_latency_cycles)};
  ports_.queues.set_placement(this);
}

void Pipeline::receive(base::PacketPtr packet) {
  const Time now = ports_.events.now();
  const uint32_t size = packet->size();
  stats_.frames++;
  if (size < net::kMinFrameBytes || size > ports_.mac.max_frame_bytes()) {
    ports_.drops.add(DropReason::kRxFrameLength);
    return;
  }
  if (buffer_.available(now, size) > now) {
    ports_.drops.add(DropReason::kRxOverflow);
    return;
  }
  buffer_.claim(now, size);
  packet->buffered_bytes = size;
  stats_.buffered.add(now, size);

  const idpf::RxCast cast = Steering::cast(packet->bytes());
  if (!steering_.accepts(packet->bytes(), cast)) {
    drop(now, size, DropReason::kRxNoVport);
    return;
  }
  const net::Parsed parsed = net::parse_frame(packet->bytes());
  const Steering::Target target = steering_.steer(packet->bytes(), parsed);
  Opened opened;
  if (psp_.versions != 0 && ports_.queues.psp(target.queue)) opened = open(*packet, parsed);

  const std::array<base::Service, kStages> services{parse_, opened.kdf, opened.crypto, place_};
  const base::Passage passage = stretch_.pass(now, services);
  switch (opened.verdict) {
    case psp::Verdict::kAuthFail:
      drop(passage[kCrypto].departure, size, DropReason::kRxPspAuthFail);
      return;
    case psp::Verdict::kError:
      drop(passage[kParse].departure, size, DropReason::kRxPspError);
      return;
    case psp::Verdict::kBad:
      drop(passage[kParse].departure, size, DropReason::kRxPspBad);
      return;
    default:
      break;
  }
  count_cast(cast);
  Placing& placing = placing_.push_slot();
  placing.metadata = {};
  placing.metadata.cast = cast;
  placing.metadata.hash = target.hash;
  placing.metadata.status0 = target.hashed ? idpf::kRxRssValid : uint8_t{0};
  describe(placing.metadata, *packet, parsed, opened);
  placing.queue = target.queue;
  placing.packet = std::move(packet);
  placements_.push(passage.departure());
}

Pipeline::Opened Pipeline::open(base::Packet& packet, const net::Parsed& parsed) {
  Opened opened;
  const psp::Check check = psp::check_packet(
      packet.bytes(), parsed,
      {.enabled_versions = psp_.versions, .verify_udp_checksum = params_.verify_udp_checksum});
  opened.verdict = check.verdict;
  if (check.verdict != psp::Verdict::kDeliver) {
    count_refused(check);
    return opened;
  }
  opened.spi = check.header.spi;
  if (!ports_.keys.present(opened.spi)) {
    stats_.psp_bad++;
    stats_.psp_stale_key++;
    opened.verdict = psp::Verdict::kBad;
    return opened;
  }
  const std::span<uint8_t> psp_packet = check.psp_packet(packet.bytes());
  const auto version = static_cast<psp::Version>(check.header.version);
  opened.kdf = ports_.kdf.service(version);
  opened.crypto = ports_.lanes.service(version, check.layout.aad_bytes, check.layout.text_bytes);
  opened.generation = ports_.keys.generation(opened.spi);
  const psp::SessionKey key = ports_.keys.derive(opened.spi, version);
  if (!psp::open(ports_.aead, key, psp_packet, check.layout)) {
    stats_.psp_auth_fail++;
    opened.verdict = psp::Verdict::kAuthFail;
    return opened;
  }
  stats_.psp_packets++;
  stats_.psp_bytes += psp::counted_bytes(psp_packet.size());
  if (psp_.strip_icv) packet.resize(check.icv_end - static_cast<uint32_t>(psp::kIcvBytes));
  return opened;
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

void Pipeline::drop(Time when, uint32_t bytes, DropReason reason) {
  ports_.drops.add(reason);
  release(when, bytes);
}

void Pipeline::release(Time when, uint32_t bytes) {
  buffer_.release(when, bytes);
  stats_.buffered.sub(when, bytes);
}

void Pipeline::on_place(uint64_t) {
  Placing placing = placing_.pop();
  handed_over_++;
  ports_.queues.deliver(placing.queue, std::move(placing.packet), placing.metadata);
}

void Pipeline::on_placed(const Receipt& receipt, Time left) {
  handed_over_--;
  stats_.delivered++;
  stats_.bytes += receipt.bytes;
  stats_.latency.record(left - receipt.wire_end);
  release(left, receipt.buffered_bytes);
}

void Pipeline::on_refused(const Receipt& receipt, DropReason reason) {
  handed_over_--;
  drop(ports_.events.now(), receipt.buffered_bytes, reason);
}

// Packets in the pipeline and those that wait in the queues are lost with it; what left for host memory still
// lands.
void Pipeline::reset() {
  placements_.clear();
  ports_.drops.add(DropReason::kRxQueueDisabled, held());
  placing_.clear();
  handed_over_ = 0;
  buffer_ = base::Credits(params_.buffer.bytes);
  stats_.buffered.set(ports_.events.now(), 0);
  psp_ = {};
  steering_.configure({});
}

}  // namespace pspnic::rx
