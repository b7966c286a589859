// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/testpmd/options.h"

#include <cstdlib>
#include <sstream>

#include "model/base/config_error.h"
#include "model/base/params.h"

namespace pspnic::dpdk {

CardOptions card_options() {
  CardOptions options;
  options.nic.quirks.complete_every_descriptor = true;
  base::ParamTree tree;
  tree.add("nic", options.nic);
  tree.add("cable", options.cable);
  const char* lines = std::getenv("PSPNIC_TESTPMD_CARDS");
  std::istringstream input(lines == nullptr ? "" : lines);
  for (std::string line; std::getline(input, line);) {
    const size_t space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string value = space == std::string::npos ? "" : line.substr(space + 1);
    if (word == "config") {
      tree.load_file(value);
    } else if (word == "set") {
      tree.set_assignment(value);
    } else if (word == "wire") {
      options.wire_file = value;
    } else if (word == "protect") {
      options.flow_file = value;
      options.flows = bench::read_flows(value);
    } else if (word == "keys") {
      options.key_file = value;
    } else {
      throw base::ConfigError("PSPNIC_TESTPMD_CARDS",
                              "\"" + line + "\" is none of config, set, wire, protect and keys");
    }
  }
  return options;
}

}  // namespace pspnic::dpdk
