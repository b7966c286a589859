// SPDX-License-Identifier: Apache-2.0
// Config queues: the queue commands that name no vport.
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

constexpr uint32_t kNoVport = idpf::kVportNone;

class ConfigQueueCommands : public testing::Test {
 protected:
  void SetUp() override {
    bench.hardware.config.config_queue_pairs = 2;
    bench.plane.reset();
    bench.negotiate(true);
  }
  static idpf::AddQueues pair() {
    idpf::AddQueues message;
    message.vport_id = kNoVport;
    message.num_tx_q = message.num_rx_q = 1;
    message.mbx_q_index = 1;
    return message;
  }
  static idpf::TxqInfo commands(uint32_t id) {
    return {.dma_ring_addr = 0x10000, .type = QueueType::kConfigTx, .queue_id = id, .ring_len = 256};
  }
  static idpf::RxqInfo answers(uint32_t id) {
    return {.dma_ring_addr = 0x20000,
            .type = QueueType::kConfigRx,
            .queue_id = id,
            .data_buffer_size = 256,
            .ring_len = 256};
  }
  Status switch_pair(Opcode opcode, uint32_t id) {
    const idpf::DelEnaDisQueues header{.vport_id = kNoVport, .num_chunks = 2};
    return bench.status_of(
        opcode, to_bytes(header, std::vector<idpf::QueueChunk>{
                                     {.type = QueueType::kConfigTx, .start_queue_id = id, .num_queues = 1},
                                     {.type = QueueType::kConfigRx, .start_queue_id = id, .num_queues = 1}}));
  }
  Status tx(const idpf::TxqInfo& info) {
    return bench.status_of(Opcode::kConfigTxQueues, bench.config_tx({info}, kNoVport));
  }
  Status rx(const idpf::RxqInfo& info) {
    return bench.status_of(Opcode::kConfigRxQueues, bench.config_rx({info}, kNoVport));
  }
  ControlBench bench;
};

TEST_F(ConfigQueueCommands, CapabilitiesSayHowToGetOne) {
  const auto caps =
      from_bytes<idpf::PspCaps>(bench.send(Opcode::kPspGetCaps, idpf::PspCaps{.vport_id = kNoVport}).payload);
  EXPECT_EQ(caps.cfgq_mbx_q_index, 1);
  EXPECT_EQ(caps.max_cfgq_pairs, 2);
  EXPECT_EQ(caps.cfgq_buf_size, 256);
}

TEST_F(ConfigQueueCommands, TheLifeOfAPair) {
  const Reply reply = bench.send(Opcode::kAddQueues, pair());
  ASSERT_EQ(reply.status, Status::kSuccess);
  ASSERT_EQ(from_bytes<idpf::AddQueues>(reply.payload).num_chunks, 2);
  const auto tx_chunk = element_of<idpf::AddQueues>(reply.payload, 0);
  const auto rx_chunk = element_of<idpf::AddQueues>(reply.payload, 1);
  EXPECT_EQ(tx_chunk.type, QueueType::kConfigTx);
  EXPECT_EQ(rx_chunk.type, QueueType::kConfigRx);
  EXPECT_EQ(tx_chunk.start_queue_id, 0u);
  EXPECT_EQ(tx_chunk.qtail_reg_start, 0x05400000u);
  EXPECT_EQ(rx_chunk.qtail_reg_start, 0x00400000u);
  EXPECT_EQ(switch_pair(Opcode::kEnableQueues, 0), Status::kEsm) << "not configured";
  EXPECT_EQ(tx(commands(0)), Status::kSuccess);
  EXPECT_EQ(rx(answers(0)), Status::kSuccess);
  EXPECT_EQ(switch_pair(Opcode::kEnableQueues, 0), Status::kSuccess);
  EXPECT_TRUE(bench.hardware.queue_enabled({QueueKind::kConfigTx, 0}));
  EXPECT_EQ(tx(commands(0)), Status::kEsm) << "it runs";
  EXPECT_EQ(switch_pair(Opcode::kDelQueues, 0), Status::kEbusy);
  EXPECT_EQ(bench.status_of(Opcode::kGetOemCaps, idpf::OemCaps{0}), Status::kEsm) << "in use";
  bench.hardware.hold_work = true;
  bench.hardware.sent.clear();
  const idpf::DelEnaDisQueues header{.vport_id = kNoVport, .num_chunks = 1};
  bench.post(Opcode::kDisableQueues,
             to_bytes(header, std::vector<idpf::QueueChunk>{
                                  {.type = QueueType::kConfigTx, .start_queue_id = 0, .num_queues = 1}}));
  EXPECT_TRUE(bench.hardware.sent.empty()) << "it drains";
  EXPECT_EQ(switch_pair(Opcode::kDisableQueues, 0), Status::kEbusy);
  bench.hardware.hold_work = false;
  bench.hardware.finish_work();
  bench.hardware.sent.clear();
  const idpf::DelEnaDisQueues other{.vport_id = kNoVport, .num_chunks = 1};
  EXPECT_EQ(bench.status_of(Opcode::kDisableQueues,
                            to_bytes(other, std::vector<idpf::QueueChunk>{{.type = QueueType::kConfigRx,
                                                                           .start_queue_id = 0,
                                                                           .num_queues = 1}})),
            Status::kSuccess);
  EXPECT_EQ(switch_pair(Opcode::kDelQueues, 0), Status::kSuccess);
  EXPECT_EQ(switch_pair(Opcode::kDelQueues, 0), Status::kEnxio);
}

TEST_F(ConfigQueueCommands, WrongOnesChangeNothing) {
  idpf::AddQueues wrong = pair();
  wrong.mbx_q_index = 0;
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, wrong), Status::kEinval);
  wrong = pair();
  wrong.num_tx_q = 2;
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, wrong), Status::kEinval);
  wrong = pair();
  wrong.num_rx_bufq = 1;
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, wrong), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, pair()), Status::kSuccess);
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, pair()), Status::kSuccess);
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, pair()), Status::kEnospc);
  EXPECT_EQ(tx(commands(2)), Status::kEnxio);
  idpf::TxqInfo info = commands(0);
  info.ring_len = 33;
  EXPECT_EQ(tx(info), Status::kEinval);
  info = commands(0);
  info.dma_ring_addr = 0x10001;
  EXPECT_EQ(tx(info), Status::kEinval);
  info = commands(0);
  info.type = QueueType::kTx;
  EXPECT_EQ(tx(info), Status::kEinval);
  info = commands(0);
  info.model = QueueModel::kSplit;
  EXPECT_EQ(tx(info), Status::kEinval);
  idpf::RxqInfo rx_info = answers(0);
  rx_info.data_buffer_size = 255;
  EXPECT_EQ(rx(rx_info), Status::kEinval);
}

TEST_F(ConfigQueueCommands, VportsAndConfigQueuesAreApart) {
  bench.create_vport(2);
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, pair()), Status::kSuccess);
  idpf::TxqInfo info = commands(0);
  EXPECT_EQ(bench.status_of(Opcode::kConfigTxQueues, bench.config_tx({info}, 0)), Status::kEinval);
  const idpf::DelEnaDisQueues header{.vport_id = kNoVport, .num_chunks = 1};
  EXPECT_EQ(bench.status_of(Opcode::kEnableQueues,
                            to_bytes(header,
                                     std::vector<idpf::QueueChunk>{
                                         {.type = QueueType::kTx, .start_queue_id = 0, .num_queues = 1}})),
            Status::kEinval);
}

TEST_F(ConfigQueueCommands, WithoutTheCapabilityThereIsNone) {
  ASSERT_EQ(bench.send(Opcode::kGetOemCaps, idpf::OemCaps{~idpf::kPspCapCfgq}).status, Status::kSuccess);
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, pair()), Status::kEnxio);
  EXPECT_EQ(tx(commands(0)), Status::kEnxio);
  EXPECT_EQ(switch_pair(Opcode::kEnableQueues, 0), Status::kEnxio);
  const auto caps =
      from_bytes<idpf::PspCaps>(bench.send(Opcode::kPspGetCaps, idpf::PspCaps{.vport_id = kNoVport}).payload);
  EXPECT_EQ(caps.cfgq_mbx_q_index, 0);
}

TEST_F(ConfigQueueCommands, AResetTakesThemBack) {
  bench.send(Opcode::kAddQueues, pair());
  bench.plane.reset();
  bench.hardware.device_reset();
  bench.negotiate(true);
  EXPECT_EQ(tx(commands(0)), Status::kEnxio);
  EXPECT_EQ(bench.status_of(Opcode::kAddQueues, pair()), Status::kSuccess);
}

}  // namespace
}  // namespace pspnic::firmware
