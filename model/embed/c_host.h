// SPDX-License-Identifier: Apache-2.0
// The callbacks of a C program as a Host. Those that are missing: no memory, nobody to interrupt.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "model/embed/device.h"
#include "model/embed/host.h"
#include "model/embed/pspnic.h"

namespace pspnic::embed {

class CHost : public Host {
 public:
  explicit CHost(const pspnic_callbacks& callbacks) : calls_(callbacks) {}

  // Whose callbacks these are.
  void attach(const Device& device) { device_ = &device; }
  // What has been reported since the last call, its first one in a line; empty: nothing.
  std::string take_broken_rule() { return std::exchange(broken_rule_, {}); }

  bool read_memory(uint64_t address, std::span<uint8_t> destination) override {
    return calls_.dma_read != nullptr &&
           calls_.dma_read(calls_.user, function(), address, destination.data(), destination.size()) == 0;
  }
  bool write_memory(uint64_t address, std::span<const uint8_t> source) override {
    return calls_.dma_write != nullptr &&
           calls_.dma_write(calls_.user, function(), address, source.data(), source.size()) == 0;
  }
  void interrupt(uint64_t address, uint32_t data) override {
    if (calls_.interrupt != nullptr) calls_.interrupt(calls_.user, function(), address, data);
  }
  void frame_sent(const SentFrame& frame) override {
    if (calls_.frame_sent == nullptr) return;
    const pspnic_frame given{sizeof given, frame.bytes.data(), frame.bytes.size(), frame.first_bit,
                             frame.last_bit};
    calls_.frame_sent(calls_.user, &given);
  }
  void rule_broken(const base::Violation& violation) override {
    const std::string text = base::to_string(violation);
    if (broken_rule_.empty()) broken_rule_ = text;
    if (calls_.rule_broken == nullptr) return;
    const base::RuleInfo& rule = base::info(violation.rule);
    const pspnic_violation given{sizeof given,   text.c_str(),
                                 rule.id,        rule.severity == base::Severity::kError,
                                 violation.when, violation.times};
    calls_.rule_broken(calls_.user, &given);
  }

 private:
  unsigned function() const { return device_->requesting_function(); }

  pspnic_callbacks calls_;
  const Device* device_ = nullptr;
  std::string broken_rule_;
};

}  // namespace pspnic::embed
