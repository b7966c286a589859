// SPDX-License-Identifier: Apache-2.0
#include "testbench/cli/options.h"

namespace pspnic::cli {

options::variables_map parse(const std::vector<std::string>& words,
                             const options::options_description& description,
                             const options::positional_options_description& positions) {
  const auto parsed = options::command_line_parser(words).options(description).positional(positions).run();
  for (const auto& option : parsed.options) {
    if (option.string_key == "slurm-args") continue;  // options themselves
    // All numbers here are counts; Boost would read -1 as 2^64 - 1.
    if (!option.value.empty() && option.value.front().starts_with('-')) {
      throw options::error("option '--" + option.string_key + "' cannot be " + option.value.front());
    }
  }
  options::variables_map map;
  options::store(parsed, map);
  options::notify(map);
  return map;
}

}  // namespace pspnic::cli
