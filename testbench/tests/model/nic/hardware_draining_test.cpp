// SPDX-License-Identifier: Apache-2.0
// Frames that wait for the wire while their vport's loopback is switched, or the vport is destroyed.
#include "testbench/tests/model/nic/paused_bench.h"

namespace pspnic::nic {
namespace {

class Draining : public testing::Test, protected PausedBench {
 protected:
  Draining() : PausedBench(card()) {}

  static Bytes loopback(bool on) {
    return bytes_of(idpf::Loopback{.vport_id = 0, .enable = on ? uint8_t{1} : uint8_t{0}});
  }
  static Bytes vport() { return bytes_of(idpf::VportMessage{}); }
  // Frames of function 1 to itself, which its driver is told are sent.
  void send_while_paused(uint8_t seed) {
    const uint64_t sent = stack(1).sent;
    for (int i = 0; i < 5; ++i) transmit(1, frame_to(1, seed));
    host().delay(kFlight);
    ASSERT_EQ(stack(1).sent, sent + 5);
    ASSERT_EQ(on_wire_of(seed), 0u);
  }
  void start_two() {
    start(0);
    start(1);
  }
};

TEST_F(Draining, WhatWasSentInLoopbackComesBackThoughItHasBeenSwitchedOff) {
  run([&] {
    start_two();
    RawMailbox& vf = take_mailbox(1);
    ASSERT_EQ(call(vf, Opcode::kLoopback, loopback(true)), Status::kSuccess);
    pause();
    send_while_paused(0x11);
    ASSERT_EQ(call(vf, Opcode::kLoopback, loopback(false)), Status::kSuccess);
    send_while_paused(0x12);
    go_on();
    host().delay(kFlight);
    EXPECT_EQ(on_wire_of(0x11), 0u);
    EXPECT_EQ(on_wire_of(0x12), 5u) << "sent after it";
    EXPECT_EQ(stack(1).frames.size(), 10u) << "the cable comes back, too";
    bring_back(1);
    stop_all();
  });
}

TEST_F(Draining, WhatWasSentBeforeLoopbackGoesToTheWire) {
  run([&] {
    start_two();
    RawMailbox& vf = take_mailbox(1);
    pause();
    send_while_paused(0x11);
    ASSERT_EQ(call(vf, Opcode::kLoopback, loopback(true)), Status::kSuccess);
    send_while_paused(0x12);
    go_on();
    host().delay(kFlight);
    EXPECT_EQ(on_wire_of(0x11), 5u);
    EXPECT_EQ(on_wire_of(0x12), 0u);
    bring_back(1);
    stop_all();
  });
}

// Neither to the wire, nor with its counts to the vport that gets the number.
TEST_F(Draining, AVportIsGoneWhenItsFramesAre) {
  run([&] {
    start_two();
    RawMailbox& vf = take_mailbox(1);
    ASSERT_EQ(call(vf, Opcode::kLoopback, loopback(true)), Status::kSuccess);
    pause();
    send_while_paused(0x11);
    vf.post(Opcode::kDestroyVport, vport());
    vf.ring();
    host().delay(kFlight);
    EXPECT_TRUE(vf.poll().empty()) << "the answer waits";
    EXPECT_EQ(call(vf, Opcode::kEnableVport, vport()), Status::kEbusy);
    go_on();
    host().delay(kFlight);
    const auto answers = vf.poll();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].descriptor.v_opcode, Opcode::kDestroyVport);
    EXPECT_EQ(answers[0].descriptor.v_retval, Status::kSuccess);
    EXPECT_EQ(on_wire_of(0x11), 0u);
    EXPECT_TRUE(stack(1).frames.empty());
    const idpf::CreateVport wanted{.txq_model = idpf::QueueModel::kSplit,
                                   .rxq_model = idpf::QueueModel::kSplit,
                                   .num_tx_q = 1,
                                   .num_tx_complq = 1,
                                   .num_rx_q = 1,
                                   .num_rx_bufq = 2};
    ASSERT_EQ(call(vf, Opcode::kCreateVport, bytes_of(wanted)), Status::kSuccess);
    host().delay(kFlight);
    EXPECT_EQ(statistics(vf).tx_unicast, 0u);
    EXPECT_EQ(statistics(vf).rx_discards, 0u);
    bring_back(1);
    stop_all();
  });
}

// The driver has stopped its queues, and been told so; the frames wait on.
TEST_F(Draining, AVportOfIdleQueuesWaitsForItsFramesAsWell) {
  run([&] {
    start_two();
    RawMailbox& vf = take_mailbox(1);
    pause();
    send_while_paused(0x11);
    const Bytes queues = message(idpf::DelEnaDisQueues{.vport_id = 0, .num_chunks = 4},
                                 {{idpf::QueueType::kTx, 0, 1},
                                  {idpf::QueueType::kRx, 0, 1},
                                  {idpf::QueueType::kTxCompletion, 0, 1},
                                  {idpf::QueueType::kRxBuffer, 0, 2}});
    ASSERT_EQ(call(vf, Opcode::kDisableQueues, queues), Status::kSuccess);
    vf.post(Opcode::kDestroyVport, vport());
    vf.ring();
    host().delay(kFlight);
    EXPECT_TRUE(vf.poll().empty());
    go_on();
    host().delay(kFlight);
    EXPECT_EQ(vf.poll().size(), 1u);
    EXPECT_EQ(on_wire_of(0x11), 5u);
    bring_back(1);
    stop_all();
  });
}

}  // namespace
}  // namespace pspnic::nic
