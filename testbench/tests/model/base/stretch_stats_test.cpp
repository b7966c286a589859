// SPDX-License-Identifier: Apache-2.0
#include "model/base/stretch_stats.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

namespace pspnic::base {
namespace {

class Values : public StatVisitor {
 public:
  explicit Values(Time elapsed) : context_{elapsed} {}
  void visit(const Counter&) override {}
  void visit(const CounterArray&) override {}
  void visit(const Gauge&) override {}
  void visit(const Histogram&) override {}
  void visit(const Formula& formula) override { values[formula.full_name()] = formula.value(context_); }

  std::map<std::string, double> values;

 private:
  DumpContext context_;
};

TEST(StretchStats, ShowTheMeasuredWindowAndTheBottleneck) {
  Stretch stretch("tx", {{.name = "parse", .servers = 1, .capacity = 8, .max_weight = 1},
                         {.name = "seal", .servers = 2, .capacity = 2, .max_weight = 1}});
  StatGroup root("nic");
  StatGroup stages(root, "tx");
  StretchStats stats(stages, stretch);
  const std::array<Service, 2> services{{{10, 10}, {80, 100}}};
  // Of each pair the second passes `parse` right behind the first; one pair in 100 ps keeps both lanes at 80
  // %.
  for (Time now = 0; now < 2000; now += 100) {
    if (now == 1000) stats.begin(now);
    stretch.pass(now, services);
    stretch.pass(now, services);
  }
  stats.end(2000);
  Values seen(1000);
  root.visit(seen);
  const auto& values = seen.values;
  ASSERT_EQ(values.size(), 2u + 2 * 7u);
  double sum = 0;
  for (const char* part : {"busy", "blocked", "starved"})
    sum += values.at(std::string("nic.tx.seal.") + part);
  EXPECT_DOUBLE_EQ(sum, 1.0);
  EXPECT_DOUBLE_EQ(values.at("nic.tx.parse.busy"),
                   static_cast<double>(stats.window().stages[0].busy) / 1000.0);
  EXPECT_GT(values.at("nic.tx.parse.blocked"), 0.0) << "two slots in front of seal hold parse back";
  EXPECT_DOUBLE_EQ(values.at("nic.tx.parse.waiting") * static_cast<double>(stats.window().stages[0].started),
                   values.at("nic.tx.parse.depth") * 1000.0);
  EXPECT_EQ(stats.bottleneck().stage, 1u);
  EXPECT_DOUBLE_EQ(stats.bottleneck().utilisation, values.at("nic.tx.seal.busy"));
}

}  // namespace
}  // namespace pspnic::base
