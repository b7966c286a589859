// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

Bytes dealloc(std::vector<idpf::VectorChunk> chunks) {
  return to_bytes(idpf::VectorChunks{.num_vchunks = static_cast<uint16_t>(chunks.size())}, chunks);
}

Bytes maps(std::vector<idpf::QueueVector> list, uint32_t vport = 0) {
  return to_bytes(idpf::QueueVectorMaps{.vport_id = vport, .num_qv_maps = static_cast<uint16_t>(list.size())},
                  list);
}

idpf::VectorChunk alloc(ControlBench& bench, uint16_t count, size_t extra_bytes = 0) {
  Bytes request = to_bytes(idpf::AllocVectors{.num_vectors = count});
  request.resize(request.size() + extra_bytes);
  const Reply reply = bench.send(Opcode::kAllocVectors, request);
  EXPECT_EQ(reply.status, Status::kSuccess);
  EXPECT_EQ(reply.payload.size(), 64u);
  EXPECT_EQ(from_bytes<idpf::AllocVectors>(reply.payload).num_vchunks, 1u);
  return element_of<idpf::AllocVectors>(reply.payload, 0);
}

TEST(Vectors, AllocNamesTheRegisters) {
  ControlBench bench;
  bench.negotiate();
  const idpf::VectorChunk chunk = alloc(bench, 64);
  EXPECT_EQ(chunk.start_vector_id, 1u);
  EXPECT_EQ(chunk.num_vectors, 64u);
  EXPECT_EQ(chunk.dynctl_reg_start, 0x08901000u);
  EXPECT_EQ(chunk.dynctl_reg_spacing, 0x1000u);
  EXPECT_EQ(chunk.itrn_reg_start, 0x08901004u);
  EXPECT_EQ(chunk.itrn_reg_spacing, 0x1000u);
  EXPECT_EQ(chunk.itrn_index_spacing, 4u);
  EXPECT_EQ(bench.status_of(Opcode::kAllocVectors, idpf::AllocVectors{.num_vectors = 1}), Status::kEnospc);
  EXPECT_EQ(bench.status_of(Opcode::kAllocVectors, idpf::AllocVectors{}), Status::kEinval);
}

TEST(Vectors, AreGivenBack) {
  ControlBench bench;
  bench.negotiate();
  for (int round = 0; round < 200; ++round) {  // DPDK takes and gives one at every start and stop
    const idpf::VectorChunk chunk = alloc(bench, 1, 32);
    ASSERT_EQ(chunk.start_vector_id, 1u);
    ASSERT_EQ(bench.send(Opcode::kDeallocVectors, dealloc({chunk})).status, Status::kSuccess);
  }
  alloc(bench, 64);
  bench.plane.reset();
  bench.negotiate();
  EXPECT_EQ(alloc(bench, 64).num_vectors, 64u);
}

TEST(Vectors, OnlyHeldOnesAreGivenBack) {
  ControlBench bench;
  bench.negotiate();
  alloc(bench, 4);
  EXPECT_EQ(bench.status_of(Opcode::kDeallocVectors, dealloc({})), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kDeallocVectors, dealloc({{.start_vector_id = 0, .num_vectors = 1}})),
            Status::kEnxio)
      << "the mailbox's";
  EXPECT_EQ(bench.status_of(Opcode::kDeallocVectors, dealloc({{.start_vector_id = 1, .num_vectors = 5}})),
            Status::kEnxio);
  EXPECT_EQ(
      bench.status_of(Opcode::kDeallocVectors, dealloc({{.start_vector_id = 0xFFFF, .num_vectors = 0xFFFF}})),
      Status::kEnxio);
  const idpf::VectorChunk two{.start_vector_id = 2, .num_vectors = 2};
  EXPECT_EQ(bench.status_of(Opcode::kDeallocVectors, dealloc({two, two})), Status::kEnxio)
      << "twice in one message";
  EXPECT_EQ(bench.status_of(Opcode::kDeallocVectors, dealloc({two})), Status::kSuccess);
  EXPECT_EQ(alloc(bench, 2).start_vector_id, 2u);
  EXPECT_EQ(alloc(bench, 3).start_vector_id, 5u);
}

TEST(Vectors, MapAndUnmap) {
  ControlBench bench;
  bench.negotiate();
  bench.create_vport(2);
  alloc(bench, 2);
  const idpf::QueueVector rx{.queue_id = 1, .vector_id = 2, .itr_idx = 0, .queue_type = QueueType::kRx};
  const idpf::QueueVector tx{.queue_id = 1, .vector_id = 2, .itr_idx = 1, .queue_type = QueueType::kTx};
  EXPECT_EQ(bench.status_of(Opcode::kMapQueueVector, maps({tx, rx})), Status::kSuccess);
  EXPECT_EQ(bench.hardware.mappings.at({QueueKind::kTx, 1}).vector, 2);
  EXPECT_EQ(bench.hardware.mappings.at({QueueKind::kTx, 1}).itr_index, 1);
  EXPECT_EQ(bench.hardware.mappings.at({QueueKind::kRx, 1}).itr_index, 0);
  EXPECT_EQ(bench.status_of(Opcode::kDeallocVectors, dealloc({{.start_vector_id = 1, .num_vectors = 2}})),
            Status::kEbusy)
      << "still mapped";
  idpf::QueueVector other = rx;
  other.vector_id = 1;
  EXPECT_EQ(bench.status_of(Opcode::kUnmapQueueVector, maps({other})), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kUnmapQueueVector, maps({tx, rx})), Status::kSuccess);
  EXPECT_TRUE(bench.hardware.mappings.empty());
  EXPECT_EQ(bench.status_of(Opcode::kUnmapQueueVector, maps({tx, rx})), Status::kEinval);
  idpf::QueueVector none = rx;
  none.vector_id = Hardware::kNoVector;
  EXPECT_EQ(bench.status_of(Opcode::kUnmapQueueVector, maps({none})), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kMapQueueVector, maps({none})), Status::kEnxio);
  EXPECT_EQ(bench.status_of(Opcode::kDeallocVectors, dealloc({{.start_vector_id = 1, .num_vectors = 2}})),
            Status::kSuccess);
}

TEST(Vectors, BadMapsAreRefused) {
  ControlBench bench;
  bench.negotiate();
  bench.create_vport(2);
  alloc(bench, 2);
  const auto status = [&bench](uint32_t queue, uint16_t vector, uint32_t itr, QueueType type) {
    const idpf::QueueVector entry{.queue_id = queue, .vector_id = vector, .itr_idx = itr, .queue_type = type};
    return bench.status_of(Opcode::kMapQueueVector, maps({entry}));
  };
  EXPECT_EQ(status(0, 0, 0, QueueType::kRx), Status::kEnxio) << "the mailbox's vector";
  EXPECT_EQ(status(0, 3, 0, QueueType::kRx), Status::kEnxio);
  EXPECT_EQ(status(2, 1, 0, QueueType::kRx), Status::kEnxio);
  EXPECT_EQ(status(0, 1, 4, QueueType::kRx), Status::kEinval);
  EXPECT_EQ(status(0, 1, 0, QueueType::kRxBuffer), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kMapQueueVector, maps({})), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kMapQueueVector, maps({{}}, 4)), Status::kEnxio);
}

TEST(Vectors, DestroyingTheVportEndsItsMappings) {
  ControlBench bench;
  bench.negotiate();
  bench.create_vport(2);
  alloc(bench, 1);
  EXPECT_EQ(bench.status_of(Opcode::kMapQueueVector, maps({{.vector_id = 1, .queue_type = QueueType::kRx}})),
            Status::kSuccess);
  EXPECT_EQ(bench.send(Opcode::kDestroyVport, idpf::VportMessage{}).status, Status::kSuccess);
  EXPECT_TRUE(bench.hardware.mappings.empty());
  EXPECT_EQ(bench.status_of(Opcode::kDeallocVectors, dealloc({{.start_vector_id = 1, .num_vectors = 1}})),
            Status::kSuccess);
}

}  // namespace
}  // namespace pspnic::firmware
