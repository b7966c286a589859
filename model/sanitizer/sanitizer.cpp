// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/sanitizer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "model/idpf/rings.h"

namespace pspnic::sanitizer {

using base::DriverRule;
using base::Site;

Sanitizer::Sanitizer(const SanitizerParams& params, base::EventQueue& events, base::ViolationLog& log,
                     const std::array<uint64_t, 2>& secret, Shares shares)
    : reporter_(events, log),
      rings_(reporter_, params.buffer_timeout.ps, std::move(shares.function_of)),
      transmit_(reporter_, rings_),
      vectors_(reporter_, params.interrupt_timeout.ps),
      mailbox_(reporter_, params.mailbox_timeout.ps),
      config_queues_(reporter_),
      sas_(reporter_, secret, std::move(shares.slot_of)) {}

namespace {

using idpf::Register;

// Hands the device something to fetch.
bool is_tail(Register id) {
  return id == Register::kTxTail || id == Register::kRxTail || id == Register::kRxBufTail ||
         id == Register::kAtqt || id == Register::kArqt;
}

// Which vector's handler writes a register; the tails of queues tell for themselves.
std::optional<uint16_t> vector_of(const Sanitizer::RegisterWrite& write) {
  switch (write.hit.id) {
    case Register::kItr0:
    case Register::kItr1:
    case Register::kItr2:
    case Register::kDynCtl:
      return static_cast<uint16_t>(write.first_vector + write.hit.index);
    case Register::kTxTail:
    case Register::kRxTail:
      if (write.hit.index < idpf::kFirstConfigTail) return std::nullopt;
      return write.first_vector;
    case Register::kRxBufTail:
      return std::nullopt;
    default:
      return write.first_vector;
  }
}

}  // namespace

void Sanitizer::on_register(const RegisterWrite& write) {
  const Site site = Site::of_function(Site::Kind::kRegisters, write.function);
  reporter_.note(site, "write of offset", write.offset);
  if (const auto vector = vector_of(write)) vectors_.acted(*vector);
  const auto report = [&](DriverRule rule, std::string seen) {
    reporter_.report(rule, site,
                     {.part = "register " + idpf::register_text(write.offset, write.map),
                      .field = {},
                      .seen = std::move(seen),
                      .expected = {}});
  };
  const std::string seen = "write of " + hex(write.value);
  if (write.hit.access == idpf::Access::kReadOnly) report(DriverRule::kRegReadOnly, seen);
  if (write.own_reset) report(DriverRule::kRegInReset, seen);
  if (!write.bus_master && is_tail(write.hit.id)) {
    report(DriverRule::kPciBusMaster, seen + ", Bus Master Enable is 0");
  }
}

void Sanitizer::on_ring_ended(Site site) {
  rings_.ended(site);
  vectors_.ended(site);
  if (site.kind == Site::Kind::kTxQueue) transmit_.ended(static_cast<uint16_t>(site.number));
}

void Sanitizer::on_tx_dropped(const queue::TxJob& job, const queue::TxFault& fault) {
  std::string part = base::descriptor_text(fault.index);
  if (fault.rule == DriverRule::kPspSaUnknown) return sas_.missed(job, part);
  reporter_.report(
      fault.rule, {Site::Kind::kTxQueue, job.queue},
      {.part = std::move(part), .field = fault.field, .seen = fault.seen, .expected = fault.expected});
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
  if (length == 0) return;
  reporter_.note(site, "configured");
  rings_.placed(
      {.site = site, .address = address, .length = length, .descriptor_bytes = idpf::kCfgqDescriptorBytes});
}

void Sanitizer::on_ring_disabled(Site site) {
  rings_.ended(site);
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
