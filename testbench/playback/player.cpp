// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/player.h"

#include "model/net/bytes.h"

namespace pspnic::playback {

using record::Entry;
using record::Kind;

namespace {

embed::CardOptions with(embed::CardOptions card, const PlayOptions& options) {
  card.files = options.config_files;
  card.settings = options.settings;
  return card;
}

}  // namespace

Player::Player(const record::Recording& recording, const PlayOptions& options)
    : recording_(recording),
      card_(recorded_card(recording)),
      memory_(recording.entries),
      comparison_(recording.entries, options.comparison, recording.whole ? base::kNever : recording.end),
      device_(with(card_.options, options), *this,
              {recording.header.interrupt_base, recording.header.interrupt_bytes}) {
  device_.set_listener(&comparison_);
}

void Player::run() {
  for (const Entry& entry : recording_.entries) {
    if (!record::is_stimulus(entry.kind)) continue;
    advance(entry);
    act(entry);
  }
  if (!recording_.whole) {
    device_.run_before(recording_.end);
  } else if (recording_.end > device_.now()) {
    device_.run_until(recording_.end);
  }
  comparison_.finish();
}

void Player::advance(const Entry& entry) {
  device_.run_before(entry.time);
  while (device_.progress() < entry.progress && device_.next_event() <= entry.time)
    device_.run_one(entry.time);
}

void Player::act(const Entry& entry) {
  switch (entry.kind) {
    case Kind::kMmioWrite:
      device_.write(entry.address, net::load_le32(entry.data.data()));
      break;
    case Kind::kMmioRead:
      device_.read(entry.address);
      break;
    default:
      device_.receive(entry.data, entry.ok);
      break;
  }
}

bool Player::read_memory(uint64_t address, std::span<uint8_t> destination) {
  return memory_.read(address, destination) != Answer::kNone;
}

bool Player::write_memory(uint64_t address, std::span<const uint8_t> source) {
  return memory_.write(address, source);
}

bool Player::takes_interrupt(uint64_t address, uint32_t data) {
  return memory_.message(address, data);
}

}  // namespace pspnic::playback
