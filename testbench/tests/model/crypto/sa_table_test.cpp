// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/sa_table.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <utility>
#include <vector>

namespace pspnic::crypto {
namespace {

using base::kNever;

struct Listener : SaListener {
  void on_sa_released(uint32_t index, base::Time sealed) override { released.push_back({index, sealed}); }
  std::vector<std::pair<uint32_t, base::Time>> released;
};

// Notes the first byte of each key that it is told to forget.
class Engine : public psp::Aead {
 public:
  std::vector<uint8_t> forgotten;
  unsigned forgotten_all = 0;

  bool seal(const psp::SessionKey&, psp::Nonce, std::span<const uint8_t>, std::span<uint8_t>,
            std::span<uint8_t, psp::kIcvBytes>) noexcept override {
    return false;
  }
  bool open(const psp::SessionKey&, psp::Nonce, std::span<const uint8_t>, std::span<uint8_t>,
            std::span<const uint8_t, psp::kIcvBytes>) noexcept override {
    return false;
  }
  void forget() noexcept override { ++forgotten_all; }
  void forget(const psp::SessionKey& key) noexcept override {
    if (key.size != 0) forgotten.push_back(key.view()[0]);
  }
  const char* name() const noexcept override { return "none"; }
};

Sa sa(uint16_t tag, uint8_t key_byte = 0x11) {
  std::array<uint8_t, 16> key;
  key.fill(key_byte);
  return {.spi = 0x100u + tag, .version = psp::Version::kAesGcm128, .tag = tag, .key = psp::SessionKey(key)};
}

TEST(SaTable, AWrittenSlotCanBeUsed) {
  Engine engine;
  SaTable table(8, engine);
  EXPECT_EQ(table.slots(), 8u);
  table.write(3, sa(7, 0x22), 0);
  const Sa* used = table.acquire(3, 7);
  ASSERT_NE(used, nullptr);
  EXPECT_EQ(used->spi, 0x107u);
  EXPECT_EQ(used->key.view()[0], 0x22);
  EXPECT_FALSE(table.empty(3));
}

TEST(SaTable, EmptyOutOfRangeAndForeignSlotsCannot) {
  Engine engine;
  SaTable table(8, engine);
  table.write(3, sa(7), 0);
  EXPECT_EQ(table.acquire(2, 7), nullptr) << "empty";
  EXPECT_EQ(table.acquire(8, 7), nullptr) << "out of range";
  EXPECT_EQ(table.acquire(0xffff'ffff, 7), nullptr);
  EXPECT_EQ(table.acquire(3, 6), nullptr) << "the tag of another owner";
  EXPECT_EQ(table.close(3, 0), 0u) << "none of them was a use";
}

TEST(SaTable, AnIdleSlotIsWipedAtOnce) {
  Engine engine;
  SaTable table(8, engine);
  Listener listener;
  table.set_listener(&listener);
  table.write(3, sa(7), 0);
  table.acquire(3, 7);
  table.release(3, 500);
  EXPECT_EQ(table.close(3, 500), 0u);
  EXPECT_TRUE(table.empty(3));
  EXPECT_EQ(table.acquire(3, 7), nullptr);
  EXPECT_EQ(table.close(3, 500), 0u) << "an empty slot is closed already";
  EXPECT_TRUE(listener.released.empty()) << "only what had to wait is reported";
}

TEST(SaTable, APacketInTheLanesHoldsTheKey) {
  Engine engine;
  SaTable table(8, engine);
  table.write(3, sa(7), 0);
  table.acquire(3, 7);
  table.acquire(3, 7);
  table.release(3, 500);
  table.release(3, 400);
  EXPECT_FALSE(table.write(3, sa(8), 499)) << "written over as little as closed";
  EXPECT_EQ(table.close(3, 499), 500u);
  EXPECT_EQ(table.acquire(3, 7), nullptr) << "no new use";
  EXPECT_FALSE(table.write(3, sa(8), 0)) << "nor a new owner";
  EXPECT_FALSE(table.empty(3));
  table.wipe(3);
  EXPECT_TRUE(table.empty(3));
}

TEST(SaTable, ASlotInUseIsReleasedByItsLastUse) {
  Engine engine;
  SaTable table(8, engine);
  Listener listener;
  table.set_listener(&listener);
  table.write(3, sa(7), 0);
  table.acquire(3, 7);
  table.acquire(3, 7);
  EXPECT_EQ(table.close(3, 0), kNever);
  EXPECT_EQ(table.acquire(3, 7), nullptr) << "no new use";
  table.release(3, 900);
  EXPECT_TRUE(listener.released.empty());
  table.release(3, 800);
  EXPECT_EQ(listener.released, (std::vector<std::pair<uint32_t, base::Time>>{{3, 900}}));
  EXPECT_FALSE(table.empty(3)) << "the packets still need the key";
}

TEST(SaTable, TheEngineForgetsEachKeyThatGoes) {
  Engine engine;
  SaTable table(8, engine);
  table.write(1, sa(1, 0x11), 0);
  table.write(2, sa(2, 0x22), 0);
  EXPECT_TRUE(engine.forgotten.empty());
  table.close(1, 0);
  EXPECT_EQ(engine.forgotten, (std::vector<uint8_t>{0x11}));
  table.write(2, sa(3, 0x33), 0);
  EXPECT_EQ(engine.forgotten, (std::vector<uint8_t>{0x11, 0x22})) << "written over";
  table.acquire(2, 3);
  table.close(2, 0);
  EXPECT_EQ(engine.forgotten.size(), 2u) << "still in use";
  table.release(2, 9);
  table.wipe(2);
  EXPECT_EQ(engine.forgotten, (std::vector<uint8_t>{0x11, 0x22, 0x33}));
  table.reset();
  EXPECT_EQ(engine.forgotten_all, 1u);
}

TEST(SaTable, ClosingTwiceReportsOnce) {
  Engine engine;
  SaTable table(8, engine);
  Listener listener;
  table.set_listener(&listener);
  table.write(3, sa(7), 0);
  table.acquire(3, 7);
  EXPECT_EQ(table.close(3, 0), kNever);
  EXPECT_EQ(table.close(3, 0), kNever);
  table.release(3, 5);
  EXPECT_EQ(listener.released.size(), 1u);
}

TEST(SaTable, AReusedSlotHasAnotherTag) {
  Engine engine;
  SaTable table(8, engine);
  table.write(3, sa(7, 0x11), 0);
  EXPECT_EQ(table.close(3, 0), 0u);
  table.write(3, sa(8, 0x99), 0);
  EXPECT_EQ(table.acquire(3, 7), nullptr) << "a descriptor of the last owner";
  const Sa* used = table.acquire(3, 8);
  ASSERT_NE(used, nullptr);
  EXPECT_EQ(used->key.view()[15], 0x99);
}

TEST(SaTable, AnIdleSlotCanBeWrittenOver) {
  Engine engine;
  SaTable table(8, engine);
  table.write(3, sa(7, 0x11), 0);
  table.write(3, sa(7, 0x33), 0);
  const Sa* used = table.acquire(3, 7);
  ASSERT_NE(used, nullptr);
  EXPECT_EQ(used->key.view()[0], 0x33);
}

TEST(SaTable, AnIdleSlotCanBeWrittenOverOnceItsLastPacketIsSealed) {
  Engine engine;
  SaTable table(8, engine);
  table.write(3, sa(7), 0);
  table.acquire(3, 7);
  table.release(3, 500);
  EXPECT_FALSE(table.write(3, sa(8), 499));
  EXPECT_TRUE(table.write(3, sa(8), 500));
  EXPECT_NE(table.acquire(3, 8), nullptr);
}

TEST(SaTable, AResetWipesAllInUseOrNot) {
  Engine engine;
  SaTable table(8, engine);
  Listener listener;
  table.set_listener(&listener);
  table.write(1, sa(1), 0);
  table.write(2, sa(2), 0);
  table.write(3, sa(3), 0);
  table.acquire(2, 2);
  table.acquire(3, 3);
  EXPECT_EQ(table.close(3, 0), kNever);
  table.reset();
  for (uint32_t i = 0; i < 8; ++i) EXPECT_TRUE(table.empty(i));
  table.release(2, 1);  // in flight at the reset
  table.release(3, 1);
  EXPECT_TRUE(listener.released.empty()) << "who asked for it has been reset too";
  EXPECT_EQ(table.slots(), 8u);
}

TEST(SaTable, AfterAResetASlotStartsAnew) {
  Engine engine;
  SaTable table(8, engine);
  table.write(3, sa(7), 0);
  table.acquire(3, 7);
  table.close(3, 0);
  table.reset();
  table.write(3, sa(9), 0);
  EXPECT_NE(table.acquire(3, 9), nullptr) << "neither closing nor used by what was before";
  table.release(3, 1);
  EXPECT_EQ(table.close(3, 1), 0u);
}

TEST(SaTable, AReleaseTooManyDoesNoHarm) {
  Engine engine;
  SaTable table(8, engine);
  Listener listener;
  table.set_listener(&listener);
  table.write(3, sa(7), 0);
  table.release(3, 1);
  EXPECT_NE(table.acquire(3, 7), nullptr);
  EXPECT_EQ(table.close(3, 1), kNever) << "the use counts";
  EXPECT_TRUE(listener.released.empty());
}

TEST(SaTable, SlotsDoNotTouchEachOther) {
  Engine engine;
  constexpr uint16_t kSlots = 300;
  SaTable table(kSlots, engine);
  for (uint16_t i = 0; i < kSlots; ++i) table.write(i, sa(i, static_cast<uint8_t>(i)), 0);
  for (uint16_t i = 0; i < kSlots; i = static_cast<uint16_t>(i + 2)) EXPECT_EQ(table.close(i, 0), 0u);
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

TEST(SaTable, AResetLeavesTheSasOfFlowsThatAreNotClosing) {
  Engine engine;
  SaTable table(8, engine);
  for (uint16_t index = 1; index <= 3; ++index) {
    Sa kept = sa(index);
    kept.flows_only = index != 3;
    table.write(index, kept, 0);
    EXPECT_NE(table.acquire(index, index), nullptr);
  }
  EXPECT_EQ(table.close(2, 0), kNever);
  table.reset();
  EXPECT_FALSE(table.empty(1));
  EXPECT_TRUE(table.empty(2)) << "was closing";
  EXPECT_TRUE(table.empty(3));
  EXPECT_NE(table.acquire(1, 1), nullptr);
  table.release(1, 50);
  EXPECT_EQ(table.close(1, 50), 0u) << "the use before the reset has ended with it";
}

TEST(SaTable, FillsWhollyAndReusesLate) {
  Engine engine;
  for (const uint32_t slots : {1u, 63u, 64u, 65u, 5000u}) {
    SaTable table(slots, engine);
    for (uint32_t i = 0; i < slots; ++i) {
      ASSERT_EQ(table.find_free(0), i);
      table.write(i, sa(7), 0);
    }
    EXPECT_FALSE(table.find_free(0).has_value());
    EXPECT_EQ(table.free_slots(0), 0u);
    table.acquire(slots / 2, 7);
    EXPECT_EQ(table.close(slots / 2, 0), kNever);
    EXPECT_EQ(table.state(slots / 2), SaState::kErasing);
    EXPECT_FALSE(table.find_free(0).has_value()) << "erasing is not free yet";
    table.release(slots / 2, 10);
    table.wipe(slots / 2);
    EXPECT_EQ(table.find_free(0), slots / 2);
    EXPECT_EQ(table.free_slots(0), 1u);
  }
}

TEST(SaTable, NextSlotIsTheOneAfterTheLast) {
  Engine engine;
  SaTable table(100, engine);
  table.write(0, sa(1), 0);
  table.close(0, 0);
  EXPECT_EQ(table.find_free(0), 1u);
  table.write(99, sa(1), 0);
  EXPECT_EQ(table.find_free(0), 0u) << "wraps";
  table.write(0, sa(1), 0);
  table.write(99, sa(2), 0);
  EXPECT_EQ(table.find_free(0), 1u) << "writing over one in use hands out nothing";
}

TEST(SaTable, AFunctionFindsSlotsInItsOwnRangeOnly) {
  Engine engine;
  SaTable table(200, engine);
  table.partition({{0, 100}, {100, 3}, {103, 0}, {150, 50}});
  for (const uint32_t expected : {100u, 101u, 102u}) {
    ASSERT_EQ(table.find_free(1), expected);
    Sa of_one = sa(1);
    of_one.function = 1;
    table.write(expected, of_one, 0);
  }
  EXPECT_FALSE(table.find_free(1));
  EXPECT_FALSE(table.find_free(2)) << "has none";
  EXPECT_EQ(table.find_free(0), 0u);
  EXPECT_EQ(table.find_free(3), 150u);
  EXPECT_EQ(table.used(1, false), 3u);
  EXPECT_EQ(table.used(0, false), 0u);
  table.close(101, 0);
  EXPECT_EQ(table.find_free(1), 101u);
  EXPECT_EQ(table.free_slots(1), 1u);
  EXPECT_EQ(table.next_used(0, 200), 100u);
  EXPECT_EQ(table.next_used(101, 200), 102u);
  EXPECT_FALSE(table.next_used(103, 200));
}

TEST(SaTable, CountsByOwner) {
  Engine engine;
  SaTable table(130, engine);
  for (uint16_t i = 0; i < 130; ++i) {
    Sa entry = sa(1);
    entry.flows_only = i % 3 == 0;
    table.write(i, entry, 0);
  }
  EXPECT_EQ(table.used(0, true), 44u);
  EXPECT_EQ(table.used(0, false), 86u);
  table.write(0, sa(1), 0);
  EXPECT_EQ(table.used(0, true), 43u) << "another owner's now";
  table.reset();
  EXPECT_EQ(table.used(0, true), 43u);
  EXPECT_EQ(table.used(0, false), 0u);
  EXPECT_TRUE(table.empty(1));
  EXPECT_FALSE(table.empty(129));
}

TEST(SaTable, AgreesWithAPlainList) {
  Engine engine;
  SaTable table(150, engine);
  std::vector<bool> used(150, false);
  std::mt19937 random(7);
  uint32_t count = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto index = static_cast<uint32_t>(random() % 150);
    if (random() % 2 == 0 && used[index]) {
      table.close(index, 0);
      used[index] = false;
      --count;
    } else if (const auto free = table.find_free(0)) {
      ASSERT_FALSE(used[*free]);
      table.write(*free, sa(static_cast<uint16_t>(i)), 0);
      EXPECT_EQ(table.at(*free).tag, static_cast<uint16_t>(i));
      used[*free] = true;
      ++count;
    } else {
      ASSERT_EQ(count, 150u);
    }
    ASSERT_EQ(table.used(0, false), count);
  }
}

// Ten million live at once, and each comes and goes in constant time.
TEST(SaTable, TenMillionSas) {
  Engine engine;
  constexpr uint32_t kLive = 10'000'000;
  SaTable table(kLive + 2, engine);
  const Sa entry = sa(1);
  for (uint32_t i = 0; i < kLive; ++i) table.write(*table.find_free(0), entry, 0);
  EXPECT_EQ(table.free_slots(0), 2u);
  for (uint32_t i = 0; i < kLive; i += 2) table.close(i, 0);
  EXPECT_EQ(table.used(0, false), kLive / 2);
  for (const uint32_t expected : {kLive, kLive + 1, 0u, 2u, 4u}) {
    ASSERT_EQ(table.find_free(0), expected) << "those freed come last";
    table.write(expected, entry, 0);
  }
}

}  // namespace
}  // namespace pspnic::crypto
