// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/card_pair.h"

#include <algorithm>

namespace pspnic::bench {

namespace {

constexpr const char* kNicNames[kSides] = {"nic_a", "nic_b"};
constexpr const char* kCableNames[kSides] = {"cable_a_to_b", "cable_b_to_a"};

// Locally administered; the last byte tells the card.
net::MacAddress mac_of(Side side) {
  return {{0x02, 0x50, 0x53, 0x50, 0x00, static_cast<uint8_t>(0x0a + side)}};
}

// Ranges of their own, so that one key log serves both directions.
uint32_t first_spi_of(Side side) {
  return side == kA ? 1 : 0x40000000;
}

}  // namespace

nic::Nic::Identity identity_of(Side side, uint64_t seed) {
  return {mac_of(side), seed, side, first_spi_of(side)};
}

CardPair::CardPair(const sc_core::sc_module_name& name, const nic::NicParams& nic, const CableParams& cable,
                   uint64_t seed)
    : sc_module(name), events_("events"), comes_back_(cable.comes_back()) {
  for (const Side side : {kA, kB}) {
    const base::OwnedBy owner(events_, owner_of(side));
    cables_[side] =
        std::make_unique<Cable>(root_, kCableNames[side], cable, events_, pool_, CableSeed{seed, side});
    nics_[side] = std::make_unique<nic::Nic>(kNicNames[side], root_, nic, identity_of(side, seed),
                                             nic::Nic::Ports{events_, pool_, *cables_[side]});
  }
  for (const Side side : {kA, kB}) cables_[side]->connect(nics_[peer(side)].get(), owner_of(peer(side)));
}

CardPair::~CardPair() = default;

void CardPair::begin_window() {
  window_begin_ = events_.now();
  finished_ = false;
  root_.reset(window_begin_);
  for (const auto& nic : nics_) nic->begin(window_begin_);
  for (const auto& cable : cables_) cable->restart_window();
}

void CardPair::finish() {
  if (finished_) return;
  finished_ = true;
  // Timers that find nothing to do outlast the run.
  window_end_ = std::max(window_begin_, events_.last_work());
  for (const auto& nic : nics_) nic->finish(window_end_);
}

}  // namespace pspnic::bench
