// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <stdexcept>

namespace pspnic::vectors {
namespace {

constexpr char kResult = 'r';
constexpr char kError = 'e';

void write_all(int to, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = write(to, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(1);
    done += static_cast<size_t>(count);
  }
}

std::string read_all(int from) {
  std::string text;
  char buffer[65536];
  while (true) {
    const ssize_t count = read(from, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<size_t>(count));
  }
}

}  // namespace

std::string run_in_child(const std::function<std::string()>& work) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error(std::string("no process: ") + std::strerror(errno));
  if (child == 0) {
    close(ends[0]);
    std::string answer;
    try {
      answer = kResult + work();
    } catch (const std::exception& error) {
      answer = std::string(1, kError) + error.what();
    }
    write_all(ends[1], answer);
    _exit(0);
  }
  close(ends[1]);
  const std::string answer = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    throw std::runtime_error(std::string("the simulation ended by a signal: ") + strsignal(WTERMSIG(status)));
  }
  if (status != 0 || answer.empty()) throw std::runtime_error("the simulation ended by itself");
  if (answer.front() == kError) throw std::runtime_error(answer.substr(1));
  return answer.substr(1);
}

}  // namespace pspnic::vectors
