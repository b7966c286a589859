// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/reporter.h"

#include <array>
#include <charconv>

namespace pspnic::sanitizer {

void Reporter::report(base::Time when, base::DriverRule rule, base::Site site, What what) {
  log_.report({.when = when,
               .rule = rule,
               .site = site,
               .part = std::move(what.part),
               .field = std::move(what.field),
               .seen = std::move(what.seen),
               .expected = std::move(what.expected),
               .events = {}});
}

std::string hex(uint64_t value) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

}  // namespace pspnic::sanitizer
