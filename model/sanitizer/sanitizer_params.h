// SPDX-License-Identifier: Apache-2.0
// How closely a card watches its driver.
#pragma once

#include "model/base/params.h"

namespace pspnic::sanitizer {

struct SanitizerParams {
  enum class Mode { kOff, kReport, kStrict };
  Mode mode = Mode::kOff;
  base::Duration interrupt_timeout{100 * base::kMs};
  base::Duration buffer_timeout{100 * base::kMs};
  base::Duration mailbox_timeout{100 * base::kMs};

  bool on() const { return mode != Mode::kOff; }

  template <class Visitor>
  void describe(Visitor& v) {
    v.choice("mode", mode, {{"off", Mode::kOff}, {"report", Mode::kReport}, {"strict", Mode::kStrict}},
             "What is checked of the driver beyond what blocks check always: nothing; all, and reported; "
             "reported, and any report fails the run (pspnic rules)",
             "Off: checking costs simulation speed, and nothing else depends on it");
    constexpr base::Duration kLeast{1 * base::kUs};
    constexpr base::Duration kMost{60 * base::kSec};
    v.value("interrupt_timeout", interrupt_timeout, kLeast, kMost,
            "A vector that has fired, or an MSI-X entry that is masked, may wait so long with work for it, "
            "while the driver writes no register",
            "Assumed: ten times a scheduler's tick of 10 ms");
    v.value("buffer_timeout", buffer_timeout, kLeast, kMost,
            "All buffers of a ring may stay with the driver so long while packets come for it",
            "Assumed, as interrupt_timeout");
    v.value("mailbox_timeout", mailbox_timeout, kLeast, kMost,
            "Messages of the device may wait so long for a buffer of the mailbox",
            "Assumed, as interrupt_timeout; Linux idpf gives an answer up after 60 s, DPDK after 2 s");
  }
};

}  // namespace pspnic::sanitizer
