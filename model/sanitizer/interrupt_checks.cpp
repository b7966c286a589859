// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/interrupt_checks.h"

#include <algorithm>

#include "model/idpf/registers.h"

namespace pspnic::sanitizer {

using base::DriverRule;
using base::Site;

bool InterruptChecks::too_long(base::Time since) const {
  if (since == base::kNever) return false;
  return reporter_.now() - std::max(since, reporter_.driver_acted()) > timeout_;
}

void InterruptChecks::report(DriverRule rule, uint16_t vector, base::Time since) {
  reporter_.report(
      rule, {Site::Kind::kVector, vector},
      {.part = {},
       .field = {},
       .seen = "more work after " + std::to_string((reporter_.now() - since) / base::kUs) + " us",
       .expected = "less than nic.sanitizer.interrupt_timeout"});
}

void InterruptChecks::cause(uint16_t number, bool enabled) {
  Vector& vector = at(number);
  if (too_long(vector.masked_since)) report(DriverRule::kMsixMasked, number, vector.masked_since);
  if (enabled || !vector.fired || vector.wb_on_itr) return;
  if (vector.unarmed_since == base::kNever) {
    reporter_.note({Site::Kind::kVector, number}, "work while not enabled");
    vector.unarmed_since = reporter_.now();
  } else if (too_long(vector.unarmed_since) && vector.masked_since == base::kNever) {
    report(DriverRule::kIrqNotRearmed, number, vector.unarmed_since);
  }
}

void InterruptChecks::fired(uint16_t number) {
  reporter_.note({Site::Kind::kVector, number}, "fired");
  at(number).fired = true;
}

void InterruptChecks::written(uint16_t number, uint32_t value) {
  const Site site{Site::Kind::kVector, number};
  reporter_.note(site, "DYN_CTL written", value);
  const idpf::DynCtl control = idpf::DynCtl::decode(value);
  Vector& vector = at(number);
  vector.wb_on_itr = control.wb_on_itr;
  if (!control.intena_msk && control.intena) vector.unarmed_since = base::kNever;
  // Written to be off, it is not expected to be on.
  if (!control.intena_msk && !control.intena) vector = {.masked_since = vector.masked_since};
  if (control.wb_on_itr && control.intena && !control.intena_msk) {
    reporter_.report(DriverRule::kIrqBothModes, site,
                     {.part = {}, .field = "DYN_CTL", .seen = hex(value), .expected = {}});
  }
}

void InterruptChecks::entry_written(uint16_t number, bool address_or_data, bool live) {
  const Site site{Site::Kind::kVector, number};
  reporter_.note(site, address_or_data ? "MSI-X entry written" : "MSI-X mask written");
  if (!address_or_data || !live) return;
  reporter_.report(DriverRule::kMsixEntryLive, site,
                   {.part = "MSI-X entry", .field = {}, .seen = {}, .expected = {}});
}

void InterruptChecks::raised(uint16_t number, bool masked) {
  reporter_.note({Site::Kind::kVector, number}, masked ? "message waits, masked" : "message");
  base::Time& since = at(number).masked_since;
  if (!masked) {
    since = base::kNever;
  } else if (since == base::kNever) {
    since = reporter_.now();
  }
}

}  // namespace pspnic::sanitizer
