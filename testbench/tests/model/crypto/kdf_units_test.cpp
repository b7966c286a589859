// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/kdf_units.h"

#include <gtest/gtest.h>

namespace pspnic::crypto {
namespace {

TEST(KdfUnits, OneBlockForAShortKeyAndTwoForALongOne) {
  const KdfUnits units(KdfParams{});
  for (const psp::Version version : {psp::Version::kAesGcm128, psp::Version::kAesGmac128}) {
    EXPECT_EQ(units.service(version).occupancy, 1'000u);
    EXPECT_EQ(units.service(version).latency, 15'000u);
  }
  for (const psp::Version version : {psp::Version::kAesGcm256, psp::Version::kAesGmac256}) {
    EXPECT_EQ(units.service(version).occupancy, 2'000u);
    EXPECT_EQ(units.service(version).latency, 16'000u);
  }
}

TEST(KdfUnits, AnIterativeUnitMakesOneRoundACycle) {
  KdfParams params;
  params.unit = KdfUnitKind::kIterative;
  const KdfUnits units(params);
  EXPECT_EQ(units.service(psp::Version::kAesGcm128).occupancy, 14'000u);
  EXPECT_EQ(units.service(psp::Version::kAesGcm128).latency, 15'000u);
  EXPECT_EQ(units.service(psp::Version::kAesGmac256).occupancy, 28'000u);
  EXPECT_EQ(units.service(psp::Version::kAesGmac256).latency, 29'000u);
}

TEST(KdfUnits, CyclesAreThoseOfItsClock) {
  KdfParams params;
  params.clock = base::Frequency{300 * base::kMHz};
  const KdfUnits units(params);
  EXPECT_EQ(units.service(psp::Version::kAesGcm128).occupancy, 3'333u);
  EXPECT_EQ(units.service(psp::Version::kAesGcm128).latency, 50'000u);
  EXPECT_EQ(units.service(psp::Version::kAesGcm256).occupancy, 6'667u);
  EXPECT_EQ(units.service(psp::Version::kAesGcm256).latency, 53'333u);
}

}  // namespace
}  // namespace pspnic::crypto
