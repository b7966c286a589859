// SPDX-License-Identifier: Apache-2.0
// The other end of a job array: what runs on a node.
#include <csignal>
#include <stdexcept>

#include "testbench/sweep/files.h"
#include "testbench/sweep/slurm.h"

namespace pspnic::sweep {

int run_task(const std::string& folder, size_t task, size_t points_per_task) {
  std::signal(SIGXFSZ, SIG_IGN);
  const std::string path = folder + "/" + kPlan;
  const auto text = read_if_there(path);
  if (!text) throw std::runtime_error(path + ": does not exist on this node");
  const Plan plan = read_plan(*text, path);
  const size_t first = task * points_per_task;
  Session session(plan, folder, {first, first + points_per_task, true});
  Signals signals;
  return run_locally(session, signals, session.open_points(true), 1) ? 0 : 1;
}

}  // namespace pspnic::sweep
