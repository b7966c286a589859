// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "testbench/explain/sensitivity.h"

namespace pspnic::explain {

namespace {

constexpr double kNoEffect = 0.001;  // smaller changes of what is exact are none

// Change in parts of the base value; 0 where there is none.
double change(double value, double base) {
  return base > 0 ? value / base - 1 : 0;
}

// The largest changes of a parameter's steps, over all ways.
struct Weight {
  double rate = 0;
  double mean = 0;
  double p99 = 0;
  double drops = 0;  // packets
  bool wrong = false;

  bool none() const {
    return rate < kNoEffect && mean < kNoEffect && p99 <= kP99Resolution && drops == 0 && !wrong;
  }
};

struct Row {
  std::string name;
  std::vector<const Effect*> measured;
  std::vector<const Effect*> refused;
  Weight weight;
};

// The way of the same name: a step may leave one without packets.
MeasuredWay way_in(const Measured& measured, const std::string& name) {
  for (const MeasuredWay& way : measured.ways) {
    if (way.name == name) return way;
  }
  return {.name = name};
}

void weigh(Weight& weight, const Measured& measured, const Measured& base) {
  const auto raise = [](double& most, double by) { most = std::max(most, std::abs(by)); };
  for (const MeasuredWay& was : base.ways) {
    const MeasuredWay way = way_in(measured, was.name);
    raise(weight.rate, change(way.rate, was.rate));
    raise(weight.mean, change(way.mean, was.mean));
    raise(weight.p99, change(way.p99, was.p99));
  }
  raise(weight.drops, static_cast<double>(measured.drops) - static_cast<double>(base.drops));
  weight.wrong = weight.wrong || measured.well != base.well;
}

// By what an architect looks at first. Rates that differ by less than is shown do not decide.
bool weighs_more(const Row& a, const Row& b) {
  const auto shown = [](double x) { return std::round(x / kNoEffect); };
  if (shown(a.weight.rate) != shown(b.weight.rate)) return a.weight.rate > b.weight.rate;
  if (shown(a.weight.mean) != shown(b.weight.mean)) return a.weight.mean > b.weight.mean;
  if (a.weight.drops != b.weight.drops) return a.weight.drops > b.weight.drops;
  return a.weight.p99 > b.weight.p99;
}

std::vector<Row> rows_of(const Sensitivity& result) {
  std::vector<Row> rows;
  for (const Effect& effect : result.effects) {
    if (rows.empty() || rows.back().name != effect.variant.name)
      rows.push_back({.name = effect.variant.name, .measured = {}, .refused = {}, .weight = {}});
    Row& row = rows.back();
    (effect.outcome == Outcome::kMeasured ? row.measured : row.refused).push_back(&effect);
    if (effect.outcome == Outcome::kMeasured) weigh(row.weight, effect.measured, result.base);
  }
  std::stable_sort(rows.begin(), rows.end(), weighs_more);
  return rows;
}

std::string percent(double value, double base) {
  return base > 0 ? fmt::format("{:+.1f} %", 100 * change(value, base) + 0.0) : "-";
}

void print_base(std::ostream& out, const Sensitivity& result) {
  for (const MeasuredWay& way : result.base.ways) {
    const std::string rate = way.name == kRequests ? fmt::format("{:.3f} million answers/s", way.rate / 1e6)
                                                   : fmt::format("{:.2f} Gb/s goodput", way.rate / 1e9);
    fmt::print(out, "{:<10}{}, latency mean {:.3f} us, p99 {:.3f} us\n", way.name, rate, way.mean / 1e6,
               way.p99 / 1e6);
  }
  fmt::print(out, "{} drops; {} runs beside it\n", result.base.drops, result.effects.size());
  if (!result.base.well) fmt::print(out, "NOT ALL IS WELL in this run: see pspnic run.\n");
}

void print_heads(std::ostream& out, const Measured& base) {
  fmt::print(out, "\n");
  if (base.ways.size() > 1) {
    fmt::print(out, "{:60}", "");
    for (const MeasuredWay& way : base.ways) fmt::print(out, "{:>11}{:20}", way.name, "");
    fmt::print(out, "\n");
  }
  fmt::print(out, "{:<36}{:>12}{:>12}", "parameter", "is", "with");
  for (const MeasuredWay& way : base.ways)
    fmt::print(out, "{:>11}{:>10}{:>10}", way.name == kRequests ? "answers/s" : "goodput", "mean", "p99");
  fmt::print(out, "{:>9}\n", "drops");
}

void print_row(std::ostream& out, const Row& row, const Measured& base) {
  const char* name = row.name.c_str();
  for (const Effect* effect : row.measured) {
    const Measured& measured = effect->measured;
    fmt::print(out, "{:<36}{:>12}{:>12}", name, effect->variant.from, effect->variant.to);
    for (const MeasuredWay& was : base.ways) {
      const MeasuredWay way = way_in(measured, was.name);
      fmt::print(out, "{:>11}{:>10}{:>10}", percent(way.rate, was.rate), percent(way.mean, was.mean),
                 percent(way.p99, was.p99));
    }
    fmt::print(out, "{:>9}{}\n", measured.drops, measured.well ? "" : "  NOT WELL");
    name = "";
  }
}

void print_refused(std::ostream& out, const std::vector<Row>& rows, Outcome outcome, const char* title) {
  bool any = false;
  for (const Row& row : rows) {
    for (const Effect* effect : row.refused) {
      if (effect->outcome != outcome) continue;
      if (!any) fmt::print(out, "\n{}\n", title);
      any = true;
      fmt::print(out, "  {}={}: {}\n", row.name, effect->variant.to, effect->reason);
    }
  }
}

}  // namespace

void print_sensitivity(std::ostream& out, const Sensitivity& result) {
  print_base(out, result);
  print_heads(out, result.base);
  const std::vector<Row> rows = rows_of(result);
  std::vector<std::string> idle;
  for (const Row& row : rows) {
    if (row.measured.empty()) continue;
    if (row.weight.none()) {
      idle.push_back(row.name);
    } else {
      print_row(out, row, result.base);
    }
  }
  if (!idle.empty()) {
    fmt::print(out, "\nWithout effect (below {:g} %; the p99, by its resolution, below {:.1f} %): {}\n",
               100 * kNoEffect, 100 * kP99Resolution, fmt::join(idle, ", "));
  }
  print_refused(out, rows, Outcome::kRefused, "Refused: such a card cannot be");
  print_refused(out, rows, Outcome::kBrokeOff, "Broke off");
}

}  // namespace pspnic::explain
