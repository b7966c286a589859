// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/tcp_workload.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "testbench/bench/tcp_side.h"

namespace pspnic::bench {
namespace {

TEST(TcpWorkload, FullSegmentsFillAStandardMtu) {
  TcpParams params;
  EXPECT_EQ(tcp_segment_bytes(params), 1408u);
  EXPECT_EQ(tcp_frame_bytes(params) - 14 + 40, 1500u);
  params.ipv6 = true;
  EXPECT_EQ(tcp_segment_bytes(params), 1388u);
  params.psp = TcpParams::Psp::kOff;
  EXPECT_EQ(tcp_segment_bytes(params), 1428u);
  params.timestamps = false;
  EXPECT_EQ(tcp_segment_bytes(params), 1440u);
  params.mss = 536;
  EXPECT_EQ(tcp_segment_bytes(params), 536u);
  EXPECT_EQ(tcp_frame_bytes(params), 14u + 40u + 20u + 536u);
}

TEST(TcpWorkload, SegmentsOfAnUpgradedConnectionAreCutBy40) {
  TcpParams params;
  EXPECT_EQ(tcp_sealed_segment_bytes(params), tcp_segment_bytes(params));
  params.psp = TcpParams::Psp::kUpgrade;
  EXPECT_EQ(tcp_segment_bytes(params), 1448u);
  EXPECT_EQ(tcp_sealed_segment_bytes(params), 1408u);
  params.mss = 41;
  EXPECT_EQ(tcp_sealed_segment_bytes(params), 1u);
  params.mss = 40;
  EXPECT_EQ(tcp_sealed_segment_bytes(params), 1u);
}

TEST(TcpWorkload, OffersItsBytesOneWayOrBothWays) {
  KeyLog keys;
  TcpParams params;
  params.connections = 3;
  params.bytes = base::ByteSize{1409};
  TcpWorkload one_way(params, keys);
  EXPECT_EQ(one_way.outcome(kA).tcp->offered_bytes, 3u * 1409u);
  EXPECT_EQ(one_way.outcome(kA).offered, 6u);
  EXPECT_EQ(one_way.outcome(kB).tcp->offered_bytes, 0u);
  params.both_ways = true;
  EXPECT_EQ(TcpWorkload(params, keys).outcome(kB).tcp->offered_bytes, 3u * 1409u);
}

TEST(TcpWorkload, ResetsTheShareThatItIsTold) {
  const TcpPattern pattern(net::Payload::kBytes);
  Progress progress(1);
  for (const auto& [share, wanted] : {std::pair{0.0, 0u}, {0.25, 4u}, {0.5, 8u}, {1.0, 16u}}) {
    TcpParams params;
    params.reset_share = share;
    TcpSide side(params, kA, pattern, progress);
    unsigned resets = 0;
    for (unsigned i = 0; i < 16; ++i) resets += side.aborts(i) ? 1 : 0;
    EXPECT_EQ(resets, wanted);
  }
}

TEST(TcpPattern, AByteInTheWrongPlaceIsSeen) {
  const TcpPattern pattern(net::Payload::kBytes);
  std::vector<uint8_t> bytes(200'000);
  pattern.copy(5, 1'000'000'007, bytes);
  EXPECT_TRUE(pattern.equal(5, 1'000'000'007, bytes));
  for (const uint64_t offset : {1'000'000'006ull, 1'000'000'008ull, 1'000'001'415ull, 1'000'065'543ull}) {
    EXPECT_FALSE(pattern.equal(5, offset, std::span(bytes).first(1408))) << offset;
  }
  for (const unsigned stream : {4u, 6u, 0u}) {
    EXPECT_FALSE(pattern.equal(stream, 1'000'000'007, std::span(bytes).first(1408)));
  }
  for (const size_t at : {size_t{0}, size_t{65'520}, size_t{65'521}, bytes.size() - 1}) {
    bytes[at] ^= 1;
    EXPECT_FALSE(pattern.equal(5, 1'000'000'007, bytes));
    bytes[at] ^= 1;
  }
}

TEST(TcpOutcome, LostPacketsAreNoFaultAndMissingBytesAre) {
  DirectionOutcome outcome;
  outcome.sent = 10;
  outcome.verified = 9;
  EXPECT_EQ(outcome.missing(), 1u);
  EXPECT_FALSE(outcome.complete());
  outcome.tcp.emplace();
  EXPECT_EQ(outcome.missing(), 0u);
  EXPECT_EQ(outcome.lost(), 1u);
  EXPECT_TRUE(outcome.complete());
  outcome.tcp->undelivered_bytes = 1;
  EXPECT_FALSE(outcome.complete());
  outcome.tcp->undelivered_bytes = 0;
  outcome.corrupted = 1;
  EXPECT_FALSE(outcome.complete());
}

}  // namespace
}  // namespace pspnic::bench
