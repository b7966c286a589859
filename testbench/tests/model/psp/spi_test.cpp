// SPDX-License-Identifier: Apache-2.0
#include "model/psp/spi.h"

#include <gtest/gtest.h>

#include <set>

namespace pspnic::psp {
namespace {

TEST(Spi, Phase) {
  EXPECT_EQ(spi_phase(0x7fffffff), 0u);
  EXPECT_EQ(spi_phase(0x80000000), 1u);
  EXPECT_EQ(make_spi(1, 5), 0x80000005u);
  EXPECT_EQ(make_spi(0, 5), 5u);
  EXPECT_EQ(spi_index(0x80000005), 5u);
  EXPECT_EQ(other_phase(0), 1u);
  EXPECT_EQ(other_phase(1), 0u);
  EXPECT_TRUE(is_reserved_spi(0));
  EXPECT_TRUE(is_reserved_spi(0x80000000));
  EXPECT_FALSE(is_reserved_spi(0x80000001));
}

TEST(SpiAllocator, EachOnceThenExhausted) {
  SpiAllocator spis(10, 100, 1);
  EXPECT_EQ(spis.capacity(), 100u);
  std::set<uint32_t> seen;
  for (unsigned i = 0; i < 100; ++i) {
    const auto spi = spis.allocate();
    ASSERT_TRUE(spi);
    EXPECT_EQ(spi_phase(*spi), 1u);
    EXPECT_GE(spi_index(*spi), 10u);
    EXPECT_LT(spi_index(*spi), 110u);
    EXPECT_TRUE(seen.insert(*spi).second);
  }
  EXPECT_EQ(spis.remaining(), 0u);
  EXPECT_FALSE(spis.allocate());
  EXPECT_FALSE(spis.allocate());
}

TEST(SpiAllocator, RotationStartsAgainInTheOtherPhase) {
  SpiAllocator spis(1, 2);
  EXPECT_EQ(spis.allocate(), 1u);
  EXPECT_EQ(spis.allocate(), 2u);
  EXPECT_FALSE(spis.allocate());
  spis.start_generation(other_phase(spis.phase()));
  EXPECT_EQ(spis.issued(), 0u);
  EXPECT_EQ(spis.allocate(), 0x80000001u);
}

TEST(SpiAllocator, ReservedIndexesAreCutOff) {
  SpiAllocator low(0, 3);
  EXPECT_EQ(low.capacity(), 2u);
  EXPECT_EQ(low.allocate(), 1u);
  SpiAllocator high(kLastSpiIndex, 10);
  EXPECT_EQ(high.capacity(), 1u);
  EXPECT_EQ(high.allocate(), 0x7ffffffeu);
  EXPECT_FALSE(high.allocate());
  EXPECT_EQ(SpiAllocator().capacity(), 0x7ffffffeu);
  EXPECT_EQ(SpiAllocator(0x7fffffff, 5).capacity(), 0u);
  EXPECT_EQ(SpiAllocator(0xffffffff, 0xffffffff).capacity(), 0u);
  EXPECT_EQ(SpiAllocator(5, 0).capacity(), 0u);
}

}  // namespace
}  // namespace pspnic::psp
