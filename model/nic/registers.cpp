// SPDX-License-Identifier: Apache-2.0
#include "model/nic/registers.h"

#include <string>

namespace pspnic::nic {

using base::DriverRule;
using idpf::Register;

namespace {

constexpr uint32_t kFirstItr = static_cast<uint32_t>(Register::kItr0);

bool is_mailbox(Register id) {
  return id <= Register::kAtqt;
}
control::ConfigQueues::Direction config_direction(Register id) {
  using Direction = control::ConfigQueues::Direction;
  return id == Register::kTxTail ? Direction::kCommands : Direction::kAnswers;
}
uint16_t config_pair(const idpf::RegisterHit& hit) {
  return static_cast<uint16_t>(hit.index - idpf::kFirstConfigTail);
}
bool is_reset(Register id) {
  return id == Register::kPfgenCtrl || id == Register::kPfgenRtrig;
}
bool is_secondary_mailbox(Register id) {
  return id >= Register::kSecArqbal && id <= Register::kSecAtqt;
}

}  // namespace

void Registers::connect(const Blocks& blocks) {
  blocks_ = blocks;
  map_ = blocks.share.is_virtual() ? idpf::RegisterMap::kVirtual : idpf::RegisterMap::kPhysical;
}

uint32_t Registers::read_register(uint32_t offset) {
  const auto hit = idpf::find_register(offset, map_);
  if (!hit || hit->access == idpf::Access::kWriteOnly) return 0;
  if (is_mailbox(hit->id)) return blocks_.mailbox->read(hit->id);
  switch (hit->id) {
    case Register::kPfgenRstat:
      return reset_status_;
    case Register::kOicrEna:
      return cause_enable_;
    case Register::kOicr:
      return cause_;
    case Register::kDynCtl:
      return has_vector(*hit) ? blocks_.interrupts->read_dyn_ctl(blocks_.share.vector(hit->index)) : 0;
    case Register::kItr0:
    case Register::kItr1:
    case Register::kItr2:
      return has_vector(*hit) ? blocks_.interrupts->read_itr(blocks_.share.vector(hit->index),
                                                             static_cast<uint32_t>(hit->id) - kFirstItr)
                              : 0;
    case Register::kTxTail:
    case Register::kRxTail:
      if (is_config_tail(*hit)) {
        return blocks_.config_queues->read_tail(config_direction(hit->id), config_pair(*hit));
      }
      return read_queue_tail(*hit);
    case Register::kRxBufTail:
      return hit->index < 2u * blocks_.share.queues
                 ? blocks_.rx_queues->read_buffer_tail(blocks_.share.buffer_queue(hit->index))
                 : 0;
    default:
      return read_time(hit->id);
  }
}

uint32_t Registers::read_queue_tail(const idpf::RegisterHit& hit) const {
  if (hit.index >= blocks_.share.queues) return 0;
  const uint16_t queue = blocks_.share.queue(hit.index);
  return hit.id == Register::kTxTail ? blocks_.tx_queues->read_tail(queue)
                                     : blocks_.rx_queues->read_tail(queue);
}

bool Registers::is_config_tail(const idpf::RegisterHit& hit) const {
  const bool tail = hit.id == Register::kTxTail || hit.id == Register::kRxTail;
  return tail && blocks_.config_queues != nullptr &&
         hit.index - idpf::kFirstConfigTail < blocks_.config_queues->pairs();
}

// The device clock in nanoseconds, latched by a command so that its halves belong together.
uint32_t Registers::read_time(Register id) const {
  switch (id) {
    case Register::kTsyncCmdSync:
      return time_command_;
    case Register::kTsyncShtimeL:
      return static_cast<uint32_t>(latched_time_ns_);
    case Register::kTsyncShtimeH:
      return static_cast<uint32_t>(latched_time_ns_ >> 32);
    default:
      return 0;
  }
}

void Registers::write_register(uint32_t offset, uint32_t value) {
  const auto hit = idpf::find_register(offset, map_);
  if (!hit) {
    violate(offset, DriverRule::kRegUnknown, value);
    return;
  }
  if (sanitizer_ != nullptr) tell_sanitizer(*hit, offset, value);
  if (hit->access == idpf::Access::kReadOnly) return;
  // A function in reset takes nothing but a further reset: what it took would be half forgotten.
  const bool asks_for_reset = is_reset(hit->id);
  if (reset_status_ == idpf::kRstatInProgress && !asks_for_reset) return;
  if (is_mailbox(hit->id)) {
    blocks_.mailbox->write(hit->id, value);
    return;
  }
  if (is_secondary_mailbox(hit->id)) {
    violate(offset, DriverRule::kRegSecondaryMailbox, value);
    return;
  }
  switch (hit->id) {
    case Register::kPfgenCtrl:
      if ((value & idpf::kPfSwr) != 0) reset_function();
      break;
    case Register::kPfgenRtrig:
      if ((value & (idpf::kRtrigCorer | idpf::kRtrigImcr)) != 0) reset_function();
      break;
    case Register::kOicrEna:
      cause_enable_ = value;
      break;
    case Register::kOicr:
      cause_ = value;
      break;
    case Register::kTsyncCmdSync:
      time_command_ = value;
      latched_time_ns_ = events_.now() / base::kNs;
      break;
    default:
      write_queue(*hit, offset, value);
      break;
  }
}

void Registers::tell_sanitizer(const idpf::RegisterHit& hit, uint32_t offset, uint32_t value) {
  sanitizer_->on_register({.hit = hit,
                           .function = blocks_.share.function,
                           .first_vector = blocks_.share.first_vector,
                           .offset = offset,
                           .map = map_,
                           .value = value,
                           .own_reset = own_reset_ && !is_reset(hit.id),
                           .bus_master = config_ == nullptr || config_->bus_master()});
}

void Registers::write_queue(const idpf::RegisterHit& hit, uint32_t offset, uint32_t value) {
  const Share& share = blocks_.share;
  const bool vector = has_vector(hit);
  if (is_config_tail(hit)) {
    blocks_.config_queues->write_tail(config_direction(hit.id), config_pair(hit), value);
    return;
  }
  switch (hit.id) {
    case Register::kDynCtl:
      if (!vector) return violate(offset, DriverRule::kRegVector, value);
      blocks_.interrupts->write_dyn_ctl(share.vector(hit.index), value);
      break;
    case Register::kItr0:
    case Register::kItr1:
    case Register::kItr2:
      if (!vector) return violate(offset, DriverRule::kRegVector, value);
      blocks_.interrupts->write_itr(share.vector(hit.index), static_cast<uint32_t>(hit.id) - kFirstItr,
                                    value);
      break;
    case Register::kTxTail:
      if (hit.index >= share.queues) return violate(offset, DriverRule::kRegTxQueue, value);
      blocks_.tx_queues->write_tail(share.queue(hit.index), value);
      break;
    case Register::kRxBufTail:
      if (hit.index >= 2u * share.queues) return violate(offset, DriverRule::kRegBufferQueue, value);
      blocks_.rx_queues->write_buffer_tail(share.buffer_queue(hit.index), value);
      break;
    case Register::kRxTail:
      if (hit.index >= share.queues) return violate(offset, DriverRule::kRegRxQueue, value);
      blocks_.rx_queues->write_tail(share.queue(hit.index), value);
      break;
    default:
      break;  // nothing behind them: PBA clear, link reset, time registers that cannot be set
  }
}

void Registers::violate(uint32_t offset, DriverRule rule, uint32_t value) {
  violations_.report({.when = events_.now(),
                      .rule = rule,
                      .site = base::Site::of_function(base::Site::Kind::kRegisters, blocks_.share.function),
                      .part = "register " + idpf::register_text(offset, map_),
                      .field = {},
                      .seen = "write of " + base::hex(value),
                      .expected = {},
                      .events = {}});
}

void Registers::reset() {
  cause_enable_ = cause_ = 0;
  time_command_ = 0;
}

}  // namespace pspnic::nic
