// SPDX-License-Identifier: Apache-2.0
#include "firmware/key_manager.h"

#include <set>

#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

struct SmallRange : FakeHardware {
  SmallRange(uint32_t first, uint32_t count) {
    config.spi_first = first;
    config.spi_count = count;
  }
};

TEST(KeyManager, StartsWithTwoFreshKeys) {
  FakeHardware hardware;
  const KeyManager keys(hardware, 0, 0);
  EXPECT_EQ(hardware.log, (std::vector<std::string>{"make 0", "make 1", "activate 0"}));
  EXPECT_FALSE(keys.previous_generation().has_value());
}

TEST(KeyManager, RotationMakesTheKeyBeforeItIsActive) {
  FakeHardware hardware;
  KeyManager keys(hardware, 0, 0);
  hardware.log.clear();
  const uint64_t old_key = hardware.key_serial[0];
  EXPECT_FALSE(keys.rotate().has_value()) << "no generation was in the other slot";
  EXPECT_EQ(hardware.log, (std::vector<std::string>{"make 1", "activate 1"}));
  EXPECT_EQ(hardware.key_serial[0], old_key) << "the previous key lives on";
  EXPECT_EQ(keys.generation(), 1);
  EXPECT_EQ(keys.phase(), 1u);
  EXPECT_EQ(keys.previous_generation(), 0);
  const auto retired = keys.rotate();
  ASSERT_TRUE(retired.has_value());
  EXPECT_EQ(retired->generation, 0);
  EXPECT_EQ(retired->phase, 0u);
  EXPECT_NE(hardware.key_serial[0], old_key);
}

TEST(KeyManager, GenerationHasSevenBits) {
  FakeHardware hardware;
  KeyManager keys(hardware, 1, 126);
  keys.rotate();
  EXPECT_EQ(keys.generation(), 127);
  keys.rotate();
  EXPECT_EQ(keys.generation(), 0);
  EXPECT_EQ(keys.previous_generation(), 127);
}

TEST(KeyManager, NoSpiTwiceUnderOneKey) {
  SmallRange hardware(5, 16);
  KeyManager keys(hardware, 0, 0);
  std::set<std::pair<uint64_t, uint32_t>> seen;  // key, SPI
  for (int rotation = 0; rotation < 6; ++rotation) {
    for (int i = 0; i < 16; ++i) {
      const auto issued = keys.allocate();
      ASSERT_TRUE(issued.has_value());
      EXPECT_EQ(issued->generation, keys.generation());
      EXPECT_EQ(issued->spi >> 31, keys.phase());
      EXPECT_GE(issued->spi & 0x7fffffff, 5u);
      EXPECT_LE(issued->spi & 0x7fffffff, 20u);
      EXPECT_TRUE(seen.emplace(hardware.key_serial[issued->spi >> 31], issued->spi).second);
      // Giving it back does not bring it back.
      EXPECT_EQ(keys.release(issued->spi, issued->generation), Status::kSuccess);
    }
    EXPECT_FALSE(keys.allocate().has_value());
    EXPECT_EQ(keys.remaining(), 0u);
    keys.rotate();
  }
}

TEST(KeyManager, ReservedSpisAreNeverIssued) {
  SmallRange low(0, 3);
  KeyManager first(low, 0, 0);
  EXPECT_EQ(first.first_spi(), 1u);
  EXPECT_EQ(first.allocate()->spi, 1u);
  SmallRange high(0x7ffffffe, 5);
  KeyManager last(high, 1, 0);
  EXPECT_EQ(last.capacity(), 1u);
  EXPECT_EQ(last.allocate()->spi, 0xfffffffeu);
  EXPECT_FALSE(last.allocate().has_value());
}

TEST(KeyManager, ReleaseKnowsWhatWasIssued) {
  SmallRange hardware(1, 100);
  KeyManager keys(hardware, 0, 0);
  const auto issued = *keys.allocate();
  EXPECT_EQ(keys.in_use(), 1u);
  EXPECT_EQ(keys.release(issued.spi + 1, 0), Status::kEsrch) << "never issued";
  EXPECT_EQ(keys.release(0, 0), Status::kEsrch);
  EXPECT_EQ(keys.release(0x7fffffff, 0), Status::kEsrch);
  EXPECT_EQ(keys.release(issued.spi | 0x80000000, 0), Status::kEsrch) << "the other slot never was active";
  keys.rotate();
  EXPECT_EQ(keys.in_use(), 1u) << "the previous generation still counts";
  EXPECT_EQ(keys.release(issued.spi, 0), Status::kSuccess);
  EXPECT_EQ(keys.release(issued.spi, 0), Status::kEsrch) << "twice";
  EXPECT_EQ(keys.in_use(), 0u);
}

TEST(KeyManager, ReleaseOfARetiredGenerationIsStale) {
  SmallRange hardware(1, 100);
  KeyManager keys(hardware, 0, 0);
  const auto old = *keys.allocate();
  keys.rotate();
  keys.rotate();
  EXPECT_EQ(keys.in_use(), 0u);
  const auto fresh = *keys.allocate();
  EXPECT_EQ(fresh.spi, old.spi) << "same number, other key";
  EXPECT_EQ(keys.release(old.spi, old.generation), Status::kPspStaleGeneration);
  EXPECT_EQ(keys.in_use(), 1u);
  EXPECT_EQ(keys.release(fresh.spi, fresh.generation), Status::kSuccess);
}

TEST(KeyManager, ReleasesAllButThoseNamed) {
  SmallRange hardware(1, 100);
  KeyManager keys(hardware, 0, 0);
  std::vector<KeyManager::Issued> issued;
  for (int i = 0; i < 5; ++i) issued.push_back(*keys.allocate());
  keys.rotate();
  issued.push_back(*keys.allocate());
  keys.release_all_but({issued[1].spi, issued[5].spi});
  EXPECT_EQ(keys.in_use(), 2u);
  EXPECT_EQ(keys.release(issued[0].spi, issued[0].generation), idpf::Status::kEsrch);
  EXPECT_EQ(keys.release(issued[1].spi, issued[1].generation), idpf::Status::kSuccess);
  EXPECT_EQ(keys.release(issued[5].spi, issued[5].generation), idpf::Status::kSuccess);
  EXPECT_NE(keys.allocate()->spi, issued[5].spi) << "it goes on where it was";
}

}  // namespace
}  // namespace pspnic::firmware
