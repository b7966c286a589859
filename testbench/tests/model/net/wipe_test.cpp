// SPDX-License-Identifier: Apache-2.0
#include "model/net/wipe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <new>
#include <vector>

namespace pspnic::net {
namespace {

TEST(Wipe, TakesWhatItIsGivenAndNoMore) {
  std::vector<uint8_t> bytes(10, 0xa5);
  wipe(std::span(bytes).subspan(2, 5));
  EXPECT_EQ(bytes, (std::vector<uint8_t>{0xa5, 0xa5, 0, 0, 0, 0, 0, 0xa5, 0xa5, 0xa5}));
  wipe({});
}

// The storage outlives the object here, so what the destructor leaves can be looked at.
TEST(Wiped, DestructionLeavesNothing) {
  using Key = Wiped<std::array<uint8_t, 32>>;
  alignas(Key) std::array<uint8_t, sizeof(Key)> storage{};
  Key* key = new (storage.data()) Key{};
  key->value.fill(0xa5);
  EXPECT_EQ(std::count(storage.begin(), storage.end(), 0xa5), 32);
  void (*volatile destroy)(Key*) = [](Key* dead) { dead->~Key(); };  // out of the compiler's sight
  destroy(key);
  EXPECT_EQ(std::count(storage.begin(), storage.end(), 0), 32);
}

}  // namespace
}  // namespace pspnic::net
