// SPDX-License-Identifier: Apache-2.0
#include "firmware/control_plane.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "firmware/command.h"
#include "firmware/costs.h"
#include "firmware/dispatch.h"

namespace pspnic::firmware {
namespace {

using idpf::Opcode;
using idpf::Status;

// What a reply holds if there was nothing to echo: drivers read the payload before anything else.
constexpr size_t kEmptyReplyBytes = 16;

constexpr uint64_t kPsPerSecond = 1'000'000'000'000;

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
  keys_.begin(hardware_.limits().spi_first, hardware_.limits().spi_count);  // asks state_ what pins its keys
  std::map<uint64_t, PendingReply> pending;
  if (state_) pending = std::move(state_->pending);
  state_ = std::make_unique<ControlState>(hardware_, keys_);
  // What a function counted under its last owner is not the next one's to see.
  state_->psp.counters_at_clear.fill(hardware_.psp_counters());
  hardware_.configure_psp_receive({});
  // What the management port waits for has come with the reset; what it holds has outlived it.
  for (auto& [token, waiting] : pending) {
    if (waiting.answer.origin == Origin::kManagement) finish(waiting);
  }
}

uint64_t ControlPlane::cycles(const MailboxMessage& request) const {
  return command_cycles(request.descriptor.v_opcode, request.payload);
}

void ControlPlane::handle(const MailboxMessage& request, Origin origin) {
  const Opcode opcode = request.descriptor.v_opcode;
  if (!state_) return;
  if (opcode == Opcode::kResetVf) {
    // By rule it has no answer. A physical function is reset by its register.
    if (hardware_.limits().is_virtual && origin == Origin::kFunction) hardware_.reset_function();
    return;
  }

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
  if (status != Status::kSuccess && command.refusals.empty()) command.refuse(status, {});
  // Whoever asks for events learns at once what was to be told before.
  if (opcode == Opcode::kPspSetConfig && status == Status::kSuccess) iv_low();
  command_ = nullptr;
  const uint16_t flags = flags_of(request, origin);
  const bool silent = (flags & idpf::kVflagRespOnErrorOnly) != 0 && status == Status::kSuccess &&
                      tells_nothing_new(opcode, request.payload, command.reply);
  const uint64_t token = next_token_++;
  Answer answer{.token = token, .origin = origin};
  answer.fenced = (flags & idpf::kVflagFence) != 0;
  if (!silent) {
    answer.reply = make_reply(request.descriptor, status, std::move(command.reply));
    answer.reply->index = request.index;
    answer.reply->refusals = std::move(command.refusals);
  }
  for (std::vector<uint8_t>& event : command.events) {
    answer.events.push_back(make_message(Opcode::kEvent, Status::kSuccess, std::move(event)));
  }
  if (!command.work) {
    give(std::move(answer));
    return;
  }
  // The hardware may report back from inside these calls, so the answer must be waiting already, and what it
  // is given must outlive the entry.
  const HardwareWork work = *command.work;
  state_->pending.emplace(token, PendingReply{std::move(*command.work), std::move(answer)});
  if (work.destroy_vport) {
    hardware_.drain_vport(*work.destroy_vport, work.queues, token);
  } else if (!work.queues.empty()) {
    hardware_.disable_queues(work.queues, token);
  }
  if (work.sas.any()) hardware_.erase_tx_sas(work.sas, token);
}

// Those of the request that have been negotiated.
uint16_t ControlPlane::flags_of(const MailboxMessage& request, Origin origin) const {
  const bool negotiated = origin == Origin::kFunction && state_->has_oem(idpf::kPspCapMbxVflags);
  return negotiated ? request.descriptor.v_flags : uint16_t{0};
}

// Whether an earlier request of the same mailbox is still being worked on.
bool ControlPlane::must_wait(const Answer& answer) const {
  const auto earlier = [&](const Answer& other) {
    return other.origin == answer.origin && other.token < answer.token;
  };
  return answer.fenced && (std::any_of(state_->pending.begin(), state_->pending.end(),
                                       [&](const auto& entry) { return earlier(entry.second.answer); }) ||
                           std::any_of(state_->fenced.begin(), state_->fenced.end(), earlier));
}

void ControlPlane::give(Answer answer) {
  if (must_wait(answer)) {
    const auto behind = std::find_if(state_->fenced.begin(), state_->fenced.end(),
                                     [&](const Answer& other) { return other.token > answer.token; });
    state_->fenced.insert(behind, std::move(answer));
    return;
  }
  if (answer.reply) send(std::move(*answer.reply), answer.origin);
  for (MailboxMessage& event : answer.events) hardware_.send_to_driver(std::move(event));
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

void ControlPlane::iv_low() {
  const uint64_t left = hardware_.iv_left_ps();
  if (left >= kIvLowPs) return;
  device_event({.kind = DeviceEvent::Kind::kIvLow, .value = static_cast<uint32_t>(left / kPsPerSecond)});
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

size_t ControlPlane::unanswered() const {
  if (!state_) return 0;
  const auto of_function = [](const Answer& answer) { return answer.origin == Origin::kFunction; };
  const auto pending = std::count_if(state_->pending.begin(), state_->pending.end(),
                                     [&](const auto& entry) { return of_function(entry.second.answer); });
  const auto fenced = std::count_if(state_->fenced.begin(), state_->fenced.end(), of_function);
  return static_cast<size_t>(pending + fenced);
}

void ControlPlane::hardware_done(uint64_t token) {
  if (!state_) return;
  auto waiting = state_->pending.extract(token);
  if (waiting.empty()) return;
  finish(waiting.mapped());
  std::deque<Answer> fenced = std::exchange(state_->fenced, {});
  for (Answer& answer : fenced) give(std::move(answer));
}

void ControlPlane::finish(PendingReply& waiting) {
  const HardwareWork& work = waiting.work;
  for (const QueueRef queue : work.queues) state_->queues.at(queue).state = QueueState::kIdle;
  if (work.destroy_vport) remove_vport(*state_, hardware_, *work.destroy_vport);
  give(std::move(waiting.answer));
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
