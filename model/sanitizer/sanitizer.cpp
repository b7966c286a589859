// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/sanitizer.h"

#include <algorithm>
#include <string>

#include "model/idpf/rings.h"

namespace pspnic::sanitizer {

using base::DriverRule;
using base::Site;

Sanitizer::Sanitizer(const SanitizerParams& params, base::EventQueue& events, base::ViolationLog& log,
                     const std::array<uint64_t, 2>& secret)
    : reporter_(events, log),
      rings_(reporter_, params.buffer_timeout.ps),
      transmit_(reporter_, rings_),
      vectors_(reporter_, params.interrupt_timeout.ps),
      mailbox_(reporter_, params.mailbox_timeout.ps),
      config_queues_(reporter_),
      sas_(reporter_, secret) {}

void Sanitizer::on_register(const idpf::RegisterHit& hit, Site site, uint32_t offset, idpf::RegisterMap map,
                            uint32_t value, bool own_reset) {
  reporter_.note(site, "write of offset", offset);
  reporter_.driver_acts();
  const auto report = [&](DriverRule rule) {
    reporter_.report(rule, site,
                     {.part = "register " + idpf::register_text(offset, map),
                      .field = {},
                      .seen = "write of " + hex(value),
                      .expected = {}});
  };
  if (hit.access == idpf::Access::kReadOnly) report(DriverRule::kRegReadOnly);
  if (own_reset) report(DriverRule::kRegInReset);
}

void Sanitizer::on_ring_ended(Site site) {
  rings_.ended(site);
  if (site.kind == Site::Kind::kTxQueue) transmit_.ended(static_cast<uint16_t>(site.number));
}

void Sanitizer::on_tx_dropped(const queue::TxJob& job, DriverRule rule) {
  const Site site{Site::Kind::kTxQueue, job.queue};
  const uint32_t length = std::max(rings_.length(site), 1u);
  const std::string part = base::descriptor_text((job.head + length - 1) % length);
  if (rule == DriverRule::kPspSaUnknown) return sas_.missed(job, part);
  reporter_.report(rule, site,
                   {.part = part,
                    .field = "buffer_addr",
                    .seen = "packet of " + std::to_string(job.total_bytes) + " bytes, completion tag " +
                            std::to_string(job.completion_tag),
                    .expected = {}});
}

void Sanitizer::on_ring(Site site, uint64_t address, uint32_t length) {
  rings_.ended(site);
  reporter_.note(site, "enabled, descriptors", length);
  // A driver that begins anew may use any cookie.
  if (site.kind == Site::Kind::kMailboxRequests) mailbox_.reset(site.function);
  if (address % idpf::kRingAlignment != 0) {
    reporter_.report(DriverRule::kMbxRingAlignment, site,
                     {.part = {},
                      .field = "base",
                      .seen = hex(address),
                      .expected = "a multiple of " + std::to_string(idpf::kRingAlignment)});
  }
  rings_.placed({.site = site,
                 .address = address,
                 .length = length,
                 .descriptor_bytes = idpf::kMailboxDescriptorBytes});
}

void Sanitizer::on_mailbox_reset(uint16_t function) {
  mailbox_.reset(function);
  rings_.ended(Site::of_function(Site::Kind::kMailboxRequests, function));
  rings_.ended(Site::of_function(Site::Kind::kMailboxAnswers, function));
}

void Sanitizer::on_config_ring(Site site, uint64_t address, uint32_t length) {
  rings_.ended(site);
  reporter_.note(site, length == 0 ? "disabled" : "configured");
  if (length == 0) return;
  rings_.placed(
      {.site = site, .address = address, .length = length, .descriptor_bytes = idpf::kCfgqDescriptorBytes});
}

void Sanitizer::on_ring_disabled(Site site) {
  rings_.ended(site);
  reporter_.note(site, "disabled");
  if (site.kind == Site::Kind::kMailboxAnswers) mailbox_.answers_disabled(site.function);
}

void Sanitizer::on_end() {
  rings_.end();
  vectors_.end();
  mailbox_.end();
}

void Sanitizer::on_reset() {
  rings_.reset();
  transmit_.reset();
  vectors_.reset();
  sas_.reset();
}

}  // namespace pspnic::sanitizer
