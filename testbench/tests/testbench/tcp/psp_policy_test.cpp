// SPDX-License-Identifier: Apache-2.0
// Every cell of the table of socket states.
#include "testbench/tcp/psp_policy.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace pspnic::tcp {
namespace {

using host::PspAssociation;
using host::PspRxMark;

constexpr PspRxMark kOwn{0x8000'1234, 5, psp::Version::kAesGcm128, 7};
constexpr uint32_t kExpected = 0xffff'fff0;  // sequence number at tx-assoc

std::optional<PspAssociation> association_in(PspState state) {
  if (state == PspState::kNormal) return std::nullopt;
  PspAssociation association;
  association.rx = kOwn;
  association.has_tx = state >= PspState::kTx;
  association.peer_tx = state == PspState::kFull;
  association.upgrade_sequence = kExpected;
  return association;
}

PspRxMark differs(const char* field) {
  PspRxMark mark = kOwn;
  const std::string name = field;
  if (name == "SPI") mark.spi ^= 1;
  if (name == "generation") mark.generation ^= 1;
  if (name == "version") mark.version = psp::Version::kAesGcm256;
  if (name == "device") mark.device ^= 1;
  return mark;
}

struct Cell {
  const char* event;
  PspArrival arrival;
  PspVerdict in[4];  // by state
};

constexpr PspVerdict kDrop = PspVerdict::kDrop;
constexpr PspVerdict kTake = PspVerdict::kAccept;
constexpr PspVerdict kHit = PspVerdict::kMatches;

std::vector<Cell> cells() {
  const uint32_t other = kExpected + 9;
  std::vector<Cell> all{
      //                                                       Normal  Rx     Tx     Full
      {"plaintext data", {{}, kExpected, 100, false}, {kTake, kTake, kDrop, kDrop}},
      {"plaintext data elsewhere", {{}, other, 100, false}, {kTake, kTake, kDrop, kDrop}},
      {"plaintext ACK or RST", {{}, kExpected, 0, false}, {kTake, kTake, kTake, kDrop}},
      {"plaintext ACK or RST of any sequence", {{}, other, 0, false}, {kTake, kTake, kTake, kDrop}},
      {"plaintext FIN at the place recorded", {{}, kExpected, 1, true}, {kTake, kTake, kTake, kDrop}},
      {"plaintext FIN one before", {{}, kExpected - 1, 1, true}, {kTake, kTake, kDrop, kDrop}},
      {"plaintext FIN one behind", {{}, kExpected + 1, 1, true}, {kTake, kTake, kDrop, kDrop}},
      {"plaintext FIN with data", {{}, kExpected, 2, true}, {kTake, kTake, kDrop, kDrop}},
      {"plaintext byte at the place of the FIN", {{}, kExpected, 1, false}, {kTake, kTake, kDrop, kDrop}},
      {"matching data", {kOwn, other, 100, false}, {kDrop, kHit, kHit, kHit}},
      {"matching ACK", {kOwn, other, 0, false}, {kDrop, kHit, kHit, kHit}},
      {"matching FIN", {kOwn, other, 1, true}, {kDrop, kHit, kHit, kHit}},
  };
  for (const char* field : {"SPI", "generation", "version", "device"}) {
    for (const uint32_t length : {0u, 100u}) {
      all.push_back({field, {differs(field), other, length, false}, {kDrop, kDrop, kDrop, kDrop}});
    }
  }
  return all;
}

TEST(PspPolicy, EveryCellOfTheTable) {
  for (const Cell& cell : cells()) {
    for (const PspState state : {PspState::kNormal, PspState::kRx, PspState::kTx, PspState::kFull}) {
      SCOPED_TRACE(std::string(cell.event) + " in " + text(state));
      const std::optional<PspAssociation> association = association_in(state);
      const PspAssociation* pointer = association ? &*association : nullptr;
      ASSERT_EQ(psp_state(pointer), state);
      EXPECT_EQ(judge(pointer, cell.arrival), cell.in[static_cast<size_t>(state)]);
    }
  }
}

// The peer may have been heard in Rx PSP already: what is in clear is still taken, until there is a key.
TEST(PspPolicy, RxTakesClearEvenBehindTheFirstSealed) {
  std::optional<PspAssociation> association = association_in(PspState::kRx);
  association->peer_tx = true;
  EXPECT_EQ(psp_state(&*association), PspState::kRx);
  EXPECT_EQ(judge(&*association, {{}, kExpected, 100, false}), kTake);
  association->has_tx = true;
  EXPECT_EQ(psp_state(&*association), PspState::kFull);
  EXPECT_EQ(judge(&*association, {{}, kExpected, 0, false}), kDrop);
}

TEST(PspPolicy, AStaleAssociationMatchesNothing) {
  std::optional<PspAssociation> association = association_in(PspState::kFull);
  association->rx.generation |= host::kPspStaleBit;
  EXPECT_TRUE(association->stale());
  EXPECT_EQ(judge(&*association, {kOwn, kExpected, 100, false}), kDrop);
}

// Both SPIs of a rekey, each with its own generation alone.
TEST(PspPolicy, ARekeyAcceptsTheOldSpiWithItsOwnGeneration) {
  std::optional<PspAssociation> association = association_in(PspState::kFull);
  association->has_previous = true;
  association->previous_spi = 0x4321;
  association->previous_generation = 4;
  PspRxMark old = kOwn;
  old.spi = 0x4321;
  EXPECT_EQ(judge(&*association, {old, kExpected, 100, false}), kDrop) << "the new one's generation";
  old.generation = 4;
  EXPECT_EQ(judge(&*association, {old, kExpected, 100, false}), kHit);
  old.device ^= 1;
  EXPECT_EQ(judge(&*association, {old, kExpected, 100, false}), kDrop);
  EXPECT_EQ(judge(&*association, {kOwn, kExpected, 100, false}), kHit);
}

struct Leaves {
  const char* what;
  PspDeparture departure;
  bool sealed_in[4];
};

TEST(PspPolicy, WhatLeavesSealed) {
  constexpr Leaves kLeaves[] = {
      {"ACK, RST, probe", {false, false}, {false, false, true, true}},
      {"data or FIN queued before tx-assoc", {true, true}, {false, false, false, false}},
      {"data or FIN queued after it", {true, false}, {false, false, true, true}},
  };
  for (const Leaves& leaves : kLeaves) {
    for (const PspState state : {PspState::kNormal, PspState::kRx, PspState::kTx, PspState::kFull}) {
      EXPECT_EQ(leaves_sealed(state, leaves.departure), leaves.sealed_in[static_cast<size_t>(state)])
          << leaves.what << " in " << text(state);
    }
  }
}

}  // namespace
}  // namespace pspnic::tcp
