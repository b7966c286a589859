// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/player.h"

#include <stdexcept>

#include "model/net/bytes.h"

namespace pspnic::playback {

using record::Entry;
using record::Kind;

namespace {

net::MacAddress parse_mac(const std::string& text) {
  net::MacAddress mac;
  unsigned bytes[6];
  int end = 0;
  const int found = std::sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x%n", &bytes[0], &bytes[1], &bytes[2],
                                &bytes[3], &bytes[4], &bytes[5], &end);
  if (found != 6 || static_cast<size_t>(end) != text.size()) {
    throw std::runtime_error("the recording's header: mac: '" + text + "', must be like 02:50:53:50:00:0a");
  }
  for (size_t i = 0; i < 6; ++i) mac.bytes[i] = static_cast<uint8_t>(bytes[i]);
  return mac;
}

embed::CardOptions with(embed::CardOptions card, const PlayOptions& options) {
  card.files = options.config_files;
  card.settings = options.settings;
  return card;
}

}  // namespace

embed::CardOptions card_options(const record::Header& header) {
  embed::CardOptions options;
  options.json = header.parameters;
  options.mac = parse_mac(header.mac);
  options.seed = header.seed;
  options.stream = header.stream;
  options.spi_first = header.spi_first;
  return options;
}

Player::Player(const record::Recording& recording, const PlayOptions& options)
    : recording_(recording),
      memory_(recording.entries),
      comparison_(recording.entries, options.comparison),
      device_(with(card_options(recording.header), options), *this,
              {recording.header.interrupt_base, recording.header.interrupt_bytes}) {
  device_.set_listener(&comparison_);
}

void Player::run() {
  for (const Entry& entry : recording_.entries) {
    if (!record::is_stimulus(entry.kind)) continue;
    advance(entry);
    act(entry);
  }
  if (recording_.end > device_.now()) device_.run_until(recording_.end);
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

}  // namespace pspnic::playback
