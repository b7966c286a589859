// SPDX-License-Identifier: Apache-2.0
// Many runs from one command: their points, who runs them, and one folder with what they found.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "testbench/sweep/plan.h"
#include "testbench/sweep/slurm.h"

namespace pspnic::sweep {

struct SweepOptions {
  std::optional<Plan> plan;  // none: what the folder has, with `resume`
  std::string out;           // folder of the results
  bool resume = false;       // go on where an earlier one stopped
  unsigned jobs =
      0;  // processes at a time on this machine, 0: one a core; with Slurm tasks at a time, 0: all
  bool slurm = false;
  SlurmOptions slurm_options;
};

// A plan as the command line has it: lists or a file of points, one of them empty. Checks keys, but no
// values. Throws ConfigError.
struct PlanRequest {
  std::string workload;
  std::optional<uint64_t> packets;
  std::optional<uint64_t> seed;
  std::vector<std::string> config_files;
  std::vector<std::string> settings;
  std::vector<std::string> lists;
  std::string points_file;
};
Plan make_plan(const PlanRequest& request);

// Checks all points, runs those that are to be run and writes the results. `out` gets what came of it,
// standard error the progress. Exit status: 0 all points are well, 1 one is not, or it was interrupted.
// Throws ConfigError before anything is run or written, std::runtime_error for files.
int sweep(const SweepOptions& options, std::ostream& out);

}  // namespace pspnic::sweep
