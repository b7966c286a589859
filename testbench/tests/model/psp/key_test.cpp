// SPDX-License-Identifier: Apache-2.0
#include "model/psp/key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <new>
#include <ostream>
#include <vector>

namespace pspnic::psp {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!std::copyable<DeviceKey>);
static_assert(!std::equality_comparable<DeviceKey>);
static_assert(!Printable<DeviceKey>);
static_assert(!Printable<SessionKey>);

constexpr std::array<uint8_t, 32> kBytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
                                            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

bool all_zero(std::span<const uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

TEST(SessionKey, TakesOnlyTheTwoSizes) {
  const std::span<const uint8_t> bytes(kBytes);
  EXPECT_EQ(SessionKey(bytes).view().size(), 32u);
  EXPECT_EQ(SessionKey(bytes.first(16)).view().size(), 16u);
  EXPECT_EQ(SessionKey(bytes.first(24)).size, 0);
  EXPECT_EQ(SessionKey(bytes.first(0)).size, 0);
  EXPECT_TRUE(std::ranges::equal(SessionKey(bytes).view(), bytes));
}

TEST(SessionKey, WipeLeavesNothing) {
  SessionKey key{std::span<const uint8_t>(kBytes)};
  key.wipe();
  EXPECT_EQ(key.size, 0);
  EXPECT_TRUE(all_zero(key.bytes));
}

// The storage outlives the object here, so what the destructor leaves can be looked at.
template <typename Key>
void expect_wiped_when_destroyed(const auto& bytes) {
  alignas(Key) std::array<uint8_t, sizeof(Key)> storage{};
  Key* key = new (storage.data()) Key(bytes);
  EXPECT_FALSE(all_zero(storage));
  key->~Key();
  EXPECT_TRUE(all_zero(std::span<const uint8_t>(storage).first(32)));
}

TEST(SessionKey, DestructionWipes) {
  expect_wiped_when_destroyed<SessionKey>(std::span<const uint8_t>(kBytes));
}

TEST(DeviceKey, DestructionWipes) {
  expect_wiped_when_destroyed<DeviceKey>(std::span(kBytes));
}

TEST(DeviceKey, MovingWipesTheSource) {
  DeviceKey first{std::span(kBytes)};
  DeviceKey second(std::move(first));
  EXPECT_TRUE(all_zero(first.secret()));
  EXPECT_TRUE(std::ranges::equal(second.secret(), kBytes));
  DeviceKey third{std::span(kBytes)};
  third = std::move(second);
  EXPECT_TRUE(all_zero(second.secret()));
  EXPECT_TRUE(std::ranges::equal(third.secret(), kBytes));
}

}  // namespace
}  // namespace pspnic::psp
