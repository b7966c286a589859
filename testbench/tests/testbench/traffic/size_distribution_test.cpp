// SPDX-License-Identifier: Apache-2.0
#include "testbench/traffic/size_distribution.h"

#include <gtest/gtest.h>

#include "model/base/config_error.h"
#include "testbench/traffic/random.h"

namespace pspnic::traffic {
namespace {

constexpr SizeLimits kDistributionLimits{.header_bytes = 42, .least_payload = 16, .mss = 1472};

SizeList list_of(SizeParams::Of of, std::vector<SizeEntry> entries) {
  return {.of = of, .entries = std::move(entries), .in_order = false, .place = "place"};
}

std::string refusal(const SizeList& list) {
  try {
    const SizeDistribution sizes(list, kDistributionLimits);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SizeDistribution, FramesBecomePayload) {
  const SizeDistribution sizes(list_of(SizeParams::Of::kFrame, {{64, 7}, {594, 4}, {1518, 1}}),
                               kDistributionLimits);
  ASSERT_EQ(sizes.entries().size(), 3u);
  EXPECT_EQ(sizes.entries()[0].bytes, 18u) << "Ethernet 14, IPv4 20, UDP 8, FCS 4";
  EXPECT_EQ(sizes.entries()[1].bytes, 548u);
  EXPECT_EQ(sizes.entries()[2].bytes, 1472u);
  EXPECT_FALSE(sizes.entries()[0].raised);
  EXPECT_DOUBLE_EQ(sizes.mean_bytes(), (7 * 18 + 4 * 548 + 1472) / 12.0);
  EXPECT_EQ(sizes.largest_packet(), 1472u);
}

TEST(SizeDistribution, LargeMessagesAreSeveralPackets) {
  const SizeDistribution sizes(list_of(SizeParams::Of::kPayload, {{1472, 1}, {1488, 1}, {14720, 2}}),
                               kDistributionLimits);
  EXPECT_EQ(sizes.packets_of(1472), 1u);
  EXPECT_EQ(sizes.packets_of(1488), 2u);
  EXPECT_DOUBLE_EQ(sizes.mean_packets(), (1 + 2 + 20) / 4.0);
  EXPECT_EQ(sizes.largest_packet(), 1472u);
}

TEST(SizeDistribution, WhatIsTooSmallIsRaisedAndSaysSo) {
  const SizeDistribution sizes(list_of(SizeParams::Of::kPayload, {{0, 1}, {16, 1}, {1473, 1}}),
                               kDistributionLimits);
  EXPECT_EQ(sizes.entries()[0].bytes, 16u);
  EXPECT_TRUE(sizes.entries()[0].raised);
  EXPECT_FALSE(sizes.entries()[1].raised);
  EXPECT_EQ(sizes.entries()[2].bytes, 1488u) << "the last packet has 16 bytes";
  EXPECT_TRUE(sizes.entries()[2].raised);
}

TEST(SizeDistribution, ImpossibleSizesAreRefused) {
  EXPECT_EQ(refusal(list_of(SizeParams::Of::kFrame, {{64, 1}, {1519, 1}})),
            "place: a frame of 1519 bytes is above the largest, 1518, that traffic.mss = 1472 allows");
  EXPECT_EQ(refusal(list_of(SizeParams::Of::kPayload, {{15, 1}})),
            "place: 15 bytes are below 16: a packet carries 16 bytes that tell who it is");
  EXPECT_EQ(refusal(list_of(SizeParams::Of::kFrame, {{61, 1}})),
            "place: 61 bytes are below 62: beside its headers a packet carries 16 bytes that tell who it is");
}

TEST(SizeDistribution, AnOrderIsKept) {
  SizeList list = list_of(SizeParams::Of::kPayload, {{100, 1}, {200, 1}, {300, 1}});
  list.in_order = true;
  const SizeDistribution sizes(list, kDistributionLimits);
  for (uint64_t i = 0; i < 9; ++i) EXPECT_EQ(sizes.draw(i * 0x123456789abcdefu, i).bytes, 100 * (i % 3 + 1));
}

TEST(SizeDistribution, DrawsHaveTheMean) {
  const SizeDistribution sizes(list_of(SizeParams::Of::kFrame, {{64, 7}, {594, 4}, {1518, 1}}),
                               kDistributionLimits);
  RandomWords random(1, 0);
  double sum = 0;
  for (unsigned i = 0; i < 1'000'000; ++i) sum += sizes.draw(random.next(), i).bytes;
  EXPECT_NEAR(sum / 1e6, sizes.mean_bytes(), 2.2) << "five deviations of the mean: 423 bytes / 1000";
}

}  // namespace
}  // namespace pspnic::traffic
