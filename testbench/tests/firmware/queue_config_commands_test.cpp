// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/firmware/queue_bench.h"

namespace pspnic::firmware {
namespace {

class QueueConfig : public QueueBench {};

TEST_F(QueueConfig, ConfigTxWritesContexts) {
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

TEST_F(QueueConfig, ConfigRxWritesContexts) {
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

TEST_F(QueueConfig, BadTxEntriesAreRefused) {
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

TEST_F(QueueConfig, BadRxEntriesAreRefused) {
  const auto with = [](auto change) {
    idpf::RxqInfo info = ControlBench::rx_info(0);
    change(info);
    return std::vector{info};
  };
  EXPECT_EQ(rx(with([](auto& q) { q.ring_len = 33; })), Status::kEinval);
  EXPECT_EQ(rx(with([](auto& q) { q.max_pkt_size = 0; })), Status::kEinval);
  EXPECT_EQ(rx(with([](auto& q) { q.desc_ids = 2; })), Status::kEinval);
  for (const uint16_t bytes : std::array<uint16_t, 3>{0, 63, 1024}) {
    EXPECT_EQ(rx(with([bytes](auto& q) { q.qflags = idpf::kRxqHdrSplit, q.hdr_buffer_size = bytes; })),
              Status::kEinval);
  }
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

TEST_F(QueueConfig, CoalescingAndHeaderSplitReachTheContext) {
  idpf::RxqInfo info = ControlBench::rx_info(1);
  for (const uint16_t bytes : std::array<uint16_t, 2>{64, 1023}) {
    info.qflags = idpf::kRxqRsc | idpf::kRxqHdrSplit;
    info.hdr_buffer_size = bytes;
    ASSERT_EQ(rx({info}), Status::kSuccess);
    EXPECT_EQ(bench.hardware.rx.at(1).rsc, idpf::kRscIpv4Tcp | idpf::kRscIpv6Tcp);
    EXPECT_EQ(bench.hardware.rx.at(1).header_bytes, bytes);
  }
  info.qflags = 0;
  ASSERT_EQ(rx({info}), Status::kSuccess);
  EXPECT_EQ(bench.hardware.rx.at(1).rsc, 0u);
  EXPECT_EQ(bench.hardware.rx.at(1).header_bytes, 0u);
}

TEST(QueueFeatures, WhatWasNotGrantedIsRefused) {
  ControlBench bench;
  ASSERT_EQ(bench.send(Opcode::kVersion, idpf::VersionInfo{2, 0}).status, Status::kSuccess);
  ASSERT_EQ(bench.send(Opcode::kGetCaps, idpf::GetCapabilities{.hsplit_caps = 0x4}).status, Status::kSuccess);
  bench.create_vport(1);
  idpf::RxqInfo info = ControlBench::rx_info(0);
  info.hdr_buffer_size = 256;
  info.qflags = idpf::kRxqRsc;
  EXPECT_EQ(bench.status_of(Opcode::kConfigRxQueues, bench.config_rx({info})), Status::kEinval);
  info.qflags = idpf::kRxqHdrSplit;
  EXPECT_EQ(bench.status_of(Opcode::kConfigRxQueues, bench.config_rx({info})), Status::kEinval)
      << "of IPv4 alone";
}

TEST_F(QueueConfig, ListLongerThanTheMessageIsRefused) {
  Bytes request = bench.config_tx({ControlBench::tx_info(0, 0), ControlBench::completion_info(0)});
  request.resize(request.size() - 1);
  EXPECT_EQ(bench.status_of(Opcode::kConfigTxQueues, request), Status::kEinval);
  request.resize(request.size() + 57);  // one element too long is DPDK's habit
  EXPECT_EQ(bench.status_of(Opcode::kConfigTxQueues, request), Status::kSuccess);
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
  rx.qflags = idpf::kRxqRsc;
  EXPECT_EQ(bench.status_of(Opcode::kConfigRxQueues, bench.config_rx({rx})), Status::kEinval)
      << "so does coalescing";
  EXPECT_EQ(bench.status_of(Opcode::kConfigTxQueues, bench.config_tx({tx})), Status::kEinval)
      << "PSP contexts need split queues";
}

}  // namespace
}  // namespace pspnic::firmware
