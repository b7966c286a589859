// SPDX-License-Identifier: Apache-2.0
// Opening PSP packets, and what becomes of those that cannot be opened.
#include <algorithm>
#include <array>
#include <utility>

#include "model/psp/seal.h"
#include "model/rx/pipeline.h"
#include "model/rx/steering_headers.h"

namespace pspnic::rx {

using base::DropReason;
using base::Leg;
using base::Time;

Pipeline::Opened Pipeline::open(base::Packet& packet, const net::Parsed& parsed, Time parsed_at,
                                const Steering::Target& target) {
  Opened opened{.ready = parsed_at};
  const PspReceive& config = function_of(packet).psp;
  const psp::Check check =
      psp::check_packet(packet.bytes(), parsed,
                        {.enabled_versions = config.versions, .verify_udp_checksum = verify_udp_checksum_});
  opened.verdict = check.verdict;
  if (check.verdict != psp::Verdict::kDeliver) {
    refuse_unopened(packet, check, opened);
    return opened;
  }
  decrypt(packet, check, opened, &target);
  if (opened.drop || opened.status != idpf::PspRxStatus::kNotPsp) return opened;
  opened.status = idpf::PspRxStatus::kOk;
  if (config.strip_icv) packet.resize(check.icv_end - static_cast<uint32_t>(psp::kIcvBytes));
  return opened;
}

bool Pipeline::choose_queue(const Steering& vport, const base::Packet& packet, const net::Parsed& parsed,
                            const Opened& opened, Steering::Target& target) const {
  // What failed says nothing that could be believed.
  if (opened.status != idpf::PspRxStatus::kOk) return ports_.queues.psp(target.queue);
  const PspReceive& config = function_of(packet).psp;
  if (config.rss_inner) target = vport.steer(packet.bytes(), inner_headers(packet.bytes(), parsed));
  if (config.vc_steering) {
    const auto number = cookie_queue(packet.bytes(), parsed);
    const auto named = number ? vport.queue(*number) : std::nullopt;
    if (named && ports_.queues.enabled(*named) && ports_.queues.psp(*named)) target.queue = *named;
  }
  return ports_.queues.psp(target.queue);
}

void Pipeline::decrypt(base::Packet& packet, const psp::Check& check, Opened& opened,
                       const Steering::Target* target) {
  opened.spi = check.header.spi;
  opened.version = check.header.version;
  Function& function = function_of(packet);
  const crypto::DeviceKeys& keys = *function.keys;
  base::VportBook& counts = book(packet);
  if (!owns(function, opened.spi) || !keys.present(opened.spi)) {
    stats_.psp_bad++;
    stats_.psp_stale_key++;
    counts.psp_bad++;
    counts.psp_stale_key++;
    refuse(packet, opened, DropReason::kRxPspBad, idpf::PspRxStatus::kNoKey, target != nullptr);
    return;
  }
  if (!pass_lanes(packet, check, opened)) {
    refuse(packet, opened, DropReason::kRxPspOverflow, idpf::PspRxStatus::kEngineBypass, target != nullptr);
    return;
  }
  const std::span<uint8_t> psp_packet = check.psp_packet(packet.bytes());
  const std::span<uint8_t> text = psp_packet.subspan(check.layout.aad_bytes, check.layout.text_bytes);
  const bool keeps = target != nullptr && PspCapture::keeps(function.capture, check.header);
  if (keeps) capture_.keep(text);
  opened.generation = keys.generation(opened.spi);
  const psp::SessionKey key = keys.derive(opened.spi, static_cast<psp::Version>(check.header.version));
  if (!psp::open(ports_.aead, key, psp_packet, check.layout)) {
    stats_.psp_auth_fail++;
    counts.psp_auth_fail++;
    opened.verdict = psp::Verdict::kAuthFail;
    refuse(packet, opened, DropReason::kRxPspAuthFail, idpf::PspRxStatus::kAuthFail, keeps);
    if (!opened.drop) capture_.restore(text);
    return;
  }
  const uint64_t bytes = psp::counted_bytes(psp_packet.size());
  stats_.psp_packets++;
  stats_.psp_bytes += bytes;
  counts.psp_packets++;
  counts.psp_bytes += bytes;
  if (!keeps || !PspCapture::samples(function.capture, check.header)) return;
  sample(packet, text, opened.ready, *target);
  if (check.header.drop_after_sample) opened.drop = DropReason::kRxPspSampled;
}

// A packet that failed ends here, or goes to the host as it came.
void Pipeline::refuse(const base::Packet& packet, Opened& opened, DropReason reason, idpf::PspRxStatus status,
                      bool capture) {
  if (capture && capture_.admit_failure(function_of(packet).capture, ports_.events.now())) {
    opened.status = status;
  } else {
    opened.drop = reason;
  }
}

// A copy of an authentic packet as it was on the wire, to the queue of the headers that it shows there, as
// with what failed. It is lost when there is no room for it, and when that queue takes no PSP packets.
void Pipeline::sample(const base::Packet& packet, std::span<const uint8_t> text, Time ready,
                      const Steering::Target& target) {
  base::PacketPtr copy = copy_of(packet);
  capture_.restore(copy->bytes().subspan(static_cast<size_t>(text.data() - packet.data()), text.size()));
  if (!take_room(*copy)) return;
  if (!capture_.admit_sample(function_of(packet).capture, ports_.events.now())) {
    release(ports_.events.now(), copy->buffered_bytes, copy->traffic_class);
    return;
  }
  if (!ports_.queues.psp(target.queue)) {
    drop(ports_.events.now(), *copy, DropReason::kRxPspNoQueue);
    return;
  }
  const Opened opened{.ready = ready, .through_lanes = true, .status = idpf::PspRxStatus::kSample};
  const net::Parsed parsed = net::parse_frame(copy->bytes());
  const idpf::RxCast cast = Steering::cast(copy->bytes());
  enqueue(std::move(copy), parsed, opened, target, place_, cast);
}

bool Pipeline::pass_lanes(base::Packet& packet, const psp::Check& check, Opened& opened) {
  const Time now = ports_.events.now();
  if (!psp_buffer_.try_claim(now, packet.buffered_bytes)) return false;
  const auto version = static_cast<psp::Version>(check.header.version);
  const std::array<base::Service, 2> services{
      ports_.kdf.service(version),
      ports_.lanes.service(version, check.layout.aad_bytes, check.layout.text_bytes)};
  opened.through_lanes = true;
  const base::Passage passage = crypto_.pass(now, opened.ready, services);
  base::Journey& journey = packet.journey;
  journey.reach(Leg::kKdfWait, passage[kKdf].start);
  journey.reach(Leg::kKdf, passage[kKdf].departure);
  journey.reach(Leg::kRxLaneWait, Leg::kRxLane, passage.departure(), services[kCrypto].latency);
  opened.ready = passage.departure();
  psp_buffer_.release(opened.ready, packet.buffered_bytes);
  return true;
}

void Pipeline::refuse_unopened(const base::Packet& packet, const psp::Check& check, Opened& opened,
                               bool capture) {
  base::VportBook& counts = book(packet);
  switch (check.verdict) {
    case psp::Verdict::kError:
      stats_.psp_error++;
      counts.psp_error++;
      refuse(packet, opened, DropReason::kRxPspError, idpf::PspRxStatus::kMalformed, capture);
      break;
    case psp::Verdict::kBad:
      stats_.psp_bad++;
      counts.psp_bad++;
      if (check.reason == psp::Reason::kReservedVersion) {
        stats_.psp_bad_version++;
        counts.psp_bad_version++;
      }
      refuse(packet, opened, DropReason::kRxPspBad, idpf::PspRxStatus::kBadVersion, capture);
      break;
    default:
      if (check.reason != psp::Reason::kVersionDisabled) break;
      stats_.psp_bypass++;
      counts.psp_bypass++;
      break;
  }
}

}  // namespace pspnic::rx
