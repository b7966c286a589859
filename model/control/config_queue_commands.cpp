// SPDX-License-Identifier: Apache-2.0
// What the commands of a config queue do to the SA table.
#include "model/control/config_queue_state.h"
#include "model/psp/spi.h"

namespace pspnic::control {

using idpf::ConfigQueueOpcode;
using idpf::ConfigQueueStatus;

namespace {

uint16_t code(ConfigQueueStatus status) {
  return static_cast<uint16_t>(status);
}

}  // namespace

// The descriptor says what went wrong first; the records, in the answer, each for itself.
void ConfigQueues::execute(Command& command) {
  idpf::ConfigQueueDescriptor& descriptor = command.descriptor;
  if (descriptor.status != ConfigQueueStatus::kOk) return finish(command);
  if (descriptor.opcode == ConfigQueueOpcode::kSaFence) {
    command.state = Command::State::kFence;
    return close_up(command.pair);
  }
  if (command.direct()) {
    idpf::PspTxSa record;
    record.sa_idx = descriptor.addr_high;
    record.sa_tag = descriptor.sa_tag;
    record.iv_init = descriptor.addr_low;
    descriptor.status = carry_out(command, record);
  }
  for (unsigned i = 0; i < command.count; ++i) {
    idpf::PspTxSa& record = command.records.value[i];
    const ConfigQueueStatus status = carry_out(command, record);
    record.status = code(status);
    if (descriptor.status == ConfigQueueStatus::kOk) descriptor.status = status;
  }
  if (command.erasing > 0) {
    command.state = Command::State::kErasing;
  } else {
    finish(command);
  }
}

ConfigQueueStatus ConfigQueues::carry_out(Command& command, idpf::PspTxSa& record) {
  uint32_t slot = 0;
  switch (command.descriptor.opcode) {
    case ConfigQueueOpcode::kSaAdd:
      return add(command, record);
    case ConfigQueueOpcode::kSaDel:
      return erase(command, record);
    case ConfigQueueOpcode::kSaUpdateIv: {
      const ConfigQueueStatus status = find(command, record, slot);
      if (status != ConfigQueueStatus::kOk) return status;
      if (!clock_has_passed(record.iv_init)) return iv_ahead(command, record);
      slots_->iv_given(slot, record.iv_init);
      return status;
    }
    case ConfigQueueOpcode::kSaQuery: {
      const ConfigQueueStatus status = find(command, record, slot);
      if (status != ConfigQueueStatus::kOk) return status;
      const crypto::Sa& sa = ports_.sas.at(slot);
      record.spi = sa.spi;
      record.version = static_cast<uint8_t>(sa.version);
      record.key_len = sa.key.size;
      return status;
    }
    default:
      return refuse(command, record, ConfigQueueStatus::kBadOpcode,
                    {"opcode", std::to_string(static_cast<unsigned>(command.descriptor.opcode)), {}});
  }
}

// IVs are the device's clock for all SAs, so a driver that wants one not to begin below a value has it from
// then on. Were the clock, or an SA, put forward at a driver's word, IVs could be used up or come again.
bool ConfigQueues::clock_has_passed(uint64_t iv) const {
  psp::IvClock next = ports_.iv_clock;
  return next.next(ports_.events.now()) >= iv;
}

// A slot of the function that is in use and has this tag.
ConfigQueueStatus ConfigQueues::find(const Command& command, const idpf::PspTxSa& record,
                                     uint32_t& slot) const {
  const crypto::SaRange& range = ports_.sas.range(pairs_[command.pair]->function);
  if (record.sa_idx >= range.count) return out_of_range(command, record);
  slot = range.first + record.sa_idx;
  const crypto::SaState state = ports_.sas.state(slot);
  if (state == crypto::SaState::kErasing) return still_erasing(command, record);
  if (state == crypto::SaState::kFree || ports_.sas.at(slot).flows_only) {
    return refuse(command, record, ConfigQueueStatus::kNotFound,
                  {"sa_idx", std::to_string(record.sa_idx), "a slot with an SA of its own"});
  }
  const uint16_t tag = ports_.sas.at(slot).tag;
  if (tag == record.sa_tag) return ConfigQueueStatus::kOk;
  return refuse(command, record, ConfigQueueStatus::kTagMismatch,
                {"sa_tag", std::to_string(record.sa_tag), std::to_string(tag)});
}

ConfigQueueStatus ConfigQueues::refuse(const Command& command, const idpf::PspTxSa& record,
                                       ConfigQueueStatus status, firmware::Reason why) const {
  if (watch_ == nullptr) return status;
  std::optional<size_t> place;
  if (!command.direct()) place = static_cast<size_t>(&record - command.records.value.data());
  watch_->on_config_refused({base::Site::Kind::kConfigCommands, command.pair}, command.index, place, status,
                            why);
  return status;
}

ConfigQueueStatus ConfigQueues::iv_ahead(const Command& command, const idpf::PspTxSa& record) const {
  psp::IvClock next = ports_.iv_clock;
  return refuse(command, record, ConfigQueueStatus::kOutOfRange,
                {"iv_init", std::to_string(record.iv_init),
                 "at most " + std::to_string(next.next(ports_.events.now())), base::DriverRule::kPspIvAhead});
}

ConfigQueueStatus ConfigQueues::out_of_range(const Command& command, const idpf::PspTxSa& record) const {
  const uint32_t slots = ports_.sas.range(pairs_[command.pair]->function).count;
  return refuse(command, record, ConfigQueueStatus::kOutOfRange,
                {"sa_idx", std::to_string(record.sa_idx), "below " + std::to_string(slots)});
}

ConfigQueueStatus ConfigQueues::still_erasing(const Command& command, const idpf::PspTxSa& record) const {
  return refuse(command, record, ConfigQueueStatus::kBusy,
                {"sa_idx", std::to_string(record.sa_idx), "a slot whose SA_DEL has been completed",
                 base::DriverRule::kPspSaErasing});
}

ConfigQueueStatus ConfigQueues::check_add(const Command& command, const idpf::PspTxSa& record) const {
  if (!psp::is_known_version(record.version) || (versions_ >> record.version & 1) == 0) {
    return refuse(
        command, record, ConfigQueueStatus::kBadVersion,
        {"version", std::to_string(record.version), "a version of " + base::hex(versions_) + ", a bit each"});
  }
  const auto key_bytes = psp::key_bytes(psp::Version{record.version});
  if (record.key_len != key_bytes) {
    return refuse(command, record, ConfigQueueStatus::kBadKeyLen,
                  {"key_len", std::to_string(record.key_len), std::to_string(key_bytes)});
  }
  if (!psp::is_reserved_spi(record.spi)) return ConfigQueueStatus::kOk;
  return refuse(command, record, ConfigQueueStatus::kOutOfRange,
                {"spi", base::hex(record.spi), "one that is not reserved", base::DriverRule::kPspSaSpi});
}

// The slot that the driver has chosen.
ConfigQueueStatus ConfigQueues::check_slot(const Command& command, const idpf::PspTxSa& record) const {
  const crypto::SaRange& range = ports_.sas.range(pairs_[command.pair]->function);
  if (record.sa_idx >= range.count) return out_of_range(command, record);
  const uint32_t slot = range.first + record.sa_idx;
  const crypto::SaState state = ports_.sas.state(slot);
  if (state == crypto::SaState::kErasing) return still_erasing(command, record);
  if (state == crypto::SaState::kFree) return ConfigQueueStatus::kOk;
  const bool of_management = ports_.sas.at(slot).flows_only;  // which no driver can see
  if ((record.flags & idpf::kPspTxSaOverwrite) != 0 && !of_management) return ConfigQueueStatus::kOk;
  return refuse(command, record, ConfigQueueStatus::kExists,
                {.field = "sa_idx",
                 .seen = std::to_string(record.sa_idx),
                 .expected = "a free slot, or one's own with flag OVERWRITE",
                 .excused = of_management});
}

ConfigQueueStatus ConfigQueues::add(const Command& command, idpf::PspTxSa& record) {
  const uint16_t function = pairs_[command.pair]->function;
  const crypto::SaRange& range = ports_.sas.range(function);
  ConfigQueueStatus status = check_add(command, record);
  if (status != ConfigQueueStatus::kOk) return status;
  uint32_t slot = 0;
  if (record.sa_idx == idpf::kPspSaIdxAny) {
    const auto free = ports_.sas.find_free(function);
    if (!free) return ConfigQueueStatus::kNoSpace;
    slot = *free;
    record.sa_idx = slot - range.first;
  } else {
    status = check_slot(command, record);
    if (status != ConfigQueueStatus::kOk) return status;
    slot = range.first + record.sa_idx;
  }
  if (!clock_has_passed(record.iv_init)) return iv_ahead(command, record);
  crypto::Sa sa;
  sa.spi = record.spi;
  sa.version = psp::Version{record.version};
  sa.tag = record.sa_tag;
  sa.key = psp::SessionKey(std::span<const uint8_t>(record.key).first(record.key_len));
  sa.function = function;
  if (!slots_->write_sa(slot, sa, record.iv_init)) return ConfigQueueStatus::kBusy;
  stats_->added++;
  return ConfigQueueStatus::kOk;
}

ConfigQueueStatus ConfigQueues::erase(Command& command, const idpf::PspTxSa& record) {
  uint32_t slot = 0;
  const ConfigQueueStatus status = find(command, record, slot);
  if (status != ConfigQueueStatus::kOk) return status;
  stats_->deleted++;
  if (!slots_->erase_sa(slot, command.token())) ++command.erasing;
  return status;
}

}  // namespace pspnic::control
