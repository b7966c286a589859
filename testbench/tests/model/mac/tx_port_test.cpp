// SPDX-License-Identifier: Apache-2.0
#include "model/mac/tx_port.h"

#include <gtest/gtest.h>

#include <random>

#include "testbench/tests/model/harness.h"

namespace pspnic::mac {
namespace {

using pspnic::test::Bytes;
using Way = TxPort::Way;

constexpr Time kLookahead = 50'000;
constexpr Time kByteTime = 40;                   // 200 Gb/s
constexpr Time kSlot = (1000 + 24) * kByteTime;  // of a frame of 1000 bytes, gap included
constexpr Time kOnWire = kSlot - 12 * kByteTime;

class TxPortTest : public testing::Test, private Wire {
 protected:
  struct Sent {
    uint8_t mark;
    Time start;
    Time end;
    Time told;
  };
  void transmit(base::PacketPtr packet) override {
    sent_.push_back({packet->data()[0], packet->wire_start, packet->wire_end, bench_.events.now()});
  }
  void submit(uint8_t mark, Time ready, Way way = Way::kPast, unsigned traffic_class = 0) {
    port_.submit(bench_.packet(Bytes(1000, mark)), ready, way, traffic_class);
  }
  std::string order() const {
    std::string marks;
    for (const Sent& sent : sent_) marks += static_cast<char>(sent.mark);
    return marks;
  }

  pspnic::test::Harness bench_;
  Mac mac_{MacParams{}};
  base::StatGroup stages_{bench_.root, "stages"};
  TxPort port_{stages_, kLookahead, {bench_.events, mac_, *this}};
  std::vector<Sent> sent_;
};

TEST_F(TxPortTest, AFrameStartsWhenItIsReadyAndTheWireFree) {
  submit('a', 50'000);
  submit('b', 50'000);
  submit('c', 50'000 + 3 * kSlot);
  bench_.run();
  ASSERT_EQ(order(), "abc");
  EXPECT_EQ(sent_[0].start, 50'000u);
  EXPECT_EQ(sent_[0].end, 50'000 + kOnWire);
  EXPECT_EQ(sent_[1].start, 50'000 + kSlot);
  EXPECT_EQ(sent_[2].start, 50'000 + 3 * kSlot);
  for (const Sent& sent : sent_) EXPECT_LE(sent.told, sent.end);
}

TEST_F(TxPortTest, WhatIsReadyFirstGoesFirst) {
  submit('s', 200'000, Way::kThrough);
  bench_.at(149'999, [&] { submit('a', 199'999); });
  submit('t', 300'000, Way::kThrough);
  bench_.at(250'000, [&] { submit('b', 300'000); });
  bench_.at(250'001, [&] { submit('c', 300'001); });
  bench_.run();
  EXPECT_EQ(order(), "astbc") << "of equals, the one submitted first";
}

// The wire is busy, so that both are ready before it is free.
TEST_F(TxPortTest, TheOldestGoesFirstWhenTheWireIsFree) {
  submit('x', 50'000);
  submit('t', 60'000, Way::kThrough);
  submit('a', 59'999);
  bench_.run();
  EXPECT_EQ(order(), "xat");
}

TEST_F(TxPortTest, APausedClassWaitsAndTheOthersGoOn) {
  port_.pause(3, 1'000'000);
  submit('a', 50'000, Way::kPast, 3);
  submit('b', 60'000, Way::kPast, 0);
  submit('c', 70'000, Way::kThrough, 3);
  bench_.run();
  ASSERT_EQ(order(), "bac");
  EXPECT_EQ(sent_[0].start, 60'000u);
  EXPECT_EQ(sent_[1].start, 1'000'000u) << "at the end of the pause, not a picosecond later";
  EXPECT_EQ(sent_[2].start, 1'000'000 + kSlot);
}

TEST_F(TxPortTest, SaysWhichClassesWaitAndHowLongTheyArePaused) {
  EXPECT_EQ(port_.explain(), "");
  port_.pause(3, 1'000'000);
  port_.pause(4, 1'000'000);
  submit('a', 50'000, Way::kPast, 3);
  submit('b', 60'000, Way::kThrough, 3);
  submit('c', 600'000, Way::kPast, 0);
  bench_.at(200'000, [&] {
    EXPECT_EQ(port_.explain(),
              "class 0: 1 frames wait for the wire, class 3: 2 frames wait for the wire, paused for another "
              "800ns");
  });
  bench_.run();
  EXPECT_EQ(order(), "cab");
  EXPECT_EQ(port_.explain(), "");
}

TEST_F(TxPortTest, APauseEndsEarlyWhenItIsTakenBack) {
  port_.pause(0, 10'000'000);
  submit('a', 50'000);
  bench_.at(700'000, [&] { port_.pause(0, 0); });
  bench_.run();
  ASSERT_EQ(order(), "a");
  EXPECT_EQ(sent_[0].start, 700'000u);
}

// What starts within the lookahead has been decided when the pause comes, what starts later has not.
TEST_F(TxPortTest, APauseHoldsWhatStartsBehindTheLookahead) {
  submit('a', 150'000);
  submit('b', 150'000 + kSlot);
  const Time pause = 150'000 + kSlot - kLookahead;
  bench_.at(pause - 1, [&] { port_.pause(0, 5'000'000); });
  bench_.run();
  ASSERT_EQ(order(), "ab");
  EXPECT_EQ(sent_[0].start, 150'000u);
  EXPECT_EQ(sent_[1].start, 5'000'000u);
}

// Frames of 40.96 ns from 400 ns on; at 450 ns those that start up to 500 ns have been decided.
TEST_F(TxPortTest, AControlFrameIsNextWhateverWaits) {
  port_.pause(0, 400'000);
  for (const uint8_t mark : {'a', 'b', 'c', 'd', 'e'}) submit(mark, 50'000);
  bench_.at(450'000, [&] { port_.submit_control(bench_.packet(Bytes(1000, 'P'))); });
  bench_.run();
  EXPECT_EQ(order(), "abcPde");
}

TEST_F(TxPortTest, ResetForgetsWhatWaits) {
  port_.pause(0, 1'000'000);
  submit('a', 50'000);
  submit('b', 50'000);
  EXPECT_EQ(port_.held(), 2u);
  EXPECT_EQ(port_.reset(), 2u);
  EXPECT_EQ(port_.held(), 0u);
  bench_.run();
  EXPECT_TRUE(sent_.empty());
  EXPECT_EQ(bench_.pool.in_use(), 0u);
  submit('c', bench_.events.now() + kLookahead);
  bench_.run();
  EXPECT_EQ(order(), "c") << "a reset ends the pause";
}

// Random frames on both ways, against a list that is sorted once everything is known.
TEST_F(TxPortTest, EqualsAPortThatKnowsAllFramesBeforehand) {
  struct Frame {
    Time ready;
    uint64_t sequence;
    uint8_t mark;
  };
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    sent_.clear();
    const Time begin = bench_.events.now() + 1'000'000;
    std::vector<Frame> frames;
    std::array<Time, 2> last{};
    Time when = begin;
    for (int i = 0; i < 60; ++i) {
      when += random() % 3 == 0 ? random() % 200'000 : random() % 20'000;
      const size_t way = random() % 2;
      const Time ready = std::max(last[way], when + kLookahead + (way == 1 ? random() % 300'000 : 0));
      last[way] = ready;
      const auto mark = static_cast<uint8_t>(i);
      frames.push_back({ready, static_cast<uint64_t>(i), mark});
      bench_.at(when, [this, mark, ready, way] { submit(mark, ready, static_cast<Way>(way)); });
    }
    bench_.run();
    std::stable_sort(frames.begin(), frames.end(),
                     [](const Frame& a, const Frame& b) { return a.ready < b.ready; });
    ASSERT_EQ(sent_.size(), frames.size());
    Time free = 0;
    for (size_t i = 0; i < frames.size(); ++i) {
      const Time start = std::max(free, frames[i].ready);
      ASSERT_EQ(sent_[i].mark, frames[i].mark) << "round " << round << ", frame " << i;
      ASSERT_EQ(sent_[i].start, start);
      ASSERT_LE(sent_[i].told, sent_[i].end);
      free = start + kSlot;
    }
  }
}

TEST_F(TxPortTest, TakesOutTheFramesOfSomeVportsAndLeavesTheOthersInOrder) {
  const auto submit_of = [&](uint8_t mark, uint8_t vport, Way way, unsigned traffic_class) {
    base::PacketPtr packet = bench_.packet(Bytes(1000, mark));
    packet->vport = vport;
    port_.submit(std::move(packet), 60'000, way, traffic_class);
  };
  for (const unsigned paused : {0u, 3u}) port_.pause(paused, 1'000'000);
  submit_of('a', 2, Way::kPast, 0);
  submit_of('b', 1, Way::kPast, 0);
  submit_of('c', 3, Way::kThrough, 0);
  submit_of('d', 4, Way::kThrough, 0);
  submit_of('e', 3, Way::kPast, 3);
  submit_of('f', 1, Way::kPast, 0);
  EXPECT_TRUE(port_.holds(2, 2));
  std::string taken;
  for (const base::PacketPtr& packet : port_.take_out(2, 2)) taken += static_cast<char>(packet->data()[0]);
  EXPECT_EQ(taken, "ace");
  EXPECT_FALSE(port_.holds(2, 2));
  EXPECT_EQ(port_.held(), 3u);
  EXPECT_EQ(port_.explain().find("class 3"), std::string::npos);
  bench_.run();
  EXPECT_EQ(order(), "bdf");
  EXPECT_EQ(port_.held(), 0u);
}

}  // namespace
}  // namespace pspnic::mac
