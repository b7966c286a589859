// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/mailbox_checks.h"

#include <algorithm>
#include <string>

namespace pspnic::sanitizer {

using base::DriverRule;
using base::Site;
using idpf::Status;

namespace {

// The rule that a refused request or entry broke, where the check that refused it named none; kCount: none,
// as when something has been used up or is the device's trouble.
DriverRule rule_of(Status status) {
  switch (status) {
    case Status::kEsrch:
      return DriverRule::kMbxOpcode;
    case Status::kEsm:
    case Status::kEmode:
    case Status::kPspNotEnabled:
      return DriverRule::kMbxState;
    case Status::kEinval:
    case Status::kErange:
      return DriverRule::kMbxArgument;
    case Status::kEnxio:
      return DriverRule::kMbxObject;
    case Status::kEperm:
    case Status::kEacces:
      return DriverRule::kMbxNotGranted;
    case Status::kEbusy:
      return DriverRule::kMbxBusy;
    case Status::kEexist:
      return DriverRule::kPspSaExists;
    case Status::kPspBadVersion:
      return DriverRule::kPspSaVersion;
    case Status::kPspBadKeyLen:
      return DriverRule::kPspSaKeyLength;
    case Status::kPspTagMismatch:
      return DriverRule::kPspSaWrongTag;
    case Status::kSuccess:
    case Status::kEio:
    case Status::kEnospc:
    case Status::kPspSpiExhausted:
    case Status::kPspSaBusy:           // packets in flight need the slot
    case Status::kPspStaleGeneration:  // others, or the device, have rotated
    case Status::kPspRotateTooSoon:    // likewise
    case Status::kPspHwError:
      break;
  }
  return DriverRule::kCount;
}

std::string name_of(idpf::Opcode opcode) {
  return std::string(idpf::opcode_name(opcode)) + " (" + std::to_string(static_cast<uint32_t>(opcode)) + ")";
}

}  // namespace

MailboxChecks::MailboxChecks(Reporter& reporter, base::Time timeout)
    : reporter_(reporter),
      timeout_(timeout),
      alarm_(reporter.events(), base::Callback::to<&MailboxChecks::on_alarm>(*this)) {}

void MailboxChecks::check_form(Site site, uint16_t index, const idpf::MailboxDescriptor& request) {
  const std::string part = base::descriptor_text(index);
  const auto reserved = [&](const char* field, uint64_t seen) {
    if (seen == 0) return;
    reporter_.report(DriverRule::kMbxReserved, site,
                     {.part = part, .field = field, .seen = hex(seen), .expected = "0"});
  };
  reserved("flags", request.flags & ~uint32_t{idpf::kMbxFlagsRequest} & 0xffffu);
  reserved("ret_val", request.ret_val);
  reserved("v_dtype", request.v_dtype);
  if ((request.flags & idpf::kMbxFlagBuf) == 0 && request.datalen != 0) {
    reporter_.report(DriverRule::kMbxArgument, site,
                     {.part = part,
                      .field = "flags",
                      .seen = hex(request.flags) + ", and datalen " + std::to_string(request.datalen),
                      .expected = "with BUF, " + hex(idpf::kMbxFlagBuf) + ", where there is a payload"});
  }
  if (request.opcode == idpf::MailboxOpcode::kSendToCp) return;
  reporter_.report(DriverRule::kMbxInfraOpcode, site,
                   {.part = part,
                    .field = "opcode",
                    .seen = hex(static_cast<uint64_t>(request.opcode)),
                    .expected = "0x801"});
}

void MailboxChecks::request(uint16_t function, uint16_t index, const idpf::MailboxDescriptor& request) {
  const Site site = Site::of_function(Site::Kind::kMailboxRequests, function);
  reporter_.note(site, "request", static_cast<uint64_t>(request.v_opcode));
  check_form(site, index, request);
  // The one has no answer, the other perhaps none.
  const bool silent =
      request.v_opcode == idpf::Opcode::kResetVf || (request.v_flags & idpf::kVflagRespOnErrorOnly) != 0;
  if (request.sw_cookie == 0 || silent) return;
  std::map<uint16_t, Open>& open = functions_[function].open;
  const auto [same, added] = open.try_emplace(request.sw_cookie, Open{request.v_opcode, index});
  if (added) return;
  reporter_.report(DriverRule::kMbxCookieReuse, site,
                   {.part = base::descriptor_text(index),
                    .field = "sw_cookie",
                    .seen = std::to_string(request.sw_cookie) + ", which " + name_of(same->second.opcode) +
                            " of descriptor " + std::to_string(same->second.index) + " has",
                    .expected = {}});
  same->second = {request.v_opcode, index};
}

void MailboxChecks::message(uint16_t number, const idpf::MailboxDescriptor& message, uint16_t index,
                            std::span<const firmware::Refusal> refusals) {
  const Site site = Site::of_function(Site::Kind::kMailboxRequests, number);
  Function& function = functions_[number];
  if (message.v_opcode == idpf::Opcode::kEvent) return;
  reporter_.note(site, "answered with status", static_cast<uint64_t>(message.v_retval));
  function.open.erase(message.sw_cookie);
  for (const firmware::Refusal& refusal : refusals) refused(site, message, index, refusal);
}

void MailboxChecks::refused(Site site, const idpf::MailboxDescriptor& message, uint16_t index,
                            const firmware::Refusal& refusal) {
  const firmware::Reason& why = refusal.why;
  const DriverRule rule = why.rule == DriverRule::kCount ? rule_of(refusal.status) : why.rule;
  if (why.excused || rule == DriverRule::kCount) return;
  std::string part = base::descriptor_text(index);
  if (refusal.entry) part += ", entry " + std::to_string(*refusal.entry);
  const std::string seen = why.seen.empty() ? "" : why.seen + " in ";
  reporter_.report(rule, site,
                   {.part = part,
                    .field = *why.field == 0 ? "v_opcode" : why.field,
                    .seen = seen + name_of(message.v_opcode) + ", answered " +
                            std::string(idpf::status_name(refusal.status)),
                    .expected = why.expected});
}

void MailboxChecks::waiting(uint16_t number, bool waits) {
  Lapse& waiting = functions_[number].waiting;
  if (!waits) waiting.end();
  if (!waits || waiting.begun()) return;
  reporter_.note(Site::of_function(Site::Kind::kMailboxAnswers, number), "a message waits for a buffer");
  waiting.since = reporter_.now();
  alarm_.set(waiting.since + timeout_);
}

void MailboxChecks::look(bool end) {
  base::Time next = base::kNever;
  for (auto& [number, function] : functions_) {
    Lapse& waiting = function.waiting;
    if (!waiting.open()) continue;
    const base::Time due = waiting.since + timeout_;
    if (due > reporter_.now() && !end) {
      next = std::min(next, due);
      continue;
    }
    waiting.told = true;
    reporter_.report(due, DriverRule::kMbxBuffersMissing,
                     Site::of_function(Site::Kind::kMailboxAnswers, number),
                     {.part = {},
                      .field = "tail",
                      .seen = "a message waits since " + std::to_string(waiting.since / base::kNs) + " ns",
                      .expected = "buffers within nic.sanitizer.mailbox_timeout"});
  }
  alarm_.set(next);
}

}  // namespace pspnic::sanitizer
