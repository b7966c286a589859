// SPDX-License-Identifier: Apache-2.0
// The mailbox: the form of requests, their answers, and buffers for these.
//
// Order is the firmware's to judge: what it refuses as out of order, ill-formed or not granted is reported,
// with the field that it found wrong. What is used up, or the device's own trouble, breaks no rule.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "firmware/refusal.h"
#include "model/idpf/mailbox.h"
#include "model/sanitizer/alarm.h"
#include "model/sanitizer/reporter.h"

namespace pspnic::sanitizer {

class MailboxChecks {
 public:
  MailboxChecks(Reporter& reporter, base::Time timeout);

  void request(uint16_t function, uint16_t index, const idpf::MailboxDescriptor& request);
  void message(uint16_t function, const idpf::MailboxDescriptor& message, uint16_t index,
               std::span<const firmware::Refusal> refusals);
  void waiting(uint16_t function, bool waits);
  void answers_disabled(uint16_t function) { functions_[function].waiting.end(); }
  // Nothing happens any more: what is open will not end.
  void end() { look(true); }
  void reset(uint16_t function) { functions_.erase(function); }

 private:
  struct Open {
    idpf::Opcode opcode = idpf::Opcode::kUnknown;
    uint16_t index = 0;  // of its descriptor
  };
  struct Function {
    std::map<uint16_t, Open> open;  // by cookie, unless that is 0
    Lapse waiting;                  // messages, for buffers
  };
  void refused(base::Site site, const idpf::MailboxDescriptor& message, uint16_t index,
               const firmware::Refusal& refusal);
  void check_form(base::Site site, uint16_t index, const idpf::MailboxDescriptor& request);
  void on_alarm(uint64_t) { look(false); }
  void look(bool end);

  Reporter& reporter_;
  base::Time timeout_;
  Alarm alarm_;
  std::map<uint16_t, Function> functions_;
};

}  // namespace pspnic::sanitizer
