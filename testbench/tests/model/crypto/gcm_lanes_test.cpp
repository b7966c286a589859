// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/gcm_lanes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/base/stretch.h"

namespace pspnic::crypto {
namespace {

constexpr psp::Version kVersions[] = {psp::Version::kAesGcm128, psp::Version::kAesGcm256,
                                      psp::Version::kAesGmac128, psp::Version::kAesGmac256};

// By hand, cycle by cycle, at 1 GHz: 1000 ps each.
TEST(GcmLanes, KnownPackets) {
  const GcmLanes lanes(GcmParams{});
  struct Row {
    psp::Version version;
    uint32_t aad, text;
    base::Time occupancy, latency;
  };
  const Row rows[] = {
      // AES: 64 B are 4 blocks, H and mask: 6. GHASH: 1 + 4 + 1 = 6. Latency: command register 1, AES 14, the
      // product of the length block and the result's register 1 each.
      {psp::Version::kAesGcm128, 16, 64, 6'000, 23'000},
      {psp::Version::kAesGcm256, 16, 64, 6'000, 23'000},
      // 1460 B: 92 blocks; 92 + 2 = 94, 1 + 92 + 1 = 94.
      {psp::Version::kAesGcm128, 16, 1460, 94'000, 111'000},
      // GMAC: all authenticated only: AES 2, GHASH 93 + 0 + 1.
      {psp::Version::kAesGmac128, 16 + 1460, 0, 94'000, 111'000},
      {psp::Version::kAesGmac256, 16, 0, 2'000, 19'000},
      // One byte more than a block is a block more.
      {psp::Version::kAesGcm128, 16, 16, 3'000, 20'000},
      {psp::Version::kAesGcm128, 16, 17, 4'000, 21'000},
      {psp::Version::kAesGcm128, 17, 16, 4'000, 21'000},
      {psp::Version::kAesGcm128, 24, 9000, 566'000, 583'000},
  };
  for (const Row& row : rows) {
    const base::Service service = lanes.service(row.version, row.aad, row.text);
    EXPECT_EQ(service.occupancy, row.occupancy) << row.aad << " " << row.text;
    EXPECT_EQ(service.latency, row.latency) << row.aad << " " << row.text;
  }
}

// What work there is bounds the cycles from below: AES makes T + 2 blocks, in 1, 10 or 14 cycles each; GHASH
// takes A + T + 1 blocks, in 128 / digit cycles each.
TEST(GcmLanes, NoLaneIsFasterThanItsParts) {
  struct Part {
    GcmLaneKind lane;
    bool pipelined;
    uint64_t ghash_cycles;
  };
  for (const Part& part :
       {Part{GcmLaneKind::kPipelined256, true, 1}, Part{GcmLaneKind::kPipelined128, true, 1},
        Part{GcmLaneKind::kPipelinedSlowGhash, true, 4}, Part{GcmLaneKind::kIterative, false, 8}}) {
    GcmParams params;
    params.lane = part.lane;
    const GcmLanes lanes(params);
    for (const psp::Version version : kVersions) {
      if ((lanes.versions() >> static_cast<unsigned>(version) & 1) == 0) continue;
      const uint64_t rounds = psp::key_bytes(version) == 16 ? 10 : 14;
      for (uint32_t aad = 16; aad <= 96; aad += 8) {
        for (uint32_t text = 0; text <= 9216; text += 7) {
          const uint64_t a = (aad + 15) / 16, t = (text + 15) / 16;
          const uint64_t aes = (t + 2) * (part.pipelined ? 1 : rounds);
          const uint64_t ghash = (a + t + 1) * part.ghash_cycles;
          const base::Service service = lanes.service(version, aad, text);
          ASSERT_GE(service.occupancy, 1000 * std::max(aes, ghash)) << aad << " " << text;
          ASSERT_GE(service.latency, 1000 * (rounds + ghash)) << aad << " " << text;
        }
      }
    }
  }
}

TEST(GcmLanes, CyclesAreThoseOfTheClock) {
  GcmParams params;
  params.clock = base::Frequency{700 * base::kMHz};
  const GcmLanes lanes(params);
  for (const psp::Version version : kVersions) {
    const base::Service service = lanes.service(version, 16, 80);
    EXPECT_EQ(service.occupancy, 10'000u);  // 7 cycles
    EXPECT_EQ(service.latency, 34'286u);    // 24, to the nearest
  }
}

TEST(GcmLanes, ALaneOf128BitKeysDoesHalfOfTheVersions) {
  GcmParams params;
  EXPECT_EQ(GcmLanes(params).versions(), 0xfu);
  params.lane = GcmLaneKind::kPipelined128;
  EXPECT_EQ(GcmLanes(params).versions(), 0x5u);
  EXPECT_EQ(GcmLanes(params).service(psp::Version::kAesGcm128, 16, 64).latency, 19'000u);
}

TEST(GcmLanes, ACustomLaneTakesWhatItsNumbersSay) {
  GcmParams params;
  params.lane = GcmLaneKind::kCustom;
  params.custom = {.base_cycles = 3,
                   .aad_block_cycles = 2,
                   .text_block_cycles = 5,
                   .latency_more_cycles = 7,
                   .blocks_at_once = 4,
                   .max_key_bits = 128};
  const GcmLanes lanes(params);
  EXPECT_EQ(lanes.versions(), 0x5u);
  // One group that is authenticated only; 4 blocks of text are one group, 5 are two.
  EXPECT_EQ(lanes.service(psp::Version::kAesGcm128, 16, 64).occupancy, 10'000u);
  EXPECT_EQ(lanes.service(psp::Version::kAesGcm128, 16, 65).occupancy, 15'000u);
  EXPECT_EQ(lanes.service(psp::Version::kAesGcm128, 65, 0).occupancy, 7'000u);
  EXPECT_EQ(lanes.service(psp::Version::kAesGcm128, 16, 64).latency, 17'000u);
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
