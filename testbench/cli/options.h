// SPDX-License-Identifier: Apache-2.0
// What the commands of the program have in common: how words become options, and the exit status.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

namespace pspnic::cli {

namespace options = boost::program_options;

// Exit status; 0: all well.
inline constexpr int kFailure = 1;
inline constexpr int kUsageError = 2;

// Throws options::error for unknown words and for negative numbers: all numbers here are counts.
options::variables_map parse(const std::vector<std::string>& words,
                             const options::options_description& description,
                             const options::positional_options_description& positions = {});

// `otherwise` where the option was not given.
template <class T>
T get(const options::variables_map& map, const char* name, T otherwise = {}) {
  return map.count(name) != 0 ? map[name].as<T>() : otherwise;
}

}  // namespace pspnic::cli
