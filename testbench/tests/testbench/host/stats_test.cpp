// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/stats.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

namespace pspnic::host {
namespace {

TEST(DriverStats, EveryMemberHasOneEntryInOrder) {
  DriverStats stats;
  uint64_t value = 0;
  std::set<std::string> names;
  for (const DriverStatEntry& entry : driver_stat_entries()) {
    stats.*entry.member = ++value;
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_GT(std::strlen(entry.unit), 0u);
    EXPECT_GT(std::strlen(entry.description), 0u);
  }
  ASSERT_EQ(value * sizeof(uint64_t), sizeof stats);
  for (uint64_t i = 0; i < value; ++i) {
    uint64_t member;
    std::memcpy(&member, reinterpret_cast<const uint8_t*>(&stats) + i * sizeof member, sizeof member);
    EXPECT_EQ(member, i + 1);
  }
}

}  // namespace
}  // namespace pspnic::host
