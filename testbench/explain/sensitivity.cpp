// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/sensitivity.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>
#include <stdexcept>

#include "testbench/explain/children.h"
#include "testbench/report/files.h"

namespace pspnic::explain {

namespace {

namespace fs = std::filesystem;

constexpr double kNoEffect = 0.001;  // smaller changes are none

// A folder that goes with its owner.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "pspnic_explain_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error(pattern + ": cannot be made");
    path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string file(size_t number) const { return (path_ / fmt::format("{}.json", number)).string(); }

 private:
  fs::path path_;
};

Measured measured_in(const std::string& file) {
  const report::RunView run = report::read_runs({file}).front();
  return {run.goodput(), run.p99()};
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
  const Scratch scratch;
  const size_t count = variants.size() + 1;
  const auto work = [&](size_t number) {
    bench::RunOptions own = options;
    own.out.clear();
    own.trace.clear();
    own.report = scratch.file(number);
    if (number > 0) own.settings.push_back(variants[number - 1].name + "=" + variants[number - 1].to);
    return bench::run(own);
  };
  const std::vector<ChildEnd> ends =
      run_in_children(count, jobs, work, [&](size_t ended) { progress(ended, count); });
  if (ends[0].status != 0)
    throw std::runtime_error("the run itself went wrong: " +
                             (ends[0].errors.empty() ? "see pspnic run" : ends[0].errors));
  Sensitivity result{measured_in(scratch.file(0)), {}};
  for (size_t i = 0; i < variants.size(); ++i) {
    const ChildEnd& end = ends[i + 1];
    Effect effect{variants[i], std::nullopt, end.errors};
    if (end.status == 0) effect.measured = measured_in(scratch.file(i + 1));
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
