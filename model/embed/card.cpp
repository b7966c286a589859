// SPDX-License-Identifier: Apache-2.0
#include "model/embed/card.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/base/config_error.h"
#include "model/base/violation_json.h"
#include "model/embed/counters.h"

namespace pspnic::embed {

namespace {

constexpr uint32_t kMostSpis = 0x7fff'ffff;

nic::Nic::Identity identity_of(const CardOptions& options) {
  if (options.spi_first == 0 || options.spi_first > kMostSpis) {
    throw base::ConfigError("spi_first", std::to_string(options.spi_first) + ", must lie in 1..2147483647");
  }
  return {options.mac, options.seed, options.stream, options.spi_first};
}

const char* name_of(const CardOptions& options) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto may_stand = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  const std::string& name = options.name;
  if (name.empty() || !is_letter(name.front()) || !std::ranges::all_of(name, may_stand)) {
    throw base::ConfigError("name", "'" + name + "', must be a letter, then letters, digits and '_'");
  }
  return name.c_str();
}

}  // namespace

CardParameters::CardParameters(const CardOptions& options) {
  tree_.add("nic", nic_);
  if (!options.json.empty()) tree_.load_text(options.json, "json");
  for (const std::string& file : options.files) tree_.load_file(file);
  for (const std::string& setting : options.settings) tree_.set_assignment(setting);
}

Card::Card(const CardOptions& options, base::EventQueue& events, FrameSink sink)
    : parameters_(options),
      events_(events),
      made_(events.now()),
      sink_(std::move(sink)),
      departures_(events, base::Callback::to<&Card::on_departure>(*this)),
      nic_(name_of(options), root_, parameters_.nic(), identity_of(options), {events, pool_, *this}) {
  if (made_ > 0) begin_statistics();
}

// Means are those since the card was made.
void Card::begin_statistics() {
  root_.reset(made_);
  nic_.begin(made_);
}

void Card::check_frame(size_t bytes) {
  if (bytes >= 1 && bytes <= base::Packet::kMaxFrameBytes) return;
  throw base::ConfigError(
      "frame", std::to_string(bytes) + " bytes, must be 1.." + std::to_string(base::Packet::kMaxFrameBytes));
}

void Card::receive(std::span<const uint8_t> bytes, bool fcs_ok) {
  check_frame(bytes.size());
  const base::OwnedBy border(events_, kOwner);
  const base::Time now = events_.now();
  base::PacketPtr packet = pool_.take(static_cast<uint32_t>(bytes.size()));
  std::ranges::copy(bytes, packet->data());
  packet->fcs_ok = fcs_ok;
  packet->created = packet->wire_start = packet->wire_end = now;
  packet->journey.begin(now);
  nic_.receive(std::move(packet));
}

void Card::transmit(base::PacketPtr packet) {
  const base::OwnedBy border(events_, base::EventQueue::kNobody);
  const base::Time departure = packet->wire_end;
  leaving_.push(std::move(packet));
  departures_.push(departure);
}

void Card::on_departure(uint64_t) {
  const base::PacketPtr packet = leaving_.pop();
  events_.look_at_kernel();
  sink_({packet->bytes(), packet->wire_start, packet->wire_end});
}

uint64_t Card::counter(const std::string& name) const {
  return counter_of(root_, name);
}

std::string Card::counters_json() const {
  return base::to_json(root_, {events_.now() - made_});
}

std::string Card::violations() const {
  const base::ViolationLog& log = nic_.violations();
  std::string text;
  for (const base::Violation& violation : log.first()) text += base::to_string(violation) + "\n";
  if (log.left_out() > 0) text += "and " + std::to_string(log.left_out()) + " more\n";
  return text;
}

std::string Card::violations_json() const {
  const base::ViolationLog& log = nic_.violations();
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const base::Violation& violation : log.first()) {
    all.push_back(base::to_json(violation, log.device()));
    all.back()["fails"] = nic_.fails(violation);
  }
  return all.dump(2) + "\n";
}

}  // namespace pspnic::embed
