// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/cable.h"

#include <gtest/gtest.h>

#include "testbench/tests/testbench/bench/psp_frames.h"

namespace pspnic::bench {
namespace {

constexpr base::Time kFrame = 50 * base::kNs;

// Sends frames of 100 bytes that carry their number in the last bytes, one every kFrame.
class CableBench : public WireObserver {
 public:
  explicit CableBench(const CableParams& params, uint64_t seed = 1, unsigned sender = 0)
      : cable_(root_, sender == 0 ? "cable_a_to_b" : "cable_b_to_a", params, events_, pool_, {seed, sender}) {
    cable_.set_observer(this);
  }
  void send(uint32_t frames) {
    for (uint32_t i = 0; i < frames; ++i) {
      base::PacketPtr packet = pool_.take(100);
      const test::Bytes bytes = test::clear_frame(test::payload_of(46));
      std::memcpy(packet->data(), bytes.data(), 100);
      net::store_be32(packet->data() + 96, i);
      packet->wire_start = i * kFrame;
      packet->wire_end = (i + 1) * kFrame;
      cable_.transmit(std::move(packet));
    }
    if (!events_.empty()) sc_core::sc_start();
  }
  void on_departure(unsigned, const base::Packet&) override { ++departed; }
  void on_arrival(unsigned, const base::Packet& frame) override {
    arrived.push_back(net::load_be32(frame.data() + 96));
    times.push_back(events_.now());
    sound.push_back(frame.fcs_ok);
  }
  const Cable& cable() const { return cable_; }
  const Cable::Faults& faults() const { return cable_.faults(); }
  bool empty() const { return pool_.in_use() == 0; }

  unsigned departed = 0;
  std::vector<uint32_t> arrived;
  std::vector<base::Time> times;
  std::vector<bool> sound;

 private:
  base::StatGroup root_{"bench"};
  base::PacketPool pool_;
  base::EventQueue events_{"events"};
  Cable cable_;
};

std::vector<uint32_t> numbers(uint32_t count) {
  std::vector<uint32_t> list(count);
  for (uint32_t i = 0; i < count; ++i) list[i] = i;
  return list;
}

TEST(Cable, WithoutFaultsEverythingArrivesAfterTheDelay) {
  CableParams params;
  params.delay.ps = 7777;
  CableBench bench(params);
  bench.send(10);
  EXPECT_EQ(bench.arrived, numbers(10));
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(bench.times[i], (i + 1) * kFrame + 7777);
  EXPECT_EQ(bench.departed, 10u);
  EXPECT_TRUE(bench.empty());
}

TEST(Cable, AHairpinTakesTwiceTheDelay) {
  CableParams params;
  params.topology = CableParams::Topology::kHairpin;
  CableBench bench(params);
  bench.send(1);
  EXPECT_EQ(bench.times[0], kFrame + 2 * params.delay.ps);
}

TEST(Cable, ALoopbackTakesNone) {
  CableParams params;
  params.topology = CableParams::Topology::kLoopback;
  CableBench bench(params);
  bench.send(1);
  EXPECT_EQ(bench.times[0], kFrame);
}

TEST(Cable, LosesFramesAndCountsThem) {
  CableParams params;
  params.loss = 0.1;
  CableBench bench(params);
  bench.send(5000);
  EXPECT_EQ(bench.arrived.size() + bench.faults().lost.value(), 5000u);
  EXPECT_NEAR(static_cast<double>(bench.faults().lost.value()), 500, 6 * 21.3);
  EXPECT_EQ(bench.cable().frames(), bench.arrived.size());
  EXPECT_TRUE(bench.empty());
}

// Which frames are lost, by seed and direction; another kind of fault does not change it.
std::vector<uint32_t> survivors(const CableParams& params, uint64_t seed, unsigned sender) {
  CableBench bench(params, seed, sender);
  bench.send(2000);
  std::vector<uint32_t> list = bench.arrived;
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}
CableParams losing() {
  CableParams params;
  params.loss = 0.1;
  return params;
}
CableParams doing_all() {
  CableParams params = losing();
  params.duplicate = 0.2;
  params.reorder.probability = 0.1;
  params.bit_errors.probability[static_cast<size_t>(Region::kEthernet)] = 0.1;
  return params;
}
const std::vector<uint32_t>& reference() {
  static std::vector<uint32_t> list = [] {
    std::vector<uint32_t> kept;
    const FaultStream stream(5, "cable_a_to_b.loss");
    for (uint32_t n = 0; n < 2000; ++n) {
      if (!stream.happens(n, 0.1)) kept.push_back(n);
    }
    return kept;
  }();
  return list;
}
TEST(Cable, TheSeedDecidesWhatIsLost) {
  EXPECT_EQ(survivors(losing(), 5, 0), reference());
}
TEST(Cable, OtherFaultsDoNotChangeWhatIsLost) {
  EXPECT_EQ(survivors(doing_all(), 5, 0), reference());
}
TEST(Cable, AnotherSeedLosesOthers) {
  EXPECT_NE(survivors(losing(), 6, 0), reference());
}
TEST(Cable, TheOtherDirectionLosesOthers) {
  EXPECT_NE(survivors(losing(), 5, 1), reference());
}

TEST(Cable, FaultsOfOneDirectionSpareTheOther) {
  CableParams params;
  params.loss = 1;
  params.faulty = CableParams::Faulty::kBToA;
  CableBench bench(params);
  bench.send(5);
  EXPECT_EQ(bench.arrived, numbers(5));
}

TEST(Cable, ADirectionThatIsFaultyLosesAll) {
  CableParams params;
  params.loss = 1;
  params.faulty = CableParams::Faulty::kBToA;
  CableBench bench(params, 1, 1);
  bench.send(5);
  EXPECT_TRUE(bench.arrived.empty());
  EXPECT_EQ(bench.faults().lost.value(), 5u);
}

TEST(Cable, ADuplicateArrivesAFramesTimeLater) {
  CableParams params;
  params.duplicate = 1;
  CableBench bench(params);
  bench.send(1);
  EXPECT_EQ(bench.arrived, (std::vector<uint32_t>{0, 0}));
  EXPECT_EQ(bench.times[1] - bench.times[0], kFrame);
  EXPECT_EQ(bench.faults().duplicated.value(), 1u);
  EXPECT_TRUE(bench.empty());
}

// The only frame that is held back lets exactly `distance` later ones pass.
TEST(Cable, AFrameHeldBackComesBehindSoManyLaterOnes) {
  CableParams params;
  params.reorder.probability = 0.02;
  params.reorder.distance = 3;
  const FaultStream stream(1, "cable_a_to_b.reorder");
  uint32_t held = 0;
  while (!stream.happens(held, 0.02)) ++held;
  for (uint32_t n = held + 1; n <= held + 3; ++n) ASSERT_FALSE(stream.happens(n, 0.02)) << "choose a seed";
  CableBench bench(params);
  bench.send(held + 4);
  std::vector<uint32_t> expected = numbers(held);
  for (uint32_t n = held + 1; n <= held + 3; ++n) expected.push_back(n);
  expected.push_back(held);
  EXPECT_EQ(bench.arrived, expected);
  EXPECT_EQ(bench.times.back(), bench.times[bench.times.size() - 2]) << "with the last one that passed it";
  EXPECT_EQ(bench.faults().reordered.value(), 1u);
}

// One frame fewer than the distance: only time lets it go, and not a picosecond earlier.
TEST(Cable, AFrameHeldBackIsLetGoAfterTheLongestTime) {
  CableParams params;
  params.reorder.probability = 1;
  params.reorder.distance = 1;
  params.reorder.hold.ps = 123'456;
  CableBench bench(params);
  bench.send(1);
  ASSERT_EQ(bench.arrived.size(), 1u);
  EXPECT_EQ(bench.times[0], kFrame + params.delay.ps + 123'456);
  EXPECT_TRUE(bench.empty());
}

TEST(Cable, BurstsLoseFramesInARow) {
  CableParams params;
  params.burst.start = 0.01;
  params.burst.end = 0.2;
  CableBench bench(params);
  bench.send(20'000);
  const uint64_t lost = bench.faults().burst_lost.value();
  EXPECT_EQ(bench.arrived.size() + lost, 20'000u);
  unsigned gaps = 0;
  for (size_t i = 1; i < bench.arrived.size(); ++i) gaps += bench.arrived[i] != bench.arrived[i - 1] + 1;
  // Mean length 1 / end = 5; 1 / (1 + end / start) = 1 / 21 of all frames.
  EXPECT_NEAR(static_cast<double>(lost) / gaps, 5.0, 1.0);
  EXPECT_NEAR(static_cast<double>(lost), 20'000 / 21.0, 300);
}

TEST(Cable, FlippedBitsAreThereForTheFcsToFind) {
  CableParams params;
  params.bit_errors.probability[static_cast<size_t>(Region::kPlain)] = 1;
  CableBench bench(params);
  bench.send(3);
  EXPECT_EQ(bench.sound, std::vector<bool>(3, false));
  EXPECT_EQ(bench.faults().damaged.value(), 3u);
  EXPECT_EQ(bench.faults().damaged_unseen.value(), 0u);
}

TEST(Cable, AnFcsComputedAnewHidesThem) {
  CableParams params;
  params.bit_errors.probability[static_cast<size_t>(Region::kPlain)] = 1;
  params.fcs = CableParams::Fcs::kRecomputed;
  CableBench bench(params);
  bench.send(3);
  EXPECT_EQ(bench.sound, std::vector<bool>(3, true));
  EXPECT_EQ(bench.faults().damaged_unseen.value(), 3u);
}

}  // namespace
}  // namespace pspnic::bench
