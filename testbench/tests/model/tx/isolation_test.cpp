// SPDX-License-Identifier: Apache-2.0
// Frames in clear beside PSP packets, and queues beside each other: order, time, room, shares.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/base/config_error.h"
#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using pspnic::test::Bytes;
using pspnic::test::TcpFlow;
using pspnic::test::Time;
using pspnic::test::TxBench;
using pspnic::test::TxSettings;

// Slow lanes: a packet of 1400 bytes takes about 900 ns.
TxSettings slow_lanes() {
  TxSettings settings;
  settings.gcm.lanes = 1;
  settings.gcm.clock.hz = 100 * base::kMHz;
  return settings;
}

class TxIsolation : public testing::Test {
 protected:
  explicit TxIsolation(const TxSettings& settings = slow_lanes()) : bench_(settings) {
    flow_.psp = true;
    flow_.icv_room = false;
    crypto::Sa sa;
    sa.spi = flow_.spi;
    sa.tag = 3;
    sa.key = pspnic::test::session_key(sa.version, 1);
    EXPECT_TRUE(bench_.sas.write(0, sa, 0));
  }
  void psp(uint16_t queue, size_t payload, uint16_t tag) {
    bench_.put(queue, queue::test::encode(queue::test::psp(0, 3)));
    const Bytes data(payload, 0x5a);
    bench_.put_frame(queue, pspnic::test::segment(flow_, data, 0, 0, payload, true, true), tag);
  }
  void clear(uint16_t queue, size_t bytes, uint16_t tag, uint8_t mark = 0) {
    Bytes frame(bytes, mark);
    const Bytes addresses = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x12, 0x34};
    std::copy(addresses.begin(), addresses.end(), frame.begin());
    bench_.put_frame(queue, frame, tag);
  }
  static bool is_clear(const pspnic::test::Port::Frame& frame) {
    return frame.bytes[12] == 0x12 && frame.bytes[13] == 0x34;
  }
  // The lanes take 900 ns a packet of queue 0: what waits for them must not hold the fetcher or the buffer.
  void overload_lanes() {
    for (uint16_t i = 0; i < 40; ++i) psp(0, 1400, i);
    for (uint16_t i = 0; i < 100; ++i) clear(1, 200, i);
    bench_.ring(0);
    bench_.ring(1);
    bench_.run();
    ASSERT_EQ(bench_.port.frames.size(), 140u);
    Time last_clear = 0;
    for (const auto& frame : bench_.port.frames) {
      if (is_clear(frame)) last_clear = frame.end;
    }
    EXPECT_LT(last_clear, 6'000'000u) << "the lanes need 36 us for all of theirs";
  }
  TcpFlow flow_;
  TxBench bench_;
};

TEST_F(TxIsolation, AFrameInClearDoesNotWaitForTheLanes) {
  psp(0, 1400, 1);
  clear(1, 200, 2);
  bench_.ring(0);
  bench_.ring(1);
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 2u);
  EXPECT_TRUE(is_clear(bench_.port.frames[0]));
  EXPECT_GT(bench_.port.frames[1].start, bench_.port.frames[0].start + 800'000);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(TxIsolation, WithinAQueueNothingOvertakes) {
  std::vector<bool> kinds;
  for (uint16_t i = 0; i < 24; ++i) {
    const bool in_clear = i % 3 == 1 || i % 7 == 0;
    kinds.push_back(in_clear);
    in_clear ? clear(0, 100 + i, i) : psp(0, 100 + 50u * i, i);
  }
  bench_.ring(0);
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), kinds.size());
  for (size_t i = 0; i < kinds.size(); ++i) EXPECT_EQ(is_clear(bench_.port.frames[i]), kinds[i]) << i;
}

TEST_F(TxIsolation, OverloadedLanesLeaveTheOtherQueueItsPace) {
  overload_lanes();
  EXPECT_EQ(bench_.tags(0).size(), 40u);
  EXPECT_EQ(bench_.tags(1).size(), 100u);
}

// Room for ten packets of 1478 bytes and their ICV in the lanes' part.
class TxCryptoPart : public TxIsolation {
 protected:
  static TxSettings settings() {
    TxSettings settings = slow_lanes();
    settings.tx.buffer.bytes = 64 * 1024;
    settings.tx.crypto_buffer.bytes = 16 * 1024;
    return settings;
  }
  TxCryptoPart() : TxIsolation(settings()) {}
};

TEST_F(TxCryptoPart, PacketsForTheLanesHoldNoMoreThanTheirPart) {
  for (uint16_t i = 0; i < 30; ++i) psp(0, 1400, i);
  bench_.ring(0);
  bench_.run_for(1'900'000);
  const uint64_t asked = bench_.fetcher.frames();
  EXPECT_GE(asked, 10u);
  EXPECT_LE(asked, 12u) << "ten at once, and one for each that is out of the lanes";
  EXPECT_EQ(bench_.fetcher.explain(), "transmit queue 0 waits for room for packets to protect");
  for (uint16_t i = 0; i < 20; ++i) clear(1, 1000, i);
  bench_.ring(1);
  bench_.run_for(2'500'000);
  size_t in_clear = 0;
  for (const auto& frame : bench_.port.frames) in_clear += is_clear(frame);
  EXPECT_EQ(in_clear, 20u);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 50u);
  EXPECT_TRUE(bench_.balanced());
}

// What waits behind its queue's packets for the lanes is the lanes' affair, too.
TEST_F(TxCryptoPart, PlainPacketsBehindThemHoldTheSamePart) {
  psp(0, 8900, 0);  // more than 5 us in the lane
  for (uint16_t i = 1; i <= 100; ++i) clear(0, 1000, i, 1);
  for (uint16_t i = 0; i < 60; ++i) clear(1, 1000, i, 2);
  bench_.ring(0);
  bench_.run_for(2'000'000);
  bench_.ring(1);
  while (bench_.port.frames.size() < 30) bench_.run_for(10'000);
  const auto& frames = bench_.port.frames;
  EXPECT_EQ(std::ranges::count_if(frames, [](const auto& frame) { return frame.bytes[20] == 2; }), 30);
  EXPECT_THAT(bench_.fetcher.explain(), testing::HasSubstr("queue 0 waits for room for packets to protect"));
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 161u);
  EXPECT_TRUE(bench_.balanced());
}

// Only as long as there is something to wait for.
TEST_F(TxCryptoPart, PlainPacketsAloneHoldNone) {
  psp(0, 1400, 0);
  bench_.ring(0);
  bench_.run();
  for (uint16_t i = 1; i <= 60; ++i) clear(0, 1000, i, 1);
  bench_.ring(0);
  while (bench_.port.frames.size() < 40) {
    bench_.run_for(10'000);
    ASSERT_EQ(bench_.fetcher.explain(), "");
  }
}

// The part is full before the first packet has been read: nobody knows yet when there will be room.
TEST_F(TxCryptoPart, AQueueThatStoodBackTooEarlyToKnowForHowLongComesBack) {
  constexpr size_t kSixteenFill = 1024 - 94;  // without headers and ICV
  for (uint16_t i = 0; i < 50; ++i) psp(0, kSixteenFill, i);
  bench_.ring(0);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 50u);
  EXPECT_TRUE(bench_.balanced());
}

// Two classes, each with a quarter of the buffer.
class TxClasses : public TxIsolation {
 protected:
  static TxSettings settings() {
    TxSettings settings;
    settings.tx.buffer.bytes = 64 * 1024;
    settings.tx.class_buffer.bytes = 16 * 1024;
    settings.tx.schedule.classes = "0,5";
    return settings;
  }
  TxClasses() : TxIsolation(settings()) {}
};

TEST_F(TxClasses, APausedClassLeavesTheOtherItsRoom) {
  bench_.pipeline.port().pause(5, 50'000'000);
  for (uint16_t i = 0; i < 60; ++i) clear(1, 1000, i);
  bench_.ring(1);
  bench_.run_for(5'000'000);
  EXPECT_TRUE(bench_.port.frames.empty());
  EXPECT_EQ(bench_.fetcher.frames(), 16 * 1024 / 1016u);
  EXPECT_EQ(bench_.fetcher.explain(), "transmit queue 1 waits for room for class 5");
  EXPECT_EQ(bench_.pipeline.port().explain(),
            "class 5: 16 frames wait for the wire, paused for another 45us");
  for (uint16_t i = 0; i < 60; ++i) clear(0, 1000, i);
  bench_.ring(0);
  bench_.run_for(10'000'000);
  EXPECT_EQ(bench_.port.frames.size(), 60u);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 120u) << "the pause is over";
  EXPECT_GE(bench_.port.frames[60].start, 50'000'000u);
  EXPECT_EQ(bench_.fetcher.explain(), "");
}

TEST_F(TxClasses, DroppedPacketsGiveTheirRoomBack) {
  for (uint16_t i = 0; i < 60; ++i) {
    bench_.put(1, queue::test::encode(queue::test::psp(0, 3)));
    clear(1, 1000, i);  // no PSP packet
  }
  bench_.ring(1);
  bench_.run();
  EXPECT_TRUE(bench_.port.frames.empty());
  EXPECT_EQ(bench_.drop(base::DropReason::kTxBadPspPacket), 60u);
  EXPECT_EQ(bench_.fetcher.explain(), "");
  EXPECT_TRUE(bench_.balanced());
}

class TxShares : public TxIsolation {
 protected:
  static TxSettings settings() {
    TxSettings settings;
    settings.tx.schedule.weights = "3,1";
    return settings;
  }
  TxShares() : TxIsolation(settings()) {}
};

TEST_F(TxShares, WeightsDivideTheWire) {
  for (uint16_t i = 0; i < 120; ++i) {
    clear(0, 1500, i, 0);
    clear(1, 1500, i, 1);
  }
  bench_.ring(0);
  bench_.ring(1);
  bench_.run();
  // While both have something. A few of queue 0 were asked for before queue 1 had rung.
  size_t first = 0;
  for (size_t i = 40; i < 120; ++i) first += bench_.port.frames[i].bytes[20] == 0;
  EXPECT_NEAR(static_cast<double>(first), 60, 2);
}

class TxRates : public TxIsolation {
 protected:
  static TxSettings settings() {
    TxSettings settings;
    settings.tx.schedule.rates = "10Gbps,0bps";
    settings.tx.schedule.burst.bytes = 1500;
    return settings;
  }
  TxRates() : TxIsolation(settings()) {}
};

TEST_F(TxRates, AQueueStaysBelowItsRate) {
  for (uint16_t i = 0; i < 100; ++i) clear(0, 1500, i);
  bench_.ring(0);
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 100u);
  // 1200 ns each. The first two are the burst and the overdraft.
  const Time taken = bench_.port.frames[99].start - bench_.port.frames[2].start;
  EXPECT_NEAR(static_cast<double>(taken), 97 * 1'200'000.0, 2'000);
}

// What counts is the frame that leaves, with the ICV that the device appends.
TEST_F(TxRates, AnIcvCounts) {
  for (uint16_t i = 0; i < 50; ++i) psp(0, 1400, i);
  bench_.ring(0);
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 50u);
  const double bits = 8.0 * static_cast<double>(bench_.port.frames[0].bytes.size());
  const Time taken = bench_.port.frames[49].start - bench_.port.frames[2].start;
  EXPECT_NEAR(static_cast<double>(taken), 47 * bits * 100, 3'000) << "100 ps a bit";
}

// Queue i is vport i's.
class TxVports : public TxIsolation {
 protected:
  static TxSettings two_vports(const TxSettings& others = {}) {
    TxSettings settings = others;
    settings.vports = 2;
    return settings;
  }
  explicit TxVports(const TxSettings& settings = two_vports(slow_lanes())) : TxIsolation(settings) {}

  // Bytes of each vport's frames [from, to) of those that left, and how long these took.
  struct Window {
    uint64_t bytes[2] = {};
    Time time = 0;
    double gbps(unsigned vport) const {
      return static_cast<double>(bytes[vport]) * 8e3 / static_cast<double>(time);
    }
  };
  Window window(size_t from, size_t to) const {
    Window found;
    const auto& frames = bench_.port.frames;
    for (size_t i = from; i < to; ++i) found.bytes[frames[i].bytes[20]] += frames[i].bytes.size();
    found.time = frames[to].start - frames[from].start;
    return found;
  }
  // Frames of 1500 bytes for vport 0, and of `other_bytes` for vport 1, both saturated.
  void saturate(size_t other_bytes) {
    for (uint16_t i = 0; i < 120; ++i) {
      clear(0, 1500, i, 0);
      clear(1, other_bytes, i, 1);
    }
    bench_.ring(0);
    bench_.ring(1);
    bench_.run();
    ASSERT_EQ(bench_.port.frames.size(), 240u);
    EXPECT_TRUE(bench_.balanced());
  }
};

class TxVportShares : public TxVports {
 protected:
  static TxSettings settings() {
    TxSettings settings;
    settings.tx.schedule.vport_weights = "1,3";
    return two_vports(settings);
  }
  TxVportShares() : TxVports(settings()) {}
};

TEST_F(TxVportShares, WeightsDivideTheWire) {
  saturate(1500);
  const Window shares = window(40, 140);
  EXPECT_NEAR(shares.gbps(1) / shares.gbps(0), 3.0, 0.15);
}

TEST_F(TxVportShares, SharesAreOfBytes) {
  saturate(3000);
  const Window shares = window(30, 110);
  EXPECT_NEAR(shares.gbps(1) / shares.gbps(0), 3.0, 0.2);
}

class TxVportRates : public TxVports {
 protected:
  static TxSettings settings() {
    TxSettings settings;
    settings.tx.schedule.vport_rates = "50Gbps,0bps";
    settings.tx.schedule.burst.bytes = 3000;
    return two_vports(settings);
  }
  TxVportRates() : TxVports(settings()) {}
};

// 200 Gb/s, of which preamble, FCS and gap take 24 bytes a frame.
TEST_F(TxVportRates, AVportStaysBelowItsRateAndTheOtherGetsTheRest) {
  saturate(1500);
  const Window both = window(20, 140);
  EXPECT_NEAR(both.gbps(0), 50.0, 1.5);
  EXPECT_NEAR(both.gbps(1), 200.0 * 1500 / 1524 - both.gbps(0), 1.5);
  // The other has nothing left: its bandwidth is not for the one with a rate.
  const Window alone = window(200, 239);
  EXPECT_EQ(alone.bytes[1], 0u);
  EXPECT_NEAR(alone.gbps(0), 50.0, 0.5);
}

TEST_F(TxVports, OverloadedLanesOfOneLeaveTheOtherItsPace) {
  overload_lanes();
}

TEST_F(TxIsolation, ListsThatMakeNoSenseAreRefused) {
  TxSettings settings;
  settings.tx.schedule.weights = "0";
  base::StatGroup other("other");
  EXPECT_THROW(Fetcher(other, settings.tx, 2, 1,
                       {bench_.events, bench_.dma, bench_.pool, bench_.queues, bench_.reports, bench_.sas,
                        bench_.pipeline, bench_.mac, bench_.drops}),
               base::ConfigError);
}

}  // namespace
}  // namespace pspnic::tx
