// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/bit_errors.h"

#include <gtest/gtest.h>

#include <bit>

#include "testbench/tests/testbench/bench/psp_frames.h"

namespace pspnic::bench {
namespace {

using test::Bytes;

Bytes psp_frame(uint8_t crypt_offset = 0) {
  return test::sealed_frame(test::clear_frame(test::payload_of(100)), 0x1234, 5, test::key_of(1), 0,
                            crypt_offset);
}

// Ethernet 14, IPv4 20, UDP 8, PSP 16, TCP 20 + 100, ICV 16.
TEST(BitErrors, RegionsOfAPspFrame) {
  const Bytes frame = psp_frame();
  ASSERT_EQ(frame.size(), 194u);
  const auto first = [&](Region region) { return find_region(frame, region)[0]; };
  EXPECT_EQ(first(Region::kEthernet), (Extent{0, 14}));
  EXPECT_EQ(first(Region::kOuterIp), (Extent{14, 34}));
  EXPECT_EQ(first(Region::kUdp), (Extent{34, 42}));
  EXPECT_EQ(first(Region::kPspHeader), (Extent{42, 46}));
  EXPECT_EQ(first(Region::kSpi), (Extent{46, 50}));
  EXPECT_EQ(first(Region::kIv), (Extent{50, 58}));
  EXPECT_EQ(first(Region::kPayload), (Extent{58, 178}));
  EXPECT_EQ(first(Region::kIcv), (Extent{178, 194}));
  EXPECT_EQ(first(Region::kPlain), Extent{});
}

// Every byte is in exactly one region.
TEST(BitErrors, RegionsCoverFrames) {
  for (const Bytes& frame :
       {psp_frame(), psp_frame(5), test::clear_frame(test::payload_of(50)), Bytes(64, 7), Bytes(10, 0)}) {
    std::vector<unsigned> covered(frame.size());
    for (size_t i = 0; i < kRegions; ++i) {
      for (const Extent& extent : find_region(frame, static_cast<Region>(i))) {
        for (uint32_t byte = extent.begin; byte < extent.end; ++byte) covered.at(byte)++;
      }
    }
    for (size_t byte = 0; byte < frame.size(); ++byte) EXPECT_EQ(covered[byte], 1u) << byte;
  }
}

TEST(BitErrors, CryptOffsetMovesBytesFromPayloadToHeader) {
  const Bytes frame = psp_frame(5);
  EXPECT_EQ(find_region(frame, Region::kPspHeader)[1], (Extent{58, 78}));
  EXPECT_EQ(find_region(frame, Region::kPayload)[0], (Extent{78, 178}));
}

TEST(BitErrors, FlipsSoManyDifferentBitsInTheRegionAndNowhereElse) {
  for (size_t i = 0; i < kRegions; ++i) {
    for (const unsigned bits : {1u, 2u, 31u, 64u}) {
      BitErrorParams params;
      params.probability[i] = 1;
      params.bits = bits;
      BitErrors errors(params, 1, "cable");
      const auto region = static_cast<Region>(i);
      const Bytes before = region == Region::kPlain ? test::clear_frame(test::payload_of(50)) : psp_frame(5);
      const Extents where = find_region(before, region);
      for (uint64_t n = 0; n < 50; ++n) {
        Bytes frame = before;
        ASSERT_EQ(errors.damage(n, frame), 1u);
        int flipped = 0;
        for (uint32_t byte = 0; byte < frame.size(); ++byte) {
          const int count = std::popcount(static_cast<uint8_t>(frame[byte] ^ before[byte]));
          flipped += count;
          const bool inside = (byte >= where[0].begin && byte < where[0].end) ||
                              (byte >= where[1].begin && byte < where[1].end);
          ASSERT_TRUE(inside || count == 0) << region_name(region) << " byte " << byte;
        }
        const uint32_t available = 8 * (where[0].bytes() + where[1].bytes());
        ASSERT_EQ(flipped, static_cast<int>(std::min(bits, available))) << region_name(region);
      }
      EXPECT_EQ(errors.hits(region), 50u);
    }
  }
}

TEST(BitErrors, FramesWithoutTheRegionStayWhole) {
  BitErrorParams params;
  params.probability[static_cast<size_t>(Region::kIcv)] = 1;
  BitErrors errors(params, 1, "cable");
  Bytes frame = test::clear_frame(test::payload_of(50));
  const Bytes before = frame;
  EXPECT_EQ(errors.damage(0, frame), 0u);
  EXPECT_EQ(frame, before);
}

// Another region's errors change neither which frames are hit nor where.
TEST(BitErrors, RegionsAreIndependent) {
  BitErrorParams alone;
  alone.probability[static_cast<size_t>(Region::kIcv)] = 0.3;
  BitErrorParams both = alone;
  both.probability[static_cast<size_t>(Region::kIv)] = 0.5;
  BitErrors first(alone, 9, "cable"), second(both, 9, "cable");
  for (uint64_t n = 0; n < 300; ++n) {
    Bytes one = psp_frame(), two = one;
    first.damage(n, one);
    second.damage(n, two);
    ASSERT_TRUE(std::equal(one.begin() + 178, one.end(), two.begin() + 178)) << n;
  }
  EXPECT_EQ(first.hits(Region::kIcv), second.hits(Region::kIcv));
  EXPECT_GT(second.hits(Region::kIv), 100u);
}

}  // namespace
}  // namespace pspnic::bench
