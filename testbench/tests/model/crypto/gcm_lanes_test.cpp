// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/gcm_lanes.h"

#include <gtest/gtest.h>

#include "model/base/stretch.h"

namespace pspnic::crypto {
namespace {

constexpr psp::Version kVersions[] = {psp::Version::kAesGcm128, psp::Version::kAesGcm256,
                                      psp::Version::kAesGmac128, psp::Version::kAesGmac256};

bool long_key(psp::Version version) {
  return version == psp::Version::kAesGcm256 || version == psp::Version::kAesGmac256;
}

// By hand, cycle by cycle, at 1 GHz: 1000 ps each.
TEST(GcmLanes, KnownPackets) {
  const GcmLanes lanes(GcmParams{});
  struct Row {
    psp::Version version;
    uint32_t aad, text;
    base::Time occupancy, latency;
  };
  const Row rows[] = {
      // AES: 64 B are 4 blocks, H and mask: 6. GHASH: 1 + 4 + 1 = 6. Latency 10 + 1 + 1, + 6, + 1 + 1.
      {psp::Version::kAesGcm128, 16, 64, 6'000, 20'000},
      {psp::Version::kAesGcm256, 16, 64, 6'000, 24'000},
      // 1460 B: 92 blocks; 92 + 2 = 94, 1 + 92 + 1 = 94.
      {psp::Version::kAesGcm128, 16, 1460, 94'000, 108'000},
      // GMAC: all authenticated only: AES 2, GHASH 93 + 0 + 1.
      {psp::Version::kAesGmac128, 16 + 1460, 0, 94'000, 108'000},
      {psp::Version::kAesGmac256, 16, 0, 2'000, 20'000},
      // One byte more than a block is a block more.
      {psp::Version::kAesGcm128, 16, 16, 3'000, 17'000},
      {psp::Version::kAesGcm128, 16, 17, 4'000, 18'000},
      {psp::Version::kAesGcm128, 17, 16, 4'000, 18'000},
      {psp::Version::kAesGcm128, 24, 9000, 566'000, 580'000},
  };
  for (const Row& row : rows) {
    const base::Service service = lanes.service(row.version, row.aad, row.text);
    EXPECT_EQ(service.occupancy, row.occupancy) << row.aad << " " << row.text;
    EXPECT_EQ(service.latency, row.latency) << row.aad << " " << row.text;
  }
}

TEST(GcmLanes, EveryLengthFollowsTheFormula) {
  GcmParams params;
  params.clock = base::Frequency{700 * base::kMHz};
  params.key_cycles = 3;
  params.ghash_cycles = 4;
  const GcmLanes lanes(params);
  const auto ps = [](uint64_t cycles) { return (cycles * 10'000 + 3) / 7; };  // 1428.57 ps, to the nearest
  for (const psp::Version version : kVersions) {
    for (uint32_t aad = 0; aad <= 96; aad += 8) {
      for (uint32_t text = 0; text <= 9216; text += 7) {
        const uint64_t a = (aad + 15) / 16, t = (text + 15) / 16;
        const uint64_t occupancy = a >= 2 ? a + t + 1 : t + 2;
        const uint64_t latency = (long_key(version) ? 14u : 10u) + 1 + 3 + occupancy + 4 + 1;
        const base::Service service = lanes.service(version, aad, text);
        ASSERT_EQ(service.occupancy, ps(occupancy)) << aad << " " << text;
        ASSERT_EQ(service.latency, ps(latency)) << aad << " " << text;
      }
    }
  }
}

// P lanes of 128 bits at f: long packets come close to P x 128 x f, short ones pay for H and the mask.
TEST(GcmLanes, RateIsThatOfTheBlocks) {
  for (const unsigned count : {1u, 2u, 4u}) {
    GcmParams params;
    params.lanes = count;
    const GcmLanes lanes(params);
    for (const uint32_t bytes : {64u, 1408u, 8896u}) {
      base::Stretch stretch("tx", {{.name = "gcm", .servers = count, .capacity = 64}});
      constexpr uint64_t kPackets = 4000;
      base::Time last = 0;
      for (uint64_t i = 0; i < kPackets; ++i) {
        const base::Service service = lanes.service(psp::Version::kAesGcm128, 16, bytes);
        last = stretch.pass(0, std::array{service}).departure();
      }
      const double gbps = static_cast<double>(kPackets * bytes * 8) * 1000 / static_cast<double>(last);
      const double blocks = bytes / 16.0;
      EXPECT_NEAR(gbps, count * 128.0 * blocks / (blocks + 2), 0.005 * gbps)
          << count << " lanes, " << bytes << " bytes";
    }
  }
}

}  // namespace
}  // namespace pspnic::crypto
