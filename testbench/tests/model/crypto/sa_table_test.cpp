// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/sa_table.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace pspnic::crypto {
namespace {

struct Listener : SaListener {
  void on_sa_wiped(uint32_t index) override { wiped.push_back(index); }
  std::vector<uint32_t> wiped;
};

Sa sa(uint16_t tag, uint8_t key_byte = 0x11) {
  std::array<uint8_t, 16> key;
  key.fill(key_byte);
  return {.spi = 0x100u + tag, .version = psp::Version::kAesGcm128, .tag = tag, .key = psp::SessionKey(key)};
}

TEST(SaTable, AWrittenSlotCanBeUsed) {
  SaTable table(8);
  EXPECT_EQ(table.slots(), 8u);
  table.write(3, sa(7, 0x22));
  const Sa* used = table.acquire(3, 7);
  ASSERT_NE(used, nullptr);
  EXPECT_EQ(used->spi, 0x107u);
  EXPECT_EQ(used->key.view()[0], 0x22);
  EXPECT_EQ(table.find(3), used);
}

TEST(SaTable, EmptyOutOfRangeAndForeignSlotsCannot) {
  SaTable table(8);
  table.write(3, sa(7));
  EXPECT_EQ(table.acquire(2, 7), nullptr) << "empty";
  EXPECT_EQ(table.acquire(8, 7), nullptr) << "out of range";
  EXPECT_EQ(table.acquire(0xffff'ffff, 7), nullptr);
  EXPECT_EQ(table.acquire(3, 6), nullptr) << "the tag of another owner";
  EXPECT_TRUE(table.close(3)) << "none of them was a use";
}

TEST(SaTable, AnIdleSlotIsWipedAtOnce) {
  SaTable table(8);
  Listener listener;
  table.set_listener(&listener);
  table.write(3, sa(7));
  table.acquire(3, 7);
  table.release(3);
  EXPECT_TRUE(table.close(3));
  EXPECT_EQ(table.find(3), nullptr);
  EXPECT_EQ(table.acquire(3, 7), nullptr);
  EXPECT_TRUE(table.close(3)) << "an empty slot is closed already";
  EXPECT_TRUE(listener.wiped.empty()) << "only what had to wait is reported";
}

TEST(SaTable, ASlotInUseIsWipedAfterItsLastUse) {
  SaTable table(8);
  Listener listener;
  table.set_listener(&listener);
  table.write(3, sa(7));
  table.acquire(3, 7);
  table.acquire(3, 7);
  EXPECT_FALSE(table.close(3));
  EXPECT_EQ(table.acquire(3, 7), nullptr) << "no new use";
  EXPECT_NE(table.find(3), nullptr) << "those under way still need the key";
  table.release(3);
  EXPECT_TRUE(listener.wiped.empty());
  EXPECT_NE(table.find(3), nullptr);
  table.release(3);
  EXPECT_EQ(listener.wiped, std::vector<uint32_t>{3});
  EXPECT_EQ(table.find(3), nullptr);
}

TEST(SaTable, ClosingTwiceReportsOnce) {
  SaTable table(8);
  Listener listener;
  table.set_listener(&listener);
  table.write(3, sa(7));
  table.acquire(3, 7);
  EXPECT_FALSE(table.close(3));
  EXPECT_FALSE(table.close(3));
  table.release(3);
  EXPECT_EQ(listener.wiped, std::vector<uint32_t>{3});
}

TEST(SaTable, AReusedSlotHasAnotherTag) {
  SaTable table(8);
  table.write(3, sa(7, 0x11));
  EXPECT_TRUE(table.close(3));
  table.write(3, sa(8, 0x99));
  EXPECT_EQ(table.acquire(3, 7), nullptr) << "a descriptor of the last owner";
  const Sa* used = table.acquire(3, 8);
  ASSERT_NE(used, nullptr);
  EXPECT_EQ(used->key.view()[15], 0x99);
}

TEST(SaTable, AnIdleSlotCanBeWrittenOver) {
  SaTable table(8);
  table.write(3, sa(7, 0x11));
  table.write(3, sa(7, 0x33));
  ASSERT_NE(table.acquire(3, 7), nullptr);
  EXPECT_EQ(table.find(3)->key.view()[0], 0x33);
}

TEST(SaTable, AResetWipesAllInUseOrNot) {
  SaTable table(8);
  Listener listener;
  table.set_listener(&listener);
  table.write(1, sa(1));
  table.write(2, sa(2));
  table.write(3, sa(3));
  table.acquire(2, 2);
  table.acquire(3, 3);
  EXPECT_FALSE(table.close(3));
  table.reset();
  for (uint32_t i = 0; i < 8; ++i) EXPECT_EQ(table.find(i), nullptr);
  table.release(2);  // in flight at the reset
  table.release(3);
  EXPECT_TRUE(listener.wiped.empty()) << "who asked for it has been reset too";
  EXPECT_EQ(table.slots(), 8u);
}

TEST(SaTable, AfterAResetASlotStartsAnew) {
  SaTable table(8);
  table.write(3, sa(7));
  table.acquire(3, 7);
  table.close(3);
  table.reset();
  table.write(3, sa(9));
  EXPECT_NE(table.acquire(3, 9), nullptr) << "neither closing nor used by what was before";
  table.release(3);
  EXPECT_TRUE(table.close(3));
}

TEST(SaTable, AReleaseTooManyDoesNoHarm) {
  SaTable table(8);
  Listener listener;
  table.set_listener(&listener);
  table.write(3, sa(7));
  table.release(3);
  EXPECT_NE(table.acquire(3, 7), nullptr);
  EXPECT_FALSE(table.close(3)) << "the use counts";
  EXPECT_TRUE(listener.wiped.empty());
}

TEST(SaTable, SlotsDoNotTouchEachOther) {
  constexpr uint16_t kSlots = 300;
  SaTable table(kSlots);
  for (uint16_t i = 0; i < kSlots; ++i) table.write(i, sa(i, static_cast<uint8_t>(i)));
  for (uint16_t i = 0; i < kSlots; i = static_cast<uint16_t>(i + 2)) EXPECT_TRUE(table.close(i));
  for (uint16_t i = 0; i < kSlots; ++i) {
    const Sa* used = table.acquire(i, i);
    if (i % 2 == 0) {
      EXPECT_EQ(used, nullptr);
    } else {
      ASSERT_NE(used, nullptr);
      EXPECT_EQ(used->key.view()[0], static_cast<uint8_t>(i));
    }
  }
}

}  // namespace
}  // namespace pspnic::crypto
