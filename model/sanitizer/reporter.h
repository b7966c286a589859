// SPDX-License-Identifier: Apache-2.0
// What all checks have in common: the clock, the log, the history of sites.
#pragma once

#include <string>
#include <utility>

#include "firmware/refusal.h"
#include "model/base/event_queue.h"
#include "model/base/violation.h"
#include "model/sanitizer/event_history.h"
#include "model/sanitizer/sanitizer_params.h"

namespace pspnic::sanitizer {

class Reporter {
 public:
  Reporter(base::EventQueue& events, base::ViolationLog& log) : events_(events), log_(log) {
    log_.set_history(&history_);
  }
  ~Reporter() { log_.set_history(nullptr); }
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  struct What {
    std::string part;
    std::string field;
    std::string seen;
    std::string expected;
  };
  void report(base::DriverRule rule, base::Site site, What what) {
    report(now(), rule, site, std::move(what));
  }
  // Of a time limit that passes, perhaps after the end of a run, at `when`.
  void report(base::Time when, base::DriverRule rule, base::Site site, What what);

  base::EventQueue& events() const { return events_; }
  base::Time now() const { return events_.now(); }
  void note(base::Site site, const char* what) { history_.add(site, now(), what); }
  void note(base::Site site, const char* what, uint64_t value) { history_.add(site, now(), what, value); }

 private:
  base::EventQueue& events_;
  base::ViolationLog& log_;
  EventHistory history_;
};

using base::hex;

}  // namespace pspnic::sanitizer
