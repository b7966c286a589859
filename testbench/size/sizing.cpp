// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/sizing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include "model/base/config_error.h"
#include "testbench/report/plots.h"

namespace pspnic::size {

namespace {

// So many runs between two words of progress.
constexpr size_t kRunsAtOnce = 64;
// Differences of a front that count for nothing.
constexpr double kSameRate = 0.001;
constexpr double kSameLatency = 0.01;

Quality quality(const Goal& goal, const Measured& measured) {
  if (meets(goal, measured)) return Quality::kGood;
  return nearly_meets(goal, measured) ? Quality::kNear : Quality::kBad;
}

class Finder {
 public:
  Finder(const Problem& problem, Runs& runs, const Tell& tell)
      : problem_(problem),
        runs_(runs),
        tell_(tell),
        cost_(problem.axes, *problem.parameters, problem.request.gates_per_bit) {}

  Search search(std::string what, const Goal& goal, Search::Confirm confirm = {}) {
    std::vector<size_t> sizes;
    for (const Axis& axis : problem_.axes) sizes.push_back(axis.size());
    return {std::move(sizes), cost(),
            [this, what = std::move(what), goal](const auto& points) {
              run(what, points);
              std::vector<Quality> answers;
              for (const GridPoint& point : points)
                answers.push_back(quality(goal, runs_.of(point).measured));
              return answers;
            },
            std::move(confirm)};
  }
  Cost cost() {
    return [this](const GridPoint& point) { return cost_(point); };
  }
  const Measured& measured(const GridPoint& point) const { return runs_.of(point).measured; }
  const Goal& goal() const { return problem_.request.goal; }
  Runs& runs() { return runs_; }

 private:
  void run(const std::string& what, const std::vector<GridPoint>& points) {
    for (size_t begin = 0; begin < points.size(); begin += kRunsAtOnce) {
      const size_t end = std::min(points.size(), begin + kRunsAtOnce);
      tell_(points.size() > kRunsAtOnce ? fmt::format("{}, {} of {}", what, begin, points.size()) : what);
      runs_.run({points.begin() + static_cast<std::ptrdiff_t>(begin),
                 points.begin() + static_cast<std::ptrdiff_t>(end)});
    }
  }

  const Problem& problem_;
  Runs& runs_;
  const Tell& tell_;
  SpaceCost cost_;
};

// The cheapest for rates below the goal's, whatever they drop and however late they are.
void look_for_rates(Finder& finder, unsigned levels) {
  for (unsigned level = levels; level > 0; --level) {
    Goal goal = finder.goal();
    goal.rate *= static_cast<double>(level) / (levels + 1);
    goal.p99.reset();
    goal.drops = UINT64_MAX;
    finder.search("the least for " + rate_text(goal.of, goal.rate), goal).run(false);
  }
}

// The cheapest that are sooner than the answer, down to the largest.
void look_for_latencies(Finder& finder, const Sizing& sizing, unsigned levels) {
  const double most = finder.measured(*sizing.answer).p99;
  const double least = finder.measured(sizing.largest).p99;
  if (least <= 0 || most <= least * (1 + kSameLatency)) return;
  for (unsigned level = 0; level < levels; ++level) {
    Goal goal = finder.goal();
    goal.p99 = static_cast<base::Time>(std::ceil(least + (most - least) * level / levels));
    finder.search("the least for p99 " + us_text(static_cast<double>(*goal.p99)), goal).run(false);
  }
}

// More of the fronts than the search has met. What is too much to decide is left out: it is no part of the
// answer.
void look_around(Finder& finder, Sizing& sizing, unsigned levels) {
  try {
    look_for_rates(finder, levels);
    look_for_latencies(finder, sizing, levels);
  } catch (const std::length_error&) {
    sizing.fronts_cut_short = true;
  }
}

// Of values that are the better the larger they are.
std::vector<GridPoint> front(const std::vector<GridPoint>& points, const std::vector<double>& values,
                             const Cost& cost) {
  std::vector<double> areas;
  for (const GridPoint& point : points) areas.push_back(cost(point));
  const std::vector<bool> best = report::best_of(areas, values, true);
  std::vector<size_t> places;
  for (size_t i = 0; i < points.size(); ++i) {
    if (best[i]) places.push_back(i);
  }
  std::ranges::stable_sort(places, {}, [&](size_t i) { return areas[i]; });
  std::vector<GridPoint> found;
  for (size_t k = 0; k < places.size(); ++k) {
    // Of those that are alike the first.
    if (k == 0 || values[places[k]] > values[places[k - 1]]) found.push_back(points[places[k]]);
  }
  return found;
}

void find_fronts(Finder& finder, const Confirmation& confirmation, Sizing& sizing) {
  const Goal& goal = finder.goal();
  const std::vector<GridPoint>& all = finder.runs().order();
  std::vector<double> rates;
  std::vector<GridPoint> in_time;
  std::vector<double> latencies;
  for (const GridPoint& point : all) {
    const Measured& run = finder.measured(point);
    rates.push_back(std::round(run.rate / (goal.rate * kSameRate)));
    const std::vector<Miss> missed = misses(goal, run);
    if (std::ranges::any_of(missed, [](Miss miss) { return miss != Miss::kLatency; }) || run.p99 <= 0 ||
        !confirmation.refutation(point).empty())
      continue;
    in_time.push_back(point);
    latencies.push_back(-std::round(std::log(run.p99) / std::log1p(kSameLatency)));
  }
  sizing.rate_front = front(all, rates, finder.cost());
  sizing.latency_front = front(in_time, latencies, finder.cost());
}

}  // namespace

Sizing find_sizing(const Problem& problem, Runs& runs, Confirmation& confirmation,
                   const SizingOptions& options, const Tell& tell) {
  Finder finder(problem, runs, tell);
  Search search = finder.search("the least that meets the goal", finder.goal(), [&](const GridPoint& point) {
    tell("the answer again, longer and with other seeds");
    return confirmation.holds(point);
  });
  Sizing sizing;
  sizing.largest = search.largest();
  try {
    sizing.answer = search.run();
    if (!sizing.answer && !options.brute_force) return sizing;
    if (sizing.answer) look_around(finder, sizing, options.levels);
  } catch (const std::length_error& error) {
    throw base::ConfigError("pspnic size", fmt::format("{}; fix some parameters with --set, or give fewer "
                                                       "values with --over",
                                                       error.what()));
  }
  if (options.brute_force) {
    sizing.brute_force = true;
    sizing.cheapest_of_all = search.brute_force();
  }
  sizing.contradiction = search.contradiction();
  for (size_t axis = 0; sizing.answer && axis < problem.axes.size(); ++axis) {
    GridPoint less = *sizing.answer;
    if (less[axis] == 0) continue;
    --less[axis];
    sizing.proof.push_back({axis, less});
  }
  if (sizing.answer) sizing.just_below = search.just_below(*sizing.answer);
  find_fronts(finder, confirmation, sizing);
  return sizing;
}

}  // namespace pspnic::size
