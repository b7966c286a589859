// SPDX-License-Identifier: Apache-2.0
// The processor that runs the control plane: requests are served one after another, each for as many cycles
// as the firmware says it needs, and take effect at the end of that time.
//
// Waits for: requests from the mailbox. Takes: cycles / clock. Drops: nothing.
#pragma once

#include <cstdint>

#include "firmware/control_plane.h"
#include "model/base/clock.h"
#include "model/base/event_queue.h"
#include "model/base/params.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/control/mailbox.h"

namespace pspnic::control {

struct ControlParams {
  base::Frequency clock{1 * base::kGHz};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("clock", clock, base::Frequency{1 * base::kMHz}, base::Frequency{5 * base::kGHz},
            "Clock of the control processor, one command at a time", "Assumed: an embedded core");
  }
};

class ControlProcessor : public MailboxListener {
 public:
  struct Ports {
    base::EventQueue& events;
    firmware::ControlPlane& control_plane;
  };

  ControlProcessor(base::StatGroup& parent, const ControlParams& params, const Ports& ports);

  void on_request(firmware::MailboxMessage request) override;
  void take(firmware::MailboxMessage request, firmware::Origin origin);
  // Of the function: its requests are forgotten, those of the management port begin anew.
  void reset();

 private:
  struct Job {
    firmware::MailboxMessage request;
    base::Time arrived = 0;
    firmware::Origin origin = firmware::Origin::kFunction;
  };
  void enqueue(Job job);
  void on_served(uint64_t epoch);

  base::Clock clock_;
  Ports ports_;
  base::Ring<Job> jobs_;
  base::Time free_at_ = 0;
  uint64_t epoch_ = 0;
  base::StatGroup group_;
  base::Counter commands_{group_, "commands", "command", "Requests served"};
  base::Counter busy_{group_, "busy_time", "ps", "Time spent on requests"};
  base::Histogram latency_{group_, "latency", "ps", "From the request's arrival to its effect"};
  base::Formula utilisation_{group_, "utilisation", "1", "Share of time spent on requests",
                             [this](const base::DumpContext& context) {
                               return context.elapsed_ps == 0 ? 0.0
                                                              : static_cast<double>(busy_.value()) /
                                                                    static_cast<double>(context.elapsed_ps);
                             }};
};

}  // namespace pspnic::control
