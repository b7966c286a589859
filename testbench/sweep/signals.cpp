// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/signals.h"

#include <cerrno>
#include <ctime>

namespace pspnic::sweep {

Signals::Signals() {
  sigemptyset(&waited_);
  sigaddset(&waited_, SIGCHLD);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&waited_, signal);
  }
  // Where SIGCHLD is ignored children leave no status.
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &standard, &child_before_);
  sigprocmask(SIG_BLOCK, &waited_, &before_);
}

Signals::~Signals() {
  // What came in the meantime has been acted upon.
  const timespec none{};
  while (sigtimedwait(&waited_, nullptr, &none) > 0) {
  }
  sigprocmask(SIG_SETMASK, &before_, nullptr);
  sigaction(SIGCHLD, &child_before_, nullptr);
}

Signals::Event Signals::wait(std::chrono::milliseconds most) {
  if (interrupted_) return Event::kInterrupt;
  timespec time{};
  time.tv_sec = static_cast<time_t>(most.count() / 1000);
  time.tv_nsec = static_cast<long>(most.count() % 1000 * 1'000'000);
  const int signal = sigtimedwait(&waited_, nullptr, &time);
  if (signal < 0) return Event::kTime;
  if (signal == SIGCHLD) return Event::kChild;
  interrupted_ = true;
  return Event::kInterrupt;
}

void Signals::leave_to_child() const {
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace pspnic::sweep
