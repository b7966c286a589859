// SPDX-License-Identifier: Apache-2.0
// PSP_GET_CAPS, PSP_SET_CONFIG, PSP_ROTATE_KEY, PSP_GET_STATS.
#include <algorithm>

#include "firmware/commands.h"
#include "firmware/counters.h"
#include "model/idpf/psp_config_queue.h"
#include "model/psp/header.h"

namespace pspnic::firmware {
namespace {

using idpf::Status;

constexpr uint32_t kFeatures = idpf::kPspFeatureIcvStrip | idpf::kPspFeatureDropOnFail |
                               idpf::kPspFeatureVcParse | idpf::kPspFeatureTunnelMode |
                               idpf::kPspFeatureIpv4 | idpf::kPspFeatureIpv6 | idpf::kPspFeatureStripHeaders |
                               idpf::kPspFeatureCapture;
constexpr uint16_t kMaxHeaderLengthField = 255;    // 8 bits of DTYPE 16
constexpr uint8_t kContextDescriptors = 1;         // a packet
constexpr uint8_t kContextDescriptorsWithKey = 4;  // one and up to three of key
constexpr uint64_t kPsPerMs = 1'000'000'000;
constexpr uint64_t kPsPerUs = 1'000'000;
constexpr uint64_t kIvGranularityPs = 1;  // IVs are the device clock, in picoseconds

// Rounded up, so that a driver which waits as long is not refused.
uint32_t in_milliseconds(uint64_t ps) {
  const uint64_t milliseconds = ps / kPsPerMs + (ps % kPsPerMs != 0 ? 1 : 0);
  return static_cast<uint32_t>(std::min<uint64_t>(milliseconds, ~uint32_t{0}));
}

constexpr const char* kNoAuthority = "authority over the keys, which PSP_GET_CAPS tells of (flags bit 9)";

// Others, the device itself among them, may have rotated a moment ago, and the management port may hold keys:
// that is no driver's fault.
Status rotation_refused(Command& command, Status status) {
  if (status == Status::kEperm) {
    return command.refuse(status, {.field = "v_opcode",
                                   .seen = {},
                                   .expected = kNoAuthority,
                                   .excused = command.options.rotation_authority});
  }
  if (status != Status::kPspRotateTooSoon) return command.refuse(status, {});
  const std::optional<uint64_t> last = command.state.psp.rotated_ps;
  const uint64_t least = command.state.keys.domain().options().min_rotate_interval_ps;
  const uint64_t since = command.hardware.now_ps() - last.value_or(0);
  if (!last || since >= least) return command.refuse(status, {});
  return command.refuse(status, {.field = "v_opcode",
                                 .seen = std::to_string(since / kPsPerUs) + " us behind the one before",
                                 .expected = std::to_string(least / kPsPerUs) + " us or more",
                                 .rule = base::DriverRule::kPspRotateInterval});
}

}  // namespace

Status find_psp_target(Command& command, uint32_t vport_id) {
  if (vport_id == idpf::kVportNone) return Status::kSuccess;
  Vport* vport = nullptr;
  return find_vport(command, vport_id, vport);
}

Status psp_get_caps(Command& command) {
  const auto wanted = command.read<PspRequest>();
  if (const Status status = find_psp_target(command, wanted.vport_id); status != Status::kSuccess)
    return status;
  const Limits& limits = command.hardware.limits();
  const KeyDomain::Member& keys = command.state.keys;
  const KeyDomain& domain = keys.domain();
  const bool key_in_descriptor = command.state.has_oem(idpf::kPspCapKeyInDesc);
  idpf::PspCaps answer;
  answer.vport_id = wanted.vport_id;
  // Asking for no version asks for all.
  answer.versions = wanted.word == 0 ? limits.psp_versions : wanted.word & limits.psp_versions;
  answer.flags = kFeatures | (command.options.rotation_authority ? idpf::kPspFeatureRotate : 0);
  answer.max_tx_sa = command.state.tx_sas.slots();
  answer.spi_first = keys.first_spi();
  answer.spi_count = keys.capacity();
  answer.max_alloc_per_msg = idpf::kPspMaxAllocPerMsg;
  answer.max_add_per_msg = idpf::kPspMaxAddPerMsg;
  answer.max_del_per_msg = idpf::kPspMaxDelPerMsg;
  answer.max_crypt_offset = psp::kMaxCryptOffset * psp::kCryptOffsetUnitBytes;
  answer.udp_port = psp::kUdpPort;
  answer.max_hdr_len = std::min(limits.max_tx_header_bytes, kMaxHeaderLengthField);
  answer.max_ctx_desc = key_in_descriptor ? kContextDescriptorsWithKey : kContextDescriptors;
  answer.key_in_desc_versions = static_cast<uint8_t>(key_in_descriptor ? limits.psp_versions : 0);
  if (command.state.has_oem(idpf::kPspCapCfgq)) {
    answer.cfgq_mbx_q_index = kConfigQueueMailboxIndex;
    answer.max_cfgq_pairs = static_cast<uint8_t>(limits.config_queue_pairs);
    answer.cfgq_buf_size = idpf::kCfgqBufferBytes;
  }
  answer.generation = domain.generation();
  answer.phase = static_cast<uint8_t>(domain.phase());
  answer.min_rotate_interval_ms = in_milliseconds(domain.options().min_rotate_interval_ps);
  answer.iv_granularity_ps = kIvGranularityPs;
  command.answer(answer);
  return Status::kSuccess;
}

// Of this function alone, but for kPspConfigDeviceRotates, which is the whole key domain's. The reply tells
// what is now in force.
Status psp_set_config(Command& command) {
  auto config = command.read<idpf::PspConfig>();
  if (const Status status = find_psp_target(command, config.vport_id); status != Status::kSuccess)
    return status;
  const uint32_t versions = command.hardware.limits().psp_versions;
  if ((config.versions_ena & ~versions) != 0) {
    return command.refuse(Status::kPspBadVersion,
                          {"versions_ena", hex(config.versions_ena), "bits of " + hex(versions) + " alone"});
  }
  if (config.udp_port != 0 && config.udp_port != psp::kUdpPort) {
    return command.refuse(Status::kEinval, "udp_port", config.udp_port,
                          "0 or " + std::to_string(psp::kUdpPort));
  }
  config.udp_port = psp::kUdpPort;
  config.flags &= idpf::kPspConfigStripIcv | idpf::kPspConfigMetaSpi | idpf::kPspConfigDropFailed |
                  idpf::kPspConfigStripHeaders | idpf::kPspConfigSample | idpf::kPspConfigRssInner |
                  idpf::kPspConfigVcSteering | idpf::kPspConfigDeviceRotates;
  const bool strip_headers = (config.flags & idpf::kPspConfigStripHeaders) != 0;
  // Without headers and SPI a driver could not know whose packet it has.
  if (strip_headers && (config.flags & idpf::kPspConfigMetaSpi) == 0) {
    return command.refuse(
        Status::kEinval,
        {"flags", hex(config.flags), "META_SPI, " + hex(idpf::kPspConfigMetaSpi) + ", with STRIP_HEADERS"});
  }
  const bool device_rotates = (config.flags & idpf::kPspConfigDeviceRotates) != 0;
  if (const Status status = command.state.keys.let_device_rotate(device_rotates);
      status != Status::kSuccess) {
    return command.refuse(status, {"flags", hex(config.flags), kNoAuthority});
  }
  command.state.psp.configured = true;
  command.state.psp.config = config;
  command.hardware.configure_psp_receive(
      {.versions = config.versions_ena,
       .strip_icv = (config.flags & idpf::kPspConfigStripIcv) != 0,
       .spi_in_descriptor = (config.flags & idpf::kPspConfigMetaSpi) != 0,
       .capture_failures = (config.flags & idpf::kPspConfigDropFailed) == 0,
       .sample = (config.flags & idpf::kPspConfigSample) != 0,
       .strip_headers = strip_headers,
       .rss_inner = (config.flags & idpf::kPspConfigRssInner) != 0,
       .vc_steering = (config.flags & idpf::kPspConfigVcSteering) != 0});
  command.answer(config);
  return Status::kSuccess;
}

Status psp_rotate_key(Command& command) {
  auto answer = command.read<idpf::PspRotateKey>();
  if (const Status status = find_psp_target(command, answer.vport_id); status != Status::kSuccess)
    return status;
  KeyDomain::Member& keys = command.state.keys;
  const bool twice = (answer.flags & idpf::kPspRotateTwice) != 0;
  if (const Status status = keys.rotate(twice, command.origin); status != Status::kSuccess) {
    return rotation_refused(command, status);
  }
  const KeyDomain& domain = keys.domain();
  if (command.origin == Origin::kFunction) command.state.psp.rotated_ps = command.hardware.now_ps();
  answer.generation = domain.generation();
  answer.phase = static_cast<uint8_t>(domain.phase());
  answer.prev_generation = domain.previous_generation().value_or(idpf::kPspNoGeneration);
  answer.rotations = domain.rotations();
  command.answer(answer);
  return Status::kSuccess;
}

Status psp_get_stats(Command& command) {
  const auto wanted = command.read<PspRequest>();
  if (const Status status = find_psp_target(command, wanted.vport_id); status != Status::kSuccess)
    return status;
  PspCounters& clear = command.state.psp.counters_at_clear[static_cast<size_t>(command.origin)];
  const PspCounters hardware = command.hardware.psp_counters();
  const PspCounters now = since(hardware, clear);
  if ((wanted.word & idpf::kPspStatsClear) != 0) clear = hardware;
  command.answer(idpf::PspStats{.vport_id = wanted.vport_id,
                                .flags = wanted.word,
                                .rx_packets = now.rx_packets,
                                .rx_bytes = now.rx_bytes,
                                .rx_auth_fail = now.rx_auth_fail,
                                .rx_error = now.rx_error,
                                .rx_bad = now.rx_bad,
                                .tx_packets = now.tx_packets,
                                .tx_bytes = now.tx_bytes,
                                .tx_error = now.tx_error,
                                .key_rotations = command.state.keys.domain().rotations(),
                                .rx_bad_version = now.rx_bad_version,
                                .rx_stale_key = now.rx_stale_key,
                                .rx_bypass = now.rx_bypass,
                                .tx_bad_sa = now.tx_bad_sa,
                                .tx_iv_exhausted = 0,  // a clock is not used up
                                .tx_sa_in_use = command.state.tx_sas.used(),
                                .rx_spi_in_use = command.state.keys.in_use()});
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
