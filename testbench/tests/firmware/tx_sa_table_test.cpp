// SPDX-License-Identifier: Apache-2.0
#include "firmware/tx_sa_table.h"

#include <gtest/gtest.h>

#include <random>

namespace pspnic::firmware {
namespace {

using State = TxSaTable::State;

TEST(TxSaTable, FillsWhollyAndReusesLate) {
  for (const uint32_t slots : {1u, 63u, 64u, 65u, 200u}) {
    TxSaTable table(slots);
    for (uint32_t i = 0; i < slots; ++i) {
      ASSERT_EQ(table.find_free(), i);
      table.take(i, 7, Origin::kFunction);
    }
    EXPECT_FALSE(table.find_free().has_value());
    EXPECT_EQ(table.free_slots(), 0u);
    table.start_erase(slots / 2);
    EXPECT_FALSE(table.find_free().has_value()) << "erasing is not free yet";
    table.free(slots / 2);
    EXPECT_EQ(table.find_free(), slots / 2);
  }
}

TEST(TxSaTable, NextSlotIsTheOneAfterTheLast) {
  TxSaTable table(100);
  table.take(*table.find_free(), 0, Origin::kFunction);
  table.free(0);
  EXPECT_EQ(table.find_free(), 1u);
  table.take(99, 0, Origin::kFunction);
  EXPECT_EQ(table.find_free(), 0u) << "wraps";
}

TEST(TxSaTable, NoSlotsNoAnswer) {
  TxSaTable table(0);
  EXPECT_FALSE(table.find_free().has_value());
}

TEST(TxSaTable, AgreesWithAPlainList) {
  TxSaTable table(150);
  std::vector<bool> used(150, false);
  std::mt19937 random(7);
  uint32_t count = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto index = static_cast<uint32_t>(random() % 150);
    if (random() % 2 == 0 && used[index]) {
      table.free(index);
      used[index] = false;
      --count;
    } else if (const auto free = table.find_free()) {
      ASSERT_FALSE(used[*free]);
      table.take(*free, static_cast<uint16_t>(i), Origin::kFunction);
      EXPECT_EQ(table.tag(*free), static_cast<uint16_t>(i));
      used[*free] = true;
      ++count;
    } else {
      ASSERT_EQ(count, 150u);
    }
    ASSERT_EQ(table.used(), count);
  }
}

TEST(TxSaTable, CountsByOwnerAndFreesAllOfOne) {
  TxSaTable table(130);
  for (uint32_t i = 0; i < 130; ++i) table.take(i, 1, i % 3 == 0 ? Origin::kManagement : Origin::kFunction);
  EXPECT_EQ(table.used_by(Origin::kManagement), 44u);
  EXPECT_EQ(table.used_by(Origin::kFunction), 86u);
  EXPECT_EQ(table.owner(129), Origin::kManagement);
  table.start_erase(1);
  table.free_all_of(Origin::kFunction);
  EXPECT_EQ(table.used(), 44u);
  EXPECT_EQ(table.used_by(Origin::kFunction), 0u);
  EXPECT_EQ(table.state(1), TxSaTable::State::kFree);
  EXPECT_EQ(table.state(129), TxSaTable::State::kUsed);
}

}  // namespace
}  // namespace pspnic::firmware
