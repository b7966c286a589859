// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "testbench/report/run_view.h"
#include "testbench/sweep/files.h"
#include "testbench/sweep/session.h"

namespace pspnic::size {

namespace {

constexpr double kMostOfTheTime = 0.5;

}  // namespace

Runs::Runs(const Problem& problem, sweep::Signals& signals, std::string folder, unsigned jobs)
    : problem_(problem), signals_(signals), folder_(std::move(folder)), jobs_(jobs), plan_(problem.plan) {}

void Runs::run(const std::vector<GridPoint>& points) {
  const size_t first = order_.size();
  for (const GridPoint& point : points) {
    if (outcomes_.contains(point)) continue;
    outcomes_[point].number = order_.size();
    order_.push_back(point);
    plan_.points.values.push_back(values_of(problem_.axes, point));
  }
  sweep::Session session(plan_, folder_, {first, order_.size(), true});
  // One that came to its end is finished, whatever it found.
  std::vector<size_t> open = session.open_points();
  std::erase_if(open, [&](size_t number) {
    const auto failure = session.failures().find(number);
    return failure != session.failures().end() && !failure->second.headlines.empty();
  });
  if (!sweep::run_locally(session, signals_, open, jobs_)) throw Interrupted{};
  for (size_t number = first; number < order_.size(); ++number) take(order_[number], number);
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
  outcomes_[point].measured = measured_of(result.headlines, problem_);
  // Packets that were dropped are a result, anything else that is wrong is none.
  if (result.status == sweep::Status::kOk || outcomes_[point].measured.drops > 0) return;
  fail((result.headlines.empty() ? "could not be run: " : "the run found a fault: ") + result.reason);
}

std::string Runs::limit_of(const GridPoint& point) const {
  const std::string path = sweep::point_file(folder_, of(point).number, sweep::kReport);
  const auto text = sweep::read_if_there(path);
  if (!text) return {};
  const report::RunView run = report::read_run(*text, path);
  std::string text = run.conclusion.empty() ? std::string() : run.conclusion.front();
  // Where a card is slow its hosts' rings are full: the reader asks why.
  if (text.starts_with("Limited by host.") && !run.waits.empty() &&
      run.waits.front().second >= kMostOfTheTime) {
    text += fmt::format(" The card waited for {} {:.1f} %.", run.waits.front().first,
                        100 * run.waits.front().second);
  }
  if (!run.drops.empty()) {
    const auto most = std::ranges::max_element(run.drops, {}, &std::pair<std::string, double>::second);
    text += fmt::format(" {:.0f} packets dropped as {}.", most->second, most->first);
  }
  return text;
}

}  // namespace pspnic::size
