// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/config_queue_checks.h"

#include <string>

namespace pspnic::sanitizer {

using base::DriverRule;
using idpf::ConfigQueueStatus;

namespace {

struct Meaning {
  DriverRule rule = DriverRule::kCount;  // broken, unless the check that refused names another; kCount: none
  const char* name = "?";
};

Meaning meaning_of(ConfigQueueStatus status) {
  switch (status) {
    case ConfigQueueStatus::kBadOpcode:
      return {DriverRule::kCfgqOpcode, "BAD_OPCODE"};
    case ConfigQueueStatus::kExists:
      return {DriverRule::kPspSaExists, "EXISTS"};
    case ConfigQueueStatus::kOutOfRange:
      return {DriverRule::kPspSaSlot, "OUT_OF_RANGE"};
    case ConfigQueueStatus::kNotFound:
      return {DriverRule::kPspSaAbsent, "NOT_FOUND"};
    case ConfigQueueStatus::kBadVersion:
      return {DriverRule::kPspSaVersion, "BAD_VERSION"};
    case ConfigQueueStatus::kTagMismatch:
      return {DriverRule::kPspSaWrongTag, "TAG_MISMATCH"};
    case ConfigQueueStatus::kBadKeyLen:
      return {DriverRule::kPspSaKeyLength, "BAD_KEY_LEN"};
    case ConfigQueueStatus::kBusy:  // packets in flight need the slot
      return {DriverRule::kCount, "BUSY"};
    case ConfigQueueStatus::kOk:
    case ConfigQueueStatus::kNoSpace:
    case ConfigQueueStatus::kCompletionError:  // the queue itself reports why
      break;
  }
  return {};
}

}  // namespace

void ConfigQueueChecks::refused(base::Site site, uint16_t index, std::optional<size_t> record,
                                ConfigQueueStatus status, const firmware::Reason& why) {
  const Meaning meaning = meaning_of(status);
  const DriverRule rule = why.rule == DriverRule::kCount ? meaning.rule : why.rule;
  if (why.excused || rule == DriverRule::kCount) return;
  std::string part = base::descriptor_text(index);
  if (record) part += ", record " + std::to_string(*record);
  reporter_.report(rule, site,
                   {.part = part,
                    .field = why.field,
                    .seen = why.seen + ", completed with " + meaning.name,
                    .expected = why.expected});
}

}  // namespace pspnic::sanitizer
