// SPDX-License-Identifier: Apache-2.0
// Senders that break the rules of their streams: the RTL's assertions say so, what was withdrawn has not
// happened, and the packet in the lane comes out right.
#include "testbench/tests/rtl/gcm/gcm_reference.h"

namespace pspnic::rtl {
namespace {

constexpr size_t kTextBlocks = 40;

class GcmProtocolTest : public GcmLaneTest {
 protected:
  void SetUp() override {
    core_ = make_core(GetParam());
    core_->survive_assertions();
    inputs_.out_ready = inputs_.res_ready = true;
  }

  void cycle() {
    core_->settle(inputs_, outputs_);
    core_->tick();
  }

  // A packet of zeros is in the lane, which waits for its data and takes no command for a while.
  void start() {
    inputs_.cmd_valid = true;
    inputs_.cmd_text_bytes = 16 * kTextBlocks;
    cycle();
    ASSERT_TRUE(outputs_.cmd_ready);
    inputs_.cmd_valid = false;
    cycle();
    ASSERT_FALSE(outputs_.cmd_ready);
    EXPECT_FALSE(core_->take_failure());
  }

  void finish() {
    size_t left = kTextBlocks;
    inputs_.in_data = {};
    for (int i = 0; i < 2000; ++i) {
      inputs_.in_valid = left > 0;
      core_->settle(inputs_, outputs_);
      if (inputs_.in_valid && outputs_.in_ready) --left;
      if (outputs_.res_valid) break;
      core_->tick();
    }
    GcmPacket packet;
    packet.text.resize(16 * kTextBlocks);
    const Expected expected = openssl(packet);
    ASSERT_TRUE(outputs_.res_valid);
    EXPECT_EQ(outputs_.res_status, 0);
    for (size_t i = 0; i < 16; ++i) {
      EXPECT_EQ(outputs_.res_tag[3 - i / 4] >> (24 - 8 * (i % 4)) & 0xff, expected.tag[i]);
    }
    EXPECT_FALSE(core_->take_failure());
    inputs_.in_valid = false;
    core_->tick();
    for (int i = 0; i < 500; ++i) {
      cycle();
      ASSERT_FALSE(outputs_.res_valid) << "a result of nothing";
    }
  }

  std::unique_ptr<GcmCore> core_;
  GcmInputs inputs_;
  GcmOutputs outputs_;
};

TEST_P(GcmProtocolTest, CommandWithdrawn) {
  start();
  inputs_.cmd_valid = true;
  inputs_.cmd_key.fill(7);
  cycle();
  ASSERT_FALSE(outputs_.cmd_ready);
  inputs_.cmd_valid = false;
  cycle();
  EXPECT_TRUE(core_->take_failure());
  finish();
}

TEST_P(GcmProtocolTest, CommandChangedWhileItWaits) {
  start();
  inputs_.cmd_valid = true;
  cycle();
  EXPECT_FALSE(core_->take_failure());
  inputs_.cmd_key.fill(7);
  cycle();
  EXPECT_TRUE(core_->take_failure());
  inputs_.cmd_valid = false;
  cycle();
  EXPECT_TRUE(core_->take_failure());
  finish();
}

TEST_P(GcmProtocolTest, DataWithdrawn) {
  start();
  inputs_.in_valid = true;
  inputs_.in_data.fill(9);
  cycle();
  ASSERT_FALSE(outputs_.in_ready);
  inputs_.in_valid = false;
  cycle();
  EXPECT_TRUE(core_->take_failure());
  finish();
}

TEST_P(GcmProtocolTest, DataChangedWhileItWaits) {
  start();
  inputs_.in_valid = true;
  inputs_.in_data.fill(9);
  cycle();
  inputs_.in_data.fill(8);
  cycle();
  EXPECT_TRUE(core_->take_failure());
  inputs_.in_valid = false;
  cycle();
  EXPECT_TRUE(core_->take_failure());
  finish();
}

TEST_P(GcmProtocolTest, ResetAmidAPacketLeavesNothing) {
  PacketMaker maker(GetParam(), 31);
  GcmLane lane(make_core(GetParam()));
  for (unsigned cycles = 1; cycles < 90; ++cycles) {
    lane.submit(maker.make(40, 200));
    lane.submit(sealed(maker.make(20, 20)));
    for (unsigned i = 0; i < cycles; ++i) lane.step();
    lane.reset();
    check(lane, {maker.make(20, 20), sealed(maker.make(1, 50))});
  }
}

INSTANTIATE_TEST_SUITE_P(, GcmProtocolTest, testing::ValuesIn(kTestedShapes), shape_name);

}  // namespace
}  // namespace pspnic::rtl
