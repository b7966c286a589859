// SPDX-License-Identifier: Apache-2.0
#include "model/base/stats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

namespace pspnic::base {
namespace {

using Json = nlohmann::ordered_json;

struct MacStats {
  explicit MacStats(StatGroup& parent) : group(parent, "mac_tx") {}
  StatGroup group;
  Counter frames{group, "frames", "frame", "Frames put on the wire"};
  Counter bytes{group, "bytes", "B", "Bytes put on the wire"};
  CounterArray drops{group, "drops", "packet", "Packets dropped by reason", {"too_long", "no_room"}};
  Gauge depth{group, "depth", "packet", "Packets held"};
  Histogram latency{group, "latency", "ps", "Arrival to last byte"};
  Formula rate{group, "rate", "Gb/s", "Bits a second", [this](const DumpContext& c) {
                 return static_cast<double>(bytes.value()) * 8e3 / static_cast<double>(c.elapsed_ps);
               }};
};

enum class Reason { kTooLong, kNoRoom };

TEST(Stats, CounterCounts) {
  StatGroup root("nic");
  Counter counter(root, "frames", "frame", "Frames");
  EXPECT_EQ(counter.value(), 0u);
  ++counter;
  counter++;
  counter += 40;
  EXPECT_EQ(counter.value(), 42u);
}

TEST(Stats, CounterArrayCountsByEnumeration) {
  StatGroup root("nic");
  MacStats stats(root);
  stats.drops.add(Reason::kNoRoom);
  stats.drops.add(Reason::kNoRoom, 2);
  stats.drops.add(0);
  EXPECT_EQ(stats.drops[Reason::kTooLong], 1u);
  EXPECT_EQ(stats.drops[Reason::kNoRoom], 3u);
  EXPECT_EQ(stats.drops.total(), 4u);
  EXPECT_EQ(stats.drops.label(1), "no_room");
}

TEST(Stats, GaugeIsWeightedWithTime) {
  StatGroup root("nic");
  Gauge gauge(root, "depth", "packet", "Packets held");
  gauge.set(10, 4);   // 0 for 10
  gauge.set(30, 1);   // 4 for 20
  gauge.set(100, 8);  // 1 for 70, then 8 for 100
  EXPECT_EQ(gauge.mean({.elapsed_ps = 200}), (0.0 * 10 + 4 * 20 + 1 * 70 + 8 * 100) / 200);
  EXPECT_EQ(gauge.min(), 0u);
  EXPECT_EQ(gauge.max(), 8u);
  EXPECT_EQ(gauge.value(), 8u);
}

TEST(Stats, GaugeSetAtTheStartReplacesZero) {
  StatGroup root("nic");
  Gauge gauge(root, "credits", "credit", "Credits left");
  gauge.set(0, 64);
  EXPECT_EQ(gauge.min(), 64u);
  gauge.sub(0, 10);
  EXPECT_EQ(gauge.max(), 64u) << "a peak of no duration counts";
  EXPECT_EQ(gauge.mean({.elapsed_ps = 10}), 54);
}

TEST(Stats, GaugeWithoutTimeIsItsValue) {
  StatGroup root("nic");
  Gauge gauge(root, "depth", "packet", "Packets held");
  gauge.set(0, 7);
  EXPECT_EQ(gauge.mean({}), 7);
}

TEST(Stats, GaugeMeanIsExactAtLateTimes) {
  StatGroup root("nic");
  Gauge gauge(root, "depth", "packet", "Packets held");
  const Time start = uint64_t{1} << 60;
  gauge.set(0, 3'000'000'000);
  root.reset(start);
  gauge.set(start + 1, 3'000'000'001);
  EXPECT_EQ(gauge.mean({.elapsed_ps = 2}), 3'000'000'000.5);
  EXPECT_EQ(gauge.mean({.elapsed_ps = 4}), 3'000'000'000.75);
}

TEST(Stats, GaugeMeanDoesNotDependOnTheOrderOfChanges) {
  std::mt19937_64 random(21);
  std::vector<std::pair<Time, uint64_t>> stays;  // each is held for a time
  for (int i = 0; i < 500; ++i) stays.emplace_back(random() % 100'000, 1 + random() % 1'000);
  StatGroup root("nic");
  Gauge gauge(root, "held", "packet", "Packets held");
  uint64_t area = 0;
  for (const auto& [when, duration] : stays) {
    gauge.add(when, 1);
    gauge.sub(when + duration, 1);
    area += duration;
  }
  EXPECT_EQ(gauge.value(), 0u);
  EXPECT_DOUBLE_EQ(gauge.mean({.elapsed_ps = 200'000}), static_cast<double>(area) / 200'000);
}

TEST(Stats, GaugeWindowReachesTheLastChange) {
  StatGroup root("nic");
  Gauge gauge(root, "depth", "packet", "Packets held");
  gauge.set(0, 2);
  gauge.set(100, 0);
  EXPECT_EQ(gauge.mean({.elapsed_ps = 50}), 2);
}

TEST(Stats, ResetStartsANewWindow) {
  StatGroup root("nic");
  MacStats stats(root);
  stats.frames += 5;
  stats.drops.add(Reason::kNoRoom);
  stats.latency.record(9);
  stats.depth.set(10, 6);
  stats.depth.set(20, 2);
  root.reset(100);
  EXPECT_EQ(stats.frames.value(), 0u);
  EXPECT_EQ(stats.drops.total(), 0u);
  EXPECT_EQ(stats.drops[Reason::kNoRoom], 0u);
  EXPECT_EQ(stats.frames.all_time(), 5u) << "what a device reports does not depend on who measures it";
  EXPECT_EQ(stats.drops.all_time(Reason::kNoRoom), 1u);
  EXPECT_EQ(stats.latency.count(), 0u);
  EXPECT_EQ(stats.depth.value(), 2u) << "what is held stays held";
  EXPECT_EQ(stats.depth.max(), 2u);
  stats.depth.set(150, 4);
  EXPECT_EQ(stats.depth.mean({.elapsed_ps = 100}), 3);
}

TEST(Stats, FormulaIsEvaluatedAtTheDump) {
  StatGroup root("nic");
  MacStats stats(root);
  stats.bytes += 1000;
  EXPECT_EQ(stats.rate.value({.elapsed_ps = 100'000}), 80);
  stats.bytes += 1000;
  EXPECT_EQ(stats.rate.value({.elapsed_ps = 100'000}), 160);
  EXPECT_EQ(Json::parse(to_json(root, {.elapsed_ps = 50'000}))["nic"]["mac_tx"]["rate"]["value"], 320);
}

TEST(Stats, FullNames) {
  StatGroup root("nic_a");
  MacStats stats(root);
  EXPECT_EQ(stats.group.full_name(), "nic_a.mac_tx");
  EXPECT_EQ(stats.frames.full_name(), "nic_a.mac_tx.frames");
  StatGroup nameless("");
  Counter counter(nameless, "events", "event", "Events");
  EXPECT_EQ(counter.full_name(), "events");
}

class Recorder final : public StatVisitor {
 public:
  void enter(const StatGroup& group) override { seen.push_back("{" + group.name()); }
  void leave(const StatGroup& group) override { seen.push_back(group.name() + "}"); }
  void visit(const Counter& stat) override { seen.push_back("counter " + stat.name()); }
  void visit(const CounterArray& stat) override { seen.push_back("array " + stat.name()); }
  void visit(const Gauge& stat) override { seen.push_back("gauge " + stat.name()); }
  void visit(const Histogram& stat) override { seen.push_back("histogram " + stat.name()); }
  void visit(const Formula& stat) override { seen.push_back("formula " + stat.name()); }
  std::vector<std::string> seen;
};

TEST(Stats, VisitorWalksInOrderOfConstruction) {
  StatGroup root("nic");
  Counter first(root, "z", "1", "First");
  const MacStats stats(root);
  Counter last(root, "a", "1", "Last");
  Recorder recorder;
  root.visit(recorder);
  EXPECT_THAT(recorder.seen,
              testing::ElementsAre("{nic", "counter z", "{mac_tx", "counter frames", "counter bytes",
                                   "array drops", "gauge depth", "histogram latency", "formula rate",
                                   "mac_tx}", "counter a", "nic}"));
}

TEST(Stats, JsonShape) {
  StatGroup root("nic");
  MacStats stats(root);
  stats.frames += 3;
  stats.bytes += 125;
  stats.drops.add(Reason::kTooLong);
  stats.depth.set(0, 1);
  stats.depth.set(500, 3);
  for (uint64_t i = 1; i <= 100; ++i) stats.latency.record(i);
  const std::string expected = R"({
  "nic": {
    "mac_tx": {
      "frames": {"value": 3, "unit": "frame", "description": "Frames put on the wire"},
      "bytes": {"value": 125, "unit": "B", "description": "Bytes put on the wire"},
      "drops": {"value": {"too_long": 1, "no_room": 0}, "total": 1, "unit": "packet",
                "description": "Packets dropped by reason"},
      "depth": {"value": 3, "mean": 2.0, "min": 1, "max": 3, "unit": "packet", "description": "Packets held"},
      "latency": {"count": 100, "mean": 50.5, "min": 1, "p50": 50, "p90": 90, "p99": 99, "p99.9": 100,
                  "max": 100, "unit": "ps", "description": "Arrival to last byte"},
      "rate": {"value": 1000.0, "unit": "Gb/s", "description": "Bits a second"}
    }
  }
})";
  EXPECT_EQ(to_json(root, {.elapsed_ps = 1000}), Json::parse(expected).dump(2) + "\n");
}

TEST(Stats, JsonIsTheSameEveryTime) {
  StatGroup root("nic");
  MacStats stats(root);
  stats.depth.set(3, 1);
  EXPECT_EQ(to_json(root, {.elapsed_ps = 7}), to_json(root, {.elapsed_ps = 7}));
}

TEST(Stats, JsonOfWhatDoesNotExistIsNull) {
  StatGroup root("nic");
  const MacStats stats(root);
  const Json json = Json::parse(to_json(root, {}));
  const Json& mac = json["nic"]["mac_tx"];
  EXPECT_TRUE(mac["rate"]["value"].is_null()) << "0/0";
  EXPECT_EQ(mac["latency"]["count"], 0);
  for (const char* key : {"mean", "min", "p50", "p90", "p99", "p99.9", "max"}) {
    EXPECT_TRUE(mac["latency"].contains(key)) << key;
    EXPECT_TRUE(mac["latency"][key].is_null()) << key;
  }
}

TEST(Stats, JsonOfANamelessRootIsItsContent) {
  StatGroup root("");
  StatGroup a(root, "nic_a");
  StatGroup b(root, "nic_b");
  Counter counter(b, "events", "event", "Events");
  ++counter;
  const Json json = Json::parse(to_json(root, {}));
  EXPECT_EQ(json.size(), 2u);
  EXPECT_TRUE(json["nic_a"].empty());
  EXPECT_EQ(json["nic_b"]["events"]["value"], 1);
}

TEST(Stats, JsonKeepsLargeCounters) {
  StatGroup root("nic");
  Counter counter(root, "bytes", "B", "Bytes");
  counter += ~uint64_t{0};
  EXPECT_EQ(Json::parse(to_json(root, {}))["nic"]["bytes"]["value"], ~uint64_t{0});
}

TEST(Stats, MistakesOfTheProgramAreLogicErrors) {
  StatGroup root("nic");
  Counter counter(root, "frames", "frame", "Frames");
  EXPECT_THROW(Counter(root, "frames", "frame", "Frames again"), std::logic_error);
  EXPECT_THROW(StatGroup(root, "frames"), std::logic_error);
  EXPECT_THROW(StatGroup(root, ""), std::logic_error);
  EXPECT_THROW(StatGroup("a.b"), std::logic_error);
  EXPECT_THROW(Counter(root, "", "frame", "No name"), std::logic_error);
  EXPECT_THROW(Counter(root, "a b", "frame", "Bad name"), std::logic_error);
  EXPECT_THROW(Counter(root, "no_unit", "", "No unit"), std::logic_error);
  EXPECT_THROW(Gauge(root, "no_description", "1", ""), std::logic_error);
  EXPECT_THROW(Formula(root, "no_function", "1", "No function", nullptr), std::logic_error);
  EXPECT_THROW(CounterArray(root, "twice", "1", "Label twice", {"a", "a"}), std::logic_error);
}

TEST(Stats, AFailedStatLeavesNothingBehind) {
  StatGroup root("nic");
  EXPECT_THROW(Counter(root, "x", "", "No unit"), std::logic_error);
  EXPECT_THROW(Formula(root, "y", "1", "No function", nullptr), std::logic_error);
  EXPECT_THROW(CounterArray(root, "z", "1", "Label twice", {"a", "a"}), std::logic_error);
  EXPECT_EQ(to_json(root, {}), "{\n  \"nic\": {}\n}\n");
}

}  // namespace
}  // namespace pspnic::base
