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
      if (!clock_has_passed(record.iv_init)) return ConfigQueueStatus::kOutOfRange;
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
      return ConfigQueueStatus::kBadOpcode;
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
  if (record.sa_idx >= range.count) return ConfigQueueStatus::kOutOfRange;
  slot = range.first + record.sa_idx;
  const crypto::SaState state = ports_.sas.state(slot);
  if (state == crypto::SaState::kErasing) return ConfigQueueStatus::kBusy;
  if (state == crypto::SaState::kFree || ports_.sas.at(slot).flows_only) return ConfigQueueStatus::kNotFound;
  return ports_.sas.at(slot).tag == record.sa_tag ? ConfigQueueStatus::kOk : ConfigQueueStatus::kTagMismatch;
}

ConfigQueueStatus ConfigQueues::add(const Command& command, idpf::PspTxSa& record) {
  const uint16_t function = pairs_[command.pair]->function;
  const crypto::SaRange& range = ports_.sas.range(function);
  if (!psp::is_known_version(record.version) || (versions_ >> record.version & 1) == 0) {
    return ConfigQueueStatus::kBadVersion;
  }
  if (record.key_len != psp::key_bytes(psp::Version{record.version})) return ConfigQueueStatus::kBadKeyLen;
  if (psp::is_reserved_spi(record.spi)) return ConfigQueueStatus::kOutOfRange;
  uint32_t slot = 0;
  if (record.sa_idx == idpf::kPspSaIdxAny) {
    const auto free = ports_.sas.find_free(function);
    if (!free) return ConfigQueueStatus::kNoSpace;
    slot = *free;
    record.sa_idx = slot - range.first;
  } else {
    if (record.sa_idx >= range.count) return ConfigQueueStatus::kOutOfRange;
    slot = range.first + record.sa_idx;
    const crypto::SaState state = ports_.sas.state(slot);
    if (state == crypto::SaState::kErasing) return ConfigQueueStatus::kBusy;
    const bool overwrite = (record.flags & idpf::kPspTxSaOverwrite) != 0;
    if (state == crypto::SaState::kUsed && (!overwrite || ports_.sas.at(slot).flows_only)) {
      return ConfigQueueStatus::kExists;
    }
  }
  if (!clock_has_passed(record.iv_init)) return ConfigQueueStatus::kOutOfRange;
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
