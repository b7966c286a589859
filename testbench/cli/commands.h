// SPDX-License-Identifier: Apache-2.0
// The commands of the program. Each takes the words behind its name and returns the exit status. Throws
// base::ConfigError and options::error for wrong usage (exit status 2), std::runtime_error for a failure (1).
#pragma once

#include <string>
#include <vector>

#include "testbench/cli/options.h"
#include "testbench/report/run_view.h"

namespace pspnic::cli {

using Words = std::vector<std::string>;

int run_command(const Words& words);
int params_command(const Words& words);
int swarm_command(const Words& words);
int bench_command(const Words& words);
int size_command(const Words& words);
int sweep_command(const Words& words);
int validate_command(const Words& words);
int explain_command(const Words& words);
int report_command(const Words& words);
int rules_command(const Words& words);
int replay_command(const Words& words);
int vectors_command(const Words& words);

// The page of these runs. Throws std::runtime_error if it cannot be written.
void write_page(const std::vector<report::RunView>& runs, const std::string& path);

// For the help.
options::options_description bench_description();
options::options_description explain_description();
options::options_description params_description();
options::options_description replay_description();
options::options_description report_description();
options::options_description rules_description();
options::options_description run_description();
options::options_description size_description();
options::options_description swarm_description();
options::options_description sweep_description();
options::options_description validate_description();
options::options_description vectors_description();

}  // namespace pspnic::cli
