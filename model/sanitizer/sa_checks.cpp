// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/sa_checks.h"

#include <span>

namespace pspnic::sanitizer {

using base::DriverRule;
using base::Site;

void SaChecks::written(uint32_t slot, const crypto::Sa& sa) {
  const Site site{Site::Kind::kFunction, sa.function};
  reporter_.note(site, "SA added, slot", slot);
  slots_[slot] = {sa.tag, true};
  if (keys_.add(std::span(sa.key.bytes).first(sa.key.size))) return;
  reporter_.report(DriverRule::kPspKeyReuse, site,
                   {.part = "SA slot " + std::to_string(slot),
                    .field = "key",
                    .seen = "one that has been installed before, with SPI " + hex(sa.spi),
                    .expected = {}});
}

void SaChecks::erased(uint32_t slot) {
  slots_[slot].used = false;
}

void SaChecks::missed(const queue::TxJob& job, const std::string& part) {
  const auto slot = slots_.find(job.sa_index);
  const bool known = slot != slots_.end();
  // There, and the card could not load it.
  if (known && slot->second.used && slot->second.tag == job.sa_tag && job.sa != nullptr) return;
  DriverRule rule = DriverRule::kPspSaUnknown;
  if (known && !slot->second.used) rule = DriverRule::kPspSaDeleted;
  if (known && slot->second.used && slot->second.tag != job.sa_tag) rule = DriverRule::kPspSaTag;
  const std::string index =
      job.sa_index == queue::TxJob::kNoSa ? "outside the function's slots" : std::to_string(job.sa_index);
  reporter_.report(rule, {Site::Kind::kTxQueue, job.queue},
                   {.part = part,
                    .field = rule == DriverRule::kPspSaTag ? "sa_tag" : "sa_idx",
                    .seen = "slot " + index + ", tag " + std::to_string(job.sa_tag),
                    .expected = rule == DriverRule::kPspSaTag ? "tag " + std::to_string(slot->second.tag)
                                                              : std::string()});
}

void SaChecks::reset() {
  slots_.clear();
  keys_.clear();
}

}  // namespace pspnic::sanitizer
