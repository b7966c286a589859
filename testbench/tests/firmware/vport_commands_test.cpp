// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

struct Created {
  Status status;
  idpf::CreateVport header;
  std::vector<idpf::QueueRegChunk> chunks;
};

Created create(ControlBench& bench, const idpf::CreateVport& wanted, size_t extra_bytes = 0) {
  Bytes request = to_bytes(wanted);
  request.resize(request.size() + extra_bytes);
  const Reply reply = bench.send(Opcode::kCreateVport, request);
  Created created{reply.status, from_bytes<idpf::CreateVport>(reply.payload), {}};
  if (reply.status != Status::kSuccess) return created;
  EXPECT_EQ(reply.payload.size(), 160u + 32u * created.header.num_chunks);
  for (size_t i = 0; i < created.header.num_chunks; ++i) {
    created.chunks.push_back(element_of<idpf::CreateVport>(reply.payload, i));
  }
  return created;
}

idpf::CreateVport split(uint16_t tx, uint16_t complq, uint16_t rx, uint16_t bufq) {
  return {.txq_model = QueueModel::kSplit,
          .rxq_model = QueueModel::kSplit,
          .num_tx_q = tx,
          .num_tx_complq = complq,
          .num_rx_q = rx,
          .num_rx_bufq = bufq};
}

void expect_chunk(const idpf::QueueRegChunk& chunk, QueueType type, uint32_t count, uint64_t tail,
                  uint32_t spacing) {
  EXPECT_EQ(chunk.type, type);
  EXPECT_EQ(chunk.start_queue_id, 0u);
  EXPECT_EQ(chunk.num_queues, count);
  EXPECT_EQ(chunk.qtail_reg_start, tail);
  EXPECT_EQ(chunk.qtail_reg_spacing, spacing);
}

TEST(CreateVport, AnswersWithFourChunks) {
  ControlBench bench;
  bench.negotiate();
  idpf::CreateVport wanted = split(16, 16, 16, 32);
  wanted.vport_index = 5;
  const Created created = create(bench, wanted, 32);  // DPDK's message is one chunk longer
  ASSERT_EQ(created.status, Status::kSuccess);
  EXPECT_EQ(created.header.num_tx_q, 16u);
  EXPECT_EQ(created.header.num_tx_complq, 16u);
  EXPECT_EQ(created.header.num_rx_q, 16u);
  EXPECT_EQ(created.header.num_rx_bufq, 32u);
  EXPECT_EQ(created.header.vport_index, 5u);
  EXPECT_EQ(created.header.vport_id, 0u);
  EXPECT_EQ(created.header.max_mtu, 9216u);
  EXPECT_EQ(created.header.default_mac_addr, bench.hardware.config.mac.bytes);
  EXPECT_EQ(created.header.rx_desc_ids, 0x4u);
  EXPECT_EQ(created.header.tx_desc_ids, 0x1020u);
  EXPECT_EQ(created.header.rss_algorithm, 0u);
  EXPECT_EQ(created.header.rss_key_size, 52u);
  EXPECT_EQ(created.header.rss_lut_size, 64u);
  ASSERT_EQ(created.chunks.size(), 4u);
  expect_chunk(created.chunks[0], QueueType::kTx, 16, 0x05000000, 0x1000);
  expect_chunk(created.chunks[1], QueueType::kRx, 16, 0, 0x1000);
  expect_chunk(created.chunks[2], QueueType::kTxCompletion, 16, 0, 0);
  expect_chunk(created.chunks[3], QueueType::kRxBuffer, 32, 0x03000000, 0x1000);
}

TEST(CreateVport, SingleQueueModelHasTwoChunks) {
  ControlBench bench;
  bench.negotiate();
  const Created created = create(bench, {.num_tx_q = 4, .num_rx_q = 4});
  ASSERT_EQ(created.status, Status::kSuccess);
  ASSERT_EQ(created.chunks.size(), 2u);
  expect_chunk(created.chunks[0], QueueType::kTx, 4, 0x05000000, 0x1000);
  expect_chunk(created.chunks[1], QueueType::kRx, 4, 0, 0x1000);
  EXPECT_EQ(created.header.txq_model, QueueModel::kSingle);
}

TEST(CreateVport, PspAddsItsDescriptorTypes) {
  ControlBench bench({.key_in_descriptor = true});
  bench.negotiate(true);
  EXPECT_EQ(create(bench, split(1, 1, 1, 2)).header.tx_desc_ids, 0x31020u);
}

TEST(CreateVport, GivesWhatThereIs) {
  Limits limits;
  limits.tx_queues = 4;
  limits.rx_queues = 4;
  limits.buffer_queues = 8;
  ControlBench bench({}, &limits);
  bench.negotiate();
  const Created created = create(bench, split(16, 16, 16, 32));
  EXPECT_EQ(created.header.num_tx_q, 4u);
  EXPECT_EQ(created.header.num_tx_complq, 4u);
  EXPECT_EQ(created.header.num_rx_q, 4u);
  EXPECT_EQ(created.header.num_rx_bufq, 8u);
}

TEST(CreateVport, RefusesWhatMakesNoSense) {
  ControlBench bench;
  bench.negotiate();
  EXPECT_EQ(bench.status_of(Opcode::kCreateVport, split(0, 1, 1, 2)), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kCreateVport, split(1, 0, 1, 2)), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kCreateVport, split(1, 1, 0, 2)), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kCreateVport, split(1, 1, 1, 1)), Status::kEinval);
  idpf::CreateVport bad = split(1, 1, 1, 2);
  bad.txq_model = QueueModel{2};
  EXPECT_EQ(bench.status_of(Opcode::kCreateVport, bad), Status::kEinval);
  bad = split(1, 1, 1, 2);
  bad.vport_type = idpf::VportType::kSriov;
  EXPECT_EQ(bench.status_of(Opcode::kCreateVport, bad), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kCreateVport, split(1, 1, 1, 2)), Status::kSuccess);
  EXPECT_EQ(bench.status_of(Opcode::kCreateVport, split(1, 1, 1, 2)), Status::kEnospc) << "one vport only";
}

TEST(CreateVport, SecondVportHasItsOwnQueuesAndAddress) {
  Limits limits;
  limits.vports = 2;
  limits.mac = net::MacAddress{{2, 0, 0, 0, 0, 7}};
  ControlBench bench({}, &limits);
  bench.negotiate();
  create(bench, split(2, 2, 2, 4));
  const Created second = create(bench, split(3, 3, 3, 6));
  EXPECT_EQ(second.header.vport_id, 1u);
  EXPECT_EQ(second.header.default_mac_addr, (std::array<uint8_t, 6>{2, 0, 0, 0, 1, 7}));
  ASSERT_EQ(second.chunks.size(), 4u);
  EXPECT_EQ(second.chunks[0].start_queue_id, 2u);
  EXPECT_EQ(second.chunks[0].qtail_reg_start, 0x05002000u);
  EXPECT_EQ(second.chunks[3].start_queue_id, 4u);
  EXPECT_EQ(second.chunks[3].qtail_reg_start, 0x03004000u);
  // Queues of the other vport are out of reach.
  EXPECT_EQ(bench.status_of(Opcode::kConfigTxQueues, bench.config_tx({ControlBench::completion_info(2)}, 0)),
            Status::kEnxio);
  EXPECT_EQ(bench.status_of(Opcode::kConfigTxQueues, bench.config_tx({ControlBench::completion_info(2)}, 1)),
            Status::kSuccess);
  EXPECT_EQ(bench.hardware.vports[1].default_rx_queue, 2u);
  EXPECT_EQ(bench.hardware.vports[1].rss_queues[4], 3u);
}

TEST(DestroyVport, GivesEverythingBack) {
  ControlBench bench;
  bench.negotiate();
  for (int round = 0; round < 100; ++round) {
    bench.create_vport(16);
    ASSERT_EQ(bench.send(Opcode::kDestroyVport, idpf::VportMessage{}).status, Status::kSuccess);
  }
  EXPECT_TRUE(bench.hardware.vports[0].addresses.empty());
  EXPECT_EQ(bench.status_of(Opcode::kDestroyVport, idpf::VportMessage{}), Status::kEnxio);
  EXPECT_EQ(bench.status_of(Opcode::kEnableVport, idpf::VportMessage{}), Status::kEnxio);
}

TEST(DestroyVport, WaitsForRunningQueues) {
  ControlBench bench;
  bench.negotiate();
  bench.bring_up();
  bench.hardware.hold_work = true;
  bench.hardware.sent.clear();
  bench.post(Opcode::kDestroyVport, to_bytes(idpf::VportMessage{}));
  EXPECT_TRUE(bench.hardware.sent.empty());
  EXPECT_FALSE(bench.hardware.vports[0].enabled);
  MailboxMessage other;
  other.descriptor.v_opcode = Opcode::kEnableVport;
  other.payload = Bytes(8);
  bench.plane.handle(other);
  ASSERT_EQ(bench.hardware.sent.size(), 1u);
  EXPECT_EQ(bench.hardware.sent[0].descriptor.v_retval, Status::kEbusy);
  bench.hardware.sent.clear();
  bench.hardware.finish_work();
  EXPECT_EQ(bench.take_reply(Opcode::kDestroyVport).status, Status::kSuccess);
  EXPECT_TRUE(bench.hardware.queues.empty());
  bench.hardware.hold_work = false;
  bench.bring_up();
}

// Of queues that its driver has stopped, frames may still wait for the wire.
TEST(DestroyVport, WaitsForItsFramesThoughNoQueueRuns) {
  ControlBench bench;
  bench.negotiate();
  bench.create_vport();
  bench.hardware.hold_work = true;
  bench.hardware.sent.clear();
  bench.post(Opcode::kDestroyVport, to_bytes(idpf::VportMessage{}));
  EXPECT_TRUE(bench.hardware.sent.empty());
  bench.hardware.finish_work();
  EXPECT_EQ(bench.take_reply(Opcode::kDestroyVport).status, Status::kSuccess);
  EXPECT_EQ(bench.status_of(Opcode::kEnableVport, idpf::VportMessage{}), Status::kEnxio);
}

TEST(EnableVport, OnceEachWay) {
  ControlBench bench;
  bench.negotiate();
  bench.create_vport();
  EXPECT_EQ(bench.status_of(Opcode::kDisableVport, idpf::VportMessage{}), Status::kEsm);
  EXPECT_EQ(bench.status_of(Opcode::kEnableVport, idpf::VportMessage{1, 0}), Status::kEnxio);
  EXPECT_EQ(bench.status_of(Opcode::kEnableVport, idpf::VportMessage{0, 0x7f95}), Status::kSuccess);
  EXPECT_TRUE(bench.hardware.vports[0].enabled);
  EXPECT_EQ(bench.status_of(Opcode::kEnableVport, idpf::VportMessage{}), Status::kEsm);
  EXPECT_EQ(bench.status_of(Opcode::kDisableVport, idpf::VportMessage{}), Status::kSuccess);
  EXPECT_FALSE(bench.hardware.vports[0].enabled);
}

}  // namespace
}  // namespace pspnic::firmware
