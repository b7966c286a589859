// SPDX-License-Identifier: Apache-2.0
// virtchnl2 queue messages: the chunks that hand out queue ids and tail registers, and the configuration of
// queues.
#pragma once

#include <array>
#include <cstdint>

#include "model/idpf/wire.h"

namespace pspnic::idpf {

enum class QueueType : uint32_t {
  kTx = 0,
  kRx = 1,
  kTxCompletion = 2,
  kRxBuffer = 3,
  kConfigTx = 4,
  kConfigRx = 5,
  kP2pTx = 6,
  kP2pRx = 7,
  kP2pTxCompletion = 8,
  kP2pRxBuffer = 9,
  kMbxTx = 10,
  kMbxRx = 11,
};

enum class QueueModel : uint16_t { kSingle = 0, kSplit = 1 };
enum class SchedMode : uint16_t { kQueue = 0, kFlow = 1 };

// Tail of the k-th queue of the chunk = qtail_reg_start + k * qtail_reg_spacing, a BAR0 offset.
struct QueueRegChunk {
  QueueType type = QueueType::kTx;
  uint32_t start_queue_id = 0;  // per function; below 1024
  uint32_t num_queues = 0;
  uint32_t reserved = 0;
  uint64_t qtail_reg_start = 0;
  uint32_t qtail_reg_spacing = 0;  // bytes
  uint32_t reserved1 = 0;
};
static_assert(WireStruct<QueueRegChunk> && sizeof(QueueRegChunk) == 32);

// TxqInfo::qflags. Bit 12 is kQflagPsp.
inline constexpr uint16_t kTxqEnableMissCompl = 1u << 0;
inline constexpr uint16_t kTxqLargeComplq = 1u << 1;

// One entry of CONFIG_TX_QUEUES: a Tx queue or a Tx completion queue.
struct TxqInfo {
  uint64_t dma_ring_addr = 0;
  QueueType type = QueueType::kTx;
  uint32_t queue_id = 0;
  uint16_t relative_queue_id = 0;  // what completions carry; Linux 0, DPDK the absolute id
  QueueModel model = QueueModel::kSingle;
  SchedMode sched_mode = SchedMode::kQueue;
  uint16_t qflags = 0;
  uint16_t ring_len = 0;  // descriptors, a multiple of 32
  uint16_t tx_compl_queue_id = 0;
  uint16_t peer_type = 0;
  uint16_t peer_rx_queue_id = 0;
  uint32_t large_ring_len = 0;
  uint32_t egress_pasid = 0;
  uint32_t egress_hdr_pasid = 0;
  uint32_t egress_buf_pasid = 0;
  std::array<uint8_t, 8> reserved{};
};
static_assert(WireStruct<TxqInfo> && sizeof(TxqInfo) == 56);

struct ConfigTxQueues {
  using Element = TxqInfo;
  uint32_t vport_id = 0;
  uint16_t num_qinfo = 0;
  std::array<uint8_t, 10> reserved{};
};
static_assert(WireHeader<ConfigTxQueues> && sizeof(ConfigTxQueues) == 16);

// RxqInfo::qflags. Bit 12 is kQflagPsp.
inline constexpr uint16_t kRxqRsc = 1u << 0;
inline constexpr uint16_t kRxqHdrSplit = 1u << 1;
inline constexpr uint16_t kRxqImmediateWriteBack = 1u << 2;
inline constexpr uint16_t kRxqDescSize16 = 1u << 3;
inline constexpr uint16_t kRxqDescSize32 = 1u << 4;

// One entry of CONFIG_RX_QUEUES: an Rx queue or an Rx buffer queue. References are resolved at ENABLE:
// drivers differ in which of the two comes first.
struct RxqInfo {
  uint64_t desc_ids = 0;  // bit n: RXDID n
  uint64_t dma_ring_addr = 0;
  QueueType type = QueueType::kRx;
  uint32_t queue_id = 0;
  QueueModel model = QueueModel::kSingle;
  uint16_t hdr_buffer_size = 0;   // bytes
  uint32_t data_buffer_size = 0;  // bytes
  uint32_t max_pkt_size = 0;      // bytes
  uint16_t ring_len = 0;          // descriptors, a multiple of 32
  uint8_t buffer_notif_stride = 0;
  uint8_t reserved = 0;
  uint64_t dma_head_wb_addr = 0;  // 0 = no head write-back
  uint16_t qflags = 0;
  uint16_t rx_buffer_low_watermark = 0;
  uint16_t rx_bufq1_id = 0;
  uint16_t rx_bufq2_id = 0;
  uint8_t bufq2_ena = 0;  // DPDK 22.11 leaves it 0 although it uses the second queue
  std::array<uint8_t, 3> reserved1{};
  uint32_t ingress_pasid = 0;
  uint32_t ingress_hdr_pasid = 0;
  uint32_t ingress_buf_pasid = 0;
  std::array<uint8_t, 16> reserved2{};
};
static_assert(WireStruct<RxqInfo> && sizeof(RxqInfo) == 88);

struct ConfigRxQueues {
  using Element = RxqInfo;
  uint32_t vport_id = 0;
  uint16_t num_qinfo = 0;
  std::array<uint8_t, 18> reserved{};
};
static_assert(WireHeader<ConfigRxQueues> && sizeof(ConfigRxQueues) == 24);

// A range of queues of one type.
struct QueueChunk {
  QueueType type = QueueType::kTx;
  uint32_t start_queue_id = 0;
  uint32_t num_queues = 0;
  uint32_t reserved = 0;
};
static_assert(WireStruct<QueueChunk> && sizeof(QueueChunk) == 16);

// ENABLE_QUEUES, DISABLE_QUEUES, DEL_QUEUES.
struct DelEnaDisQueues {
  using Element = QueueChunk;
  uint32_t vport_id = 0;
  uint32_t reserved = 0;
  uint16_t num_chunks = 0;
  std::array<uint8_t, 6> reserved1{};
};
static_assert(WireHeader<DelEnaDisQueues> && sizeof(DelEnaDisQueues) == 16);

// ADD_QUEUES, both directions; the reply is followed by chunks as CREATE_VPORT's. A config queue pair is
// asked for with vport_id kVportNone and mbx_q_index = PspCaps::cfgq_mbx_q_index; its chunks are of types
// kConfigTx and kConfigRx.
struct AddQueues {
  using Element = QueueRegChunk;
  uint32_t vport_id = 0;
  uint16_t num_tx_q = 0;
  uint16_t num_tx_complq = 0;
  uint16_t num_rx_q = 0;
  uint16_t num_rx_bufq = 0;
  uint8_t mbx_q_index = 0;
  std::array<uint8_t, 3> reserved{};
  uint16_t num_chunks = 0;
  std::array<uint8_t, 6> reserved1{};
};
static_assert(WireHeader<AddQueues> && sizeof(AddQueues) == 24);

}  // namespace pspnic::idpf
