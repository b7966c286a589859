// SPDX-License-Identifier: Apache-2.0
// base::Stretch against the event-driven reference: random shapes, services, weights and traffic, every time
// of every item and every sum of the books equal to the picosecond.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "model/base/stretch.h"
#include "testbench/tests/model/base/stretch_reference.h"

namespace pspnic::base {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr size_t kItemsInAll = 60'000;
#else
constexpr size_t kItemsInAll = 1'200'000;
#endif
constexpr uint64_t kSeed = 20240229;

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  uint64_t between(uint64_t low, uint64_t high) { return low + engine_() % (high - low + 1); }
  bool one_in(uint64_t n) { return between(1, n) == 1; }

 private:
  std::mt19937_64 engine_;
};

// How a stage's services are drawn. Small ranges make many things happen at the same picosecond.
struct ServiceShape {
  Time occupancy_low, occupancy_high, latency_low, latency_high;
};

struct Experiment {
  std::vector<StageConfig> stages;
  std::vector<ServiceShape> services;
  bool weighted = false;
  std::vector<reference::Item> items;
  std::vector<Time> told;       // simulation time at which an item is passed, at or before its arrival
  std::vector<Time> snapshots;  // ascending
};

ServiceShape draw_service(Dice& dice, Time scale) {
  const Time occupancy = dice.between(0, scale);
  const Time latency = dice.between(0, 3 * scale);
  switch (dice.between(0, 3)) {
    case 0:
      return {occupancy, occupancy, latency, latency};  // constant
    case 1:
      return {0, occupancy, 0, latency};
    case 2:
      return {occupancy, 2 * occupancy, 0, occupancy};  // result leaves before the server is free
    default:
      return {0, occupancy / 4, occupancy, latency + occupancy};  // pipelined
  }
}

void draw_items(Dice& dice, Experiment& e, size_t count, Time scale) {
  const Time gap = dice.between(0, 2 * scale);
  const uint64_t burst = dice.between(1, 40);
  const Time lead = dice.one_in(3) ? dice.between(0, 200 * scale) : 0;
  const bool gated = dice.one_in(3);
  Time now = 0, told = 0;
  for (size_t n = 0; n < count; ++n) {
    if (dice.one_in(burst))
      now += dice.one_in(20) ? dice.between(0, 60 * scale) : dice.between(0, gap * burst);
    reference::Item item;
    item.arrival = now;
    if (gated && dice.one_in(2)) item.sink_ready = now + dice.between(0, 10 * scale);
    for (size_t i = 0; i < e.stages.size(); ++i) {
      const ServiceShape& s = e.services[i];
      item.work.push_back({dice.between(s.occupancy_low, s.occupancy_high),
                           dice.between(s.latency_low, std::max(s.latency_low, s.latency_high)),
                           e.stages[i].max_weight > 1 ? dice.between(0, e.stages[i].max_weight) : 1});
    }
    e.items.push_back(item);
    told = std::max(told, now - std::min(now, lead == 0 ? 0 : dice.between(0, lead)));
    e.told.push_back(told);
  }
}

Experiment draw(Dice& dice, size_t count) {
  Experiment e;
  const Time scale = std::vector<Time>{2, 5, 100, 10'000}[dice.between(0, 3)];
  e.weighted = dice.one_in(2);
  const size_t stages = dice.between(1, 8);
  for (size_t i = 0; i < stages; ++i) {
    StageConfig config;
    config.name = "stage" + std::to_string(i);
    config.servers = static_cast<unsigned>(dice.between(1, 4));
    config.capacity = dice.between(1, dice.one_in(2) ? 4 : 64);
    if (dice.one_in(10)) config.capacity = dice.between(900, 1100);
    if (e.weighted && dice.one_in(4)) config.capacity = dice.between(64, 9216);
    config.max_weight =
        e.weighted ? dice.between(1, dice.one_in(3) ? config.capacity : (config.capacity + 7) / 8) : 1;
    e.stages.push_back(config);
    e.services.push_back(draw_service(dice, scale));
  }
  draw_items(dice, e, count, scale);
  const Time last = e.items.back().arrival;
  for (uint64_t n = dice.between(0, 6); n > 0; --n) e.snapshots.push_back(dice.between(0, last));
  e.snapshots.push_back(e.items[dice.between(0, count - 1)].arrival);  // at the very picosecond of an arrival
  e.snapshots.push_back(last + dice.between(0, 50 * scale));           // while the last ones are on their way
  e.snapshots.push_back(last + 100'000'000'000);                       // long after
  std::sort(e.snapshots.begin(), e.snapshots.end());
  return e;
}

std::string describe(const StageAccount& a) {
  std::ostringstream text;
  text << "busy " << a.busy << " blocked " << a.blocked << " starved " << a.starved << " waiting "
       << a.waiting << " reordering " << a.reordering << " arrived " << a.arrived << " started " << a.started
       << " departed " << a.departed;
  return text.str();
}

std::string compare(const StretchAccount& got, const reference::Snapshot& want) {
  if (got.door.arrived != want.door_arrived || got.door.admitted != want.admitted ||
      got.door.waiting != want.door_waiting) {
    return "door";
  }
  for (size_t i = 0; i < got.stages.size(); ++i) {
    const reference::Sums& w = want.stages[i];
    const StageAccount expected{w.busy,       w.blocked, w.starved, w.waiting,
                                w.reordering, w.arrived, w.started, w.departed};
    const std::string a = describe(got.stages[i]), b = describe(expected);
    if (a != b) return "stage " + std::to_string(i) + ": " + a + ", expected " + b;
  }
  return {};
}

std::string compare(const Passage& got, const reference::Simulation& want, size_t item) {
  std::ostringstream text;
  for (size_t i = 0; i < got.stages(); ++i) {
    const reference::Times& t = want.times(item)[i];
    if (got.arrival(i) == t.arrival && got[i].start == t.start && got[i].departure == t.departure &&
        got[i].server == t.server) {
      continue;
    }
    text << "item " << item << " stage " << i << ": arrival " << got.arrival(i) << " start " << got[i].start
         << " departure " << got[i].departure << " server " << got[i].server << ", expected " << t.arrival
         << ' ' << t.start << ' ' << t.departure << ' ' << t.server;
    break;
  }
  return text.str();
}

// What the experiments have met, so that an empty comparison cannot pass for a proof.
struct Met {
  size_t items = 0;
  size_t snapshots = 0;
  size_t snapshots_with_items_inside = 0;
  size_t stages_blocked_with_several_servers = 0;
  size_t stages_reordering = 0;
  size_t items_held_at_door = 0;
  size_t items_passed_ahead = 0;
};

void note(Met& met, const Experiment& e, const StretchAccount& account) {
  ++met.snapshots;
  met.snapshots_with_items_inside += account.held() > 0;
  for (size_t i = 0; i < e.stages.size(); ++i) {
    met.stages_blocked_with_several_servers += e.stages[i].servers > 1 && account.stages[i].blocked > 0;
    met.stages_reordering += account.stages[i].reordering > 0;
  }
}

// First difference, or nothing.
std::string run(const Experiment& e, Met& met) {
  std::vector<reference::StageShape> shape;
  for (const StageConfig& config : e.stages) shape.push_back({config.servers, config.capacity});
  reference::Simulation simulation(shape, e.items);
  const std::vector<reference::Snapshot> expected = simulation.run(e.snapshots);
  if (simulation.done() != e.items.size()) return "the reference did not finish";

  Stretch stretch("random", e.stages);
  size_t taken = 0;
  const auto take_snapshots_before = [&](Time limit) -> std::string {
    for (; taken < e.snapshots.size() && e.snapshots[taken] < limit; ++taken) {
      const StretchAccount account = stretch.account(e.snapshots[taken]);
      note(met, e, account);
      const std::string difference = compare(account, expected[taken]);
      if (!difference.empty()) return "at " + std::to_string(e.snapshots[taken]) + ": " + difference;
    }
    return {};
  };
  std::vector<Service> services(e.stages.size());
  std::vector<uint64_t> weights(e.stages.size());
  for (size_t n = 0; n < e.items.size(); ++n, ++met.items) {
    if (std::string difference = take_snapshots_before(e.told[n]); !difference.empty()) return difference;
    for (size_t i = 0; i < services.size(); ++i) {
      services[i] = {e.items[n].work[i].occupancy, e.items[n].work[i].latency};
      weights[i] = e.items[n].work[i].weight;
    }
    const Time room = stretch.room(e.items[n].arrival, weights[0]);
    const Passage passage = stretch.pass(
        e.told[n], e.items[n].arrival, services,
        e.weighted ? std::span<const uint64_t>(weights) : std::span<const uint64_t>(), e.items[n].sink_ready);
    met.items_held_at_door += passage.admitted() > passage.arrival();
    met.items_passed_ahead += e.told[n] < e.items[n].arrival;
    if (room != passage.admitted()) return "room() disagrees with pass() at item " + std::to_string(n);
    if (std::string difference = compare(passage, simulation, n); !difference.empty()) return difference;
  }
  return take_snapshots_before(kNever);
}

TEST(StretchRandom, EqualsEventDrivenReferenceToThePicosecond) {
  Met met;
  for (uint64_t experiment = 0; met.items < kItemsInAll; ++experiment) {
    Dice dice(kSeed + experiment);
    const size_t count = experiment % 50 == 0 ? 10'000 : dice.between(1, 600);
    const std::string difference = run(draw(dice, count), met);
    ASSERT_EQ(difference, "") << "experiment " << experiment;
  }
  EXPECT_GE(met.items, kItemsInAll);
  EXPECT_GT(met.snapshots_with_items_inside, met.snapshots / 10);
  EXPECT_GT(met.stages_blocked_with_several_servers, met.snapshots / 10);
  EXPECT_GT(met.stages_reordering, met.snapshots / 10);
  EXPECT_GT(met.items_held_at_door, met.items / 10);
  EXPECT_GT(met.items_passed_ahead, met.items / 10);
  RecordProperty("items", std::to_string(met.items));
  RecordProperty("snapshots", std::to_string(met.snapshots));
}

}  // namespace
}  // namespace pspnic::base
