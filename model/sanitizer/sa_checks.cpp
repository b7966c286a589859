// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/sa_checks.h"

namespace pspnic::sanitizer {

using base::DriverRule;
using base::Site;

void SaChecks::written(uint32_t slot, const crypto::Sa& sa, uint64_t first_iv) {
  const Site site = Site::of_function(Site::Kind::kFunction, sa.function);
  reporter_.note(site, "SA added, slot", number_of(slot));
  erased(slot);  // it may be written over
  const uint64_t digest = keys_.digest(sa.key.view());
  slots_[slot] = {sa.tag, true, sa.function, digest};
  KeyUse& key = keys_.use(digest);
  // With IVs that go on where the last slot's ended a key may come back.
  const bool again = key.installed && (key.slots > 0 || first_iv == 0);
  key.installed = true;
  key.function = sa.function;
  ++key.slots;
  if (!again && first_iv != 0) check_iv(slot, first_iv);
  if (!again) return;
  reporter_.report(DriverRule::kPspKeyReuse, site,
                   {.part = "SA slot " + std::to_string(number_of(slot)),
                    .field = "key",
                    .seen = "one that has been installed before, with SPI " + hex(sa.spi),
                    .expected = {}});
}

void SaChecks::iv_given(uint32_t slot, uint64_t iv) {
  reporter_.note(Site::of_function(Site::Kind::kFunction, slots_[slot].function), "IV given, slot",
                 number_of(slot));
  check_iv(slot, iv);
}

void SaChecks::check_iv(uint32_t slot, uint64_t iv) {
  const KeyUse& key = keys_.use(slots_[slot].digest);
  if (!key.sealed || iv > key.last_iv) return;
  reporter_.report(DriverRule::kPspIvReuse, Site::of_function(Site::Kind::kFunction, slots_[slot].function),
                   {.part = "SA slot " + std::to_string(number_of(slot)),
                    .field = "iv_init",
                    .seen = hex(iv),
                    .expected = "above " + hex(key.last_iv)});
}

void SaChecks::sealed(std::span<const uint8_t> key, uint64_t iv) {
  KeyUse& use = keys_.use(keys_.digest(key));
  use.sealed = true;
  use.last_iv = iv;
}

void SaChecks::erased(uint32_t slot) {
  const auto erased = slots_.find(slot);
  if (erased == slots_.end()) return;
  if (erased->second.used) --keys_.use(erased->second.digest).slots;
  erased->second.used = false;
}

void SaChecks::missed(const queue::TxJob& job, const std::string& part) {
  const auto slot = slots_.find(job.sa_index);
  const bool known = slot != slots_.end();
  // There, and the card could not load it.
  if (known && slot->second.used && slot->second.tag == job.sa_tag && job.sa != nullptr) return;
  DriverRule rule = DriverRule::kPspSaUnknown;
  if (known && !slot->second.used) rule = DriverRule::kPspSaDeleted;
  if (known && slot->second.used && slot->second.tag != job.sa_tag) rule = DriverRule::kPspSaTag;
  const std::string index = job.sa_index == queue::TxJob::kNoSa ? "outside the function's slots"
                                                                : std::to_string(number_of(job.sa_index));
  reporter_.report(rule, {Site::Kind::kTxQueue, job.queue},
                   {.part = part,
                    .field = rule == DriverRule::kPspSaTag ? "sa_tag" : "sa_idx",
                    .seen = "slot " + index + ", tag " + std::to_string(job.sa_tag),
                    .expected = rule == DriverRule::kPspSaTag ? "tag " + std::to_string(slot->second.tag)
                                                              : std::string()});
}

void SaChecks::reset() {
  slots_.clear();
  keys_.reset();
}

void SaChecks::reset(uint16_t function) {
  std::erase_if(slots_, [&](const auto& entry) {
    const Slot& slot = entry.second;
    if (slot.function == function && slot.used) --keys_.use(slot.digest).slots;
    return slot.function == function;
  });
  keys_.reset(function);
}

}  // namespace pspnic::sanitizer
