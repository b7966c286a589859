// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "testbench/bench/workload.h"

namespace pspnic::bench {

namespace {

constexpr uint64_t kCallsBetweenLooks = 4096;
constexpr double kSecondsBetweenLines = 0.2;

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Progress::Progress(uint64_t total, const char* unit)
    : total_(total), unit_(unit), watched_(isatty(STDERR_FILENO) == 1), last_(wall_seconds()) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void Progress::step(base::Time now, uint64_t done) {
  if (!watched_ || ++calls_ % kCallsBetweenLooks != 0) return;
  const double wall = wall_seconds();
  if (wall - last_ < kSecondsBetweenLines) return;
  last_ = wall;
  print(now, done);
}

void Progress::print(base::Time now, uint64_t done) {
  shown_ = true;
  const double percent =
      total_ == 0 ? 100.0 : 100.0 * static_cast<double>(done) / static_cast<double>(total_);
  const std::string line =
      fmt::format("\r\x1b[K{:3.0f} %  {} of {} {}, {:.3f} ms simulated", percent, done, total_, unit_,
                  static_cast<double>(now) / static_cast<double>(base::kMs));
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace pspnic::bench
