// SPDX-License-Identifier: Apache-2.0
// The processor that runs the control plane: each request takes as many cycles of one core as the firmware
// says, and takes effect at the end of that time. Requests of one function are served in the order of its
// mailbox, one at a time, and so are those of the management port; cores that are free take from the
// functions in turn, so that none waits for more than one request of each other.
//
// Waits for: requests from the mailboxes, free cores. Takes: cycles / clock. Drops: nothing.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>

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
  unsigned cores = 1;
  double cycles_scale = 1.0;
  base::Duration key_max_age{0};
  base::Duration min_rotate_interval{0};
  base::Duration fault_stall{10 * base::kUs};

  static constexpr base::Time kDay = 86'400 * base::kSec;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("clock", clock, base::Frequency{1 * base::kMHz}, base::Frequency{5 * base::kGHz},
            "Clock of the control processor's cores", "Assumed: an embedded core");
    v.value("cores", cores, 1u, 16u,
            "Cores that serve requests; those of one function keep their order and are served one at a time",
            "Assumed: commands of one function serialise, as in Linux; products have 1 to 16 cores");
    v.value("cycles_scale", cycles_scale, 0.01, 100.0,
            "Factor on the cycles of every command, which are counted from the work it does",
            "1: the counts of firmware/costs.cpp, which no measurement has confirmed");
    v.value("key_max_age", key_max_age, base::Duration{0}, base::Duration{100 * kDay},
            "The device replaces an older device key by itself, if a driver allows it "
            "(host.psp.device_rotates); 0: it has no age",
            "PSP specification: nominally 24 h; runs are shorter");
    v.value("min_rotate_interval", min_rotate_interval, base::Duration{0}, base::Duration{100 * kDay},
            "Rotations of functions and of the device itself that follow sooner are refused",
            "0: none is; a product would protect SAs of the previous key for as long as a rekey takes");
    v.value("fault_stall", fault_stall, base::Duration{0}, base::Duration{1 * base::kSec},
            "A crypto engine that stops for as long is reported to the drivers as a fault",
            "Assumed: longer than any packet is in it");
  }
};

// What requests are told apart by in the report.
enum class CommandClass : uint8_t { kKeyGeneration, kKeyInsertion, kKeyDeletion, kRotation, kOther, kCount };

CommandClass command_class(idpf::Opcode opcode);

// Times of one class.
struct CommandTimes {
  CommandTimes(base::StatGroup& parent, const std::string& name);

  base::StatGroup group;
  base::Histogram waiting{group, "waiting", "ps", "From the request's arrival until a core takes it"};
  base::Histogram service{group, "service", "ps", "Of a core"};
  base::Histogram total{group, "total", "ps", "From the request's arrival to its effect"};
};

class ControlProcessor : public MailboxListener {
 public:
  struct Ports {
    base::EventQueue& events;
    firmware::ControlPlane& control_plane;  // of function 0, which has the management port as well
  };

  // The requests of one function's mailbox, or of the management port.
  class Source : public MailboxListener {
   public:
    Source(ControlProcessor& processor, firmware::ControlPlane& plane, firmware::Origin origin)
        : processor_(processor), plane_(plane), origin_(origin) {}
    void on_request(firmware::MailboxMessage request) override;
    bool has_room() const override { return jobs_.size() < kMaxJobs; }
    size_t unanswered() const override { return plane_.unanswered(); }
    // Told when there is room again.
    void set_mailbox(Mailbox* mailbox) { mailbox_ = mailbox; }
    // Function reset: its requests are forgotten, and no core works for it any more.
    void reset();

   private:
    friend class ControlProcessor;
    struct Job {
      firmware::MailboxMessage request;
      base::Time arrived = 0;
      base::Time started = 0;
    };
    static constexpr size_t kMaxJobs = 64;  // as many as a driver's ring has
    bool ready() const { return !serving_ && !jobs_.empty(); }
    void end_service();

    ControlProcessor& processor_;
    firmware::ControlPlane& plane_;
    firmware::Origin origin_;
    Mailbox* mailbox_ = nullptr;
    base::Ring<Job> jobs_;
    bool serving_ = false;
    uint32_t epoch_ = 0;  // resets so far
  };

  ControlProcessor(base::StatGroup& parent, const ControlParams& params, const Ports& ports);

  Source& function() { return function_; }  // 0
  // A further function. Lives as long as the processor.
  Source& add_function(firmware::ControlPlane& plane);

  // Of function 0.
  void on_request(firmware::MailboxMessage request) override { function_.on_request(std::move(request)); }
  void take(firmware::MailboxMessage request, firmware::Origin origin) {
    (origin == firmware::Origin::kFunction ? function_ : management_).on_request(std::move(request));
  }
  // Of function 0: its requests are forgotten, those of the management port go on.
  void reset() { function_.reset(); }

 private:
  base::Time service_time(uint64_t cycles) const;
  void dispatch();
  void start(uint32_t index);
  void on_served(uint64_t index_and_epoch);

  base::Clock clock_;
  double cycles_scale_;
  base::EventQueue& events_;
  std::deque<Source> sources_;  // never move
  Source& function_;
  Source& management_;
  uint32_t free_cores_;
  uint32_t next_ = 0;  // source whose turn it is
  base::StatGroup group_;
  base::Counter commands_{group_, "commands", "command", "Requests served"};
  base::Counter busy_{group_, "busy_time", "ps", "Time that cores spent on requests"};
  base::Histogram latency_{group_, "latency", "ps", "From the request's arrival to its effect"};
  base::Formula utilisation_;
  std::array<CommandTimes, static_cast<size_t>(CommandClass::kCount)> times_;
};

}  // namespace pspnic::control
