// SPDX-License-Identifier: Apache-2.0
#include "model/mac/mac.h"

#include <gtest/gtest.h>

#include <array>

#include "model/base/stretch.h"
#include "model/mac/wire_bytes.h"

namespace pspnic::mac {
namespace {

Mac port(uint64_t gbps) {
  MacParams params;
  params.speed = base::Bandwidth{gbps * base::kGbps};
  return Mac(params);
}

// IEEE 802.3: 8 bytes in front, the frame, 4 of check sequence; 12 of gap until the next may start.
TEST(Mac, EveryFrameTakesItsBytesOnTheWire) {
  const std::pair<uint64_t, Time> speeds[] = {{100, 80}, {200, 40}, {400, 20}};  // ps a byte
  for (const auto& [gbps, byte_ps] : speeds) {
    const Mac mac = port(gbps);
    for (uint32_t bytes = 60; bytes <= 9216 + 22; ++bytes) {
      const base::Service service = mac.service(bytes);
      ASSERT_EQ(service.latency, (8 + bytes + 4) * byte_ps) << bytes << " bytes at " << gbps;
      ASSERT_EQ(service.occupancy, (8 + bytes + 4 + 12) * byte_ps) << bytes << " bytes at " << gbps;
    }
  }
}

TEST(WireBytes, HavePaddingAndWhatIsAround) {
  EXPECT_EQ(wire_bytes(1514), 1538u);
  EXPECT_EQ(wire_bytes(10), 84u);
}

TEST(Mac, ShortFramesArePadded) {
  const Mac mac = port(200);
  for (const uint32_t bytes : {1u, 14u, 59u, 60u}) {
    EXPECT_EQ(mac.service(bytes).latency, 72u * 40);
    EXPECT_EQ(mac.service(bytes).occupancy, 84u * 40);
  }
  EXPECT_EQ(mac.service(61).occupancy, 85u * 40);
}

TEST(Mac, SpeedsThatDoNotDivideAreRoundedOncePerFrame) {
  MacParams params;
  params.speed = base::Bandwidth{25'781'250'000};  // 310.30 ps a byte
  const Mac mac(params);
  EXPECT_EQ(mac.service(60).occupancy, 26'065u);   // 84 x 8 / 25.78125 = 26.0655 ns
  EXPECT_EQ(mac.service(1514).latency, 473'522u);  // 1526 x 8 / 25.78125 = 473.5224 ns
}

// Smallest frames: 148.81 million a second and 100 Gb/s.
TEST(Mac, FramesFollowEachOtherWithTheGap) {
  for (const uint64_t gbps : {100u, 200u, 400u}) {
    const Mac mac = port(gbps);
    base::Stretch stretch("mac", {{.name = "mac", .servers = 1, .capacity = 16}});
    Time first = 0, last = 0;
    constexpr uint64_t kFrames = 1001;
    for (uint64_t i = 0; i < kFrames; ++i) {
      last = stretch.pass(0, std::array{mac.service(60)}).departure();
      if (i == 0) first = last;
    }
    EXPECT_EQ(last - first, (kFrames - 1) * 84 * 8 * 1000 / gbps);
  }
}

TEST(Mac, TheLargestFrameHasTheMtuAndTwoTags) {
  MacParams params;
  EXPECT_EQ(Mac(params).max_frame_bytes(), 9216u + 14 + 8);
  EXPECT_EQ(Mac(params).max_frame_bytes(), base::Packet::kMaxFrameBytes);
  params.mtu = 1500;
  EXPECT_EQ(Mac(params).max_frame_bytes(), 1522u);
}

}  // namespace
}  // namespace pspnic::mac
