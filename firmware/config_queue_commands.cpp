// SPDX-License-Identifier: Apache-2.0
// The queue commands as they are about config queues: those that name no vport.
#include "firmware/commands.h"
#include "model/idpf/psp_config_queue.h"
#include "model/idpf/registers.h"

namespace pspnic::firmware {
namespace {

using idpf::Status;

constexpr uint64_t kConfigRingAlignment = 128;  // bytes; as of all rings
constexpr uint16_t kConfigRingStep = 32;        // descriptors
constexpr uint16_t kMaxConfigRing = 8192;

Status check_config_ring(Command& command, QueueRef ref, uint64_t address, uint16_t length,
                         idpf::QueueModel model) {
  const bool valid = address != 0 && address % kConfigRingAlignment == 0 && length != 0 &&
                     length % kConfigRingStep == 0 && length <= kMaxConfigRing;
  if (!valid || model != idpf::QueueModel::kSingle) return Status::kEinval;
  const Queue* queue = command.state.queues.owned(ref, idpf::kVportNone);
  if (queue == nullptr) return Status::kEnxio;
  if (queue->state == QueueState::kEnabled) return Status::kEsm;
  return queue->state == QueueState::kDisabling ? Status::kEbusy : Status::kSuccess;
}

// All entries are checked before any is written.
template <idpf::WireHeader Header>
Status configure_all(Command& command, QueueKind kind, Status (*check)(const typename Header::Element&)) {
  if (!command.state.has_oem(idpf::kPspCapCfgq)) return Status::kEnxio;  // then it is a vport that is not
  const size_t count = command.read<Header>().num_qinfo;
  if (count == 0 || !idpf::holds_elements<Header>(command.request, count)) return Status::kEinval;
  for (size_t i = 0; i < count; ++i) {
    const auto info = command.element<Header>(i);
    if (info.type != queue_type(kind)) return Status::kEinval;
    if (const Status status = check(info); status != Status::kSuccess) return status;
    const Status status =
        check_config_ring(command, {kind, info.queue_id}, info.dma_ring_addr, info.ring_len, info.model);
    if (status != Status::kSuccess) return status;
  }
  for (size_t i = 0; i < count; ++i) {
    const auto info = command.element<Header>(i);
    const QueueRef ref{kind, info.queue_id};
    command.state.queues.at(ref).state = QueueState::kConfigured;
    command.hardware.configure(
        ConfigQueueContext{.queue = ref, .ring_address = info.dma_ring_addr, .ring_length = info.ring_len});
  }
  return Status::kSuccess;
}

}  // namespace

// A pair has one number: commands and the answers to them.
Status add_config_queues(Command& command) {
  auto answer = command.read<idpf::AddQueues>();
  if (!command.state.has_oem(idpf::kPspCapCfgq)) return Status::kEnxio;  // then it is a vport that is not
  const bool one_pair =
      answer.num_tx_q == 1 && answer.num_rx_q == 1 && answer.num_tx_complq == 0 && answer.num_rx_bufq == 0;
  if (answer.mbx_q_index != kConfigQueueMailboxIndex || !one_pair) return Status::kEinval;
  QueueTable& queues = command.state.queues;
  const auto pair = queues.allocate_pair(idpf::kVportNone);
  if (!pair) return Status::kEnospc;
  answer.num_chunks = 0;
  command.reply.assign(sizeof(answer), 0);
  for (const QueueKind kind : {QueueKind::kConfigTx, QueueKind::kConfigRx}) {
    command.answer_element<idpf::AddQueues>(answer.num_chunks++,
                                            queue_chunk(command.hardware.limits(), kind, *pair, 1));
  }
  command.answer(answer);
  return Status::kSuccess;
}

Status config_config_tx_queues(Command& command) {
  return configure_all<idpf::ConfigTxQueues>(command, QueueKind::kConfigTx, [](const idpf::TxqInfo& info) {
    return info.qflags == 0 ? Status::kSuccess : Status::kEinval;
  });
}

Status config_config_rx_queues(Command& command) {
  return configure_all<idpf::ConfigRxQueues>(command, QueueKind::kConfigRx, [](const idpf::RxqInfo& info) {
    const bool fits = info.data_buffer_size >= idpf::kCfgqBufferBytes && info.dma_head_wb_addr == 0;
    return fits ? Status::kSuccess : Status::kEinval;
  });
}

}  // namespace pspnic::firmware
