// SPDX-License-Identifier: Apache-2.0
// Mailbox rings under the sanitizer.
#pragma once

#include "testbench/tests/model/control/mailbox_bench.h"
#include "testbench/tests/model/sanitizer/tx_kit.h"

namespace pspnic::misbehave {

inline constexpr uint16_t kCookie = 5;

class MailboxKit : public test::MailboxBench {
 public:
  MailboxKit() {
    mailbox.set_watch(&watch);
    set_up_transmit();
  }
  // The request in slot 0, changed.
  void request(void (*change)(idpf::MailboxDescriptor&)) {
    idpf::MailboxDescriptor descriptor = put_request(0, Bytes(64, 1), kCookie);
    change(descriptor);
    put(atq, 0, descriptor);
    write(idpf::Register::kAtqt, 1);
    run();
  }
  sanitizer::Sanitizer watch{strict_params(), events, violations, kSecret};
};

}  // namespace pspnic::misbehave
