// SPDX-License-Identifier: Apache-2.0
// What the device did wrong, in words. The first few are kept; counting all of them is the statistics' job.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pspnic::host {

class Anomalies {
 public:
  static constexpr size_t kKept = 64;

  // Callers build a text only if it will be kept: a misbehaving device may cause one a packet.
  bool wanted() const { return texts_.size() < kKept; }
  void add(std::string text) {
    if (wanted()) texts_.push_back(std::move(text));
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_;
};

}  // namespace pspnic::host
