// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/sensitivity.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <sstream>
#include <stdexcept>

#include "testbench/bench/parameters.h"
#include "testbench/bench/summary.h"
#include "testbench/sweep/point_run.h"
#include "testbench/sweep/pool.h"

namespace pspnic::explain {

namespace {

constexpr double kNoEffect = 0.001;  // smaller changes are none

// As the child of a run says it.
std::string measured_text(const bench::Summary& summary) {
  double goodput = 0;
  double p99 = 0;
  for (const bench::DirectionSummary& direction : summary.directions) {
    goodput += direction.goodput_bps;
    p99 = std::max(p99, static_cast<double>(direction.outcome->latency.percentile(99)));
  }
  return fmt::format("{} {}\n", goodput, p99);
}

Measured measured_in(const std::string& text) {
  Measured measured;
  std::istringstream words(text);
  words >> measured.goodput >> measured.p99;
  if (!words) throw std::runtime_error("a run said nothing of its rate: " + text);
  return measured;
}

// Keeps how each run ended.
class Ends : public sweep::PoolWatcher {
 public:
  Ends(size_t count, const std::function<void(size_t, size_t)>& progress)
      : ends(count), progress_(progress) {}
  void on_start(size_t) override {}
  void on_end(const sweep::ChildEnd& end) override {
    ends[end.point] = end;
    progress_(++ended_, ends.size());
  }
  void on_time(size_t) override {}

  std::vector<sweep::ChildEnd> ends;

 private:
  const std::function<void(size_t, size_t)>& progress_;
  size_t ended_ = 0;
};

bool well(const sweep::ChildEnd& end) {
  return end.signal == 0 && end.exit_status == 0;
}

// Change in parts of the base value; 0 where there is none.
double change(double value, double base) {
  return base > 0 ? value / base - 1 : 0;
}

struct Row {
  std::string name;
  const Effect* less = nullptr;
  const Effect* more = nullptr;
  double goodput = 0;  // the larger change of the two
  double p99 = 0;
};

void weigh(Row& row, const Effect& effect, const Measured& base) {
  (effect.variant.more ? row.more : row.less) = &effect;
  if (!effect.measured) return;
  row.goodput = std::max(row.goodput, std::abs(change(effect.measured->goodput, base.goodput)));
  row.p99 = std::max(row.p99, std::abs(change(effect.measured->p99, base.p99)));
}

std::vector<Row> rows_of(const Sensitivity& result) {
  std::vector<Row> rows;
  for (const Effect& effect : result.effects) {
    if (rows.empty() || rows.back().name != effect.variant.name)
      rows.push_back({.name = effect.variant.name});
    weigh(rows.back(), effect, result.base);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    const auto whole = [](double x) { return std::round(x / kNoEffect); };
    return whole(a.goodput) != whole(b.goodput) ? a.goodput > b.goodput : a.p99 > b.p99;
  });
  return rows;
}

std::string side_text(const Effect* effect, const Measured& base) {
  if (effect == nullptr) return fmt::format("{:>12}{:>11}{:>11}", "-", "", "");
  const std::string& to = effect->variant.to;
  if (!effect->measured) return fmt::format("{:>12}{:>11}{:>11}", to, "refused", "");
  const auto percent = [](double part) { return fmt::format("{:+.1f} %", 100 * part + 0.0); };
  return fmt::format("{:>12}{:>11}{:>11}", to, percent(change(effect->measured->goodput, base.goodput)),
                     base.p99 > 0 ? percent(change(effect->measured->p99, base.p99)) : "-");
}

}  // namespace

Sensitivity sensitivity(const bench::RunOptions& options, const std::vector<Variant>& variants, unsigned jobs,
                        const std::function<void(size_t, size_t)>& progress) {
  const size_t count = variants.size() + 1;
  const auto work = [&](size_t number) {
    bench::Parameters own;
    bench::resolve(options, own);
    if (number > 0) own.tree.set(variants[number - 1].name, variants[number - 1].to);
    return bench::run(options, own, [](const bench::Finished& found) {
      if (found.summary.all_well()) std::cout << measured_text(found.summary) << std::flush;
    });
  };
  std::vector<size_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), size_t{0});
  sweep::Signals signals;
  Ends watcher(count, progress);
  if (!sweep::run_in_children(signals, numbers, jobs, work, watcher)) {
    throw std::runtime_error("interrupted");
  }
  const std::vector<sweep::ChildEnd>& ends = watcher.ends;
  if (!well(ends[0])) {
    const std::string why = sweep::last_line(ends[0].log);
    throw std::runtime_error("the run itself went wrong: " + (why.empty() ? "see pspnic run" : why));
  }
  Sensitivity result{measured_in(ends[0].log), {}};
  for (size_t i = 0; i < variants.size(); ++i) {
    const sweep::ChildEnd& end = ends[i + 1];
    Effect effect{variants[i], std::nullopt, well(end) ? "" : sweep::last_line(end.log)};
    if (well(end)) effect.measured = measured_in(end.log);
    result.effects.push_back(std::move(effect));
  }
  return result;
}

void print_sensitivity(std::ostream& out, const Sensitivity& result) {
  fmt::print(out, "{:.2f} Gb/s goodput, p99 {:.3f} us; {} runs beside it\n\n", result.base.goodput / 1e9,
             result.base.p99 / 1e6, result.effects.size());
  fmt::print(out, "{:<36}{:>12}{:>12}{:>11}{:>11}{:>12}{:>11}{:>11}\n", "parameter", "is", "with", "goodput",
             "p99", "with", "goodput", "p99");
  std::vector<std::string> idle;
  std::vector<std::string> refused;
  for (const Row& row : rows_of(result)) {
    const auto known = [](const Effect* effect) { return effect != nullptr && effect->measured; };
    const bool none = row.goodput < kNoEffect && row.p99 < kNoEffect;
    if (none && !known(row.less) && !known(row.more)) {
      refused.push_back(row.name);
    } else if (none) {
      idle.push_back(row.name);
    } else {
      const Effect& any = row.less != nullptr ? *row.less : *row.more;
      fmt::print(out, "{:<36}{:>12}{}{}\n", row.name, any.variant.from, side_text(row.less, result.base),
                 side_text(row.more, result.base));
    }
  }
  if (!idle.empty())
    fmt::print(out, "\nWithout effect (below {:g} %): {}\n", 100 * kNoEffect, fmt::join(idle, ", "));
  if (!refused.empty())
    fmt::print(out, "\nRefused alone, as other parameters go with them: {}\n", fmt::join(refused, ", "));
}

}  // namespace pspnic::explain
