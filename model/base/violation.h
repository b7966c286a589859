// SPDX-License-Identifier: Apache-2.0
// What a driver did that the interface forbids: place, rule, what was seen. The device goes on; the queue
// concerned stops. The log keeps the first ones in full and counts all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/base/time.h"

namespace pspnic::base {

struct Violation {
  Time when = 0;
  std::string place;  // "tx queue 3, descriptor 17" or "BAR0 register 0x08400010"
  std::string field;  // "buffer_size"; empty when the whole is meant
  std::string rule;   // what the interface demands
  std::string seen;   // the value found
};

std::string to_string(const Violation& violation);

class ViolationLog {
 public:
  explicit ViolationLog(std::string device) : device_(std::move(device)) {}

  void report(Violation violation);
  uint64_t count() const { return count_; }
  const std::vector<Violation>& first() const { return first_; }
  const std::string& device() const { return device_; }

 private:
  static constexpr size_t kKept = 100;

  std::string device_;
  uint64_t count_ = 0;
  std::vector<Violation> first_;
};

}  // namespace pspnic::base
