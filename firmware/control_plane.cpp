// SPDX-License-Identifier: Apache-2.0
#include "firmware/control_plane.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "firmware/commands.h"
#include "firmware/costs.h"
#include "model/idpf/psp_flow.h"
#include "model/net/wipe.h"

namespace pspnic::firmware {
namespace {

using idpf::Opcode;
using idpf::Status;

// What must have been agreed on before an opcode is served.
enum class Needs : uint8_t { kNothing, kVersion, kCaps, kOem, kPsp };

// Who may ask.
enum class For : uint8_t { kFunction, kBoth, kManagement };

struct OpcodeEntry {
  Opcode opcode;
  Handler handler;
  size_t request_bytes;  // at least; EINVAL if shorter
  Needs needs;
  For whom = For::kFunction;
};

// Drivers ask for packet types before (DPDK) or after (Linux) GET_CAPS.
constexpr std::array kOpcodes = {
    OpcodeEntry{Opcode::kVersion, version, sizeof(idpf::VersionInfo), Needs::kNothing},
    OpcodeEntry{Opcode::kGetCaps, get_caps, sizeof(idpf::GetCapabilities), Needs::kVersion},
    OpcodeEntry{Opcode::kGetPtypeInfo, get_ptype_info, sizeof(idpf::GetPtypeInfo), Needs::kVersion},
    OpcodeEntry{Opcode::kCreateVport, create_vport, sizeof(idpf::CreateVport), Needs::kCaps},
    OpcodeEntry{Opcode::kDestroyVport, destroy_vport, sizeof(idpf::VportMessage), Needs::kCaps},
    OpcodeEntry{Opcode::kEnableVport, enable_vport, sizeof(idpf::VportMessage), Needs::kCaps},
    OpcodeEntry{Opcode::kDisableVport, disable_vport, sizeof(idpf::VportMessage), Needs::kCaps},
    OpcodeEntry{Opcode::kConfigTxQueues, config_tx_queues, sizeof(idpf::ConfigTxQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kConfigRxQueues, config_rx_queues, sizeof(idpf::ConfigRxQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kEnableQueues, enable_queues, sizeof(idpf::DelEnaDisQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kDisableQueues, disable_queues, sizeof(idpf::DelEnaDisQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kAddQueues, add_queues, sizeof(idpf::AddQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kDelQueues, del_queues, sizeof(idpf::DelEnaDisQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kAllocVectors, alloc_vectors, sizeof(idpf::AllocVectors), Needs::kCaps},
    OpcodeEntry{Opcode::kDeallocVectors, dealloc_vectors, sizeof(idpf::VectorChunks), Needs::kCaps},
    OpcodeEntry{Opcode::kMapQueueVector, map_queue_vector, sizeof(idpf::QueueVectorMaps), Needs::kCaps},
    OpcodeEntry{Opcode::kUnmapQueueVector, unmap_queue_vector, sizeof(idpf::QueueVectorMaps), Needs::kCaps},
    OpcodeEntry{Opcode::kGetRssKey, get_rss_key, idpf::kRssKeyOffset, Needs::kCaps},
    OpcodeEntry{Opcode::kSetRssKey, set_rss_key, idpf::kRssKeyOffset, Needs::kCaps},
    OpcodeEntry{Opcode::kGetRssLut, get_rss_lut, sizeof(idpf::RssLut), Needs::kCaps},
    OpcodeEntry{Opcode::kSetRssLut, set_rss_lut, sizeof(idpf::RssLut), Needs::kCaps},
    OpcodeEntry{Opcode::kGetRssHash, get_rss_hash, sizeof(idpf::RssHash), Needs::kCaps},
    OpcodeEntry{Opcode::kSetRssHash, set_rss_hash, sizeof(idpf::RssHash), Needs::kCaps},
    OpcodeEntry{Opcode::kAddMacAddr, add_mac_addr, sizeof(idpf::MacAddrList), Needs::kCaps},
    OpcodeEntry{Opcode::kDelMacAddr, del_mac_addr, sizeof(idpf::MacAddrList), Needs::kCaps},
    OpcodeEntry{Opcode::kConfigPromiscuousMode, config_promiscuous_mode, sizeof(idpf::PromiscInfo),
                Needs::kCaps},
    OpcodeEntry{Opcode::kLoopback, loopback, sizeof(idpf::Loopback), Needs::kCaps},
    OpcodeEntry{Opcode::kGetStats, get_stats, sizeof(idpf::VportMessage), Needs::kCaps},
    OpcodeEntry{Opcode::kGetOemCaps, get_oem_caps, sizeof(idpf::OemCaps), Needs::kOem},
    OpcodeEntry{Opcode::kPspGetCaps, psp_get_caps, sizeof(PspRequest), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspSetConfig, psp_set_config, sizeof(idpf::PspConfig), Needs::kPsp},
    OpcodeEntry{Opcode::kPspRotateKey, psp_rotate_key, sizeof(idpf::PspRotateKey), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspAllocRxSa, psp_alloc_rx_sa, sizeof(idpf::PspRxSaList), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspFreeRxSa, psp_free_rx_sa, sizeof(idpf::PspRxSaList), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspAddTxSa, psp_add_tx_sa, sizeof(idpf::PspTxSaList), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspDelTxSa, psp_del_tx_sa, sizeof(idpf::PspTxSaDel), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspGetStats, psp_get_stats, sizeof(PspRequest), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspSetTxEncap, psp_set_tx_encap, sizeof(idpf::PspTxEncapList), Needs::kPsp,
                For::kBoth},
    OpcodeEntry{Opcode::kPspAddFlow, psp_add_flow, sizeof(idpf::PspFlowList), Needs::kPsp, For::kManagement},
    OpcodeEntry{Opcode::kPspDelFlow, psp_del_flow, sizeof(idpf::PspFlowDel), Needs::kPsp, For::kManagement},
    OpcodeEntry{Opcode::kPspGetFlowStats, psp_get_flow_stats, sizeof(idpf::PspFlowStats), Needs::kPsp,
                For::kManagement},
};

// What a reply holds if there was nothing to echo: drivers read the payload before anything else.
constexpr size_t kEmptyReplyBytes = 16;

Status allowed(const ControlState& state, Origin origin, Needs needs, For whom) {
  if (origin == Origin::kManagement) return whom == For::kFunction ? Status::kEperm : Status::kSuccess;
  if (needs >= Needs::kVersion && !state.version_agreed) return Status::kEsm;
  if (needs >= Needs::kCaps && !state.caps) return Status::kEsm;
  if (needs >= Needs::kOem && !state.has(idpf::kCapOem)) return Status::kEperm;
  if (needs >= Needs::kPsp && !state.has_oem(idpf::kPspCapMbx)) return Status::kEperm;
  return whom == For::kManagement ? Status::kEperm : Status::kSuccess;
}

Status carry_out(Command& command, Opcode opcode) {
  const auto entry = std::find_if(kOpcodes.begin(), kOpcodes.end(), [opcode](const OpcodeEntry& candidate) {
    return candidate.opcode == opcode;
  });
  if (entry == kOpcodes.end()) return Status::kEsrch;
  const Status status = allowed(command.state, command.origin, entry->needs, entry->whom);
  if (status != Status::kSuccess) return status;
  if (command.request.size() < entry->request_bytes) return Status::kEinval;
  return entry->handler(command);
}

void wipe_field(std::span<uint8_t> payload, size_t first_offset, size_t stride) {
  for (size_t offset = first_offset; offset < payload.size(); offset += stride) {
    net::wipe(payload.subspan(offset, std::min(idpf::kPspMaxKeyBytes, payload.size() - offset)));
  }
}

// The request's bytes, but for the keys in it: those need not travel through host memory once more.
std::vector<uint8_t> echo_without_keys(Opcode opcode, std::span<const uint8_t> request) {
  const std::span<const uint8_t> kept = request.first(std::min(request.size(), idpf::kMaxPayload));
  std::vector<uint8_t> echo(kept.begin(), kept.end());
  if (opcode == Opcode::kPspAddTxSa) {
    wipe_field(echo, sizeof(idpf::PspTxSaList) + offsetof(idpf::PspTxSa, key), sizeof(idpf::PspTxSa));
  } else if (opcode == Opcode::kPspAllocRxSa || opcode == Opcode::kPspFreeRxSa) {
    wipe_field(echo, sizeof(idpf::PspRxSaList) + offsetof(idpf::PspRxSa, key), sizeof(idpf::PspRxSa));
  }
  return echo;
}

MailboxMessage make_message(Opcode opcode, Status status, std::vector<uint8_t> payload) {
  if (payload.empty()) payload.resize(kEmptyReplyBytes);
  MailboxMessage message;
  message.descriptor.flags = idpf::kMbxFlagsReply;
  message.descriptor.opcode = idpf::MailboxOpcode::kSendToPeerDriver;
  message.descriptor.datalen = static_cast<uint16_t>(payload.size());
  message.descriptor.v_opcode = opcode;
  message.descriptor.v_retval = status;
  message.payload = std::move(payload);
  return message;
}

MailboxMessage make_reply(const idpf::MailboxDescriptor& request, Status status,
                          std::vector<uint8_t> payload) {
  MailboxMessage message = make_message(request.v_opcode, status, std::move(payload));
  message.descriptor.v_dtype = request.v_dtype;
  message.descriptor.param0 = request.param0;
  message.descriptor.sw_cookie = request.sw_cookie;
  message.descriptor.v_flags = request.v_flags;
  return message;
}

}  // namespace

ControlPlane::ControlPlane(Hardware& hardware, KeyDomain& keys, const ControlOptions& options)
    : hardware_(hardware),
      options_(options),
      domain_(keys),
      keys_(domain_.join({.function = options.function,
                          .spi_first = hardware.limits().spi_first,
                          .spi_count = hardware.limits().spi_count,
                          .authority = options.rotation_authority,
                          .listener = this})) {}

ControlPlane::ControlPlane(Hardware& hardware, const ControlOptions& options, const KeyOptions& key_options)
    : ControlPlane(hardware, std::make_unique<KeyDomain>(hardware, key_options), options) {}

ControlPlane::ControlPlane(Hardware& hardware, std::unique_ptr<KeyDomain> own, const ControlOptions& options)
    : ControlPlane(hardware, *own, options) {
  own_domain_ = std::move(own);
}

ControlPlane::~ControlPlane() {
  domain_.leave(keys_);
}

void ControlPlane::reset() {
  const bool outlived = state_ && state_->management_holds(hardware_);
  keys_.begin(hardware_.limits().spi_first, hardware_.limits().spi_count);
  if (outlived) {
    std::map<uint64_t, PendingReply> pending = std::move(state_->pending);
    state_ = std::make_unique<ControlState>(hardware_, std::move(*state_));
    hardware_.configure_psp_receive({});
    // What the management port waits for has come with the reset.
    for (auto& [token, waiting] : pending) {
      if (waiting.origin == Origin::kManagement) finish(waiting);
    }
    return;
  }
  state_ = std::make_unique<ControlState>(hardware_, keys_);
  hardware_.configure_psp_receive({});
}

uint64_t ControlPlane::cycles(const MailboxMessage& request) const {
  return command_cycles(request.descriptor.v_opcode, request.payload);
}

void ControlPlane::handle(const MailboxMessage& request, Origin origin) {
  const Opcode opcode = request.descriptor.v_opcode;
  // A physical function is reset by its register; the message is a virtual function's, and by rule has no
  // answer.
  if (!state_ || opcode == Opcode::kResetVf) return;

  Command command{.state = *state_,
                  .hardware = hardware_,
                  .options = options_,
                  .origin = origin,
                  .request = request.payload,
                  .reply = echo_without_keys(opcode, request.payload),
                  .events = {},
                  .work = {}};
  command_ = &command;
  const Status status = carry_out(command, opcode);
  command_ = nullptr;
  MailboxMessage reply = make_reply(request.descriptor, status, std::move(command.reply));

  if (command.work) {
    // The hardware may report back from inside these calls, so the reply must be waiting already, and what it
    // is given must outlive the entry.
    const uint64_t token = next_token_++;
    const HardwareWork work = *command.work;
    state_->pending.emplace(token, PendingReply{std::move(*command.work), std::move(reply), origin});
    if (!work.queues.empty()) hardware_.disable_queues(work.queues, token);
    if (work.sas.any()) hardware_.erase_tx_sas(work.sas, token);
  } else {
    send(std::move(reply), origin);
  }
  for (std::vector<uint8_t>& event : command.events) {
    hardware_.send_to_driver(make_message(Opcode::kEvent, Status::kSuccess, std::move(event)));
  }
}

void ControlPlane::on_rotated(const Rotation& rotation) {
  if (!state_) return;
  state_->psp.spi_low_told = false;
  state_->psp.spi_exhausted_told = false;
  tell({.event = idpf::EventCode::kPspKeyRotated,
        .value = static_cast<uint32_t>(rotation.cause),
        .vport_id = idpf::kVportNone,
        .phase = static_cast<uint8_t>(rotation.phase),
        .generation = rotation.generation});
  for (const std::optional<RetiredKey>& retired : rotation.retired) {
    if (!retired) continue;
    tell({.event = idpf::EventCode::kPspKeyRetired,
          .vport_id = idpf::kVportNone,
          .phase = static_cast<uint8_t>(retired->phase),
          .generation = retired->generation});
  }
}

void ControlPlane::on_rotation_failed(RotationCause) {
  device_event({.kind = DeviceEvent::Kind::kRandomFault});
}

void ControlPlane::device_event(const DeviceEvent& event) {
  idpf::PspEvent message{.event = idpf::EventCode::kPspEngineFault,
                         .vport_id = idpf::kVportNone,
                         .phase = static_cast<uint8_t>(domain_.phase()),
                         .generation = domain_.generation(),
                         .sa_idx = idpf::kPspSaIdxAny};
  switch (event.kind) {
    case DeviceEvent::Kind::kIvLow:
      message.event = idpf::EventCode::kPspSaIvLow;
      message.value = event.value;
      break;
    case DeviceEvent::Kind::kLaneFault:
      message.value = idpf::kPspFaultLanes;
      break;
    case DeviceEvent::Kind::kKdfFault:
      message.value = idpf::kPspFaultKdf;
      break;
    case DeviceEvent::Kind::kRandomFault:
      message.value = idpf::kPspFaultRandom;
      break;
  }
  tell(message);
}

bool ControlPlane::pins_keys() const {
  return state_ && state_->management_holds(hardware_);
}

void ControlPlane::tell(const idpf::PspEvent& event) {
  if (!state_ || !state_->psp.configured) return;
  if (command_ != nullptr) {
    command_->event(event);
  } else {
    std::vector<uint8_t> payload(sizeof event);
    std::memcpy(payload.data(), &event, sizeof event);
    hardware_.send_to_driver(make_message(Opcode::kEvent, Status::kSuccess, std::move(payload)));
  }
}

void ControlPlane::hardware_done(uint64_t token) {
  if (!state_) return;
  auto waiting = state_->pending.extract(token);
  if (!waiting.empty()) finish(waiting.mapped());
}

void ControlPlane::finish(PendingReply& waiting) {
  const HardwareWork& work = waiting.work;
  for (const QueueRef queue : work.queues) state_->queues.at(queue).state = QueueState::kIdle;
  if (work.destroy_vport) remove_vport(*state_, hardware_, *work.destroy_vport);
  send(std::move(waiting.reply), waiting.origin);
}

void ControlPlane::send(MailboxMessage message, Origin origin) {
  if (origin == Origin::kManagement) {
    hardware_.send_to_management(std::move(message));
  } else {
    hardware_.send_to_driver(std::move(message));
  }
}

uint64_t ControlPlane::state_digest() const {
  return state_ ? state_->digest() : 0;
}

}  // namespace pspnic::firmware
