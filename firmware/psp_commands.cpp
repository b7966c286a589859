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
constexpr uint64_t kIvGranularityPs = 1;           // IVs are the device clock, in picoseconds

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
  const KeyManager& keys = command.state.keys;
  const bool key_in_descriptor = command.state.has_oem(idpf::kPspCapKeyInDesc);
  idpf::PspCaps answer;
  answer.vport_id = wanted.vport_id;
  // Asking for no version asks for all.
  answer.versions = wanted.word == 0 ? limits.psp_versions : wanted.word & limits.psp_versions;
  answer.flags = kFeatures;
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
  answer.generation = keys.generation();
  answer.phase = static_cast<uint8_t>(keys.phase());
  answer.iv_granularity_ps = kIvGranularityPs;
  command.answer(answer);
  return Status::kSuccess;
}

// The reply tells what is now in force.
Status psp_set_config(Command& command) {
  auto config = command.read<idpf::PspConfig>();
  if (const Status status = find_psp_target(command, config.vport_id); status != Status::kSuccess)
    return status;
  if (!command.options.rotation_authority) return Status::kEperm;
  if ((config.versions_ena & ~command.hardware.limits().psp_versions) != 0) return Status::kPspBadVersion;
  if (config.udp_port != 0 && config.udp_port != psp::kUdpPort) return Status::kEinval;
  config.udp_port = psp::kUdpPort;
  config.flags &= idpf::kPspConfigStripIcv | idpf::kPspConfigMetaSpi | idpf::kPspConfigDropFailed |
                  idpf::kPspConfigStripHeaders | idpf::kPspConfigSample | idpf::kPspConfigRssInner |
                  idpf::kPspConfigVcSteering;
  const bool strip_headers = (config.flags & idpf::kPspConfigStripHeaders) != 0;
  // Without headers and SPI a driver could not know whose packet it has.
  if (strip_headers && (config.flags & idpf::kPspConfigMetaSpi) == 0) return Status::kEinval;
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
  const bool of_function = command.origin == Origin::kFunction;
  if (of_function && !command.options.rotation_authority) return Status::kEperm;
  if (of_function && command.state.management_holds(command.hardware)) return Status::kEperm;
  KeyManager& keys = command.state.keys;
  PspState& psp = command.state.psp;
  std::vector<KeyManager::Retired> retired;
  const int rotations = (answer.flags & idpf::kPspRotateTwice) != 0 ? 2 : 1;
  for (int i = 0; i < rotations; ++i) {
    if (const auto old = keys.rotate()) retired.push_back(*old);
    std::erase_if(command.state.management_spis,
                  [&](uint32_t spi) { return psp::spi_phase(spi) == keys.phase(); });
  }
  psp.spi_low_told = false;
  psp.spi_exhausted_told = false;

  answer.generation = keys.generation();
  answer.phase = static_cast<uint8_t>(keys.phase());
  answer.prev_generation = keys.previous_generation().value_or(idpf::kPspNoGeneration);
  answer.rotations = keys.rotations();
  command.answer(answer);
  if (!psp.configured) return Status::kSuccess;
  command.event(idpf::PspEvent{.event = idpf::EventCode::kPspKeyRotated,
                               .vport_id = idpf::kVportNone,
                               .phase = answer.phase,
                               .generation = answer.generation});
  for (const KeyManager::Retired& old : retired) {
    command.event(idpf::PspEvent{.event = idpf::EventCode::kPspKeyRetired,
                                 .vport_id = idpf::kVportNone,
                                 .phase = static_cast<uint8_t>(old.phase),
                                 .generation = old.generation});
  }
  return Status::kSuccess;
}

Status psp_get_stats(Command& command) {
  const auto wanted = command.read<PspRequest>();
  if (const Status status = find_psp_target(command, wanted.vport_id); status != Status::kSuccess)
    return status;
  PspCounters& clear = command.state.psp.counters_at_clear;
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
                                .key_rotations = command.state.keys.rotations(),
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
