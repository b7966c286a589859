// SPDX-License-Identifier: Apache-2.0
// CONFIG_TX_QUEUES, CONFIG_RX_QUEUES. Each checks all its entries, and writes contexts only when every one is
// right.
#include "firmware/commands.h"
#include "model/idpf/psp_numbers.h"
#include "model/idpf/rx_descriptors.h"

namespace pspnic::firmware {
namespace {

using idpf::QueueModel;
using idpf::Status;

constexpr uint64_t kRingAlignment = 128;  // bytes; what drivers keep to
constexpr uint16_t kRingLengthStep = 32;  // descriptors
// Linux stops at 8160; DPDK asks for 4096 transmit descriptors and twice as many completions.
constexpr uint16_t kMaxRingLength = 8192;
constexpr uint16_t kMaxRelativeId = 1023;  // 10 bits in a completion
constexpr uint32_t kMinBufferBytes = 128;
constexpr uint32_t kMaxBufferBytes = 16383;  // 14 bits of length in a completion
// 10 bits of header length in a completion; Linux has 256 bytes.
constexpr uint16_t kMinHeaderBufferBytes = 64;
constexpr uint16_t kMaxHeaderBufferBytes = idpf::kMaxRxHeaderLength;

bool ring_is_valid(uint64_t address, uint16_t length) {
  return address != 0 && address % kRingAlignment == 0 && length != 0 && length % kRingLengthStep == 0 &&
         length <= kMaxRingLength;
}

// The queue exists, is this vport's, and may be written now.
Status writable(Command& command, QueueRef ref, uint32_t vport_id) {
  const Queue* queue = command.state.queues.owned(ref, vport_id);
  if (queue == nullptr) return Status::kEnxio;
  if (queue->state == QueueState::kEnabled) return Status::kEsm;
  if (queue->state == QueueState::kDisabling) return Status::kEbusy;
  return Status::kSuccess;
}

Status check_tx(Command& command, const idpf::TxqInfo& info, const Vport& vport) {
  const std::optional<QueueKind> kind = queue_kind(info.type);
  const bool psp = (info.qflags & idpf::kQflagPsp) != 0;
  if (kind != QueueKind::kTx && kind != QueueKind::kTxCompletion) return Status::kEinval;
  if (!ring_is_valid(info.dma_ring_addr, info.ring_len) || info.model != vport.tx_model)
    return Status::kEinval;
  if ((info.qflags & ~idpf::kQflagPsp) != 0) return Status::kEinval;
  const Status status = writable(command, {*kind, info.queue_id}, vport.context.id);
  if (status != Status::kSuccess || kind == QueueKind::kTxCompletion) return status;

  if (psp && !command.state.has_oem(idpf::kPspCapMbx | idpf::kPspCapKeyInDesc)) return Status::kEperm;
  if (vport.tx_model == QueueModel::kSingle) return psp ? Status::kEinval : Status::kSuccess;
  // Queue scheduling is never granted.
  if (info.sched_mode != idpf::SchedMode::kFlow || info.relative_queue_id > kMaxRelativeId)
    return Status::kEinval;
  const QueueRef completion{QueueKind::kTxCompletion, info.tx_compl_queue_id};
  return command.state.queues.owned(completion, vport.context.id) ? Status::kSuccess : Status::kEnxio;
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
  if ((info.qflags & ~allowed) != 0) return Status::kEinval;
  const bool header_size_valid =
      info.hdr_buffer_size >= kMinHeaderBufferBytes && info.hdr_buffer_size <= kMaxHeaderBufferBytes;
  if ((info.qflags & idpf::kRxqHdrSplit) != 0 && !header_size_valid) return Status::kEinval;
  return Status::kSuccess;
}

Status check_rx(Command& command, const idpf::RxqInfo& info, const Vport& vport) {
  const std::optional<QueueKind> kind = queue_kind(info.type);
  const bool split = vport.rx_model == QueueModel::kSplit;
  if (kind != QueueKind::kRx && kind != QueueKind::kRxBuffer) return Status::kEinval;
  if (!ring_is_valid(info.dma_ring_addr, info.ring_len) || info.model != vport.rx_model)
    return Status::kEinval;
  if (const Status status = check_rx_features(command, info, split); status != Status::kSuccess)
    return status;
  if (info.dma_head_wb_addr != 0) return Status::kEinval;
  const bool has_buffers = kind == QueueKind::kRxBuffer || !split;
  if (has_buffers && (info.data_buffer_size < kMinBufferBytes || info.data_buffer_size > kMaxBufferBytes)) {
    return Status::kEinval;
  }
  const Status status = writable(command, {*kind, info.queue_id}, vport.context.id);
  if (status != Status::kSuccess || kind == QueueKind::kRxBuffer) return status;

  if ((info.qflags & idpf::kQflagPsp) != 0 && !command.state.has_oem(idpf::kPspCapRxMeta))
    return Status::kEperm;
  if (info.max_pkt_size == 0 || (info.desc_ids != 0 && (info.desc_ids & kRxDescIds) == 0))
    return Status::kEinval;
  if (!split) return Status::kSuccess;
  // bufq2_ena says nothing: DPDK leaves it 0 and uses the queue.
  if (info.rx_bufq1_id == info.rx_bufq2_id) return Status::kEinval;
  for (const uint16_t buffer_queue : {info.rx_bufq1_id, info.rx_bufq2_id}) {
    if (!command.state.queues.owned({QueueKind::kRxBuffer, buffer_queue}, vport.context.id))
      return Status::kEnxio;
  }
  return Status::kSuccess;
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
  if (count == 0 || !idpf::holds_elements<Header>(command.request, count)) return Status::kEinval;
  for (size_t i = 0; i < count; ++i) {
    const Status status = check(command, command.element<Header>(i), *vport);
    if (status != Status::kSuccess) return status;
  }
  for (size_t i = 0; i < count; ++i) write(command, command.element<Header>(i), *vport);
  return Status::kSuccess;
}

}  // namespace

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
