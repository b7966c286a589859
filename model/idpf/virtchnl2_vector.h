// SPDX-License-Identifier: Apache-2.0
// virtchnl2 interrupt vector messages.
#pragma once

#include <array>
#include <cstdint>

#include "model/idpf/virtchnl2_queue.h"
#include "model/idpf/wire.h"

namespace pspnic::idpf {

inline constexpr uint32_t kItrRx = 0;  // itr_idx: which interval register of the vector applies
inline constexpr uint32_t kItrTx = 1;

// One queue bound to one vector. Linux maps the Tx queue, meaning its completion queue; buffer queues never
// appear.
struct QueueVector {
  uint32_t queue_id = 0;
  uint16_t vector_id = 0;  // MSI-X entry
  uint16_t reserved = 0;
  uint32_t itr_idx = 0;
  QueueType queue_type = QueueType::kTx;
  uint64_t reserved1 = 0;
};
static_assert(WireStruct<QueueVector> && sizeof(QueueVector) == 24);

// MAP_QUEUE_VECTOR, UNMAP_QUEUE_VECTOR.
struct QueueVectorMaps {
  using Element = QueueVector;
  uint32_t vport_id = 0;
  uint16_t num_qv_maps = 0;
  std::array<uint8_t, 10> reserved{};
};
static_assert(WireHeader<QueueVectorMaps> && sizeof(QueueVectorMaps) == 16);

// Where the registers of a run of vectors are; offsets into BAR0, spacings in bytes. The interval register of
// the k-th vector is itrn_reg_start + k * itrn_reg_spacing + itr_idx * itrn_index_spacing.
struct VectorChunk {
  uint16_t start_vector_id = 0;  // MSI-X entry of the first
  uint16_t start_evv_id = 0;
  uint16_t num_vectors = 0;
  uint16_t reserved = 0;
  uint32_t dynctl_reg_start = 0;
  uint32_t dynctl_reg_spacing = 0;
  uint32_t itrn_reg_start = 0;
  uint32_t itrn_reg_spacing = 0;
  uint32_t itrn_index_spacing = 0;  // 0 means 4 (PF) or 0x40 (VF)
  uint32_t reserved1 = 0;
};
static_assert(WireStruct<VectorChunk> && sizeof(VectorChunk) == 32);

// DEALLOC_VECTORS.
struct VectorChunks {
  using Element = VectorChunk;
  uint16_t num_vchunks = 0;
  std::array<uint8_t, 14> reserved{};
};
static_assert(WireHeader<VectorChunks> && sizeof(VectorChunks) == 16);

// ALLOC_VECTORS, both directions: a count, then VectorChunks.
struct AllocVectors {
  using Element = VectorChunk;
  uint16_t num_vectors = 0;
  std::array<uint8_t, 14> reserved{};
  uint16_t num_vchunks = 0;
  std::array<uint8_t, 14> reserved1{};
};
static_assert(WireHeader<AllocVectors> && sizeof(AllocVectors) == 32);

}  // namespace pspnic::idpf
