// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace pspnic::sweep {

namespace {

constexpr size_t kBarColumns = 20;
constexpr double kSecondsBetweenUpdates = 0.2;
constexpr double kSecondsBetweenLines = 10;

double wall_clock() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string time_text(double seconds) {
  const auto whole = static_cast<uint64_t>(std::max(0.0, seconds) + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

std::string time_left(const SweepState& state) {
  if (state.finished == state.points) return time_text(state.seconds);
  if (state.finished <= state.before) return {};
  const auto done = static_cast<double>(state.finished - state.before);
  return time_text(state.seconds / done * static_cast<double>(state.points - state.finished)) + " left";
}

}  // namespace

std::string progress_line(const SweepState& state) {
  const size_t filled = state.points == 0 ? kBarColumns : kBarColumns * state.finished / state.points;
  std::string line = fmt::format("[{:#<{}}{:.<{}}] {} of {} {}", "", filled, "", kBarColumns - filled,
                                 state.finished, state.points, state.items);
  if (state.failed > 0) line += fmt::format(", {} failed", state.failed);
  if (state.running > 0) {
    const std::string what = state.unit.empty() ? "" : state.unit + (state.running == 1 ? " " : "s ");
    line += fmt::format(", {} {}running", state.running, what);
  }
  if (const std::string left = time_left(state); !left.empty()) line += ", " + left;
  if (state.cost.cpu_seconds > 0) {
    line += fmt::format(", {:.2f} million packets per CPU second",
                        static_cast<double>(state.cost.packets) / state.cost.cpu_seconds * 1e-6);
  }
  return line;
}

SweepProgress::SweepProgress() : terminal_(isatty(STDERR_FILENO) == 1), begin_(wall_clock()), last_(begin_) {}

SweepProgress::~SweepProgress() {
  clear();
}

double SweepProgress::seconds() const {
  return wall_clock() - begin_;
}

void SweepProgress::show(SweepState state) {
  const double now = wall_clock();
  if (now - last_ < (terminal_ ? kSecondsBetweenUpdates : kSecondsBetweenLines)) return;
  last_ = now;
  state.seconds = now - begin_;
  const std::string line = progress_line(state);
  if (!terminal_) {
    std::fputs((line + "\n").c_str(), stderr);
    return;
  }
  std::fputs(("\r\x1b[K" + line).c_str(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

void SweepProgress::say(const std::string& line) {
  clear();
  std::fputs((line + "\n").c_str(), stderr);
}

void SweepProgress::clear() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
  shown_ = false;
}

}  // namespace pspnic::sweep
