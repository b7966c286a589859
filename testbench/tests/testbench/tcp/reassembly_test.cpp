// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/reassembly.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "testbench/tcp/sequence.h"

namespace pspnic::tcp {
namespace {

uint8_t byte_at(Position position) {
  return static_cast<uint8_t>(position * 37 + position / 256);
}

std::vector<uint8_t> bytes_of(Position start, size_t count) {
  std::vector<uint8_t> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = byte_at(start + static_cast<Position>(i));
  return bytes;
}

TEST(Sequence, PositionsSurviveTheWrapOfTheWire) {
  for (const uint32_t initial : {0u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    for (const Position near : {Position{0}, Position{1} << 31, Position{1} << 32, Position{1} << 40}) {
      for (const Position distance : {-0x7fffffffll, -1ll, 0ll, 1ll, 0x7fffffffll}) {
        EXPECT_EQ(from_wire(initial, to_wire(initial, near + distance), near), near + distance);
      }
    }
  }
  EXPECT_TRUE(stamp_before(0xffffffff, 0));
  EXPECT_FALSE(stamp_before(0, 0xffffffff));
  EXPECT_FALSE(stamp_before(5, 5));
}

TEST(Reassembly, HoldsItsCapacityAndNotAByteMore) {
  Reassembly buffer;
  buffer.start(100, 1);
  EXPECT_TRUE(buffer.insert(1, bytes_of(1, 101)));
  EXPECT_EQ(buffer.waiting(), 100u);
  EXPECT_EQ(buffer.room(), 0u);
  EXPECT_EQ(buffer.next(), 101);
  EXPECT_FALSE(buffer.insert(101, bytes_of(101, 1)));
  buffer.take(1);
  EXPECT_TRUE(buffer.insert(101, bytes_of(101, 1)));
  EXPECT_EQ(buffer.next(), 102);
}

TEST(Reassembly, KeepsSoManyGapsAndNoMore) {
  Reassembly buffer;
  buffer.start(4096, 1);
  for (Position i = 0; i < 512; ++i) ASSERT_TRUE(buffer.insert(3 + 2 * i, bytes_of(3 + 2 * i, 1)));
  EXPECT_FALSE(buffer.insert(3 + 2 * 512, bytes_of(3 + 2 * 512, 1)));
  EXPECT_EQ(buffer.dropped_for_gaps(), 1u);
  EXPECT_TRUE(buffer.insert(1, bytes_of(1, 1200)));  // closes them all
  EXPECT_FALSE(buffer.has_gap());
  EXPECT_EQ(buffer.next(), 1201);
}

// Against a map of single bytes.
TEST(Reassembly, IsAsIfEachByteWereKeptByItself) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const auto capacity = static_cast<uint32_t>(1 + random() % 300);
    Reassembly buffer;
    buffer.start(capacity, 1);
    std::vector<bool> have(5000);
    Position read = 1;
    Position next = 1;
    for (int step = 0; step < 300 && next < 4000; ++step) {
      const Position start = std::max<Position>(1, next + static_cast<Position>(random() % 120) - 40);
      const size_t count = 1 + random() % 60;
      buffer.insert(start, bytes_of(start, count));
      for (Position p = start; p < start + static_cast<Position>(count); ++p) {
        if (p < read + Position{capacity}) have[static_cast<size_t>(p)] = true;
      }
      while (have[static_cast<size_t>(next)]) ++next;
      ASSERT_EQ(buffer.next(), next);
      for (size_t wanted = random() % 80; wanted > 0 && buffer.waiting() > 0;) {
        const auto front = buffer.front();
        const size_t taken = std::min(wanted, front.size());
        for (size_t i = 0; i < taken; ++i) ASSERT_EQ(front[i], byte_at(read + static_cast<Position>(i)));
        buffer.take(taken);
        read += static_cast<Position>(taken);
        wanted -= taken;
      }
      ASSERT_EQ(buffer.waiting(), static_cast<uint32_t>(next - read));
    }
  }
}

}  // namespace
}  // namespace pspnic::tcp
