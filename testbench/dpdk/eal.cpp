// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/eal.h"

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_random.h>
#include <sched.h>
#include <stdlib.h>

#include <stdexcept>

#include "testbench/dpdk/eal_memory.h"
#include "testbench/dpdk/machine.h"

namespace pspnic::dpdk {

namespace {

DriverClock* redirected_to = nullptr;

// The EAL pins its thread to the processors named here; all we have is as good as no pinning.
std::string any_processor() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::string list;
  for (unsigned i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) list += fmt::format("{}{}", list.empty() ? "" : ",", i);
  }
  return fmt::format("--lcores=0@({})", list);
}

}  // namespace

void redirect_waits(DriverClock& clock) {
  redirected_to = &clock;
  rte_delay_us_callback_register(
      [](unsigned microseconds) { redirected_to->wait_for(sc_core::sc_time(microseconds, sc_core::SC_US)); });
}

Eal::Eal(const Options& options) : at_end_(options.at_end) {
  rte_srand(options.seed);
  setenv("RUNTIME_DIRECTORY", options.scratch.c_str(), 1);
  std::vector<std::string> words = {"pspnic", "-m", std::to_string(options.memory_mb), any_processor(),
                                    "--log-level=" + options.log_level};
  words.insert(words.end(), std::begin(kEalArguments), std::end(kEalArguments));
  for (const std::string& device : options.devices) {
    words.emplace_back("-a");
    words.push_back(device);
  }
  if (options.devices.empty()) words.emplace_back("--no-pci");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  if (rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) < 0) {
    throw std::runtime_error(fmt::format("rte_eal_init: {}", rte_strerror(rte_errno)));
  }
}

Eal::~Eal() {
  rte_eal_cleanup();
  eal_memory().end();
  if (at_end_) at_end_();
}

}  // namespace pspnic::dpdk
