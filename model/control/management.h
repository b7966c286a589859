// SPDX-License-Identifier: Apache-2.0
// The management port: where the privileged side, a host's hypervisor or a management controller, gives its
// commands (firmware/origin.h). The same messages as in the mailbox, but no rings: how such a side is
// attached is the product's, and takes no time here.
//
// Waits for: the control processor. Takes: its time (control_processor.h). Drops: nothing.
#pragma once

#include <optional>

#include "firmware/hardware.h"
#include "model/base/ring.h"
#include "model/control/control_processor.h"

namespace pspnic::control {

class Management {
 public:
  explicit Management(ControlProcessor& processor) : processor_(processor) {}

  // Each request has one answer, in order of their ends. `payload` may hold keys and is wiped with the
  // message.
  void send(firmware::MailboxMessage request) {
    processor_.take(std::move(request), firmware::Origin::kManagement);
  }
  std::optional<firmware::MailboxMessage> receive() {
    if (answers_.empty()) return std::nullopt;
    return answers_.pop();
  }

  // From the control plane.
  void deliver(firmware::MailboxMessage answer) { answers_.push(std::move(answer)); }

 private:
  ControlProcessor& processor_;
  base::Ring<firmware::MailboxMessage> answers_;
};

}  // namespace pspnic::control
