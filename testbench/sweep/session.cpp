// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "testbench/sweep/configuration.h"
#include "testbench/sweep/files.h"
#include "testbench/sweep/point_run.h"

namespace pspnic::sweep {

namespace {

class LocalWatcher : public PoolWatcher {
 public:
  explicit LocalWatcher(Session& session) : session_(session) {}

  void on_start(size_t point) override {
    session_.forget(point);
    clear_point(session_.folder(), point);
  }

  void on_end(const ChildEnd& end) override {
    keep_log(end);
    if (end.signal == 0 && session_.look(end.point)) return;
    const std::string said = last_line(end.log);
    if (end.signal != 0) {
      session_.fail(end.point, Status::kKilled,
                    fmt::format("ended by signal {} ({})", end.signal, strsignal(end.signal)));
    } else {
      session_.fail(end.point, Status::kFailed,
                    said.empty() ? fmt::format("ended with exit status {}", end.exit_status) : said);
    }
  }

  void on_time(size_t running) override { session_.show(running); }

 private:
  void keep_log(const ChildEnd& end) {
    if (end.log.empty()) return;
    try {
      write_whole(point_file(session_.folder(), end.point, kLog), end.log);
    } catch (const std::runtime_error& error) {
      session_.progress().say(error.what());
    }
  }

  Session& session_;
};

}  // namespace

Session::Session(const Plan& plan, std::string folder, const SessionPart& part)
    : plan_(plan), folder_(std::move(folder)), part_(part), statuses_(plan.size(), Status::kMissing) {
  part_.end = std::min(part_.end, plan.size());
  part_.first = std::min(part_.first, part_.end);
  state_.points = part_.end - part_.first;
  for (size_t point = part_.first; point < part_.end; ++point) {
    take_earlier(point);
  }
}

// What a power cut, or somebody's hand, has left damaged is run again.
void Session::take_earlier(size_t point) {
  const std::string path = point_file(folder_, point, kResult);
  const auto text = read_if_there(path);
  if (!text) return;
  try {
    take(point, read_result(*text, path), true);
  } catch (const std::runtime_error& error) {
    if (!part_.quiet) progress_.say(fmt::format("{}; the point counts as missing", error.what()));
  }
}

std::vector<size_t> Session::open_points(bool again) const {
  std::vector<size_t> points;
  for (size_t point = part_.first; point < part_.end; ++point) {
    if (statuses_[point] == Status::kOk || (again && statuses_[point] == Status::kFailed)) continue;
    points.push_back(point);
  }
  return points;
}

void Session::forget(size_t point) {
  if (statuses_[point] == Status::kMissing) return;
  --state_.finished;
  if (statuses_[point] != Status::kOk) --state_.failed;
  if (state_.before > state_.finished) state_.before = state_.finished;
  statuses_[point] = Status::kMissing;
  failures_.erase(point);
}

bool Session::look(size_t point) {
  const std::string path = point_file(folder_, point, kResult);
  const auto text = read_if_there(path);
  if (!text) return false;
  take(point, read_result(*text, path), false);
  return true;
}

void Session::fail(size_t point, Status status, const std::string& reason) {
  const PointResult result{status, reason, {}};
  take(point, result, false);
  try {
    write_whole(point_file(folder_, point, kResult), result_json(result));
  } catch (const std::runtime_error&) {
    // The point says why itself; without a file it counts as missing when somebody goes on.
  }
}

void Session::take(size_t point, const PointResult& result, bool before) {
  statuses_[point] = result.status;
  ++state_.finished;
  if (before) ++state_.before;
  if (result.status != Status::kOk) {
    ++state_.failed;
    failures_[point] = result;
    if (!before) say_failure(point, result);
  }
  if (before) return;
  const auto text = read_if_there(point_file(folder_, point, kHost));
  const auto cost = text ? read_cost(*text) : std::nullopt;
  if (!cost) return;
  state_.cost.cpu_seconds += cost->cpu_seconds;
  state_.cost.packets += cost->packets;
}

void Session::say_failure(size_t point, const PointResult& result) {
  if (part_.quiet) return;
  progress_.say(fmt::format("point {} ({}) {}: {}", point, describe_point(plan_, point),
                            status_name(result.status), result.reason));
}

void Session::show(size_t running, const std::string& unit) {
  if (part_.quiet) return;
  state_.running = running;
  state_.unit = unit;
  progress_.show(state_);
}

bool run_locally(Session& session, Signals& signals, const std::vector<size_t>& points, unsigned jobs) {
  Configuration configuration(session.plan());
  LocalWatcher watcher(session);
  bench::prepare_process();
  return run_in_children(
      signals, points, jobs, [&](size_t point) { return run_point(configuration, session.folder(), point); },
      watcher);
}

}  // namespace pspnic::sweep
