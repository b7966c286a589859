// SPDX-License-Identifier: Apache-2.0
// The one exception for a configuration that cannot be used: a bad value, an unknown key, an unreadable file,
// a broken constraint between parameters. Mistakes of the program itself (two parameters of one name) are
// std::logic_error.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace pspnic::base {

class ConfigError : public std::runtime_error {
 public:
  // place: what the user can find and change, e.g. "nic.pcie.generation" or "a.json:3:5:
  // nic.pcie.generation". rule: what is wrong and what would be right, e.g. "is 9, must lie in 3..5". what()
  // is "<place>: <rule>".
  ConfigError(std::string place, std::string rule)
      : std::runtime_error(place + ": " + rule), place_(std::move(place)), rule_(std::move(rule)) {}

  const std::string& place() const { return place_; }
  const std::string& rule() const { return rule_; }

 private:
  std::string place_;
  std::string rule_;
};

// Of a value as it was written: its place is the text itself.
[[noreturn]] inline void refuse_text(std::string_view text, std::string rule) {
  throw ConfigError('"' + std::string(text) + '"', std::move(rule));
}

}  // namespace pspnic::base
