// SPDX-License-Identifier: Apache-2.0
// CONFIG_TX_QUEUES, CONFIG_RX_QUEUES. Each checks all its entries, and writes contexts only when every one is
// right.
#include "firmware/commands.h"
#include "model/idpf/psp_numbers.h"
#include "model/idpf/rings.h"
#include "model/idpf/rx_descriptors.h"

namespace pspnic::firmware {
namespace {

using idpf::QueueModel;
using idpf::Status;

constexpr uint16_t kMaxRelativeId = 1023;  // 10 bits in a completion
constexpr uint32_t kMinBufferBytes = 128;
constexpr uint32_t kMaxBufferBytes = 16383;  // 14 bits of length in a completion
// 10 bits of header length in a completion; Linux has 256 bytes.
constexpr uint16_t kMinHeaderBufferBytes = 64;
constexpr uint16_t kMaxHeaderBufferBytes = idpf::kMaxRxHeaderLength;

Status wrong_type(Command& command, idpf::QueueType type, const char* expected) {
  return command.refuse(Status::kEinval, "type", static_cast<uint64_t>(type), expected);
}

Status check_model(Command& command, QueueModel model, QueueModel of_vport) {
  if (model == of_vport) return Status::kSuccess;
  return command.refuse(Status::kEinval, "model", static_cast<uint64_t>(model),
                        std::to_string(static_cast<uint64_t>(of_vport)) + ", the vport's");
}

Status psp_not_granted(Command& command, uint64_t qflags, const char* capability) {
  return command.refuse(Status::kEperm, {"qflags", hex(qflags),
                                         std::string("capability ") + capability + ", from GET_OEM_CAPS"});
}

Status check_tx(Command& command, const idpf::TxqInfo& info, const Vport& vport) {
  const std::optional<QueueKind> kind = queue_kind(info.type);
  const bool psp = (info.qflags & idpf::kQflagPsp) != 0;
  if (kind != QueueKind::kTx && kind != QueueKind::kTxCompletion) {
    return wrong_type(command, info.type, "0, transmit, or 2, completions");
  }
  Status status = check_ring(command, info.dma_ring_addr, info.ring_len);
  if (status == Status::kSuccess) status = check_model(command, info.model, vport.tx_model);
  if (status != Status::kSuccess) return status;
  if ((info.qflags & ~idpf::kQflagPsp) != 0) {
    return command.refuse(Status::kEinval,
                          {"qflags", hex(info.qflags), "none but PSP, " + hex(idpf::kQflagPsp)});
  }
  status = check_writable(command, {*kind, info.queue_id}, vport.context.id);
  if (status != Status::kSuccess || kind == QueueKind::kTxCompletion) return status;

  if (psp && !command.state.has_oem(idpf::kPspCapMbx | idpf::kPspCapKeyInDesc)) {
    return psp_not_granted(command, info.qflags, "PSP messages (caps bit 32) or keys in descriptors (34)");
  }
  if (vport.tx_model == QueueModel::kSingle) {
    if (!psp) return Status::kSuccess;
    return command.refuse(Status::kEinval, {"qflags", hex(info.qflags), "without PSP in the single model"});
  }
  // Queue scheduling is never granted.
  if (info.sched_mode != idpf::SchedMode::kFlow) {
    return command.refuse(Status::kEinval, "sched_mode", static_cast<uint64_t>(info.sched_mode), "1, flow");
  }
  if (info.relative_queue_id > kMaxRelativeId) {
    return command.refuse(Status::kEinval, "relative_queue_id", info.relative_queue_id,
                          range_text(0, kMaxRelativeId));
  }
  const QueueRef completion{QueueKind::kTxCompletion, info.tx_compl_queue_id};
  if (command.state.queues.owned(completion, vport.context.id)) return Status::kSuccess;
  return command.refuse(Status::kEnxio, "tx_compl_queue_id", info.tx_compl_queue_id,
                        "a completion queue of the vport");
}

void write_tx(Command& command, const idpf::TxqInfo& info, const Vport& vport) {
  const QueueKind kind = *queue_kind(info.type);
  Queue& queue = command.state.queues.at({kind, info.queue_id});
  queue.state = QueueState::kConfigured;
  queue.references.clear();
  if (kind == QueueKind::kTxCompletion) {
    command.hardware.configure(CompletionQueueContext{
        .id = info.queue_id, .ring_address = info.dma_ring_addr, .ring_length = info.ring_len});
    return;
  }
  const bool split = vport.tx_model == QueueModel::kSplit;
  const bool psp = (info.qflags & idpf::kQflagPsp) != 0;
  if (split) queue.references = {info.tx_compl_queue_id};
  command.hardware.configure(
      TxQueueContext{.id = info.queue_id,
                     .vport_id = vport.context.id,
                     .ring_address = info.dma_ring_addr,
                     .ring_length = info.ring_len,
                     .relative_id = info.relative_queue_id,
                     .completion_queue_id = split ? info.tx_compl_queue_id : 0u,
                     .split = split,
                     .psp = psp,
                     .key_in_descriptor = psp && command.state.has_oem(idpf::kPspCapKeyInDesc)});
}

idpf::GetCapabilities granted(const Command& command) {
  return command.state.caps.value_or(idpf::GetCapabilities{});
}

// Coalescing and header split: as granted, for split queues. Descriptors have 32 bytes.
Status check_rx_features(Command& command, const idpf::RxqInfo& info, bool split) {
  const idpf::GetCapabilities caps = granted(command);
  uint16_t allowed = 0xffff & ~(idpf::kRxqRsc | idpf::kRxqHdrSplit | idpf::kRxqDescSize16);
  if (split && caps.rsc_caps != 0) allowed |= idpf::kRxqRsc;
  // Linux uses it only with both.
  constexpr uint32_t kBoth = idpf::kHsplitAtL4Ipv4 | idpf::kHsplitAtL4Ipv6;
  if (split && caps.hsplit_caps == kBoth) allowed |= idpf::kRxqHdrSplit;
  if ((info.qflags & ~allowed) != 0) {
    return command.refuse(Status::kEinval, {"qflags", hex(info.qflags),
                                            "of RSC (bit 0), header split (1) and "
                                            "descriptors of 16 bytes (3) none that was not granted"});
  }
  const bool header_size_valid =
      info.hdr_buffer_size >= kMinHeaderBufferBytes && info.hdr_buffer_size <= kMaxHeaderBufferBytes;
  if ((info.qflags & idpf::kRxqHdrSplit) == 0 || header_size_valid) return Status::kSuccess;
  return command.refuse(Status::kEinval, "hdr_buffer_size", info.hdr_buffer_size,
                        range_text(kMinHeaderBufferBytes, kMaxHeaderBufferBytes));
}

// bufq2_ena says nothing: DPDK leaves it 0 and uses the queue.
Status check_buffer_queues(Command& command, const idpf::RxqInfo& info, const Vport& vport) {
  if (info.rx_bufq1_id == info.rx_bufq2_id) {
    return command.refuse(Status::kEinval, "rx_bufq2_id", info.rx_bufq2_id, "another than rx_bufq1_id");
  }
  const auto owned = [&](uint16_t id) {
    return command.state.queues.owned({QueueKind::kRxBuffer, id}, vport.context.id) != nullptr;
  };
  constexpr const char* kExpected = "a buffer queue of the vport";
  if (!owned(info.rx_bufq1_id)) {
    return command.refuse(Status::kEnxio, "rx_bufq1_id", info.rx_bufq1_id, kExpected);
  }
  if (owned(info.rx_bufq2_id)) return Status::kSuccess;
  return command.refuse(Status::kEnxio, "rx_bufq2_id", info.rx_bufq2_id, kExpected);
}

Status check_rx(Command& command, const idpf::RxqInfo& info, const Vport& vport) {
  const std::optional<QueueKind> kind = queue_kind(info.type);
  const bool split = vport.rx_model == QueueModel::kSplit;
  if (kind != QueueKind::kRx && kind != QueueKind::kRxBuffer) {
    return wrong_type(command, info.type, "1, receive, or 3, buffers");
  }
  Status status = check_ring(command, info.dma_ring_addr, info.ring_len);
  if (status == Status::kSuccess) status = check_model(command, info.model, vport.rx_model);
  if (status == Status::kSuccess) status = check_rx_features(command, info, split);
  if (status != Status::kSuccess) return status;
  if (info.dma_head_wb_addr != 0) {
    return command.refuse(Status::kEinval, {"dma_head_wb_addr", hex(info.dma_head_wb_addr), "0"});
  }
  const bool has_buffers = kind == QueueKind::kRxBuffer || !split;
  if (has_buffers && (info.data_buffer_size < kMinBufferBytes || info.data_buffer_size > kMaxBufferBytes)) {
    return command.refuse(Status::kEinval, "data_buffer_size", info.data_buffer_size,
                          range_text(kMinBufferBytes, kMaxBufferBytes));
  }
  status = check_writable(command, {*kind, info.queue_id}, vport.context.id);
  if (status != Status::kSuccess || kind == QueueKind::kRxBuffer) return status;

  if ((info.qflags & idpf::kQflagPsp) != 0 && !command.state.has_oem(idpf::kPspCapRxMeta)) {
    return psp_not_granted(command, info.qflags, "PSP fields in completions (caps bit 35)");
  }
  if (info.max_pkt_size == 0) return command.refuse(Status::kEinval, "max_pkt_size", 0, "1 or more");
  if (info.desc_ids != 0 && (info.desc_ids & kRxDescIds) == 0) {
    return command.refuse(Status::kEinval, {"desc_ids", hex(info.desc_ids), "0, or with " + hex(kRxDescIds)});
  }
  return split ? check_buffer_queues(command, info, vport) : Status::kSuccess;
}

void write_rx(Command& command, const idpf::RxqInfo& info, const Vport& vport) {
  const QueueKind kind = *queue_kind(info.type);
  Queue& queue = command.state.queues.at({kind, info.queue_id});
  queue.state = QueueState::kConfigured;
  queue.references.clear();
  if (kind == QueueKind::kRxBuffer) {
    command.hardware.configure(BufferQueueContext{.id = info.queue_id,
                                                  .ring_address = info.dma_ring_addr,
                                                  .ring_length = info.ring_len,
                                                  .buffer_bytes = info.data_buffer_size});
    return;
  }
  const bool split = vport.rx_model == QueueModel::kSplit;
  if (split) queue.references = {info.rx_bufq1_id, info.rx_bufq2_id};
  const bool rsc = (info.qflags & idpf::kRxqRsc) != 0;
  const bool header_split = (info.qflags & idpf::kRxqHdrSplit) != 0;
  command.hardware.configure(
      RxQueueContext{.id = info.queue_id,
                     .vport_id = vport.context.id,
                     .ring_address = info.dma_ring_addr,
                     .ring_length = info.ring_len,
                     .buffer_queue_1 = split ? info.rx_bufq1_id : 0u,
                     .buffer_queue_2 = split ? info.rx_bufq2_id : 0u,
                     .buffer_bytes = info.data_buffer_size,
                     .max_packet_bytes = info.max_pkt_size,
                     .split = split,
                     .psp = (info.qflags & idpf::kQflagPsp) != 0,
                     .rsc = rsc ? granted(command).rsc_caps : 0u,
                     .header_bytes = header_split ? info.hdr_buffer_size : uint16_t{0}});
}

// Both opcodes: header, vport, all entries checked, then all written.
template <idpf::WireHeader Header>
Status config_queues(Command& command,
                     Status (*check)(Command&, const typename Header::Element&, const Vport&),
                     void (*write)(Command&, const typename Header::Element&, const Vport&)) {
  const auto header = command.read<Header>();
  Vport* vport = nullptr;
  if (const Status status = find_vport(command, header.vport_id, vport); status != Status::kSuccess)
    return status;
  const size_t count = header.num_qinfo;
  if (const Status list = check_count<Header>(command, "num_qinfo", count); list != Status::kSuccess) {
    return list;
  }
  for (size_t i = 0; i < count; ++i) {
    command.entry = i;
    const Status status = check(command, command.element<Header>(i), *vport);
    if (status != Status::kSuccess) return status;
  }
  for (size_t i = 0; i < count; ++i) write(command, command.element<Header>(i), *vport);
  return Status::kSuccess;
}

}  // namespace

Status check_ring(Command& command, uint64_t address, uint16_t length) {
  if (address == 0) return command.refuse(Status::kEinval, "dma_ring_addr", 0, "not 0");
  if (address % idpf::kRingAlignment != 0) {
    return command.refuse(Status::kEinval, {"dma_ring_addr", hex(address),
                                            "a multiple of " + std::to_string(idpf::kRingAlignment),
                                            base::DriverRule::kRingAlignment});
  }
  if (length != 0 && length % idpf::kRingLengthStep == 0 && length <= idpf::kMaxRingLength) {
    return Status::kSuccess;
  }
  return command.refuse(Status::kEinval, "ring_len", length,
                        "a multiple of " + std::to_string(idpf::kRingLengthStep) + ", " +
                            range_text(idpf::kRingLengthStep, idpf::kMaxRingLength),
                        base::DriverRule::kRingLength);
}

Status check_writable(Command& command, QueueRef ref, uint32_t vport_id) {
  const Queue* queue = command.state.queues.owned(ref, vport_id);
  if (queue == nullptr) return command.refuse(Status::kEnxio, "queue_id", ref.id, "a queue of the vport");
  if (queue->state != QueueState::kEnabled && queue->state != QueueState::kDisabling) return Status::kSuccess;
  return command.refuse(queue->state == QueueState::kEnabled ? Status::kEsm : Status::kEbusy, "queue_id",
                        ref.id, "one that is disabled");
}

Status config_tx_queues(Command& command) {
  if (command.read<idpf::ConfigTxQueues>().vport_id == idpf::kVportNone)
    return config_config_tx_queues(command);
  return config_queues<idpf::ConfigTxQueues>(command, check_tx, write_tx);
}

Status config_rx_queues(Command& command) {
  if (command.read<idpf::ConfigRxQueues>().vport_id == idpf::kVportNone)
    return config_config_rx_queues(command);
  return config_queues<idpf::ConfigRxQueues>(command, check_rx, write_rx);
}

}  // namespace pspnic::firmware
