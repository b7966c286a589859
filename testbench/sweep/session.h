// SPDX-License-Identifier: Apache-2.0
// The state of a sweep while it runs, whoever runs its points: which are finished, which failed, and why.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "testbench/sweep/plan.h"
#include "testbench/sweep/pool.h"
#include "testbench/sweep/progress.h"

namespace pspnic::sweep {

// Which points a session is about, and whether somebody watches.
struct SessionPart {
  size_t first = 0;
  size_t end = kMaxPoints;  // the one behind the last
  bool quiet = false;       // nothing on standard error
};

class Session {
 public:
  // `folder` has the points that are finished already.
  Session(const Plan& plan, std::string folder, const SessionPart& part = {});

  const Plan& plan() const { return plan_; }
  const std::string& folder() const { return folder_; }

  // Points without a good result, in order: missing, failed or killed; with `again` only missing and killed
  // ones, for which another try may end otherwise.
  std::vector<size_t> open_points(bool again = false) const;
  // A point is about to be run: what is known of it is forgotten.
  void forget(size_t point);
  // Looks whether result.json of a point is there; says so if it is no good one. False: it is not there.
  bool look(size_t point);
  // Its process ended without one: a failure, which is written there if the disk takes it.
  void fail(size_t point, Status status, const std::string& reason);
  void show(size_t running, const std::string& unit = {});
  SweepProgress& progress() { return progress_; }

  size_t finished() const { return state_.finished; }
  const std::map<size_t, PointResult>& failures() const { return failures_; }

 private:
  void take_earlier(size_t point);
  void take(size_t point, const PointResult& result, bool before);
  void say_failure(size_t point, const PointResult& result);

  const Plan& plan_;
  std::string folder_;
  SessionPart part_;
  std::vector<Status> statuses_;
  std::map<size_t, PointResult> failures_;
  SweepState state_;
  SweepProgress progress_;
};

// Runs points on this machine, `jobs` at a time. False: interrupted.
bool run_locally(Session& session, Signals& signals, const std::vector<size_t>& points, unsigned jobs);

}  // namespace pspnic::sweep
