// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/reporter.h"

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

}  // namespace pspnic::sanitizer
