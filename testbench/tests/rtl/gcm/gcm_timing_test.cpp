// SPDX-License-Identifier: Apache-2.0
// Every cycle of the lane, against the formulas.
#include "testbench/tests/rtl/gcm/gcm_reference.h"

namespace pspnic::rtl {
namespace {

class GcmTimingTest : public GcmLaneTest {
 protected:
  // The packets, offered from the cycles `at` on, through a server with one occupancy and one latency.
  void expect_server(const std::vector<GcmPacket>& packets, std::vector<uint64_t> at) {
    GcmLane lane(make_core(GetParam()));
    const std::vector<GcmResult> results = check(lane, packets, at);
    uint64_t free_at = 0;
    for (size_t i = 0; i < packets.size(); ++i) {
      const uint64_t start = std::max(at[i], free_at);
      EXPECT_EQ(results[i].result_offered, start + latency(GetParam(), packets[i]))
          << "packet " << i << ", " << packets[i].aad.size() << " and " << packets[i].text.size() << " bytes";
      EXPECT_EQ(results[i].result_taken, results[i].result_offered);
      free_at = start + occupancy(GetParam(), packets[i]);
    }
  }
};

TEST_P(GcmTimingTest, AloneTheResultIsThereAfterTheLatencyAndNotBefore) {
  PacketMaker maker(GetParam(), 1);
  GcmLane lane(make_core(GetParam()));
  for (const size_t aad : {0, 1, 16, 17, 48, 160, 1000}) {
    for (const size_t text : {0, 1, 16, 31, 32, 33, 64, 200, 1500}) {
      for (const bool open : {false, true}) {
        GcmPacket packet = maker.make(aad, text);
        if (open) packet = sealed(packet);
        const GcmResult result = lane.run(packet);
        EXPECT_EQ(result.command_taken, result.command_offered);
        EXPECT_EQ(result.result_offered - result.command_taken, latency(GetParam(), packet))
            << aad << " and " << text << " bytes";
      }
    }
  }
}

TEST_P(GcmTimingTest, PairsBackToBackKeepTheOccupancyOfTheFirst) {
  PacketMaker maker(GetParam(), 2);
  const std::vector<size_t> lengths{0, 1, 16, 17, 64, 300};
  for (const size_t aad : lengths) {
    for (const size_t text : lengths) {
      for (const size_t next_aad : {0, 20, 100}) {
        for (const size_t next_text : {0, 40}) {
          GcmPacket first = maker.make(aad, text);
          GcmPacket second = maker.make(next_aad, next_text);
          if (maker.below(2) == 0) first = sealed(first);
          if (maker.below(2) == 0) second = sealed(second);
          expect_server({first, second}, {0, 0});
        }
      }
    }
  }
}

TEST_P(GcmTimingTest, OneCycleBeforeTheLaneIsFreeAndOneAfter) {
  PacketMaker maker(GetParam(), 3);
  for (const size_t text : {0, 16, 100, 1500}) {
    const GcmPacket first = maker.make(20, text);
    const GcmPacket second = maker.make(16, 30);
    const uint64_t free_at = occupancy(GetParam(), first);
    for (const uint64_t at : {free_at - 1, free_at, free_at + 1}) expect_server({first, second}, {0, at});
  }
}

TEST_P(GcmTimingTest, MixedTrafficLeavesAServer) {
  PacketMaker maker(GetParam(), 4);
  for (int round = 0; round < 10; ++round) {
    std::vector<GcmPacket> packets;
    std::vector<uint64_t> at;
    uint64_t now = 0;
    for (int i = 0; i < 60; ++i) {
      packets.push_back(maker.any(1500));
      // Sometimes all at once, sometimes about as fast as the lane, sometimes slower.
      if (round % 3 != 0) now += maker.below(occupancy(GetParam(), packets.back()) * 2 * (round % 3));
      at.push_back(now);
    }
    expect_server(packets, at);
  }
}

TEST_P(GcmTimingTest, SmallestPacketsNeverWaitForContexts) {
  PacketMaker maker(GetParam(), 5);
  std::vector<GcmPacket> packets;
  for (int i = 0; i < 100; ++i) packets.push_back(maker.make(i % 17, 0));
  expect_server(packets, std::vector<uint64_t>(packets.size(), 0));
}

TEST_P(GcmTimingTest, TextLeavesABlockACycle) {
  if (!GetParam().pipelined || GetParam().ghash_digit != 128) GTEST_SKIP() << "not this lane";
  PacketMaker maker(GetParam(), 6);
  constexpr size_t kTextBlocks = 94;  // 1500 bytes
  std::vector<GcmPacket> packets;
  for (int i = 0; i < 20; ++i) packets.push_back(maker.make(16, 1500));
  GcmLane lane(make_core(GetParam()));
  const std::vector<GcmResult> results = check(lane, packets);
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].last_text - results[i].first_text, kTextBlocks - 1);
    // Between two packets, whose keys differ, the two blocks that GCM itself needs, and no more.
    if (i > 0) {
      EXPECT_EQ(results[i].first_text - results[i - 1].last_text, 3u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, GcmTimingTest, testing::ValuesIn(kTestedShapes), shape_name);

}  // namespace
}  // namespace pspnic::rtl
