// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/runs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "model/base/config_error.h"
#include "testbench/report/run_view.h"
#include "testbench/sweep/files.h"
#include "testbench/sweep/session.h"

namespace pspnic::size {

namespace {

constexpr double kMostOfTheTime = 0.5;
constexpr const char* kPoints = "points.json";

}  // namespace

Runs::Runs(const Problem& problem, sweep::Signals& signals, std::string folder, unsigned jobs)
    : problem_(problem), signals_(signals), folder_(std::move(folder)), jobs_(jobs), plan_(problem.plan) {
  read_points();
}

void Runs::read_points() {
  const std::string path = folder_ + "/" + kPoints;
  const auto text = sweep::read_if_there(path);
  if (!text) return;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  const auto refuse = [&path] { throw base::ConfigError(path, "is not as pspnic size writes it"); };
  if (!json.is_array()) refuse();
  for (const auto& each : json) {
    if (!each.is_array() || each.size() != problem_.axes.size()) refuse();
    GridPoint point;
    for (size_t axis = 0; axis < each.size(); ++axis) {
      if (!each[axis].is_number_unsigned() || each[axis].get<size_t>() >= problem_.axes[axis].size())
        refuse();
      point.push_back(each[axis].get<uint16_t>());
    }
    number_of(point);
  }
}

void Runs::write_points() const {
  std::vector<GridPoint> points(numbers_.size());
  for (const auto& [point, number] : numbers_) points[number] = point;
  std::string text = "[";
  for (const GridPoint& point : points) {
    text += fmt::format("{}\n  [{}]", text.size() == 1 ? "" : ",", fmt::join(point, ", "));
  }
  sweep::write_whole(folder_ + "/" + kPoints, text + "\n]\n");
}

size_t Runs::number_of(const GridPoint& point) {
  const auto [at, fresh] = numbers_.try_emplace(point, numbers_.size());
  if (fresh) plan_.points.values.push_back(values_of(problem_.axes, point));
  return at->second;
}

void Runs::run(const std::vector<GridPoint>& points) {
  std::vector<GridPoint> round;
  std::set<size_t> numbers;
  const size_t known = numbers_.size();
  for (const GridPoint& point : points) {
    if (!outcomes_.contains(point) && numbers.insert(number_of(point)).second) round.push_back(point);
  }
  if (round.empty()) return;
  // Before any of them has a folder: what a number means never changes.
  if (numbers_.size() > known) write_points();
  sweep::Session session(plan_, folder_, {*numbers.begin(), *numbers.rbegin() + 1, true});
  // One that came to its end is finished, whatever it found.
  std::vector<size_t> open = session.open_points();
  std::erase_if(open, [&](size_t number) {
    const auto failure = session.failures().find(number);
    return !numbers.contains(number) ||
           (failure != session.failures().end() && !failure->second.headlines.empty());
  });
  if (!sweep::run_locally(session, signals_, open, jobs_)) throw Interrupted{};
  for (const GridPoint& point : round) take(point, numbers_.at(point));
}

void Runs::take(const GridPoint& point, size_t number) {
  const std::string path = sweep::point_file(folder_, number, sweep::kResult);
  const auto text = sweep::read_if_there(path);
  const sweep::PointResult result = text ? sweep::read_result(*text, path) : sweep::PointResult{};
  const auto fail = [&](const std::string& why) {
    throw std::runtime_error(fmt::format("{} ({}): {}", sweep::point_folder(folder_, number),
                                         describe(problem_.axes, point), why));
  };
  if (result.status == sweep::Status::kMissing) fail("its result could not be kept");
  if (result.status == sweep::Status::kKilled) fail(result.reason);
  const Measured measured = measured_of(result.headlines, problem_);
  // Packets that were dropped are a result, anything else that is wrong is none.
  if (result.status != sweep::Status::kOk && measured.drops == 0) {
    fail((result.headlines.empty() ? "could not be run: " : "the run found a fault: ") + result.reason);
  }
  outcomes_[point] = {number, measured};
  order_.push_back(point);
}

std::string Runs::limit_of(const GridPoint& point) const {
  const std::string path = sweep::point_file(folder_, of(point).number, sweep::kReport);
  const auto text = sweep::read_if_there(path);
  if (!text) return {};
  const report::RunView run = report::read_run(*text, path);
  std::string limit = run.conclusion.empty() ? std::string() : run.conclusion.front();
  // Where a card is slow its hosts' rings are full: the reader asks why.
  if (limit.starts_with("Limited by host.") && !run.waits.empty() &&
      run.waits.front().second >= kMostOfTheTime) {
    limit += fmt::format(" The card waited for {} {:.1f} %.", run.waits.front().first,
                         100 * run.waits.front().second);
  }
  if (!run.drops.empty()) {
    const auto most = std::ranges::max_element(run.drops, {}, &std::pair<std::string, double>::second);
    limit += fmt::format(" {:.0f} packets dropped as {}.", most->second, most->first);
  }
  return limit;
}

}  // namespace pspnic::size
