// SPDX-License-Identifier: Apache-2.0
#include "model/flow/flow_table.h"

#include <algorithm>

namespace pspnic::flow {

namespace {

constexpr std::array kLacking{Headers::Lacks::kPorts, Headers::Lacks::kProtocolAndPorts,
                              Headers::Lacks::kAllOfIp, Headers::Lacks::kAllButVport};

size_t place_of(Headers::Lacks lacks) {
  return static_cast<size_t>(lacks);
}

}  // namespace

FlowTable::FlowTable(base::StatGroup& parent, const FlowParams& params)
    : params_(params), group_(parent, "flow") {}

FlowTable::Cost FlowTable::cost() const {
  if (empty()) return {};
  const unsigned probes = params_.probe_cycles * static_cast<unsigned>(tuples_.size());
  return {probes, probes + params_.latency_cycles};
}

FlowTable::Tuple* FlowTable::tuple_of(const Cell& mask) {
  const auto found =
      std::find_if(tuples_.begin(), tuples_.end(), [&](const Tuple& tuple) { return tuple.mask == mask; });
  return found == tuples_.end() ? nullptr : &*found;
}

uint16_t FlowTable::take_slot() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<uint16_t>(slots_.size() - 1);
  }
  const uint16_t slot = free_.back();
  free_.pop_back();
  return slot;
}

void FlowTable::count_spis(const Rule& rule, bool add) {
  for (const uint32_t spi : rule.rx_spis) {
    if (spi == 0) continue;
    if (add) {
      spis_[spi]++;
    } else if (--spis_[spi] == 0) {
      spis_.erase(spi);
    }
  }
}

Added FlowTable::add(const Rule& rule, bool replace) {
  const Cell mask = mask_of(rule.match);
  const Cell cell = cell_of(rule.match);
  Tuple* tuple = tuple_of(mask);
  if (tuple != nullptr) {
    if (const auto same = tuple->rules.find(cell); same != tuple->rules.end()) {
      Slot& slot = slots_[same->second];
      const uint32_t id = id_of(same->second, slot.generation);
      if (!replace) return {AddStatus::kExists, id};
      count_spis(rule, true);
      count_spis(slot.rule, false);
      slot.rule = rule;
      return {AddStatus::kReplaced, id};
    }
  }
  if (used_ >= params_.entries) return {AddStatus::kFull, 0};
  if (tuple == nullptr) {
    if (tuples_.size() >= params_.masks) return {AddStatus::kTooManyMasks, 0};
    const unsigned bits = mask.bits();
    const auto place =
        std::find_if(tuples_.begin(), tuples_.end(), [&](const Tuple& other) { return other.bits < bits; });
    tuple = &*tuples_.insert(place, Tuple{mask, bits, {}, {}});
  }
  const uint16_t number = take_slot();
  Slot& slot = slots_[number];
  slot.rule = rule;
  slot.counters = {};
  slot.age = next_age_++;
  slot.generation++;
  slot.used = true;
  tuple->rules.emplace(cell, number);
  for (const Headers::Lacks lacks : kLacking) {
    if ((mask & lacking(lacks)).any()) tuple->vague[place_of(lacks)][cell & ~lacking(lacks)]++;
  }
  count_spis(rule, true);
  ++used_;
  return {AddStatus::kAdded, id_of(number, slot.generation)};
}

const FlowTable::Slot* FlowTable::slot_of(uint32_t id) const {
  const size_t number = id & 0xffff;
  if (number >= slots_.size()) return nullptr;
  const Slot& slot = slots_[number];
  return slot.used && slot.generation == id >> 16 ? &slot : nullptr;
}

bool FlowTable::remove(uint32_t id) {
  if (slot_of(id) == nullptr) return false;
  const auto number = static_cast<uint16_t>(id & 0xffff);
  Slot& slot = slots_[number];
  const Cell mask = mask_of(slot.rule.match);
  const Cell cell = cell_of(slot.rule.match);
  Tuple& tuple = *tuple_of(mask);
  tuple.rules.erase(cell);
  for (const Headers::Lacks lacks : kLacking) {
    auto& vague = tuple.vague[place_of(lacks)];
    const auto count = vague.find(cell & ~lacking(lacks));
    if (count != vague.end() && --count->second == 0) vague.erase(count);
  }
  if (tuple.rules.empty()) tuples_.erase(tuples_.begin() + (&tuple - tuples_.data()));
  count_spis(slot.rule, false);
  slot.used = false;
  free_.push_back(number);
  --used_;
  return true;
}

void FlowTable::clear() {
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].used) remove(id_of(static_cast<uint16_t>(i), slots_[i].generation));
  }
}

const Rule* FlowTable::rule(uint32_t id) const {
  const Slot* slot = slot_of(id);
  return slot == nullptr ? nullptr : &slot->rule;
}

const Counters* FlowTable::counters(uint32_t id) const {
  const Slot* slot = slot_of(id);
  return slot == nullptr ? nullptr : &slot->counters;
}

Counters* FlowTable::counters(uint32_t id) {
  return slot_of(id) == nullptr ? nullptr : &slots_[id & 0xffff].counters;
}

FlowTable::Found FlowTable::find_sent(std::span<const uint8_t> frame, const net::Parsed& parsed,
                                      uint16_t vport) {
  sent_++;
  const std::optional<Headers> headers = headers_of(frame, parsed, vport);
  const Found found = headers ? find(*headers) : Found{};
  if (found.kind == Found::Kind::kUnclear) unclear_++;
  return found;
}

FlowTable::Found FlowTable::find_received(std::span<const uint8_t> frame, const net::Parsed& parsed,
                                          uint16_t vport) {
  received_++;
  const std::optional<Headers> headers = headers_of(frame, parsed, vport);
  const Found found = headers ? find(headers->reversed()) : Found{};
  if (found.kind == Found::Kind::kUnclear) unclear_++;
  return found;
}

FlowTable::Found FlowTable::find(const Headers& headers) const {
  const Cell& unknown = lacking(headers.lacks);
  const bool lacks = headers.lacks != Headers::Lacks::kNothing;
  const Slot* best = nullptr;
  unsigned best_bits = 0;
  uint16_t best_number = 0;
  bool unclear = false;
  for (const Tuple& tuple : tuples_) {
    if (best != nullptr && tuple.bits < best_bits) break;
    if (lacks && (tuple.mask & unknown).any()) {
      const auto& vague = tuple.vague[place_of(headers.lacks)];
      unclear = unclear || vague.contains(headers.cell & tuple.mask & ~unknown);
      continue;
    }
    const auto match = tuple.rules.find(headers.cell & tuple.mask);
    if (match == tuple.rules.end()) continue;
    const Slot& slot = slots_[match->second];
    if (best != nullptr && slot.age > best->age) continue;
    best = &slot;
    best_bits = tuple.bits;
    best_number = match->second;
  }
  if (best != nullptr) return {Found::Kind::kRule, id_of(best_number, best->generation), &best->rule};
  return {unclear ? Found::Kind::kUnclear : Found::Kind::kNone, 0, nullptr};
}

void FlowTable::set_encapsulation(const SaName& sa, const Encapsulation& encapsulation) {
  templates_[sa.index] = {sa.tag, encapsulation};
  longest_overhead_ = std::max(longest_overhead_, encapsulation.overhead_bytes());
}

void FlowTable::remove_encapsulation(uint32_t index) {
  const auto old = templates_.find(index);
  if (old == templates_.end()) return;
  const size_t overhead = old->second.encapsulation.overhead_bytes();
  templates_.erase(old);
  if (overhead == longest_overhead_) find_longest_overhead();
}

void FlowTable::find_longest_overhead() {
  longest_overhead_ = 0;
  for (const auto& [number, held] : templates_) {
    longest_overhead_ = std::max(longest_overhead_, held.encapsulation.overhead_bytes());
  }
}

const Encapsulation* FlowTable::encapsulation(const SaName& sa) const {
  const auto found = templates_.find(sa.index);
  return found != templates_.end() && found->second.tag == sa.tag ? &found->second.encapsulation : nullptr;
}

}  // namespace pspnic::flow
