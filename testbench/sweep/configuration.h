// SPDX-License-Identifier: Apache-2.0
// From a plan to what bench::run() wants, point by point.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "testbench/bench/parameters.h"
#include "testbench/bench/run.h"
#include "testbench/sweep/plan.h"

namespace pspnic::sweep {

// Keeps one tree of parameters, which apply() sets to those of a point: making a tree costs more than a short
// run.
class Configuration {
 public:
  // `plan` must outlive this. Throws ConfigError for keys and settings that cannot be right in any point:
  // unknown ones, one that is varied and set.
  explicit Configuration(const Plan& plan);

  // Sets parameters() to those of a point. Throws ConfigError that names point and key. The options have what
  // is no parameter: workload, packets, seed.
  bench::RunOptions apply(size_t point);
  const bench::Parameters& parameters() const { return parameters_; }
  // Of parameters().
  const bench::ParameterValues& values() const { return parameters_; }

  // The files that parameters of any point name. Throws as apply().
  std::set<std::string> files_named();
  // Has parameters() name the copies of the plan's files in `folder` (inputs.h), as a run must read them, and
  // the files again, as results have them. Any apply() does the latter, too.
  void name_copies(const std::string& folder);
  void name_files();

  // Throws ConfigError for the first point that could not start. It reads copies in `folder`; empty: the
  // files themselves.
  void check_all(const std::string& folder = {});

 private:
  void set_base(const std::string& workload);
  bench::RunOptions set_point(size_t point);

  const Plan& plan_;
  bench::Parameters parameters_;
  bench::ParameterValues defaults_;
  std::vector<std::pair<std::string*, std::string>> copied_;  // parameter, and the file that it named
  std::map<std::string, bench::ParameterValues> bases_;  // by workload: preset, files and settings applied
};

// The parameters whose value is a file's name, or "none".
std::vector<std::string*> file_parameters(bench::ParameterValues& values);

// What varies but is no parameter.
bool is_run_option(const std::string& key);

// Puts the full names of parameters in place of short ones. Throws ConfigError for unknown and repeated keys.
void complete_keys(Points& points);

}  // namespace pspnic::sweep
