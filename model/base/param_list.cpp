// SPDX-License-Identifier: Apache-2.0
#include "model/base/param_list.h"

#include <charconv>

#include "model/base/config_error.h"

namespace pspnic::base {

namespace {

// Calls `take` for each element, spaces around it taken off.
template <class Take>
void split(std::string_view key, std::string_view text, const Take& take) {
  while (true) {
    const size_t comma = text.find(',');
    std::string_view element = text.substr(0, comma);
    while (element.starts_with(' ')) element.remove_prefix(1);
    while (element.ends_with(' ')) element.remove_suffix(1);
    if (element.empty()) throw ConfigError(std::string(key), "an element of the list is empty");
    take(element);
    if (comma == std::string_view::npos) return;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::vector<uint64_t> parse_numbers(std::string_view key, std::string_view text, uint64_t min, uint64_t max) {
  std::vector<uint64_t> list;
  split(key, text, [&](std::string_view element) {
    uint64_t value = 0;
    const char* const end = element.data() + element.size();
    const auto [stop, error] = std::from_chars(element.data(), end, value);
    if (error != std::errc() || stop != end || value < min || value > max) {
      throw ConfigError(std::string(key), "'" + std::string(element) + "' is not a number of " +
                                              std::to_string(min) + ".." + std::to_string(max));
    }
    list.push_back(value);
  });
  return list;
}

std::vector<Bandwidth> parse_bandwidths(std::string_view key, std::string_view text) {
  std::vector<Bandwidth> list;
  split(key, text, [&](std::string_view element) {
    try {
      list.push_back(parse_quantity<Bandwidth>(element));
    } catch (const ConfigError& error) {
      throw ConfigError(std::string(key), error.what());
    }
  });
  return list;
}

}  // namespace pspnic::base
