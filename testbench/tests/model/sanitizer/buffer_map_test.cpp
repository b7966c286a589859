// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/buffer_map.h"

#include <gtest/gtest.h>

#include <array>

namespace pspnic::sanitizer {
namespace {

using base::Site;
constexpr Site kMapQueue{Site::Kind::kBufferQueue, 1};
constexpr Site kMapOther{Site::Kind::kBufferQueue, 2};

TEST(BufferMapTest, FindsOverlapsAtBothEndsAndNoOthers) {
  BufferMap map;
  EXPECT_FALSE(map.add(0, 1000, 100, kMapQueue, 1));
  EXPECT_FALSE(map.add(0, 900, 100, kMapQueue, 0)) << "it ends where the other begins";
  EXPECT_FALSE(map.add(0, 1100, 100, kMapQueue, 2));
  for (const uint64_t address : {801u, 999u, 1050u, 1199u}) {
    ASSERT_TRUE(map.add(0, address, 100, kMapOther, 7)) << address;
  }
  EXPECT_EQ(map.add(0, 1150, 10, kMapOther, 7)->index, 2);
  EXPECT_TRUE(map.add(0, 0, 5000, kMapOther, 7)) << "around all of them";
}

TEST(BufferMapTest, ForgetsWhatIsGivenBack) {
  BufferMap map;
  map.add(0, 1000, 100, kMapQueue, 1);
  map.remove(0, 1000, kMapQueue, 2);
  map.remove(0, 1000, kMapOther, 1);
  EXPECT_TRUE(map.add(0, 1000, 100, kMapQueue, 3)) << "another descriptor's";
  map.remove(0, 1000, kMapQueue, 1);
  EXPECT_FALSE(map.add(0, 1000, 100, kMapOther, 3));
  map.remove_all(kMapOther);
  EXPECT_FALSE(map.add(0, 1000, 100, kMapQueue, 3));
}

TEST(BufferMapTest, FunctionsHaveMemoryOfTheirOwn) {
  BufferMap map;
  map.add(1, 1000, 100, kMapQueue, 1);
  for (const uint16_t other : std::array<uint16_t, 2>{0, 2}) {
    EXPECT_FALSE(map.add(other, 950, 100, kMapOther, 1)) << other;
    EXPECT_FALSE(map.add(other, 1050, 100, kMapOther, 2)) << other;
  }
  map.remove(0, 1000, kMapQueue, 1);
  EXPECT_TRUE(map.add(1, 1099, 1, kMapOther, 3)) << "that of another function was given back";
}

}  // namespace
}  // namespace pspnic::sanitizer
