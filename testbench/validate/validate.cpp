// SPDX-License-Identifier: Apache-2.0
#include "testbench/validate/validate.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "model/base/config_error.h"
#include "testbench/sweep/pool.h"

namespace pspnic::validate {

namespace {

using Json = nlohmann::ordered_json;

// From the child to the parent, on standard output.
std::string to_text(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& row : rows) {
    list.push_back({row.what, row.unit, row.expected, row.modelled, row.tolerance, row.more});
  }
  return list.dump();
}

std::vector<Row> from_text(const std::string& text) {
  std::vector<Row> rows;
  for (const Json& row : Json::parse(text)) {
    rows.push_back({row.at(0), row.at(1), row.at(2), row.at(3), row.at(4), row.at(5)});
  }
  return rows;
}

class Collector : public sweep::PoolWatcher {
 public:
  explicit Collector(std::vector<Outcome>& outcomes) : outcomes_(outcomes) {}
  void on_start(size_t) override {}
  void on_end(const sweep::ChildEnd& end) override {
    Outcome& outcome = outcomes_[end.point];
    if (end.signal != 0) {
      outcome.failure = fmt::format("its process was ended by signal {}", end.signal);
    } else if (end.exit_status != 0) {
      outcome.failure = end.log;
    } else {
      outcome.rows = from_text(end.log);
    }
  }
  void on_time(size_t) override {}

 private:
  std::vector<Outcome>& outcomes_;
};

void check_targets(const std::vector<Case>& cases, const std::vector<std::string>& targets) {
  std::string names;
  std::set<std::string> known;
  for (const Case& one : cases) {
    if (known.insert(one.target).second) names += (names.empty() ? "" : ", ") + std::string(one.target);
  }
  for (const std::string& target : targets) {
    if (!known.contains(target)) {
      throw base::ConfigError("pspnic validate " + target, "no such target; there are " + names);
    }
  }
}

std::string percent(const Row& row) {
  return row.expected == 0 || row.tolerance == 0 ? fmt::format("{:+g}", row.modelled - row.expected)
                                                 : fmt::format("{:+.3f} %", 100 * row.error());
}

std::string allowed(const Row& row) {
  return row.tolerance == 0 ? "exact" : fmt::format("{:g} %", 100 * row.tolerance);
}

void print_row(std::ostream& out, const Row& row) {
  fmt::print(out, "  {:<56} {:>10.6g} {:>10.6g} {:<10} {:>10} {:>7}  {}\n", row.what, row.expected,
             row.modelled, row.unit, percent(row), allowed(row), row.within() ? "ok" : "OUTSIDE");
  if (!row.more.empty()) fmt::print(out, "  {:<56} {}\n", "", row.more);
}

}  // namespace

bool Outcome::within() const {
  return failure.empty() && !rows.empty() && std::ranges::all_of(rows, &Row::within);
}

std::vector<Case> cases() {
  std::vector<Case> list;
  add_pcie_cases(list);
  add_reference_card_cases(list);
  add_wire_cases(list);
  add_crypto_cases(list);
  add_scale_cases(list);
  const auto number = [](const Case& one) { return std::stoi(one.target + 1); };
  std::ranges::stable_sort(list, {}, number);
  return list;
}

std::vector<Outcome> run_cases(const std::vector<Case>& cases, const std::vector<std::string>& targets,
                               unsigned jobs) {
  check_targets(cases, targets);
  std::vector<Outcome> outcomes;
  for (const Case& one : cases) {
    if (targets.empty() || std::ranges::find(targets, one.target) != targets.end())
      outcomes.push_back({&one, {}, {}});
  }
  std::vector<size_t> numbers(outcomes.size());
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  sweep::Signals signals;
  Collector collector(outcomes);
  const auto work = [&](size_t i) {
    std::cout << to_text(outcomes[i].part->run()) << std::flush;
    return 0;
  };
  if (!sweep::run_in_children(signals, numbers, jobs, work, collector)) {
    throw std::runtime_error("interrupted");
  }
  return outcomes;
}

void print(std::ostream& out, const std::vector<Outcome>& outcomes) {
  const Case* before = nullptr;
  size_t rows = 0;
  size_t outside = 0;
  fmt::print(out, "  {:<56} {:>10} {:>10} {:<10} {:>10} {:>7}\n", "", "expected", "modelled", "", "error",
             "within");
  for (const Outcome& outcome : outcomes) {
    const Case& part = *outcome.part;
    if (before == nullptr || before->target != std::string(part.target) || before->title != part.title) {
      fmt::print(out, "\n{}  {} [{}]\n", part.target, part.title, part.source);
    }
    before = &part;
    for (const Row& row : outcome.rows) {
      print_row(out, row);
      ++rows;
      outside += row.within() ? 0 : 1;
    }
    if (!outcome.within() && outcome.rows.empty()) {
      fmt::print(out, "  NOT RUN: {}\n", outcome.failure);
      ++outside;
    }
  }
  fmt::print(out, "\n{}\n",
             outside == 0 ? fmt::format("All {} numbers are within their tolerance.", rows)
                          : fmt::format("{} OUTSIDE their tolerance, of {} numbers.", outside, rows));
}

std::string to_json(const std::vector<Outcome>& outcomes) {
  Json list = Json::array();
  for (const Outcome& outcome : outcomes) {
    Json rows = Json::array();
    for (const Row& row : outcome.rows) {
      rows.push_back({{"what", row.what},
                      {"unit", row.unit},
                      {"expected", row.expected},
                      {"modelled", row.modelled},
                      {"error", row.error()},
                      {"tolerance", row.tolerance},
                      {"within", row.within()}});
    }
    list.push_back({{"target", outcome.part->target},
                    {"title", outcome.part->title},
                    {"source", outcome.part->source},
                    {"failure", outcome.failure},
                    {"rows", std::move(rows)}});
  }
  return list.dump(2) + "\n";
}

bool all_within(const std::vector<Outcome>& outcomes) {
  return !outcomes.empty() && std::ranges::all_of(outcomes, &Outcome::within);
}

}  // namespace pspnic::validate
