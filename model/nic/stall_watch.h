// SPDX-License-Identifier: Apache-2.0
// Passes the stalls of crypto engines on to them, and tells the firmware of long ones.
#pragma once

#include "firmware/control_plane.h"
#include "model/base/event_queue.h"
#include "model/crypto/stalls.h"

namespace pspnic::nic {

class StallWatch : public crypto::StallSource {
 public:
  // At most one report in this time, so that a broken engine does not flood the mailbox.
  static constexpr base::Time kReportInterval = 1 * base::kMs;

  // Stalls of `threshold` ps and more are reported as events of this kind.
  StallWatch(base::EventQueue& events, firmware::DeviceEventListener& listener,
             firmware::DeviceEvent::Kind kind, base::Time threshold)
      : events_(events), listener_(listener), kind_(kind), threshold_(threshold) {}

  // What engines ask instead of `source`; null if they need ask nobody.
  crypto::StallSource* watch(crypto::StallSource* source) {
    source_ = source;
    return source == nullptr ? nullptr : this;
  }

  base::Time next_stall() override {
    const base::Time stall = source_->next_stall();
    if (stall >= threshold_ && stall > 0 && events_.now() >= quiet_until_) {
      quiet_until_ = events_.now() + kReportInterval;
      // Not from inside the data path: the firmware sends a message.
      events_.schedule(events_.now(), base::Callback::to<&StallWatch::report>(*this));
    }
    return stall;
  }

 private:
  void report(uint64_t) { listener_.device_event({.kind = kind_}); }

  base::EventQueue& events_;
  firmware::DeviceEventListener& listener_;
  firmware::DeviceEvent::Kind kind_;
  base::Time threshold_;
  crypto::StallSource* source_ = nullptr;
  base::Time quiet_until_ = 0;
};

}  // namespace pspnic::nic
