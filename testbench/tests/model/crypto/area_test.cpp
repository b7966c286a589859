// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/area.h"

#include <gtest/gtest.h>

#include "model/crypto/area_table.h"

namespace pspnic::crypto {
namespace {

TEST(CryptoCost, TablesHaveTheCoresInTheOrderOfTheTimings) {
  for (size_t i = 0; i < std::size(kGcmLaneAreas); ++i) {
    EXPECT_STREQ(kGcmLaneAreas[i].name, timing_of(static_cast<GcmLaneKind>(i)).name);
    EXPECT_GT(kGcmLaneAreas[i].gates, 10'000u);
  }
  for (size_t i = 0; i < std::size(kKdfUnitAreas); ++i) {
    EXPECT_STREQ(kKdfUnitAreas[i].name, timing_of(static_cast<KdfUnitKind>(i)).name);
    EXPECT_GT(kKdfUnitAreas[i].gates, 10'000u);
  }
}

TEST(CryptoCost, CountsTheLanesOfBothDirectionsAndTheUnits) {
  GcmParams gcm;
  KdfParams kdf;
  gcm.lanes = 1;
  kdf.units = 1;
  const uint64_t one = cost_of(gcm, kdf).gates;
  EXPECT_EQ(one, 2ull * kGcmLaneAreas[0].gates + kKdfUnitAreas[0].gates);
  gcm.lanes = 3;
  EXPECT_EQ(cost_of(gcm, kdf).gates - one, 4ull * kGcmLaneAreas[0].gates);
  kdf.units = 2;
  kdf.unit = KdfUnitKind::kIterative;
  EXPECT_EQ(cost_of(gcm, kdf).gates, 6ull * kGcmLaneAreas[0].gates + 2ull * kKdfUnitAreas[1].gates);
}

TEST(CryptoCost, ThroughputIsThatOfTheBlocksOfText) {
  GcmParams gcm;
  gcm.lanes = 2;
  gcm.clock = base::Frequency{1 * base::kGHz};
  EXPECT_DOUBLE_EQ(cost_of(gcm, {}).text_bps_128, 256e9);
  EXPECT_DOUBLE_EQ(cost_of(gcm, {}).text_bps_256, 256e9);
  gcm.lane = GcmLaneKind::kPipelined128;
  EXPECT_DOUBLE_EQ(cost_of(gcm, {}).text_bps_256, 0);
  gcm.lane = GcmLaneKind::kPipelinedSlowGhash;
  EXPECT_DOUBLE_EQ(cost_of(gcm, {}).text_bps_128, 64e9);
  gcm.lane = GcmLaneKind::kIterative;
  EXPECT_DOUBLE_EQ(cost_of(gcm, {}).text_bps_128, 2 * 12.8e9);
  EXPECT_DOUBLE_EQ(cost_of(gcm, {}).text_bps_256, 2 * 128e9 / 14);
}

TEST(CryptoCost, ACustomLaneCostsAndCarriesWhatItsNumbersSay) {
  GcmParams gcm;
  gcm.lane = GcmLaneKind::kCustom;
  gcm.lanes = 2;
  gcm.custom.gates = 1000;
  gcm.custom.text_block_cycles = 2;
  gcm.custom.blocks_at_once = 4;
  const CryptoCost cost = cost_of(gcm, {});
  EXPECT_EQ(cost.gates, 4 * 1000 + kKdfUnitAreas[0].gates);
  EXPECT_DOUBLE_EQ(cost.text_bps_128, 2 * 4 * 128e9 / 2);
}

TEST(CryptoCost, GatesOf100GbpsAreForTheTextOfBothDirections) {
  const CryptoCost cost{.gates = 1'000'000};
  EXPECT_DOUBLE_EQ(gates_per_100_gbps(cost, 250e9), 200'000);
  EXPECT_DOUBLE_EQ(gates_per_100_gbps(cost, 0), 0);
}

}  // namespace
}  // namespace pspnic::crypto
