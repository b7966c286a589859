// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/children.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <map>
#include <stdexcept>

namespace pspnic::explain {

namespace {

constexpr int kRefused = 2;

struct Child {
  size_t number = 0;
  FILE* errors = nullptr;
};

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

[[noreturn]] void be_child(size_t number, int errors, const std::function<int(size_t)>& work) {
  const int nowhere = open("/dev/null", O_RDWR);
  dup2(nowhere, STDIN_FILENO);
  dup2(nowhere, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  int status = kRefused;
  try {
    status = work(number);
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
  }
  std::cout.flush();
  _exit(status);
}

std::string last_line(FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// Children that are left behind when something goes wrong.
struct Children : std::map<pid_t, Child> {
  ~Children() {
    for (const auto& [id, child] : *this) {
      kill(id, SIGKILL);
      waitpid(id, nullptr, 0);
      std::fclose(child.errors);
    }
  }
};

}  // namespace

std::vector<ChildEnd> run_in_children(size_t count, unsigned jobs, const std::function<int(size_t)>& work,
                                      const std::function<void(size_t)>& done) {
  std::vector<ChildEnd> ends(count);
  Children running;
  std::cout.flush();
  for (size_t next = 0, ended = 0; ended < count;) {
    while (next < count && running.size() < jobs) {
      FILE* const errors = std::tmpfile();
      if (errors == nullptr) fail("temporary file");
      const pid_t id = fork();
      if (id < 0) fail("fork");
      if (id == 0) be_child(next, fileno(errors), work);
      running[id] = {next++, errors};
    }
    int status = 0;
    const pid_t id = wait(&status);
    if (id < 0 && errno == EINTR) continue;
    if (id < 0) fail("wait");
    const auto found = running.find(id);
    if (found == running.end()) continue;
    ends[found->second.number] = {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                                  last_line(found->second.errors)};
    running.erase(found);
    done(++ended);
  }
  return ends;
}

}  // namespace pspnic::explain
