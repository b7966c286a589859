// SPDX-License-Identifier: Apache-2.0
// The program pspnic.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <systemc>
#include <vector>

#include "model/base/config_error.h"
#include "model/base/text.h"
#include "testbench/cli/help.h"

#if PSPNIC_HAS_RTL
#include "rtl/cosim/engine.h"
#endif

namespace {

using pspnic::cli::kFailure;
using pspnic::cli::kUsageError;
using pspnic::cli::Words;

bool asks_for_help(const Words& words) {
  return std::ranges::any_of(words, [](const std::string& word) { return word == "--help" || word == "-h"; });
}

int help(const Words& words) {
  if (words.size() < 2) {
    pspnic::cli::print_help(std::cout);
    return 0;
  }
  const pspnic::cli::Command* command = pspnic::cli::find_command(words[1]);
  if (command == nullptr) throw pspnic::base::ConfigError("pspnic help " + words[1], "unknown command");
  pspnic::cli::print_help(std::cout, *command);
  return 0;
}

int dispatch(const Words& words) {
  if (words.empty()) {
    pspnic::cli::print_help(std::cout);
    return kUsageError;
  }
  const std::string& name = words.front();
  if (name == "help") return help(words);
  if (name == "--version") {
    std::cout << "pspnic " PSPNIC_VERSION "\n";
    return 0;
  }
  if (const pspnic::cli::Command* command = pspnic::cli::find_command(name)) {
    const Words own(words.begin() + 1, words.end());
    return asks_for_help(own) ? help({"help", name}) : command->act(own);
  }
  if (asks_for_help(words)) return help({});
  std::string names;
  for (const pspnic::cli::Command& command : pspnic::cli::commands())
    names += std::string(command.name) + ", ";
  throw pspnic::base::ConfigError("pspnic " + name, "unknown command; there are " + names + "help");
}

}  // namespace

int sc_main(int argc, char** argv) {
  try {
#if PSPNIC_HAS_RTL
    pspnic::psp::add_engine(pspnic::rtl::engine());
#endif
    const int status = dispatch(Words(argv + 1, argv + argc));
    if (!std::cout.flush()) throw std::runtime_error("standard output: cannot be written");
    return status;
  } catch (const pspnic::base::ConfigError& error) {
    std::cerr << "pspnic: " << pspnic::base::printable(error.what()) << "\n";
    return kUsageError;
  } catch (const pspnic::cli::options::error& error) {
    std::cerr << "pspnic: " << pspnic::base::printable(error.what()) << "; see pspnic help\n";
    return kUsageError;
  } catch (const std::exception& error) {
    std::cerr << "pspnic: " << pspnic::base::printable(error.what()) << "\n";
    return kFailure;
  }
}

// SystemC's own main() prints a banner; a program whose output others read must not.
int main(int argc, char** argv) {
  setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
