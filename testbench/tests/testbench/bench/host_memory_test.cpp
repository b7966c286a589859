// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/host_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>

namespace pspnic::bench {
namespace {

constexpr size_t kBytes = 1 << 20;

TEST(HostMemory, GivesAlignedPiecesThatDoNotOverlap) {
  HostMemory memory(kBytes);
  uint64_t end = HostMemory::kBase;
  for (const size_t alignment : {1u, 4096u, 64u, 128u}) {
    const host::DmaBuffer buffer = memory.allocate(100, alignment);
    EXPECT_EQ(buffer.iova % alignment, 0u);
    EXPECT_GE(buffer.iova, end);
    EXPECT_EQ(buffer.bytes.size(), 100u);
    EXPECT_EQ(memory.at(buffer.iova, 100), buffer.bytes.data());
    end = buffer.iova + 100;
  }
}

TEST(HostMemory, ReachesNothingOutsideOfTheRegion) {
  HostMemory memory(kBytes);
  const uint64_t begin = HostMemory::kBase;
  EXPECT_NE(memory.at(begin, kBytes), nullptr);
  EXPECT_NE(memory.at(begin + kBytes - 1, 1), nullptr);
  EXPECT_EQ(memory.at(begin + kBytes - 1, 2), nullptr);
  EXPECT_EQ(memory.at(begin + kBytes, 1), nullptr);
  EXPECT_EQ(memory.at(begin - 1, 1), nullptr);
  EXPECT_EQ(memory.at(begin - 1, 2), nullptr);
  EXPECT_EQ(memory.at(0, 1), nullptr);
  EXPECT_EQ(memory.at(UINT64_MAX, 2), nullptr);
  EXPECT_EQ(memory.at(begin, SIZE_MAX), nullptr);
  EXPECT_EQ(memory.at(begin + 1, SIZE_MAX), nullptr);
}

TEST(HostMemory, GivesFreedPiecesAgainAndZeroed) {
  HostMemory memory(kBytes);
  const host::DmaBuffer first = memory.allocate(4096, 4096);
  std::fill(first.bytes.begin(), first.bytes.end(), uint8_t{0x5a});
  memory.free(first);
  const host::DmaBuffer second = memory.allocate(4096, 4096);
  EXPECT_EQ(second.iova, first.iova);
  EXPECT_EQ(std::count(second.bytes.begin(), second.bytes.end(), 0), 4096);
  EXPECT_NE(memory.allocate(4096, 4096).iova, second.iova);
}

TEST(HostMemory, SaysWhenItIsFull) {
  HostMemory memory(kBytes);
  EXPECT_EQ(memory.allocate(kBytes, 1).bytes.size(), kBytes);
  EXPECT_THROW(memory.allocate(1, 1), std::runtime_error);
}

}  // namespace
}  // namespace pspnic::bench
