// SPDX-License-Identifier: Apache-2.0
// Cycles: latency, throughput, and what a stall costs.
#include "testbench/tests/rtl/aes/aes_core.h"

namespace pspnic::rtl_test {
namespace {

constexpr size_t kBlocks = 1000;

template <class Core>
class AesTimingTest : public ::testing::Test {};
TYPED_TEST_SUITE(AesTimingTest, AllAesCores);

// How many blocks are in the core at most.
template <class Core>
constexpr size_t kDepth = Core::kPipeline ? Core::rounds(true) : 1;

TYPED_TEST(AesTimingTest, ABlockTakesItsRoundsAndNoCycleMore) {
  for (const bool key256 : {false, true}) {
    if (key256 && !TypeParam::kWideKeys) continue;
    Bench<typename TypeParam::Top> bench;
    bench.run(3);
    AesBeat beat;
    beat.key256 = key256;
    const auto results = encrypt(bench, {beat});
    EXPECT_EQ(results[0].taken, 3u);
    EXPECT_EQ(results[0].shown, 3u + TypeParam::rounds(key256));
  }
}

TYPED_TEST(AesTimingTest, BlocksFollowEachOtherWithoutABubble) {
  Bench<typename TypeParam::Top> bench;
  const auto beats = random_beats(kBlocks, TypeParam::kWideKeys, 1);
  const auto results = encrypt(bench, beats);
  for (size_t i = 1; i < results.size(); ++i) {
    const unsigned interval = TypeParam::kPipeline ? 1 : TypeParam::rounds(beats[i - 1].key256);
    ASSERT_EQ(results[i].taken, results[i - 1].taken + interval) << "block " << i;
    ASSERT_EQ(results[i].left, results[i].taken + TypeParam::rounds(beats[i].key256)) << "block " << i;
  }
}

// A result shows as soon as it is computed and the one before it has left: bubbles collapse and a stall
// delays nothing that it need not. A beat is taken as soon as there is room, or there will be in the same
// cycle.
TYPED_TEST(AesTimingTest, AStallCostsNoMoreThanItself) {
  Bench<typename TypeParam::Top> bench;
  const auto beats = random_beats(kBlocks, TypeParam::kWideKeys, 2);
  for (const Stalls stalls : {Stalls{0, 50}, Stalls{50, 50}, Stalls{70, 20}, Stalls{10, 90}}) {
    const auto results = encrypt(bench, beats, stalls, stalls.in_percent);
    for (size_t i = 0; i < results.size(); ++i) {
      uint64_t shown = results[i].taken + TypeParam::rounds(beats[i].key256);
      if (i > 0) shown = std::max(shown, results[i - 1].left + 1);
      ASSERT_EQ(results[i].shown, shown) << "block " << i;
      uint64_t taken = results[i].offered;
      if (i >= kDepth<TypeParam>) taken = std::max(taken, results[i - kDepth<TypeParam>].left);
      ASSERT_EQ(results[i].taken, taken) << "block " << i;
    }
  }
}

// With the output closed the core takes as many blocks as it has places, however they arrive, and then waits.
TYPED_TEST(AesTimingTest, FillsUpBehindAClosedOutput) {
  Bench<typename TypeParam::Top> bench;
  Random random(3);
  size_t taken = 0;
  bool offered = false;
  for (int cycle = 0; cycle < 200; ++cycle) {
    offered = offered || random.chance(30);
    bench->in_valid_i = offered;
    bench.settle();
    if (offered && bench->in_ready_o) {
      ++taken;
      offered = false;
    }
    bench.tick();
  }
  EXPECT_EQ(taken, kDepth<TypeParam>);
  bench->out_ready_i = 1;
  bench.settle();
  EXPECT_EQ(bench->in_ready_o, 1);
}

}  // namespace
}  // namespace pspnic::rtl_test
