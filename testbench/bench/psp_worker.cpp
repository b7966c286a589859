// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/psp_worker.h"

#include <utility>

namespace pspnic::bench {

PspWorker::PspWorker(const sc_core::sc_module_name& name) : sc_module(name) {
  constexpr size_t kStackBytes = 256 * 1024;
  SC_HAS_PROCESS(PspWorker);
  SC_THREAD(process);
  set_stack_size(kStackBytes);
}

void PspWorker::post(std::function<void()> job) {
  jobs_.push_back(std::move(job));
  if (!busy_) posted_.notify(events_->offset());
}

void PspWorker::pause(uint64_t duration_ps) {
  wait(sc_core::sc_time::from_value(duration_ps));
}

void PspWorker::process() {
  while (true) {
    wait(posted_);
    busy_ = true;
    while (!jobs_.empty()) {
      const std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      job();
    }
    busy_ = false;
  }
}

}  // namespace pspnic::bench
