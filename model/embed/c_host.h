// SPDX-License-Identifier: Apache-2.0
// The callbacks of a C program as a Host. Those that are missing: no memory, nobody to interrupt.
#pragma once

#include <cstdint>
#include <span>

#include "model/embed/host.h"
#include "model/embed/pspnic.h"

namespace pspnic::embed {

class CHost : public Host {
 public:
  // Null: none at all.
  explicit CHost(const pspnic_callbacks* callbacks) : calls_(callbacks != nullptr ? *callbacks : none()) {}

  bool read_memory(uint64_t address, std::span<uint8_t> destination) override {
    return calls_.dma_read != nullptr &&
           calls_.dma_read(calls_.user, address, destination.data(), destination.size()) == 0;
  }
  bool write_memory(uint64_t address, std::span<const uint8_t> source) override {
    return calls_.dma_write != nullptr &&
           calls_.dma_write(calls_.user, address, source.data(), source.size()) == 0;
  }
  void interrupt(uint64_t address, uint32_t data) override {
    if (calls_.interrupt != nullptr) calls_.interrupt(calls_.user, address, data);
  }
  void frame_sent(const SentFrame& frame) override {
    if (calls_.frame_sent == nullptr) return;
    const pspnic_frame given{sizeof given, frame.bytes.data(), frame.bytes.size(), frame.first_bit,
                             frame.last_bit};
    calls_.frame_sent(calls_.user, &given);
  }

 private:
  static pspnic_callbacks none() { return {}; }
  pspnic_callbacks calls_;
};

}  // namespace pspnic::embed
