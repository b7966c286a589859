// SPDX-License-Identifier: Apache-2.0
// The points of a sweep as tasks of a Slurm job array. The folder of the results, which all nodes see, is the
// truth: a task is this program with a range of points, and finished is what has a result there.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "testbench/sweep/session.h"

namespace pspnic::sweep {

struct SlurmOptions {
  size_t points_per_task =
      0;                 // 0: so many that there are at most 1000 tasks, the most Slurm takes by default
  unsigned tasks = 0;    // at a time; 0: as Slurm has it
  unsigned retries = 2;  // how often points whose process was killed are submitted again
  std::vector<std::string> arguments;  // of sbatch: "--partition=long"
};

// Throws std::runtime_error where there is no Slurm.
void check_slurm();

// Runs the open points of a session. False: interrupted; its job is then cancelled. Throws std::runtime_error
// where sbatch is missing or refuses.
bool run_by_slurm(Session& session, Signals& signals, const SlurmOptions& options);

// What a task does: runs the points of its range that are open, one after the other, in children of this
// process. 0: each has a result, whatever it is.
int run_task(const std::string& folder, size_t task, size_t points_per_task);

// "0-3,7": as sbatch --array takes it.
std::string array_text(const std::vector<size_t>& tasks);
// The tasks that have one of these points.
std::vector<size_t> tasks_of(const std::vector<size_t>& points, size_t points_per_task);

}  // namespace pspnic::sweep
