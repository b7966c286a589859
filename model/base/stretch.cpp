// SPDX-License-Identifier: Apache-2.0
#include "model/base/stretch.h"

#include <algorithm>
#include <stdexcept>

#include "model/base/config_error.h"

namespace pspnic::base {

namespace {

// Few: the log grows to the items under way, and a short one stays in the cache.
constexpr size_t kInitialLogRows = 8;

// A larger buffer is rarely full, and its slots would wander through the cache.
constexpr uint64_t kMaxSlots = 1024;

void require(bool holds, const std::string& place, const std::string& rule) {
  if (!holds) throw ConfigError(place, rule);
}

const std::vector<StageConfig>& checked(const std::string& name, const std::vector<StageConfig>& stages) {
  require(
      !stages.empty() && stages.size() <= Stretch::kMaxStages, name,
      "has " + std::to_string(stages.size()) + " stages, must be 1.." + std::to_string(Stretch::kMaxStages));
  for (const StageConfig& stage : stages) {
    const std::string place = name + "." + stage.name;
    require(
        stage.servers >= 1 && stage.servers <= Servers::kMax, place,
        "servers is " + std::to_string(stage.servers) + ", must lie in 1.." + std::to_string(Servers::kMax));
    require(stage.max_weight >= 1, place, "max_weight is 0, must be at least 1");
    require(stage.max_weight <= stage.capacity, place,
            "the largest item has " + std::to_string(stage.max_weight) +
                " units, more than the buffer's capacity of " + std::to_string(stage.capacity) +
                ": it could never enter");
  }
  return stages;
}

}  // namespace

Stretch::Stage::Stage(const StageConfig& config)
    : slots(config.capacity <= kMaxSlots ? static_cast<uint32_t>(config.capacity) : 1),
      by_item(config.max_weight == 1 && config.capacity <= kMaxSlots),
      servers(config.servers),
      units(config.capacity) {}

Stretch::Stretch(std::string name, std::vector<StageConfig> stages)
    : name_(std::move(name)),
      configs_(checked(name_, stages)),
      count_(configs_.size()),
      mask_(kInitialLogRows - 1) {
  for (const StageConfig& config : configs_) {
    stages_.emplace_back(config);
    books_.emplace_back(config.servers);
  }
  by_item_ = std::ranges::all_of(stages_, &Stage::by_item);
  ones_.fill(1);
  log_.resize(kInitialLogRows * (count_ + 1));
}

Passage Stretch::pass(Time now, Time arrival, std::span<const Service> services,
                      std::span<const uint64_t> weights, Time sink_ready) {
  check(services, weights);
  now_ = std::max(now_, now);
  return enter(std::max(arrival, now_), services, weights.empty() ? ones_.data() : weights.data(),
               sink_ready);
}

Passage Stretch::pass_late(Time now, Time arrival, std::span<const Service> services, Time sink_ready) {
  check(services, {});
  now_ = std::max(now_, now);
  return enter(std::max(arrival, accounted_), services, ones_.data(), sink_ready);
}

inline Passage Stretch::enter(Time arrival, std::span<const Service> services, const uint64_t* weight,
                              Time sink_ready) {
  return by_item_ ? run<true>(arrival, services.data(), weight, sink_ready)
                  : run<false>(arrival, services.data(), weight, sink_ready);
}

template <bool ByItem>
Passage Stretch::run(Time arrival, const Service* service, const uint64_t* weight, Time sink_ready) {
  if (tail_ - head_ > mask_) make_room();
  Visit* const door = &log_[(tail_++ & mask_) * (count_ + 1)];
  Stage* stage = stages_.data();
  Time here = stage->claim<ByItem>(std::max(arrival, last_admitted_), weight[0]);
  last_admitted_ = here;
  door->start = arrival;
  door->departure = here;
  Visit* visit = door;
  for (Stage* const last = stage + count_ - 1;; ++stage, ++service, ++weight) {
    // From here on it is the head of the queue; what then keeps it from a free server is the next buffer.
    const Time head_since = std::max(here, stage->last_start);
    const Time able = std::max(head_since, stage->servers.first_free_at());
    const Time start = stage != last ? stage[1].claim<ByItem>(able, weight[1]) : std::max(able, sink_ready);
    const Time ready = start + service->latency;
    const Time free = start + service->occupancy;
    stage->sums.busy += service->occupancy;
    stage->sums.waiting += start - here;
    if (start > able) stage->sums.blocked += stage->servers.idle_between(head_since, start);
    here = std::max(ready, stage->last_departure);
    stage->sums.reordering += here - ready;
    stage->last_start = start;
    stage->last_departure = here;
    *++visit = {
        .start = start, .free = free, .ready = ready, .departure = here, .server = stage->servers.first()};
    stage->servers.occupy(free);
    stage->release<ByItem>(here, *weight);
    if (stage == last) break;
  }
  return Passage(door, count_);
}

void Stretch::check(std::span<const Service> services, std::span<const uint64_t> weights) const {
  if (services.size() != count_) throw std::logic_error(name_ + ": one service a stage is needed");
  if (weights.empty()) return;
  if (weights.size() != count_) throw std::logic_error(name_ + ": one weight a stage is needed, or none");
  for (size_t i = 0; i < weights.size(); ++i) {
    const uint64_t least = configs_[i].max_weight == 1 ? 1 : 0;
    if (weights[i] > configs_[i].max_weight || weights[i] < least) {
      throw std::logic_error(name_ + "." + configs_[i].name + ": an item has " + std::to_string(weights[i]) +
                             " units, max_weight is " + std::to_string(configs_[i].max_weight));
    }
  }
}

// The items are entered in order; those before this one have been.
void Stretch::Book::enter(const Visit& before, const Visit& visit) {
  const Time arrival = before.departure;
  const Time head_since = std::max(arrival, last_start);
  if (visit.start > head_since) sums.blocked += servers.idle_between(head_since, visit.start);
  sums.busy += visit.free - visit.start;
  sums.waiting += visit.start - arrival;
  sums.reordering += visit.departure - visit.ready;
  servers.occupy(visit.free);
  last_start = visit.start;
}

// The same up to `now` only; what the item's server does beyond it is taken off with overhang().
void Stretch::Book::enter_clipped(const Visit& before, const Visit& visit, Time now) {
  const Time arrival = before.departure;
  if (arrival > now) return;
  ++sums.arrived;
  const Time head_since = std::max(arrival, last_start);
  const Time until = std::min(visit.start, now);
  if (until > head_since) sums.blocked += servers.idle_between(head_since, until);
  sums.waiting += until - arrival;
  last_start = visit.start;
  if (visit.start > now) return;
  ++sums.started;
  sums.busy += visit.free - visit.start;
  servers.occupy(visit.free);
  if (visit.ready <= now) sums.reordering += std::min(visit.departure, now) - visit.ready;
  if (visit.departure <= now) ++sums.departed;
}

// Forgets the items that have left at now_; only their occupancy may reach beyond it.
void Stretch::retire() {
  const size_t first = head_;
  for (; head_ != tail_; ++head_) {
    const Visit* visit = row(head_);
    if (visit[count_].departure > now_) break;
    door_.waiting += visit->departure - visit->start;
    for (Book& book : books_) book.pass(*++visit);
  }
  door_.arrived += head_ - first;
  door_.admitted += head_ - first;
}

void Stretch::make_room() {
  retire();
  const size_t used = tail_ - head_;
  // Nearly full rows would be retired one by one; with a quarter free they go in batches.
  const size_t rows = mask_ + 1;
  if (used <= rows - rows / 4) return;
  const size_t width = count_ + 1;
  std::vector<Visit> larger(2 * rows * width);
  for (size_t i = 0; i < used; ++i) std::copy_n(row(head_ + i), width, &larger[i * width]);
  log_ = std::move(larger);
  mask_ = 2 * rows - 1;
  head_ = 0;
  tail_ = used;
}

StretchAccount Stretch::account(Time now) {
  if (now < now_) throw std::logic_error(name_ + ": account() asked for a time that is already in the books");
  now_ = accounted_ = now;
  retire();
  StretchAccount account{.now = now, .door = door_, .stages = {}};
  for (size_t item = head_; item != tail_; ++item) {
    const Visit& door = row(item)[0];
    if (door.start > now) continue;
    ++account.door.arrived;
    account.door.admitted += door.departure <= now;
    account.door.waiting += std::min(door.departure, now) - door.start;
  }
  for (size_t i = 0; i < count_; ++i) account.stages.push_back(account_of(i, now));
  return account;
}

// What the items under way will have summed up is taken off, and added as far as it lies before `now`.
StageAccount Stretch::account_of(size_t stage, Time now) const {
  Book whole = books_[stage];
  whole.servers.settle();
  Book clipped = whole;
  for (size_t item = head_; item != tail_; ++item) {
    whole.enter(row(item)[stage], row(item)[stage + 1]);
    clipped.enter_clipped(row(item)[stage], row(item)[stage + 1], now);
  }
  StageAccount sums = stages_[stage].sums.since(whole.sums);
  sums.busy += clipped.sums.busy - clipped.servers.overhang(now);
  sums.blocked += clipped.sums.blocked;
  sums.waiting += clipped.sums.waiting;
  sums.reordering += clipped.sums.reordering;
  sums.arrived = door_.arrived + clipped.sums.arrived;
  sums.started = door_.arrived + clipped.sums.started;
  sums.departed = door_.arrived + clipped.sums.departed;
  sums.starved = clipped.servers.count() * now - sums.busy - sums.blocked;
  return sums;
}

StageAccount StageAccount::since(const StageAccount& earlier) const {
  return {.busy = busy - earlier.busy,
          .blocked = blocked - earlier.blocked,
          .starved = starved - earlier.starved,
          .waiting = waiting - earlier.waiting,
          .reordering = reordering - earlier.reordering,
          .arrived = arrived - earlier.arrived,
          .started = started - earlier.started,
          .departed = departed - earlier.departed};
}

DoorAccount DoorAccount::since(const DoorAccount& earlier) const {
  return {.arrived = arrived - earlier.arrived,
          .admitted = admitted - earlier.admitted,
          .waiting = waiting - earlier.waiting};
}

StretchAccount StretchAccount::since(const StretchAccount& earlier) const {
  StretchAccount window{.now = now - earlier.now, .door = door.since(earlier.door), .stages = {}};
  for (size_t i = 0; i < stages.size(); ++i) window.stages.push_back(stages[i].since(earlier.stages[i]));
  return window;
}

uint64_t StretchAccount::held() const {
  return door.admitted - stages.back().departed;
}

}  // namespace pspnic::base
