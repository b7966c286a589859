// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/what_helps.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <numeric>
#include <optional>

#include "testbench/bench/run.h"
#include "testbench/explain/variants.h"
#include "testbench/size/runs.h"
#include "testbench/sweep/configuration.h"
#include "testbench/sweep/point_result.h"
#include "testbench/sweep/pool.h"

namespace pspnic::size {

namespace {

constexpr double kFactor = 2;
constexpr double kHelps = 1.01;  // of the rate, or of the latency
constexpr size_t kShown = 6;

class Ends : public sweep::PoolWatcher {
 public:
  Ends(size_t count, const Tell& tell) : results(count), tell_(tell) {}
  void on_start(size_t) override {}
  void on_end(const sweep::ChildEnd& end) override {
    ++ended_;
    tell_(fmt::format("what else would help, {} of {}", ended_, results.size()));
    if (end.signal != 0 || end.exit_status != 0) return;
    results[end.point] = sweep::read_result(end.log, "a run").headlines;
  }
  void on_time(size_t) override {}

  std::vector<std::optional<std::vector<sweep::Headline>>> results;

 private:
  const Tell& tell_;
  size_t ended_ = 0;
};

bool helps(const Goal& goal, const Measured& reached, const Measured& run) {
  if (meets(goal, run)) return true;
  const bool slow = reached.rate < goal.rate * (1 - goal.tolerance);
  if (slow) return run.rate > reached.rate * kHelps;
  if (reached.drops > goal.drops) return run.drops < reached.drops;
  return run.p99 * kHelps < reached.p99;
}

}  // namespace

std::vector<Help> what_helps(const Problem& problem, const GridPoint& largest, const Measured& reached,
                             unsigned jobs, sweep::Signals& signals, const Tell& tell) {
  sweep::Plan plan = problem.plan;
  plan.points.values = {values_of(problem.axes, largest)};
  sweep::Configuration configuration(plan);
  const bench::RunOptions options = configuration.apply(0);
  std::vector<explain::Variant> variants;
  for (const explain::Variant& variant : explain::variants(configuration.parameters().tree.list(), kFactor)) {
    if (std::ranges::find(plan.points.keys, variant.name) == plan.points.keys.end())
      variants.push_back(variant);
  }
  const auto work = [&](size_t number) {
    bench::Parameters own;
    own.values() = configuration.values();
    own.tree.set(variants[number].name, variants[number].to);
    bench::run(options, own, [](const bench::Finished& found) {
      sweep::PointResult result{sweep::Status::kOk, "", sweep::headlines(found.summary)};
      std::cout << sweep::result_json(result) << std::flush;
    });
    return 0;
  };
  std::vector<size_t> numbers(variants.size());
  std::iota(numbers.begin(), numbers.end(), size_t{0});
  Ends ends(variants.size(), tell);
  bench::prepare_process();
  if (!sweep::run_in_children(signals, numbers, jobs, work, ends)) throw Interrupted{};

  const Goal& goal = problem.request.goal;
  std::vector<Help> found;
  for (size_t i = 0; i < variants.size(); ++i) {
    if (!ends.results[i]) continue;
    const Measured measured = measured_of(*ends.results[i], problem);
    if (!helps(goal, reached, measured)) continue;
    found.push_back({variants[i].name, variants[i].from, variants[i].to, measured});
  }
  std::ranges::stable_sort(found, [&](const Help& a, const Help& b) {
    const bool a_meets = meets(goal, a.measured), b_meets = meets(goal, b.measured);
    if (a_meets != b_meets) return a_meets;
    return a.measured.rate != b.measured.rate ? a.measured.rate > b.measured.rate
                                              : a.measured.p99 < b.measured.p99;
  });
  if (found.size() > kShown) found.resize(kShown);
  return found;
}

}  // namespace pspnic::size
