// SPDX-License-Identifier: Apache-2.0
// A value that goes with a run's packets, kept for some of them at equal distances: how much had crossed, or
// what time it was, when the n-th packet came. From it follows the mean step a packet in the middle of a run,
// without its beginning and its end. Memory does not grow with the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pspnic::bench {

class Marks {
 public:
  // The next packet has come; `value` does not fall.
  void count(uint64_t value) {
    if (++packets_ % step_ != 0) return;
    kept_.push_back(value);
    if (kept_.size() == kMost) thin_out();
  }
  void restart() {
    kept_.clear();
    packets_ = 0;
    step_ = 1;
  }
  uint64_t packets() const { return packets_; }

  // Mean growth a packet from the first tenth of the packets to the last; 0: too few packets to say.
  double middle_step() const {
    constexpr size_t kTenths = 10;
    const size_t first = kept_.size() / kTenths;
    const size_t last = kept_.size() - 1 - first;
    if (kept_.size() < kTenths) return 0;
    return static_cast<double>(kept_[last] - kept_[first]) / static_cast<double>((last - first) * step_);
  }

 private:
  static constexpr size_t kMost = 4096;  // even

  // Every other one goes.
  void thin_out() {
    for (size_t i = 0; i < kMost / 2; ++i) kept_[i] = kept_[2 * i + 1];
    kept_.resize(kMost / 2);
    step_ *= 2;
  }

  std::vector<uint64_t> kept_;  // of packets step_, 2 x step_, ...
  uint64_t step_ = 1;
  uint64_t packets_ = 0;
};

}  // namespace pspnic::bench
