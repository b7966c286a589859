// SPDX-License-Identifier: Apache-2.0
// The process context of one host: a SystemC thread in which what may let time pass is done, one job after
// the other, as under the lock of a PSP device.
#pragma once

#include <deque>
#include <functional>
#include <systemc>

#include "model/base/event_queue.h"

namespace pspnic::bench {

class PspWorker : public sc_core::sc_module {
 public:
  // Only before the simulation begins.
  explicit PspWorker(const sc_core::sc_module_name& name);

  // Before the first job.
  void set_events(base::EventQueue& events) { events_ = &events; }
  // From an event or a job: `job` is run when those before it are done.
  void post(std::function<void()> job);
  // From a job: time passes.
  void pause(uint64_t duration_ps);

 private:
  void process();

  base::EventQueue* events_ = nullptr;
  std::deque<std::function<void()>> jobs_;
  bool busy_ = false;
  sc_core::sc_event posted_;
};

}  // namespace pspnic::bench
