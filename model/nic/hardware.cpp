// SPDX-License-Identifier: Apache-2.0
#include "model/nic/hardware.h"

#include <utility>

namespace pspnic::nic {

using firmware::QueueKind;
using firmware::QueueRef;

namespace {

control::ConfigQueues::Direction direction_of(QueueKind kind) {
  using Direction = control::ConfigQueues::Direction;
  return kind == QueueKind::kConfigTx ? Direction::kCommands : Direction::kAnswers;
}

idpf::QueueModel queue_model(bool split) {
  return split ? idpf::QueueModel::kSplit : idpf::QueueModel::kSingle;
}

}  // namespace

Hardware::Hardware(const firmware::Limits& limits, const Own& own, const Blocks& blocks)
    : limits_(limits), own_(own), blocks_(blocks) {}

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
  const uint16_t id = own_.share.queue(context.id);
  const idpf::QueueModel model = queue_model(context.split);
  const crypto::SaRange& sas = blocks_.sas.range(own_.share.function);
  blocks_.tx_queues.configure(id, {context.ring_address, context.ring_length, context.psp, model,
                                   context.key_in_descriptor, sas.first, sas.count});
  blocks_.fetcher.set_vport(id, own_.share.vport(context.vport_id));
  blocks_.tx_reports.configure(
      id, {model, context.ring_address, own_.share.queue(context.completion_queue_id), context.relative_id});
}

void Hardware::configure(const firmware::CompletionQueueContext& context) {
  blocks_.tx_completions.configure(own_.share.queue(context.id), {context.ring_address, context.ring_length});
}

void Hardware::configure(const firmware::RxQueueContext& context) {
  blocks_.rx_queues.configure(
      own_.share.queue(context.id),
      {context.ring_address, context.ring_length, own_.share.buffer_queue(context.buffer_queue_1),
       own_.share.buffer_queue(context.buffer_queue_2), context.max_packet_bytes, context.psp,
       queue_model(context.split), context.buffer_bytes, context.rsc, context.header_bytes,
       own_.share.vport(context.vport_id)});
}

void Hardware::configure(const firmware::BufferQueueContext& context) {
  blocks_.rx_queues.configure_buffers(own_.share.buffer_queue(context.id),
                                      {context.ring_address, context.ring_length, context.buffer_bytes});
}

void Hardware::configure(const firmware::ConfigQueueContext& context) {
  blocks_.config_queues.configure(direction_of(context.queue.kind), static_cast<uint16_t>(context.queue.id),
                                  context.ring_address, context.ring_length, own_.share.function);
}

uint16_t Hardware::card_queue(QueueRef queue) const {
  switch (queue.kind) {
    case QueueKind::kRxBuffer:
      return own_.share.buffer_queue(queue.id);
    case QueueKind::kConfigTx:
    case QueueKind::kConfigRx:
      return static_cast<uint16_t>(queue.id);
    default:
      return own_.share.queue(queue.id);
  }
}

void Hardware::enable_queue(QueueRef queue) {
  const uint16_t id = card_queue(queue);
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
  const uint16_t id = card_queue(queue);
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

void Hardware::map_vector(QueueRef queue, uint16_t of_function, uint8_t itr_index) {
  const uint16_t id = card_queue(queue);
  const uint16_t vector = of_function == kNoVector ? kNoVector : own_.share.vector(of_function);
  if (queue.kind == QueueKind::kTx) blocks_.tx_reports.map_vector(id, vector, itr_index);
  if (queue.kind == QueueKind::kTxCompletion) blocks_.tx_completions.map_vector(id, vector, itr_index);
  if (queue.kind == QueueKind::kRx) blocks_.rx_queues.map_vector(id, vector, itr_index);
}

void Hardware::write_vport(const firmware::VportContext& context) {
  blocks_.fetcher.set_loopback(own_.share.vport(context.id),
                               context.loopback);  // disabled, it still may send
  rx::VportFilter filter;
  filter.enabled = context.enabled && !context.rx_queues.empty();
  filter.promiscuous_unicast = context.promiscuous_unicast;
  filter.promiscuous_multicast = context.promiscuous_multicast;
  filter.addresses = context.addresses;
  filter.rss_types = context.rss_types;
  filter.rss_key = context.rss_key;
  filter.rss_queues = context.rss_queues;
  filter.rx_queues = context.rx_queues;
  for (auto* queues : {&filter.rss_queues, &filter.rx_queues}) {
    for (uint32_t& queue : *queues) queue += own_.share.first_queue;
  }
  filter.default_queue = own_.share.queue(context.default_rx_queue);
  blocks_.rx.configure_vport(own_.share.vport(context.id), filter);
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
  const auto slot = blocks_.sas.find_free(own_.share.function);
  return slot ? std::optional(*slot - device_slot(0)) : std::nullopt;
}

bool Hardware::write_tx_sa(uint32_t index, const firmware::TxSa& sa) {
  return blocks_.sa_keeper.write_sa(device_slot(index),
                                    {sa.spi, sa.version, sa.tag, sa.key, sa.flows_only, own_.share.function},
                                    sa.first_iv);
}

void Hardware::erase_tx_sas(const firmware::TxSaErase& sas, uint64_t token) {
  const bool of_management = sas.owner == firmware::Origin::kManagement;
  size_t in_use = 0;
  for (const uint32_t index : sas.indexes) {
    in_use += start_erase(device_slot(index), token);
  }
  const uint32_t end = device_slot(sas.first) + sas.count;
  for (auto slot = blocks_.sas.next_used(device_slot(sas.first), end); slot;
       slot = blocks_.sas.next_used(*slot + 1, end)) {
    // What an earlier command erases is waited for, too: the answer says that these keys are gone.
    if (blocks_.sas.at(*slot).flows_only == of_management) in_use += start_erase(*slot, token);
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

void Hardware::on_sa_erased(uint64_t token) {
  const auto waits = token_waits_.find(token);
  if (waits == token_waits_.end() || --waits->second > 0) return;  // none: the function has been reset
  token_waits_.erase(waits);
  done(token);
}

void Hardware::configure_psp_receive(const firmware::PspReceiveConfig& config) {
  blocks_.rx.configure_psp(
      {static_cast<uint8_t>(config.versions), config.strip_icv, config.spi_in_descriptor,
       config.capture_failures, config.sample, config.strip_headers, config.rss_inner, config.vc_steering},
      own_.share.function);
}

void Hardware::send_to_driver(firmware::MailboxMessage message) {
  if (quieting_) return;
  const bool version = message.descriptor.v_opcode == idpf::Opcode::kVersion;
  if (version && message.descriptor.v_retval == idpf::Status::kSuccess) {
    own_.registers.set_reset_status(idpf::kRstatActive);
  }
  mailbox_->send(std::move(message));
}

void Hardware::reset() {
  draining_.clear();
  token_waits_.clear();
}

}  // namespace pspnic::nic
