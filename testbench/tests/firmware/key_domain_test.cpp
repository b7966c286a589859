// SPDX-License-Identifier: Apache-2.0
#include "firmware/key_domain.h"

#include <set>
#include <stdexcept>

#include "testbench/tests/firmware/control_bench.h"
#include "testbench/tests/firmware/key_bench.h"

namespace pspnic::firmware {
namespace {

constexpr uint64_t kSecond = 1'000'000'000'000;  // ps

TEST(KeyDomain, StartsWithTwoFreshKeys) {
  Pair pair;
  EXPECT_EQ(pair.hardware.log, (std::vector<std::string>{"make 0", "make 1", "activate 0"}));
  EXPECT_TRUE(pair.domain.ready());
  EXPECT_EQ(pair.domain.generation(), 0);
  EXPECT_FALSE(pair.domain.previous_generation().has_value());
}

TEST(KeyDomain, RotationMakesTheKeyBeforeItIsActive) {
  Single card;
  card.hardware.log.clear();
  const uint64_t old_key = card.hardware.key_serial[0];
  ASSERT_EQ(card.rotate(), Status::kSuccess);
  EXPECT_EQ(card.hardware.log, (std::vector<std::string>{"make 1", "activate 1"}));
  EXPECT_EQ(card.hardware.key_serial[0], old_key) << "the previous key lives on";
  EXPECT_EQ(card.domain.generation(), 1);
  EXPECT_EQ(card.domain.phase(), 1u);
  EXPECT_EQ(card.domain.previous_generation(), 0);
  EXPECT_FALSE(card.notes.rotations.at(0).retired[0].has_value()) << "no generation was in the other slot";
  ASSERT_EQ(card.rotate(), Status::kSuccess);
  ASSERT_TRUE(card.notes.rotations.at(1).retired[0].has_value());
  EXPECT_EQ(card.notes.rotations[1].retired[0]->generation, 0);
  EXPECT_EQ(card.notes.rotations[1].retired[0]->phase, 0u);
  EXPECT_NE(card.hardware.key_serial[0], old_key);
}

TEST(KeyDomain, GenerationHasSevenBits) {
  Single card;
  for (int i = 0; i < 127; ++i) ASSERT_EQ(card.rotate(), Status::kSuccess);
  EXPECT_EQ(card.domain.generation(), 127);
  ASSERT_EQ(card.rotate(), Status::kSuccess);
  EXPECT_EQ(card.domain.generation(), 0);
  EXPECT_EQ(card.domain.previous_generation(), 127);
}

TEST(KeyDomain, NoSpiTwiceUnderOneKey) {
  Single card(5, 16);
  std::set<std::pair<uint64_t, uint32_t>> seen;  // key, SPI
  for (int rotation = 0; rotation < 6; ++rotation) {
    for (int i = 0; i < 16; ++i) {
      const Origin owner = i % 3 == 2 ? Origin::kManagement : Origin::kFunction;
      const auto issued = card.keys.allocate(owner);
      ASSERT_TRUE(issued.has_value());
      EXPECT_EQ(issued->generation, card.domain.generation());
      EXPECT_EQ(issued->spi >> 31, card.domain.phase());
      EXPECT_GE(issued->spi & 0x7fffffff, 5u);
      EXPECT_LE(issued->spi & 0x7fffffff, 20u);
      EXPECT_TRUE(seen.emplace(card.hardware.key_serial[issued->spi >> 31], issued->spi).second);
      // Giving it back does not bring it back.
      EXPECT_EQ(card.keys.release(issued->spi, issued->generation, owner), Status::kSuccess);
    }
    EXPECT_FALSE(card.keys.allocate().has_value());
    EXPECT_FALSE(card.keys.allocate(Origin::kManagement).has_value());
    EXPECT_EQ(card.keys.remaining(), 0u);
    ASSERT_EQ(card.rotate(), Status::kSuccess);
  }
}

TEST(KeyDomain, ReservedSpisAreNeverIssued) {
  Single low(0, 3);
  EXPECT_EQ(low.keys.first_spi(), 1u);
  EXPECT_EQ(low.keys.allocate()->spi, 1u);
  Single high(0x7ffffffe, 5);
  ASSERT_EQ(high.rotate(), Status::kSuccess);
  EXPECT_EQ(high.keys.capacity(), 1u);
  EXPECT_EQ(high.keys.allocate()->spi, 0xfffffffeu);
  EXPECT_FALSE(high.keys.allocate().has_value());
}

TEST(KeyDomain, ReleaseKnowsWhatWasIssued) {
  Pair pair;
  const auto issued = *pair.a.allocate();
  EXPECT_EQ(pair.a.in_use(), 1u);
  EXPECT_EQ(pair.a.release(issued.spi + 1, 0), Status::kEsrch) << "never issued";
  EXPECT_EQ(pair.a.release(0, 0), Status::kEsrch);
  EXPECT_EQ(pair.a.release(0x7fffffff, 0), Status::kEsrch);
  EXPECT_EQ(pair.a.release(issued.spi | 0x80000000, 0), Status::kEsrch) << "the other slot never was active";
  EXPECT_EQ(pair.b.release(issued.spi, 0), Status::kEsrch) << "another function's";
  EXPECT_EQ(pair.a.release(issued.spi, 0, Origin::kManagement), Status::kEsrch) << "another owner's";
  EXPECT_EQ(pair.a.rotate(false, Origin::kFunction), Status::kSuccess);
  EXPECT_EQ(pair.a.in_use(), 1u) << "the previous generation still counts";
  EXPECT_EQ(pair.a.release(issued.spi, 0), Status::kSuccess);
  EXPECT_EQ(pair.a.release(issued.spi, 0), Status::kEsrch) << "the count does not fall below 0";
  EXPECT_EQ(pair.a.in_use(), 0u);
}

TEST(KeyDomain, ReleaseOfARetiredGenerationIsStale) {
  Single card;
  const auto old = *card.keys.allocate();
  EXPECT_EQ(card.rotate(true), Status::kSuccess);
  EXPECT_EQ(card.keys.in_use(), 0u);
  const auto fresh = *card.keys.allocate();
  EXPECT_EQ(fresh.spi, old.spi) << "same number, other key";
  EXPECT_EQ(card.keys.release(old.spi, old.generation), Status::kPspStaleGeneration);
  EXPECT_EQ(card.keys.in_use(), 1u);
  EXPECT_EQ(card.keys.release(fresh.spi, fresh.generation), Status::kSuccess);
}

TEST(KeyDomain, TheManagementPortsSpisAreTakenFromTheEnd) {
  Single card(1, 10);
  const uint32_t own = card.keys.allocate()->spi;
  const uint32_t other = card.keys.allocate(Origin::kManagement)->spi;
  EXPECT_EQ(own, 1u);
  EXPECT_EQ(other, 10u);
  EXPECT_TRUE(card.keys.issued_to(other, Origin::kManagement));
  EXPECT_FALSE(card.keys.issued_to(own, Origin::kManagement));
  EXPECT_FALSE(card.keys.issued_to(other - 1, Origin::kManagement));
  EXPECT_EQ(card.keys.in_use(Origin::kManagement), 1u);
  EXPECT_EQ(card.keys.release(other, 0, Origin::kManagement), Status::kSuccess);
  EXPECT_EQ(card.keys.in_use(Origin::kFunction), 1u);
}

TEST(KeyDomain, SharedKeysAreToldToEveryMember) {
  Pair pair;
  EXPECT_EQ(pair.b.rotate(false, Origin::kFunction), Status::kEperm) << "no authority";
  EXPECT_EQ(pair.b.let_device_rotate(true), Status::kEperm);
  EXPECT_TRUE(pair.notes_a.rotations.empty());
  const auto before = *pair.b.allocate();
  ASSERT_EQ(pair.a.rotate(false, Origin::kFunction), Status::kSuccess);
  for (const Notes* notes : {&pair.notes_a, &pair.notes_b}) {
    ASSERT_EQ(notes->rotations.size(), 1u);
    EXPECT_EQ(notes->rotations[0].generation, 1);
    EXPECT_EQ(notes->rotations[0].phase, 1u);
    EXPECT_EQ(notes->rotations[0].cause, RotationCause::kCommand);
  }
  EXPECT_EQ(pair.b.allocate()->spi, 17u | 0x80000000u) << "its whole range again, under the new key";
  EXPECT_EQ(pair.b.release(before.spi, before.generation), Status::kSuccess);
}

TEST(KeyDomain, NothingRepeatsOverResetsOfOneMember) {
  Pair pair;
  std::set<std::pair<uint64_t, uint32_t>> seen;  // key, SPI
  const auto take = [&](KeyDomain::Member& member) {
    const auto issued = member.allocate();
    if (issued) {
      EXPECT_TRUE(seen.emplace(pair.hardware.key_serial[issued->spi >> 31], issued->spi).second);
    }
    return issued;
  };
  for (int round = 0; round < 8; ++round) {
    const auto a = take(pair.a);
    const auto b = take(pair.b);
    ASSERT_TRUE(a && b);
    const auto keys = pair.hardware.key_serial;
    pair.b.begin(17, 16);
    EXPECT_EQ(pair.hardware.key_serial, keys) << "the other function's keys stay";
    EXPECT_EQ(pair.b.in_use(), 0u);
    EXPECT_EQ(pair.a.in_use(), 1u + static_cast<uint32_t>(round));
    EXPECT_EQ(pair.b.release(b->spi, b->generation), Status::kEsrch) << "not its any more";
    ASSERT_TRUE(take(pair.b));
    EXPECT_EQ(pair.b.release(b->spi, b->generation), Status::kEsrch) << "nor is it counted as another one";
  }
  EXPECT_FALSE(take(pair.b)) << "all 16 are used up, eight of them over resets";
  EXPECT_TRUE(pair.domain.renew()) << "reset of the card";
  EXPECT_EQ(pair.domain.generation(), 2);
  EXPECT_TRUE(take(pair.b));
}

TEST(KeyDomain, AFunctionThatComesBackGoesOn) {
  Pair pair;
  const uint32_t first = pair.b.allocate()->spi;
  pair.domain.leave(pair.b);
  ASSERT_EQ(pair.a.rotate(false, Origin::kFunction), Status::kSuccess);
  EXPECT_TRUE(pair.notes_b.rotations.empty()) << "it is gone";
  ASSERT_EQ(pair.a.rotate(true, Origin::kFunction), Status::kSuccess);
  KeyDomain::Member& again =
      pair.domain.join({.function = 1, .spi_first = 17, .spi_count = 16, .listener = &pair.notes_b});
  again.begin(17, 16);
  EXPECT_EQ(again.allocate()->spi, first | 0x80000000u) << "under a new key";
  pair.domain.leave(again);
  pair.domain.join({.function = 1, .spi_first = 17, .spi_count = 16, .listener = &pair.notes_b})
      .begin(17, 16);
  EXPECT_EQ(again.allocate()->spi, (first + 1) | 0x80000000u) << "under the same key";
}

TEST(KeyDomain, RangesMustNotOverlap) {
  FakeHardware hardware;
  KeyDomain domain(hardware);
  Notes notes;
  domain.join({.function = 0, .spi_first = 100, .spi_count = 100, .listener = &notes});
  const auto join = [&](uint32_t first, uint32_t count) {
    domain.join({.function = 1, .spi_first = first, .spi_count = count, .listener = &notes});
  };
  EXPECT_THROW(join(199, 1), std::invalid_argument);
  EXPECT_THROW(join(1, 100), std::invalid_argument);
  EXPECT_THROW(join(50, 500), std::invalid_argument);
  EXPECT_NO_THROW(join(200, 100));
}

TEST(KeyDomain, AloneAMemberGetsFreshKeysAtItsReset) {
  Single card;
  const auto keys = card.hardware.key_serial;
  card.keys.allocate();
  card.keys.begin(50, 10);
  EXPECT_NE(card.hardware.key_serial[0], keys[0]);
  EXPECT_NE(card.hardware.key_serial[1], keys[1]);
  EXPECT_EQ(card.domain.generation(), 2);
  EXPECT_EQ(card.keys.allocate()->spi, 50u);
  card.notes.pins = true;
  const auto pinned = card.hardware.key_serial;
  const uint32_t held = card.keys.allocate(Origin::kManagement)->spi;
  card.keys.begin(50, 10);
  EXPECT_EQ(card.hardware.key_serial, pinned) << "the management port holds them";
  EXPECT_EQ(card.keys.in_use(Origin::kFunction), 0u);
  EXPECT_EQ(card.keys.in_use(Origin::kManagement), 1u);
  EXPECT_EQ(card.keys.release(held, 2, Origin::kManagement), Status::kSuccess);
  EXPECT_EQ(card.keys.allocate()->spi, 51u) << "goes on where it was";
  EXPECT_EQ(card.rotate(), Status::kEperm);
  EXPECT_EQ(card.keys.rotate(false, Origin::kManagement), Status::kSuccess);
}

TEST(KeyDomain, R11_RotateFailureLeavesTheOldStateWorking) {
  Single card;
  ASSERT_EQ(card.rotate(), Status::kSuccess);
  const auto issued = *card.keys.allocate();
  const psp::SessionKey key = card.keys.derive(issued.spi, psp::Version::kAesGcm128);
  const auto keys = card.hardware.key_serial;
  const size_t calls = card.hardware.log.size();
  card.hardware.random_fault = true;
  EXPECT_EQ(card.rotate(), Status::kPspHwError);
  EXPECT_EQ(card.rotate(true), Status::kPspHwError);
  EXPECT_EQ(card.hardware.key_serial, keys);
  EXPECT_EQ(card.hardware.log.size(), calls);
  EXPECT_EQ(card.domain.generation(), 1);
  EXPECT_EQ(card.domain.phase(), 1u);
  EXPECT_EQ(card.domain.rotations(), 1u);
  EXPECT_EQ(card.keys.derive(issued.spi, psp::Version::kAesGcm128).bytes, key.bytes);
  EXPECT_EQ(card.keys.allocate()->spi, issued.spi + 1);
  EXPECT_EQ(card.notes.rotations.size(), 1u) << "nobody is told of what did not happen";
  card.keys.begin(1, 100);
  EXPECT_EQ(card.keys.allocate()->spi, issued.spi + 2) << "a reset that finds no new keys repeats nothing";
  card.hardware.random_fault = false;
  EXPECT_EQ(card.rotate(), Status::kSuccess);
  EXPECT_EQ(card.domain.generation(), 2);
}

TEST(KeyDomain, WithoutKeysNothingIsIssued) {
  FakeHardware hardware;
  hardware.random_fault = true;
  KeyDomain domain(hardware);
  Notes notes;
  KeyDomain::Member& keys = domain.join({.spi_first = 1, .spi_count = 9, .listener = &notes});
  keys.begin(1, 9);
  EXPECT_FALSE(domain.ready());
  EXPECT_FALSE(keys.allocate().has_value());
  hardware.random_fault = false;
  keys.begin(1, 9);
  EXPECT_EQ(keys.allocate()->generation, 0);
}

TEST(KeyDomain, RotationsKeepTheirDistance) {
  Single card(1, 100, {.min_rotate_interval_ps = kSecond});
  card.hardware.time_ps = 5;
  EXPECT_EQ(card.rotate(), Status::kSuccess) << "the first at any time";
  card.hardware.time_ps = 5 + kSecond - 1;
  EXPECT_EQ(card.rotate(), Status::kPspRotateTooSoon);
  EXPECT_EQ(card.domain.generation(), 1);
  EXPECT_EQ(card.keys.rotate(false, Origin::kManagement), Status::kSuccess);
  card.hardware.time_ps = 5 + 2 * kSecond - 2;
  EXPECT_EQ(card.rotate(), Status::kPspRotateTooSoon);
  card.hardware.time_ps += 1;
  EXPECT_EQ(card.rotate(), Status::kSuccess);
}

TEST(KeyDomain, TheDeviceReplacesAKeyWhoseSpisAreUsedUp) {
  Pair pair({.min_rotate_interval_ps = kSecond});
  const auto exhaust = [&] {
    while (pair.a.allocate()) {
    }
  };
  EXPECT_EQ(pair.a.let_device_rotate(true), Status::kSuccess);
  EXPECT_FALSE(pair.a.replace_exhausted_key()) << "it has some left";
  exhaust();
  EXPECT_EQ(pair.a.let_device_rotate(false), Status::kSuccess);
  EXPECT_FALSE(pair.a.replace_exhausted_key()) << "nobody allows it";
  EXPECT_EQ(pair.a.let_device_rotate(true), Status::kSuccess);
  EXPECT_TRUE(pair.a.replace_exhausted_key());
  EXPECT_EQ(pair.notes_a.rotations.at(0).cause, RotationCause::kSpisExhausted);
  EXPECT_EQ(pair.notes_b.rotations.size(), 1u);
  exhaust();
  EXPECT_FALSE(pair.a.replace_exhausted_key()) << "too soon";
  pair.hardware.time_ps += kSecond;
  pair.notes_a.pins = true;
  EXPECT_FALSE(pair.a.replace_exhausted_key()) << "a management port holds the keys";
  pair.notes_a.pins = false;
  EXPECT_TRUE(pair.a.replace_exhausted_key());
}

// Ten million live SPIs: the accounts are as large as for one, so the whole is done in no time and memory.
TEST(KeyDomain, AccountsOfManySpisAreCounts) {
  Single card(1, 20'000'000);
  for (uint32_t i = 0; i < 10'000'000; ++i) ASSERT_TRUE(card.keys.allocate().has_value());
  EXPECT_EQ(card.keys.in_use(), 10'000'000u);
  EXPECT_EQ(card.keys.release(10'000'001, 0), Status::kEsrch);
  EXPECT_EQ(card.keys.release(10'000'000, 0), Status::kSuccess);
  EXPECT_EQ(card.keys.in_use(), 9'999'999u);
  static_assert(sizeof(KeyDomain::Member) < 256);
}

// R6: between any two steps of rotating and allocating an SPI's generation is that of the key that it is of.
TEST(KeyDomain, R6_GenerationOfAnSpiIsThatOfItsKey) {
  Pair pair;
  std::map<uint64_t, uint8_t> generation_of_key;
  for (uint32_t step = 0; step < 2000; ++step) {
    if (step % 7 == 3) {
      ASSERT_EQ(pair.a.rotate(step % 14 == 3, Origin::kFunction), Status::kSuccess);
    }
    if (step % 31 == 30) pair.b.begin(17, 16);
    for (KeyDomain::Member* member : {&pair.a, &pair.b}) {
      const auto issued = member->allocate();
      ASSERT_TRUE(issued.has_value());
      const uint64_t key = pair.hardware.key_serial[issued->spi >> 31];
      const auto [known, first] = generation_of_key.emplace(key, issued->generation);
      EXPECT_EQ(known->second, issued->generation);
    }
  }
  EXPECT_GT(generation_of_key.size(), 250u);
}

// Of two that share their keys only the one with authority has them replaced by using its SPIs up.
TEST(KeyDomain, ExhaustionOfOneWithoutAuthorityRotatesNothing) {
  Pair pair;
  ASSERT_EQ(pair.a.let_device_rotate(true), Status::kSuccess);
  while (pair.b.allocate()) {
  }
  EXPECT_FALSE(pair.b.replace_exhausted_key());
  Pair guarded({.min_rotate_interval_ps = 1});
  ASSERT_EQ(guarded.a.let_device_rotate(true), Status::kSuccess);
  while (guarded.b.allocate()) {
  }
  EXPECT_TRUE(guarded.b.replace_exhausted_key()) << "the others are protected by time";
  while (pair.a.allocate()) {
  }
  EXPECT_TRUE(pair.a.replace_exhausted_key());
}

}  // namespace
}  // namespace pspnic::firmware
