// SPDX-License-Identifier: Apache-2.0
// The commands of the program, and what the help says of them.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "testbench/cli/commands.h"

namespace pspnic::cli {

struct Command {
  const char* name;
  const char* synopsis;  // behind the name
  const char* meaning;
  int (*act)(const Words& words);
  options::options_description (*options)();
};

std::span<const Command> commands();
const Command* find_command(const std::string& name);  // null: there is none

// Of the program.
void print_help(std::ostream& out);
// Of one command: its options too; of run what it writes.
void print_help(std::ostream& out, const Command& command);

}  // namespace pspnic::cli
