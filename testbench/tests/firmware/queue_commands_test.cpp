// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/firmware/queue_bench.h"

namespace pspnic::firmware {
namespace {

class QueueLife : public QueueBench {};

TEST_F(QueueLife, EnableNeedsConfigurationOfAllThatIsReferredTo) {
  EXPECT_EQ(enable(QueueType::kTx, 0), Status::kEsm);
  ASSERT_EQ(tx({ControlBench::tx_info(0, 0)}), Status::kSuccess);
  EXPECT_EQ(enable(QueueType::kTx, 0), Status::kEsm) << "completion queue not configured";
  ASSERT_EQ(tx({ControlBench::completion_info(0)}), Status::kSuccess);
  EXPECT_EQ(enable(QueueType::kTx, 0), Status::kSuccess) << "as DPDK: before its completion queue";
  EXPECT_EQ(enable(QueueType::kTx, 0), Status::kEsm) << "twice";
  EXPECT_EQ(enable(QueueType::kTxCompletion, 0), Status::kSuccess);
  EXPECT_EQ(tx({ControlBench::tx_info(0, 0)}), Status::kEsm) << "enabled queues are not written";

  ASSERT_EQ(rx({ControlBench::rx_info(0), ControlBench::buffer_info(0)}), Status::kSuccess);
  EXPECT_EQ(enable(QueueType::kRx, 0), Status::kEsm);
  ASSERT_EQ(rx({ControlBench::buffer_info(1)}), Status::kSuccess);
  EXPECT_EQ(enable(QueueType::kRx, 0), Status::kSuccess);
}

TEST_F(QueueLife, ChunksMustNameOwnQueuesOnce) {
  bench.configure_all(2);
  EXPECT_EQ(enable(QueueType::kTx, 0, 3), Status::kEnxio);
  EXPECT_EQ(enable(QueueType::kTx, 0, 0), Status::kEinval);
  EXPECT_EQ(enable(QueueType::kTx, 0, 0xFFFFFFFF), Status::kEnxio);
  EXPECT_EQ(enable(QueueType::kTx, 0xFFFFFFFF, 2), Status::kEnxio);
  EXPECT_EQ(enable(QueueType::kMbxTx, 0), Status::kEinval);
  const idpf::QueueChunk one{.type = QueueType::kTx, .num_queues = 1};
  EXPECT_EQ(bench.status_of(Opcode::kEnableQueues, bench.chunks({one, one})), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kEnableQueues, bench.chunks({})), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kEnableQueues, bench.chunks({one}, 1)), Status::kEnxio);
  Bytes cut = bench.all_queues(2);
  cut.resize(cut.size() - 1);
  EXPECT_EQ(bench.status_of(Opcode::kEnableQueues, cut), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kEnableQueues, bench.all_queues(2)), Status::kSuccess);
  EXPECT_EQ(bench.hardware.queues.size(), 10u);
}

TEST_F(QueueLife, DisableAnswersWhenTheHardwareIsDone) {
  bench.configure_all(2);
  ASSERT_EQ(bench.send(Opcode::kEnableQueues, bench.all_queues(2)).status, Status::kSuccess);
  bench.hardware.hold_work = true;
  bench.hardware.sent.clear();
  bench.post(Opcode::kDisableQueues, bench.all_queues(2));
  EXPECT_TRUE(bench.hardware.sent.empty());
  ASSERT_EQ(bench.hardware.held.size(), 1u);
  bench.plane.hardware_done(bench.hardware.held[0].token + 1);
  EXPECT_TRUE(bench.hardware.sent.empty()) << "another's token";
  bench.hardware.finish_work();
  const Reply reply = bench.take_reply(Opcode::kDisableQueues);
  EXPECT_EQ(reply.status, Status::kSuccess);
  EXPECT_EQ(reply.payload, bench.all_queues(2));
  EXPECT_EQ(enable(QueueType::kTx, 0), Status::kEsm) << "needs a new configuration";
}

TEST_F(QueueLife, NothingElseTouchesADrainingQueue) {
  bench.configure_all(2);
  ASSERT_EQ(bench.send(Opcode::kEnableQueues, bench.all_queues(2)).status, Status::kSuccess);
  bench.hardware.hold_work = true;
  bench.post(Opcode::kDisableQueues, bench.all_queues(2));
  EXPECT_EQ(enable(QueueType::kTx, 0), Status::kEbusy);
  EXPECT_EQ(disable(QueueType::kTx, 0), Status::kEbusy);
  EXPECT_EQ(tx({ControlBench::tx_info(0, 0)}), Status::kEbusy);
  EXPECT_EQ(bench.status_of(Opcode::kDelQueues, bench.all_queues(2)), Status::kEbusy);
  EXPECT_EQ(bench.status_of(Opcode::kDestroyVport, idpf::VportMessage{}), Status::kEbusy);
  bench.hardware.sent.clear();
  bench.hardware.finish_work();
  EXPECT_EQ(bench.hardware.sent.size(), 1u);
  bench.hardware.hold_work = false;
  EXPECT_EQ(bench.status_of(Opcode::kDestroyVport, idpf::VportMessage{}), Status::kSuccess);
}

TEST_F(QueueLife, ADrainingQueueKeepsWhatItRefersTo) {
  bench.configure_all(2);
  ASSERT_EQ(bench.send(Opcode::kEnableQueues, bench.all_queues(2)).status, Status::kSuccess);
  bench.hardware.hold_work = true;
  bench.post(Opcode::kDisableQueues, bench.chunks({{.type = QueueType::kTx, .num_queues = 1}}));
  EXPECT_EQ(disable(QueueType::kTxCompletion, 0), Status::kEbusy) << "completions are still to come";
  bench.hardware.finish_work();
  bench.hardware.hold_work = false;
  EXPECT_EQ(disable(QueueType::kTxCompletion, 0), Status::kSuccess);
}

TEST_F(QueueLife, DisableOneByOneAsDpdkDoes) {
  bench.configure_all(2);
  ASSERT_EQ(bench.send(Opcode::kEnableQueues, bench.all_queues(2)).status, Status::kSuccess);
  EXPECT_EQ(disable(QueueType::kRxBuffer, 0), Status::kEbusy)
      << "the receive queue still takes buffers from it";
  EXPECT_EQ(disable(QueueType::kTxCompletion, 1), Status::kEbusy);
  for (const QueueType type : {QueueType::kRx, QueueType::kTx, QueueType::kTxCompletion}) {
    EXPECT_EQ(disable(type, 0), Status::kSuccess);
    EXPECT_EQ(disable(type, 0), Status::kEsm);
    EXPECT_EQ(disable(type, 1), Status::kSuccess);
  }
  EXPECT_EQ(disable(QueueType::kRxBuffer, 0, 4), Status::kSuccess);
  EXPECT_TRUE(bench.hardware.queues.empty());
}

TEST_F(QueueLife, DeleteAndAddReturnTheSameQueues) {
  idpf::AddQueues wanted{.num_tx_q = 2, .num_tx_complq = 2, .num_rx_q = 2, .num_rx_bufq = 4};
  for (int round = 0; round < 50; ++round) {
    ASSERT_EQ(bench.send(Opcode::kDelQueues, bench.all_queues(2)).status, Status::kSuccess);
    EXPECT_TRUE(bench.hardware.vports[0].rss_queues.empty());
    const Reply reply = bench.send(Opcode::kAddQueues, wanted);
    ASSERT_EQ(reply.status, Status::kSuccess);
    ASSERT_EQ(reply.payload.size(), 24u + 4u * 32u);
    const auto header = from_bytes<idpf::AddQueues>(reply.payload);
    EXPECT_EQ(header.num_chunks, 4u);
    EXPECT_EQ(header.num_tx_q, 2u);
    EXPECT_EQ(header.num_rx_bufq, 4u);
    const auto chunk = element_of<idpf::AddQueues>(reply.payload, 3);
    EXPECT_EQ(chunk.type, QueueType::kRxBuffer);
    EXPECT_EQ(chunk.start_queue_id, 0u);
    EXPECT_EQ(chunk.num_queues, 4u);
    EXPECT_EQ(chunk.qtail_reg_start, 0x03000000u);
    EXPECT_EQ(bench.hardware.vports[0].rss_queues.size(), 64u);
  }
}

TEST_F(QueueLife, AddAndDeleteRules) {
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, idpf::AddQueues{}), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, idpf::AddQueues{.num_tx_q = 15}), Status::kEnospc);
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, idpf::AddQueues{.num_tx_q = 1, .mbx_q_index = 1}),
            Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, idpf::AddQueues{.vport_id = idpf::kVportNone, .num_tx_q = 1}),
            Status::kEnxio);
  bench.configure_all(2);
  ASSERT_EQ(bench.send(Opcode::kEnableQueues, bench.all_queues(2)).status, Status::kSuccess);
  EXPECT_EQ(bench.status_of(Opcode::kDelQueues, bench.all_queues(2)), Status::kEbusy);
  ASSERT_EQ(bench.send(Opcode::kEnableVport, idpf::VportMessage{}).status, Status::kSuccess);
  EXPECT_EQ(bench.status_of(Opcode::kDelQueues, bench.all_queues(2)), Status::kEsm);
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, idpf::AddQueues{.num_tx_q = 1}), Status::kEsm);
}

}  // namespace
}  // namespace pspnic::firmware
