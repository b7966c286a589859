// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

class QueueTest : public testing::Test {
 protected:
  void SetUp() override {
    bench.negotiate();
    bench.create_vport(2);
  }

  Status tx(std::vector<idpf::TxqInfo> infos) {
    return bench.status_of(Opcode::kConfigTxQueues, bench.config_tx(std::move(infos)));
  }
  Status rx(std::vector<idpf::RxqInfo> infos) {
    return bench.status_of(Opcode::kConfigRxQueues, bench.config_rx(std::move(infos)));
  }
  Status enable(QueueType type, uint32_t id, uint32_t count = 1) {
    return bench.status_of(Opcode::kEnableQueues,
                           bench.chunks({{.type = type, .start_queue_id = id, .num_queues = count}}));
  }
  Status disable(QueueType type, uint32_t id, uint32_t count = 1) {
    return bench.status_of(Opcode::kDisableQueues,
                           bench.chunks({{.type = type, .start_queue_id = id, .num_queues = count}}));
  }

  ControlBench bench;
};

TEST_F(QueueTest, ConfigTxWritesContexts) {
  idpf::TxqInfo info = ControlBench::tx_info(1, 1);
  info.relative_queue_id = 1;
  ASSERT_EQ(tx({info, ControlBench::completion_info(1)}), Status::kSuccess);
  const TxQueueContext& context = bench.hardware.tx.at(1);
  EXPECT_EQ(context.vport_id, 0u);
  EXPECT_EQ(context.ring_address, 0x20000u);
  EXPECT_EQ(context.ring_length, 512);
  EXPECT_EQ(context.relative_id, 1);
  EXPECT_EQ(context.completion_queue_id, 1u);
  EXPECT_TRUE(context.split);
  EXPECT_FALSE(context.psp);
  EXPECT_EQ(bench.hardware.completion.at(1).ring_address, 0x1010000u);
}

TEST_F(QueueTest, ConfigRxWritesContexts) {
  ASSERT_EQ(rx({ControlBench::rx_info(1), ControlBench::buffer_info(2), ControlBench::buffer_info(3)}),
            Status::kSuccess);
  const RxQueueContext& context = bench.hardware.rx.at(1);
  EXPECT_EQ(context.ring_address, 0x2010000u);
  EXPECT_EQ(context.ring_length, 512);
  EXPECT_EQ(context.buffer_queue_1, 2u);
  EXPECT_EQ(context.buffer_queue_2, 3u);
  EXPECT_EQ(context.max_packet_bytes, 1526u);
  EXPECT_TRUE(context.split);
  EXPECT_EQ(bench.hardware.buffer.at(3).buffer_bytes, 2048u);
  EXPECT_EQ(bench.hardware.buffer.at(3).ring_length, 256);
}

TEST_F(QueueTest, BadTxEntriesAreRefused) {
  const idpf::TxqInfo good = ControlBench::tx_info(0, 0);
  const auto with = [&good](auto change) {
    idpf::TxqInfo info = good;
    change(info);
    return std::vector{info};
  };
  EXPECT_EQ(tx(with([](auto& q) { q.ring_len = 0; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.ring_len = 500; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.ring_len = 8224; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.dma_ring_addr = 0; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.dma_ring_addr = 0x10040; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.model = QueueModel::kSingle; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.sched_mode = idpf::SchedMode::kQueue; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.relative_queue_id = 1024; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.qflags = idpf::kTxqEnableMissCompl; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.qflags = idpf::kQflagPsp; })), Status::kEperm);
  EXPECT_EQ(tx(with([](auto& q) { q.type = QueueType::kRx; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.type = QueueType::kConfigTx; })), Status::kEinval);
  EXPECT_EQ(tx(with([](auto& q) { q.queue_id = 2; })), Status::kEnxio);
  EXPECT_EQ(tx(with([](auto& q) { q.queue_id = 0xFFFFFFFF; })), Status::kEnxio);
  EXPECT_EQ(tx(with([](auto& q) { q.tx_compl_queue_id = 2; })), Status::kEnxio);
  EXPECT_EQ(tx({}), Status::kEinval);
  idpf::TxqInfo bad = good;
  bad.queue_id = 9;
  EXPECT_EQ(tx({good, bad}), Status::kEnxio) << "one bad entry refuses all";
  EXPECT_TRUE(bench.hardware.queues.empty());
  EXPECT_EQ(tx(with([](auto& q) { q.ring_len = 8192; })), Status::kSuccess);
}

TEST_F(QueueTest, BadRxEntriesAreRefused) {
  const auto with = [](auto change) {
    idpf::RxqInfo info = ControlBench::rx_info(0);
    change(info);
    return std::vector{info};
  };
  EXPECT_EQ(rx(with([](auto& q) { q.ring_len = 33; })), Status::kEinval);
  EXPECT_EQ(rx(with([](auto& q) { q.max_pkt_size = 0; })), Status::kEinval);
  EXPECT_EQ(rx(with([](auto& q) { q.desc_ids = 2; })), Status::kEinval);
  EXPECT_EQ(rx(with([](auto& q) { q.qflags = idpf::kRxqHdrSplit; })), Status::kEinval);
  EXPECT_EQ(rx(with([](auto& q) { q.qflags = idpf::kRxqRsc; })), Status::kEinval);
  EXPECT_EQ(rx(with([](auto& q) { q.qflags = idpf::kRxqDescSize16; })), Status::kEinval);
  EXPECT_EQ(rx(with([](auto& q) { q.qflags = idpf::kQflagPsp; })), Status::kEperm);
  EXPECT_EQ(rx(with([](auto& q) { q.dma_head_wb_addr = 0x1000; })), Status::kEinval);
  EXPECT_EQ(rx(with([](auto& q) { q.rx_bufq2_id = 4; })), Status::kEnxio);
  EXPECT_EQ(rx(with([](auto& q) { q.rx_bufq2_id = 0; })), Status::kEinval);
  idpf::RxqInfo buffer = ControlBench::buffer_info(0);
  buffer.data_buffer_size = 16384;
  EXPECT_EQ(rx({buffer}), Status::kEinval);
  buffer.data_buffer_size = 64;
  EXPECT_EQ(rx({buffer}), Status::kEinval);
}

TEST_F(QueueTest, ListLongerThanTheMessageIsRefused) {
  Bytes request = bench.config_tx({ControlBench::tx_info(0, 0), ControlBench::completion_info(0)});
  request.resize(request.size() - 1);
  EXPECT_EQ(bench.status_of(Opcode::kConfigTxQueues, request), Status::kEinval);
  request.resize(request.size() + 57);  // one element too long is DPDK's habit
  EXPECT_EQ(bench.status_of(Opcode::kConfigTxQueues, request), Status::kSuccess);
}

TEST_F(QueueTest, EnableNeedsConfigurationOfAllThatIsReferredTo) {
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

TEST_F(QueueTest, ChunksMustNameOwnQueuesOnce) {
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

TEST_F(QueueTest, DisableAnswersWhenTheHardwareIsDone) {
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

TEST_F(QueueTest, NothingElseTouchesADrainingQueue) {
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
  EXPECT_EQ(bench.status_of(Opcode::kDestroyVport, idpf::VportMessage{}), Status::kSuccess);
}

TEST_F(QueueTest, DisableOneByOneAsDpdkDoes) {
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

TEST_F(QueueTest, RefusalByTheHardwareIsUndone) {
  bench.configure_all(2);
  bench.hardware.enables_until_refusal = 5;
  EXPECT_EQ(bench.send(Opcode::kEnableQueues, bench.all_queues(2)).status, Status::kEio);
  for (const auto& [ref, enabled] : bench.hardware.queues) EXPECT_FALSE(enabled);
  bench.hardware.enables_until_refusal = -1;
  bench.configure_all(2);
  EXPECT_EQ(bench.send(Opcode::kEnableQueues, bench.all_queues(2)).status, Status::kSuccess);
}

TEST_F(QueueTest, DeleteAndAddReturnTheSameQueues) {
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

TEST_F(QueueTest, AddAndDeleteRules) {
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

TEST(PspQueues, FlagReachesTheContext) {
  ControlBench bench;
  bench.negotiate(true);
  bench.create_vport(1);
  idpf::TxqInfo tx = ControlBench::tx_info(0, 0);
  idpf::RxqInfo rx = ControlBench::rx_info(0);
  tx.qflags = idpf::kQflagPsp;
  rx.qflags = idpf::kQflagPsp | idpf::kRxqDescSize32;
  EXPECT_EQ(bench.send(Opcode::kConfigTxQueues, bench.config_tx({tx})).status, Status::kSuccess);
  EXPECT_EQ(bench.send(Opcode::kConfigRxQueues, bench.config_rx({rx})).status, Status::kSuccess);
  EXPECT_TRUE(bench.hardware.tx.at(0).psp);
  EXPECT_TRUE(bench.hardware.rx.at(0).psp);
}

TEST(SingleQueues, NeedNoCompanions) {
  ControlBench bench;
  bench.negotiate(true);
  bench.create_vport(1, QueueModel::kSingle);
  idpf::TxqInfo tx = ControlBench::tx_info(0, 77);
  tx.model = QueueModel::kSingle;
  tx.sched_mode = idpf::SchedMode::kQueue;
  idpf::RxqInfo rx = ControlBench::rx_info(0);
  rx.model = QueueModel::kSingle;
  rx.rx_bufq1_id = 99;
  EXPECT_EQ(bench.send(Opcode::kConfigTxQueues, bench.config_tx({tx})).status, Status::kSuccess);
  EXPECT_EQ(bench.send(Opcode::kConfigRxQueues, bench.config_rx({rx})).status, Status::kSuccess);
  EXPECT_FALSE(bench.hardware.tx.at(0).split);
  EXPECT_FALSE(bench.hardware.rx.at(0).split);
  EXPECT_EQ(bench.hardware.rx.at(0).buffer_bytes, 2048u);
  const Bytes both =
      bench.chunks({{.type = QueueType::kTx, .num_queues = 1}, {.type = QueueType::kRx, .num_queues = 1}});
  EXPECT_EQ(bench.send(Opcode::kEnableQueues, both).status, Status::kSuccess);
  tx.qflags = idpf::kQflagPsp;
  EXPECT_EQ(bench.send(Opcode::kDisableQueues, both).status, Status::kSuccess);
  EXPECT_EQ(bench.status_of(Opcode::kConfigTxQueues, bench.config_tx({tx})), Status::kEinval)
      << "PSP contexts need split queues";
}

}  // namespace
}  // namespace pspnic::firmware
