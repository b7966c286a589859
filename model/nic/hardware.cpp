// SPDX-License-Identifier: Apache-2.0
#include "model/nic/hardware.h"

#include <algorithm>
#include <utility>

namespace pspnic::nic {

using firmware::QueueKind;
using firmware::QueueRef;

namespace {

constexpr base::Time kReadCheckInterval =
    1 * base::kUs;  // how often a disabled queue's last reads are looked at

uint16_t narrow(uint32_t id) {
  return static_cast<uint16_t>(id);
}

control::ConfigQueues::Direction direction_of(QueueKind kind) {
  using Direction = control::ConfigQueues::Direction;
  return kind == QueueKind::kConfigTx ? Direction::kCommands : Direction::kAnswers;
}

idpf::QueueModel queue_model(bool split) {
  return split ? idpf::QueueModel::kSplit : idpf::QueueModel::kSingle;
}

}  // namespace

Hardware::Hardware(const firmware::Limits& limits, const Blocks& blocks) : limits_(limits), blocks_(blocks) {
  blocks_.sas.set_listener(this);
  blocks_.config_queues.connect(this);
}

void Hardware::connect(firmware::ControlPlane* control_plane, control::Mailbox* mailbox,
                       control::Management* management) {
  management_ = management;
  control_plane_ = control_plane;
  mailbox_ = mailbox;
  // Only a card that ran for half a year comes to this.
  const uint64_t left = iv_left_ps();
  const uint64_t soon = firmware::kIvLowPs + base::kSec;
  if (left > firmware::kIvLowPs && left < soon) {
    blocks_.events.schedule_look(blocks_.events.now() + (left - firmware::kIvLowPs) + 1,
                                 base::Callback::to<&Hardware::on_iv_low>(*this));
  }
}

void Hardware::configure(const firmware::TxQueueContext& context) {
  const uint16_t id = narrow(context.id);
  const idpf::QueueModel model = queue_model(context.split);
  const crypto::SaRange& sas = blocks_.sas.range(kFunction);
  blocks_.tx_queues.configure(id, {context.ring_address, context.ring_length, context.psp, model,
                                   context.key_in_descriptor, sas.first, sas.count});
  blocks_.fetcher.set_vport(id, narrow(context.vport_id));
  blocks_.tx_reports.configure(
      id, {model, context.ring_address, narrow(context.completion_queue_id), context.relative_id});
}

void Hardware::configure(const firmware::CompletionQueueContext& context) {
  blocks_.tx_completions.configure(narrow(context.id), {context.ring_address, context.ring_length});
}

void Hardware::configure(const firmware::RxQueueContext& context) {
  blocks_.rx_queues.configure(
      narrow(context.id),
      {context.ring_address, context.ring_length, narrow(context.buffer_queue_1),
       narrow(context.buffer_queue_2), context.max_packet_bytes, context.psp, queue_model(context.split),
       context.buffer_bytes, context.rsc, context.header_bytes});
}

void Hardware::configure(const firmware::BufferQueueContext& context) {
  blocks_.rx_queues.configure_buffers(narrow(context.id),
                                      {context.ring_address, context.ring_length, context.buffer_bytes});
}

void Hardware::configure(const firmware::ConfigQueueContext& context) {
  blocks_.config_queues.configure(direction_of(context.queue.kind), narrow(context.queue.id),
                                  context.ring_address, context.ring_length, kFunction);
}

void Hardware::enable_queue(QueueRef queue) {
  const uint16_t id = narrow(queue.id);
  switch (queue.kind) {
    case QueueKind::kTx:
      blocks_.tx_queues.enable(id);
      break;
    case QueueKind::kTxCompletion:
      blocks_.tx_completions.enable(id, true);
      break;
    case QueueKind::kRx:
      blocks_.rx_queues.enable(id, true);
      break;
    case QueueKind::kRxBuffer:
      blocks_.rx_queues.enable_buffers(id, true);
      break;
    case QueueKind::kConfigTx:
    case QueueKind::kConfigRx:
      blocks_.config_queues.enable(direction_of(queue.kind), id);
      break;
  }
}

bool Hardware::queue_enabled(QueueRef queue) const {
  const uint16_t id = narrow(queue.id);
  switch (queue.kind) {
    case QueueKind::kTx:
      return blocks_.tx_queues.enabled(id);
    case QueueKind::kTxCompletion:
      return blocks_.tx_completions.enabled(id);
    case QueueKind::kRx:
      return blocks_.rx_queues.enabled(id);
    case QueueKind::kRxBuffer:
      return blocks_.rx_queues.buffers_enabled(id);
    case QueueKind::kConfigTx:
    case QueueKind::kConfigRx:
      return blocks_.config_queues.enabled(direction_of(queue.kind), id);
  }
  return false;
}

void Hardware::disable_queues(std::span<const QueueRef> queues, uint64_t token) {
  Draining draining{token, {queues.begin(), queues.end()}, 0};
  for (const QueueRef& queue : queues) {
    if (queue.kind == QueueKind::kTx && blocks_.tx_queues.enabled(narrow(queue.id))) ++draining.transmitting;
    if (queue.kind == QueueKind::kConfigTx && queue_enabled(queue)) ++draining.transmitting;
    if (queue.kind == QueueKind::kRx) {
      blocks_.rx.drain(narrow(queue.id));
      blocks_.rx_queues.enable(narrow(queue.id), false);
    }
  }
  const bool transmits = draining.transmitting > 0;
  draining_.push_back(std::move(draining));
  for (const QueueRef& queue : queues) {
    if (queue.kind == QueueKind::kTx && blocks_.tx_queues.enabled(narrow(queue.id))) {
      blocks_.tx_queues.disable(narrow(queue.id), base::Callback::to<&Hardware::on_tx_drained>(*this));
    }
    if (queue.kind == QueueKind::kConfigTx && queue_enabled(queue)) {
      blocks_.config_queues.disable_commands(narrow(queue.id),
                                             base::Callback::to<&Hardware::on_commands_drained>(*this));
    }
  }
  if (!transmits) finish_draining(draining_.back());
}

void Hardware::on_tx_drained(uint64_t number) {
  blocks_.tx_reports.report_drained(static_cast<uint16_t>(number));
  one_drained({QueueKind::kTx, static_cast<uint32_t>(number)});
}

void Hardware::on_commands_drained(uint64_t number) {
  one_drained({QueueKind::kConfigTx, static_cast<uint32_t>(number)});
}

void Hardware::one_drained(QueueRef drained) {
  for (Draining& draining : draining_) {
    const auto& queues = draining.queues;
    if (draining.transmitting == 0 || std::find(queues.begin(), queues.end(), drained) == queues.end())
      continue;
    if (--draining.transmitting == 0) finish_draining(draining);
    return;
  }
}

bool Hardware::reads_pending(const Draining& draining) const {
  return std::any_of(draining.queues.begin(), draining.queues.end(), [this](const QueueRef& queue) {
    const uint16_t id = narrow(queue.id);
    if (queue.kind == QueueKind::kRx) return blocks_.rx_queues.reading(id);
    if (queue.kind == QueueKind::kConfigRx) return blocks_.config_queues.reading_answers(id);
    return queue.kind == QueueKind::kRxBuffer && blocks_.rx_queues.reading_buffers(id);
  });
}

void Hardware::finish_draining(Draining& draining) {
  for (const QueueRef& queue : draining.queues) {
    if (queue.kind == QueueKind::kTxCompletion) blocks_.tx_completions.enable(narrow(queue.id), false);
    if (queue.kind == QueueKind::kConfigRx) blocks_.config_queues.disable_answers(narrow(queue.id));
    if (queue.kind == QueueKind::kRxBuffer && blocks_.rx_queues.buffers_enabled(narrow(queue.id))) {
      blocks_.rx_queues.enable_buffers(narrow(queue.id), false);
    }
  }
  // The answer comes from an event even when nothing is left to wait for: the firmware's call has then
  // returned.
  if (!checking_) {
    checking_ = true;
    blocks_.events.schedule(blocks_.events.now(), base::Callback::to<&Hardware::on_check_reads>(*this));
  }
}

void Hardware::on_check_reads(uint64_t) {
  checking_ = false;
  std::vector<uint64_t> done;
  std::erase_if(draining_, [&](const Draining& draining) {
    if (draining.transmitting > 0 || reads_pending(draining)) return false;
    done.push_back(draining.token);
    return true;
  });
  const bool waiting = std::any_of(draining_.begin(), draining_.end(),
                                   [](const Draining& draining) { return draining.transmitting == 0; });
  if (waiting) {
    checking_ = true;
    blocks_.events.schedule(blocks_.events.now() + kReadCheckInterval,
                            base::Callback::to<&Hardware::on_check_reads>(*this));
  }
  for (const uint64_t token : done) control_plane_->hardware_done(token);
}

void Hardware::map_vector(QueueRef queue, uint16_t vector, uint8_t itr_index) {
  const uint16_t id = narrow(queue.id);
  if (queue.kind == QueueKind::kTx) blocks_.tx_reports.map_vector(id, vector, itr_index);
  if (queue.kind == QueueKind::kTxCompletion) blocks_.tx_completions.map_vector(id, vector, itr_index);
  if (queue.kind == QueueKind::kRx) blocks_.rx_queues.map_vector(id, vector, itr_index);
}

void Hardware::write_vport(const firmware::VportContext& context) {
  const uint32_t bit = 1u << context.id;
  loopback_ = context.enabled && context.loopback ? loopback_ | bit : loopback_ & ~bit;
  rx::VportFilter filter;
  filter.enabled = context.enabled;
  filter.promiscuous_unicast = context.promiscuous_unicast;
  filter.promiscuous_multicast = context.promiscuous_multicast;
  filter.addresses = context.addresses;
  filter.rss_types = context.rss_types;
  filter.rss_key = context.rss_key;
  filter.rss_queues = context.rss_queues;
  filter.rx_queues = context.rx_queues;
  filter.default_queue = context.default_rx_queue;
  blocks_.rx.configure_vport(narrow(context.id), filter);
}

firmware::TxSaSlot Hardware::tx_sa_slot(uint32_t index) const {
  const uint32_t slot = device_slot(index);
  const crypto::SaState state = blocks_.sas.state(slot);
  if (state == crypto::SaState::kFree) return {};
  const crypto::Sa& sa = blocks_.sas.at(slot);
  return {state == crypto::SaState::kUsed ? firmware::TxSaState::kUsed : firmware::TxSaState::kErasing,
          sa.tag, sa.flows_only ? firmware::Origin::kManagement : firmware::Origin::kFunction};
}

std::optional<uint32_t> Hardware::free_tx_sa_slot() const {
  const auto slot = blocks_.sas.find_free(kFunction);
  return slot ? std::optional(*slot - device_slot(0)) : std::nullopt;
}

void Hardware::wake_at(uint64_t time_ps) {
  blocks_.events.schedule_look(std::max(time_ps, blocks_.events.now()),
                               base::Callback::to<&Hardware::on_wake>(*this));
}

bool Hardware::write_tx_sa(uint32_t index, const firmware::TxSa& sa) {
  return write_sa(device_slot(index), {sa.spi, sa.version, sa.tag, sa.key, sa.flows_only, kFunction});
}

bool Hardware::write_sa(uint32_t slot, const crypto::Sa& sa) {
  const bool written = blocks_.sas.write(slot, sa, blocks_.events.now());
  if (written && blocks_.sa_loader != nullptr) blocks_.sa_loader->on_written(slot);
  if (written) blocks_.flows.remove_encapsulation(slot);
  return written;
}

// True: packets in flight still need the slot, and the command waits for it.
bool Hardware::start_erase(uint32_t slot, const SaWait& wait) {
  blocks_.flows.remove_encapsulation(slot);
  if (blocks_.sa_loader != nullptr) blocks_.sa_loader->on_erased(slot);
  const base::Time wiped = blocks_.sas.close(slot, blocks_.events.now());
  if (wiped == 0) return false;
  sa_waits_[slot] = wait;
  if (wiped != base::kNever) on_sa_released(slot, wiped);
  return true;
}

void Hardware::erase_tx_sas(const firmware::TxSaErase& sas, uint64_t token) {
  const bool of_management = sas.owner == firmware::Origin::kManagement;
  size_t in_use = 0;
  for (const uint32_t index : sas.indexes) {
    in_use += start_erase(device_slot(index), {ErasedFor::kControlPlane, token});
  }
  const uint32_t end = device_slot(sas.first) + sas.count;
  for (auto slot = blocks_.sas.next_used(device_slot(sas.first), end); slot;
       slot = blocks_.sas.next_used(*slot + 1, end)) {
    // What an earlier command erases is that one's to wait for.
    const bool wanted = blocks_.sas.state(*slot) == crypto::SaState::kUsed &&
                        blocks_.sas.at(*slot).flows_only == of_management;
    if (wanted) in_use += start_erase(*slot, {ErasedFor::kControlPlane, token});
  }
  if (in_use == 0) {
    control_plane_->hardware_done(token);
  } else {
    token_waits_[token] = in_use;
  }
}

void Hardware::set_tx_encapsulation(const flow::SaName& sa, const flow::Encapsulation* encapsulation) {
  if (encapsulation == nullptr) {
    blocks_.flows.remove_encapsulation(device_slot(sa.index));
  } else {
    blocks_.flows.set_encapsulation({device_slot(sa.index), sa.tag}, *encapsulation);
  }
}

std::optional<flow::Counters> Hardware::flow_counters(uint32_t id) const {
  const flow::Counters* counters = std::as_const(blocks_.flows).counters(id);
  return counters == nullptr ? std::nullopt : std::optional(*counters);
}

void Hardware::send_to_management(firmware::MailboxMessage message) {
  management_->deliver(std::move(message));
}

void Hardware::on_sa_released(uint32_t index, base::Time sealed) {
  blocks_.events.schedule(sealed, base::Callback::to<&Hardware::on_sa_sealed>(*this),
                          uint64_t{sa_epoch_} << 32 | index);
}

void Hardware::on_sa_sealed(uint64_t argument) {
  if (argument >> 32 != sa_epoch_) return;  // a reset has wiped it
  const auto index = static_cast<uint32_t>(argument);
  blocks_.sas.wipe(index);
  const auto wait = sa_waits_.find(index);
  if (wait == sa_waits_.end()) return;  // nobody asked to be told
  const auto [whom, token] = wait->second;
  sa_waits_.erase(wait);
  if (whom == ErasedFor::kConfigQueue) return blocks_.config_queues.on_erased(token);
  if (--token_waits_[token] > 0) return;
  token_waits_.erase(token);
  control_plane_->hardware_done(token);
}

void Hardware::configure_psp_receive(const firmware::PspReceiveConfig& config) {
  blocks_.rx.configure_psp({static_cast<uint8_t>(config.versions), config.strip_icv, config.spi_in_descriptor,
                            config.capture_failures, config.sample, config.strip_headers, config.rss_inner,
                            config.vc_steering});
}

void Hardware::send_to_driver(firmware::MailboxMessage message) {
  const bool version = message.descriptor.v_opcode == idpf::Opcode::kVersion;
  if (version && message.descriptor.v_retval == idpf::Status::kSuccess) {
    blocks_.registers.set_reset_status(idpf::kRstatActive);
  }
  mailbox_->send(std::move(message));
}

void Hardware::reset() {
  draining_.clear();
  sa_waits_.clear();
  token_waits_.clear();
  ++sa_epoch_;
  loopback_ = 0;
}

}  // namespace pspnic::nic
