// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/pool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace pspnic::sweep {

namespace {

constexpr std::chrono::milliseconds kBetweenLooks{200};

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string("a process for a point: ") + what + ": " + std::strerror(errno));
}

struct Child {
  pid_t process = 0;
  size_t point = 0;
  int log = -1;  // in memory: a full disk must not hide what it is about
};

std::string read_log(int log) {
  std::string text(static_cast<size_t>(std::max<off_t>(0, lseek(log, 0, SEEK_END))), '\0');
  const ssize_t got = pread(log, text.data(), text.size(), 0);
  text.resize(static_cast<size_t>(std::max<ssize_t>(0, got)));
  return text;
}

class Children {
 public:
  Children(Signals& signals, const std::function<int(size_t)>& work) : signals_(signals), work_(work) {}
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  // Whoever leaves leaves none behind.
  ~Children() {
    for (const Child& child : running_) kill(child.process, SIGKILL);
    for (const Child& child : running_) {
      waitpid(child.process, nullptr, 0);
      close(child.log);
    }
  }

  size_t running() const { return running_.size(); }

  void start(size_t point) {
    Child child{0, point, memfd_create("log", MFD_CLOEXEC)};
    if (child.log < 0) fail("memfd_create");
    const pid_t parent = getpid();
    child.process = fork();
    if (child.process < 0) {
      close(child.log);
      fail("fork");
    }
    if (child.process == 0) live(child, parent);
    running_.push_back(child);
  }

  // Those that have ended since.
  void collect(PoolWatcher& watcher) {
    for (size_t i = 0; i < running_.size();) {
      int status = 0;
      if (waitpid(running_[i].process, &status, WNOHANG) != running_[i].process) {
        ++i;
        continue;
      }
      const Child child = running_[i];
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      ChildEnd end{child.point, WEXITSTATUS(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                   read_log(child.log)};
      close(child.log);
      watcher.on_end(end);
    }
  }

 private:
  [[noreturn]] void live(const Child& child, pid_t parent) {
    // Children of one that is killed must not go on.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    signals_.leave_to_child();
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(child.log, STDOUT_FILENO);
    dup2(child.log, STDERR_FILENO);
    int status = 1;
    try {
      status = work_(child.point);
    } catch (const std::exception& error) {
      std::cout << std::flush;
      std::cerr << error.what() << "\n";
    }
    std::cout << std::flush;
    std::fflush(nullptr);
    // What the parent will tidy up is not the child's. Not _exit(): before a call that never returns
    // AddressSanitizer looks for the stack, of which SystemC's threads leave it no notion.
    for (;;) syscall(SYS_exit_group, status);
  }

  Signals& signals_;
  const std::function<int(size_t)>& work_;
  std::vector<Child> running_;
};

}  // namespace

bool run_in_children(Signals& signals, const std::vector<size_t>& points, unsigned jobs,
                     const std::function<int(size_t)>& work, PoolWatcher& watcher) {
  // A child would say again what is still in the buffers.
  std::cout << std::flush;
  std::fflush(nullptr);
  Children children(signals, work);
  size_t next = 0;
  while (next < points.size() || children.running() > 0) {
    while (next < points.size() && children.running() < jobs) {
      watcher.on_start(points[next]);
      children.start(points[next++]);
    }
    watcher.on_time(children.running());
    if (signals.wait(kBetweenLooks) == Signals::Event::kInterrupt) return false;
    children.collect(watcher);
  }
  return true;
}

}  // namespace pspnic::sweep
