// SPDX-License-Identifier: Apache-2.0
// Keys that the device replaces by itself because of their age.
#include "firmware/key_domain.h"
#include "testbench/tests/firmware/control_bench.h"
#include "testbench/tests/firmware/key_bench.h"

namespace pspnic::firmware {
namespace {

constexpr uint64_t kAgeSecond = 1'000'000'000'000;  // ps

TEST(KeyAge, TheDeviceReplacesAKeyThatIsTooOld) {
  Single card(1, 100, {.max_key_age_ps = 10 * kAgeSecond});
  card.hardware.run_to(30 * kAgeSecond);
  EXPECT_TRUE(card.notes.rotations.empty()) << "nobody allowed it";
  EXPECT_EQ(card.keys.let_device_rotate(true), Status::kSuccess);
  card.hardware.run_to(30 * kAgeSecond);
  ASSERT_EQ(card.notes.rotations.size(), 1u) << "it was too old already";
  EXPECT_EQ(card.notes.rotations[0].cause, RotationCause::kKeyAge);
  card.hardware.run_to(40 * kAgeSecond - 1);
  EXPECT_EQ(card.notes.rotations.size(), 1u);
  card.hardware.run_to(40 * kAgeSecond);
  EXPECT_EQ(card.notes.rotations.size(), 2u);
  card.hardware.run_to(45 * kAgeSecond);
  ASSERT_EQ(card.rotate(), Status::kSuccess);
  card.hardware.run_to(55 * kAgeSecond - 1);
  EXPECT_EQ(card.notes.rotations.size(), 3u) << "the age of the new key counts";
  card.hardware.run_to(55 * kAgeSecond);
  EXPECT_EQ(card.notes.rotations.size(), 4u);
  EXPECT_EQ(card.keys.let_device_rotate(false), Status::kSuccess);
  card.hardware.run_to(200 * kAgeSecond);
  EXPECT_EQ(card.notes.rotations.size(), 4u);
}

TEST(KeyAge, ItTriesAgainWhenNoKeyCouldBeMade) {
  Single card(1, 100, {.max_key_age_ps = 10 * kAgeSecond});
  card.keys.let_device_rotate(true);
  card.hardware.random_fault = true;
  card.hardware.run_to(10 * kAgeSecond + 2'500'000'000);
  EXPECT_EQ(card.notes.failures.size(), 3u) << "at 10 s and each millisecond";
  EXPECT_EQ(card.domain.generation(), 0);
  card.hardware.random_fault = false;
  card.hardware.run_to(11 * kAgeSecond);
  EXPECT_EQ(card.domain.generation(), 1);
}

TEST(KeyAge, AnAgeThatAManagementPortOutlivesIsNotForgotten) {
  Single card(1, 100, {.max_key_age_ps = 10 * kAgeSecond});
  card.notes.pins = true;
  EXPECT_EQ(card.keys.let_device_rotate(true), Status::kSuccess);
  card.hardware.run_to(15 * kAgeSecond);
  EXPECT_TRUE(card.notes.rotations.empty());
  card.notes.pins = false;
  card.hardware.run_to(25 * kAgeSecond - 1);
  ASSERT_EQ(card.notes.rotations.size(), 1u) << "too old since 10 s";
  EXPECT_EQ(card.notes.rotations[0].cause, RotationCause::kKeyAge);
}

TEST(KeyAge, AnAgeShorterThanTheLeastIntervalWaitsForThat) {
  Single card(1, 100, {.max_key_age_ps = 1, .min_rotate_interval_ps = 20'000});
  EXPECT_EQ(card.keys.let_device_rotate(true), Status::kSuccess);
  card.hardware.run_to(100'000);
  const size_t before = card.notes.rotations.size();
  card.hardware.run_to(200'000);
  EXPECT_EQ(card.notes.rotations.size() - before, 5u);
}

}  // namespace
}  // namespace pspnic::firmware
