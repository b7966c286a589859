// SPDX-License-Identifier: Apache-2.0
#include "model/mac/flow_control.h"

#include <gtest/gtest.h>

#include "model/base/config_error.h"
#include "testbench/tests/model/harness.h"

namespace pspnic::mac {
namespace {

using pspnic::test::Bytes;
using Mode = FlowControlParams::Mode;

constexpr Time kQuantum = 512 * 5;  // ps at 200 Gb/s
const net::MacAddress kOwn{{2, 0, 0, 0, 0, 2}};

class FlowControlTest : public testing::Test, private Wire {
 protected:
  struct Sent {
    Bytes bytes;
    Time start;
  };
  void transmit(base::PacketPtr packet) override {
    sent_.push_back({pspnic::test::to_bytes(packet->bytes()), packet->wire_start});
  }
  static Bytes control(uint16_t opcode) {
    Bytes frame(60, 0);
    const Bytes head = {0x01, 0x80, 0xc2, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x88, 0x08};
    std::copy(head.begin(), head.end(), frame.begin());
    net::store_be16(&frame[14], opcode);
    return frame;
  }
  void make(Mode mode, uint64_t high = 10'000, uint64_t low = 5'000, uint16_t quanta = 0xffff) {
    FlowControlParams params;
    params.mode = mode;
    params.high.bytes = high;
    params.low.bytes = low;
    params.quanta = quanta;
    flow_.emplace(bench_.root, params, kOwn, 64'000,
                  FlowControl::Ports{bench_.events, bench_.pool, port_, mac_});
  }
  // A received frame of the class, whose bytes the buffer holds.
  void buffered(uint32_t bytes, uint8_t traffic_class = 0) {
    base::PacketPtr frame = bench_.packet(Bytes(60, 0));
    frame->buffered_bytes = bytes;
    frame->traffic_class = traffic_class;
    flow_->buffered(*frame);
  }
  void data(unsigned traffic_class, Time ready) {
    port_.submit(bench_.packet(Bytes(100, static_cast<uint8_t>(traffic_class))), ready, TxPort::Way::kPast,
                 traffic_class);
  }

  pspnic::test::Harness bench_;
  Mac mac_{MacParams{}};
  base::StatGroup stages_{bench_.root, "stages"};
  TxPort port_{stages_, 0, {bench_.events, mac_, *this}};
  std::optional<FlowControl> flow_;
  std::vector<Sent> sent_;
};

TEST_F(FlowControlTest, APauseOfThePeerHoldsEveryClassForItsTime) {
  make(Mode::kOff);
  Bytes frame = control(0x0001);
  net::store_be16(&frame[16], 100);
  bench_.at(1'000, [&] {
    EXPECT_TRUE(flow_->take(*bench_.packet(frame)));
    data(0, 2'000);
    data(5, 2'000);
  });
  bench_.run();
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[0].start, 1'000 + 100 * kQuantum);
}

TEST_F(FlowControlTest, PriorityFlowControlHoldsTheClassesItNames) {
  make(Mode::kOff);
  Bytes frame = control(0x0101);
  frame[17] = 1u << 5 | 1u << 2;
  net::store_be16(&frame[18 + 2 * 5], 50);
  net::store_be16(&frame[18 + 2 * 4], 60'000);  // not named: means nothing
  bench_.at(1'000, [&] {
    EXPECT_TRUE(flow_->take(*bench_.packet(frame)));
    for (const unsigned number : {5u, 4u, 2u}) data(number, 2'000);
  });
  bench_.run();
  ASSERT_EQ(sent_.size(), 3u);
  EXPECT_EQ(sent_[2].bytes[0], 5);
  EXPECT_EQ(sent_[2].start, 1'000 + 50 * kQuantum);
  EXPECT_LT(sent_[1].start, 20'000u) << "class 2 was asked to wait for no time";
}

TEST_F(FlowControlTest, WhatIsNoControlFrameGoesOn) {
  make(Mode::kOff);
  EXPECT_FALSE(flow_->take(*bench_.packet(Bytes(60, 0x08))));
  Bytes short_frame = control(0x0001);
  short_frame.resize(59);
  EXPECT_FALSE(flow_->take(*bench_.packet(short_frame)));
  EXPECT_TRUE(flow_->take(*bench_.packet(control(0x0002)))) << "another kind ends here as well";
  Bytes other = control(0x0001);
  other[0] = 0x03;
  net::store_be16(&other[16], 1000);
  EXPECT_TRUE(flow_->take(*bench_.packet(other)));
  data(0, 10);
  bench_.run();
  EXPECT_EQ(sent_.front().start, 10u) << "it was not for us";
}

TEST_F(FlowControlTest, ThePeerIsAskedAtTheHighMarkAndLetGoAtTheLow) {
  make(Mode::kPause);
  buffered(9'999);
  EXPECT_TRUE(sent_.empty());
  buffered(1);
  bench_.run_for(1'000);
  ASSERT_EQ(sent_.size(), 1u);
  Bytes expected = control(0x0001);
  kOwn.store(&expected[6]);
  net::store_be16(&expected[16], 0xffff);
  EXPECT_EQ(sent_[0].bytes, expected);
  flow_->released(50'000, 4'999, 0);
  bench_.run_for(100'000);
  EXPECT_EQ(sent_.size(), 1u) << "one byte above the low mark";
  flow_->released(200'000, 1, 0);
  bench_.run_for(200'000);
  ASSERT_EQ(sent_.size(), 2u);
  net::store_be16(&expected[16], 0);
  EXPECT_EQ(sent_[1].bytes, expected);
  EXPECT_EQ(sent_[1].start, 200'000u);
}

// What crosses the mark is dropped at once; when the rest goes is known before.
TEST_F(FlowControlTest, ThePeerIsLetGoThoughNothingMoreIsGivenBack) {
  make(Mode::kPause, 1'000, 100);
  buffered(900);
  flow_->released(50'000, 900, 0);
  buffered(200);
  flow_->released(bench_.events.now(), 200, 0);
  bench_.run_for(49'999);
  EXPECT_EQ(sent_.size(), 1u);
  bench_.run_for(100'000);
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(net::load_be16(&sent_[1].bytes[16]), 0u);
  EXPECT_EQ(sent_[1].start, 50'000u);
}

TEST_F(FlowControlTest, ARequestIsRepeatedAfterHalfItsTimeAsLongAsItHolds) {
  make(Mode::kPause, 10'000, 5'000, 1000);
  buffered(10'000);
  bench_.run_for(1000 * kQuantum * 2);
  ASSERT_EQ(sent_.size(), 4u) << "at 0, and after a half, one and one and a half";
  EXPECT_EQ(sent_[1].start, 1000 * kQuantum / 2);
  flow_->released(bench_.events.now(), 10'000, 0);
  buffered(10'000);
  const size_t before = sent_.size();
  bench_.run_for(1000 * kQuantum * 2 - 1);
  EXPECT_LE(sent_.size(), before + 6) << "requests taken back are not repeated";
}

TEST_F(FlowControlTest, EachClassHasItsOwnMarks) {
  make(Mode::kPriority);
  buffered(9'999, 3);
  buffered(9'999, 4);
  EXPECT_TRUE(sent_.empty());
  buffered(1, 4);
  bench_.run_for(1'000);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(net::load_be16(&sent_[0].bytes[14]), 0x0101);
  EXPECT_EQ(net::load_be16(&sent_[0].bytes[16]), 1u << 4);
  EXPECT_EQ(net::load_be16(&sent_[0].bytes[18 + 2 * 4]), 0xffff);
  EXPECT_EQ(net::load_be16(&sent_[0].bytes[18 + 2 * 3]), 0);
}

TEST_F(FlowControlTest, OffAsksForNothing) {
  make(Mode::kOff);
  buffered(60'000);
  bench_.run();
  EXPECT_TRUE(sent_.empty());
}

TEST_F(FlowControlTest, TheLowMarkMustBeBelowTheHigh) {
  EXPECT_THROW(make(Mode::kPause, 10'000, 10'000), base::ConfigError);
}

TEST_F(FlowControlTest, TheHighMarkMustBeWithinTheBuffer) {
  EXPECT_THROW(make(Mode::kPause, 64'001, 10'000), base::ConfigError);
}

TEST(FlowControl, TheClassIsThePriorityOfTheOuterTag) {
  base::PacketPool pool;
  base::PacketPtr frame = pool.take(60);
  std::memset(frame->data(), 0, 60);
  EXPECT_EQ(FlowControl::traffic_class_of(*frame), 0);
  net::store_be16(frame->data() + 12, 0x8100);
  net::store_be16(frame->data() + 14, 0xb064);
  EXPECT_EQ(FlowControl::traffic_class_of(*frame), 5);
}

}  // namespace
}  // namespace pspnic::mac
