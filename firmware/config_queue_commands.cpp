// SPDX-License-Identifier: Apache-2.0
// The queue commands as they are about config queues: those that name no vport.
#include "firmware/commands.h"
#include "model/idpf/psp_config_queue.h"
#include "model/idpf/registers.h"

namespace pspnic::firmware {
namespace {

using idpf::Status;

Status check_config_ring(Command& command, QueueRef ref, uint64_t address, uint16_t length,
                         idpf::QueueModel model) {
  if (const Status status = check_ring(command, address, length); status != Status::kSuccess) return status;
  if (model != idpf::QueueModel::kSingle) {
    return command.refuse(Status::kEinval, "model", static_cast<uint64_t>(model), "0, single");
  }
  return check_writable(command, ref, idpf::kVportNone);
}

// All entries are checked before any is written.
template <idpf::WireHeader Header>
Status configure_all(Command& command, QueueKind kind,
                     Status (*check)(Command&, const typename Header::Element&)) {
  if (const Status status = check_config_queues(command); status != Status::kSuccess) return status;
  const size_t count = command.read<Header>().num_qinfo;
  if (const Status list = check_count<Header>(command, "num_qinfo", count); list != Status::kSuccess) {
    return list;
  }
  for (size_t i = 0; i < count; ++i) {
    command.entry = i;
    const auto info = command.element<Header>(i);
    if (info.type != queue_type(kind)) {
      return command.refuse(Status::kEinval, "type", static_cast<uint64_t>(info.type),
                            std::to_string(static_cast<uint64_t>(queue_type(kind))));
    }
    if (const Status status = check(command, info); status != Status::kSuccess) return status;
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

Status check_config_queues(Command& command) {
  if (command.state.has_oem(idpf::kPspCapCfgq)) return Status::kSuccess;
  return command.refuse(Status::kEnxio,
                        {"vport_id", hex(idpf::kVportNone),
                         "a vport, or capability config queues (caps bit 33), from GET_OEM_CAPS"});
}

// A pair has one number: commands and the answers to them.
Status add_config_queues(Command& command) {
  auto answer = command.read<idpf::AddQueues>();
  if (const Status status = check_config_queues(command); status != Status::kSuccess) return status;
  if (answer.mbx_q_index != kConfigQueueMailboxIndex) {
    return command.refuse(Status::kEinval, "mbx_q_index", answer.mbx_q_index,
                          std::to_string(kConfigQueueMailboxIndex));
  }
  if (answer.num_tx_q != 1) return command.refuse(Status::kEinval, "num_tx_q", answer.num_tx_q, "1");
  if (answer.num_rx_q != 1) return command.refuse(Status::kEinval, "num_rx_q", answer.num_rx_q, "1");
  if (answer.num_tx_complq != 0 || answer.num_rx_bufq != 0) {
    const bool completions = answer.num_tx_complq != 0;
    return command.refuse(Status::kEinval, completions ? "num_tx_complq" : "num_rx_bufq",
                          completions ? answer.num_tx_complq : answer.num_rx_bufq, "0");
  }
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
  return configure_all<idpf::ConfigTxQueues>(
      command, QueueKind::kConfigTx, [](Command& by, const idpf::TxqInfo& info) {
        return info.qflags == 0 ? Status::kSuccess : by.refuse(Status::kEinval, "qflags", info.qflags, "0");
      });
}

Status config_config_rx_queues(Command& command) {
  return configure_all<idpf::ConfigRxQueues>(
      command, QueueKind::kConfigRx, [](Command& by, const idpf::RxqInfo& info) {
        if (info.data_buffer_size < idpf::kCfgqBufferBytes) {
          return by.refuse(Status::kEinval, "data_buffer_size", info.data_buffer_size,
                           std::to_string(idpf::kCfgqBufferBytes) + " or more");
        }
        if (info.dma_head_wb_addr == 0) return Status::kSuccess;
        return by.refuse(Status::kEinval, {"dma_head_wb_addr", hex(info.dma_head_wb_addr), "0"});
      });
}

}  // namespace pspnic::firmware
