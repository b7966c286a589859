// SPDX-License-Identifier: Apache-2.0
// Signals of a process that waits for others: none is lost, and none cuts a step short.
#pragma once

#include <chrono>
#include <csignal>

namespace pspnic::sweep {

// As long as one lives, SIGINT, SIGTERM, SIGHUP and SIGCHLD come only while wait() waits. One that the
// process ignores from its beginning (nohup) stays ignored.
class Signals {
 public:
  enum class Event { kInterrupt, kChild, kTime };

  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next event, or kTime after `most`. An interrupt that came once is given again and again.
  Event wait(std::chrono::milliseconds most);
  bool interrupted() const { return interrupted_; }

  // In a child: signals act as in a process that was just started.
  void leave_to_child() const;

 private:
  sigset_t waited_{};
  sigset_t before_{};
  struct sigaction child_before_ {};
  bool interrupted_ = false;
};

}  // namespace pspnic::sweep
