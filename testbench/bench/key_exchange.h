// SPDX-License-Identifier: Apache-2.0
// What two hosts agree on out of band: the receiver's SPI and key go into the sender's SA table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "testbench/bench/platform.h"

namespace pspnic::bench {

// One SA as the sender uses it.
struct SaLink {
  host::SaHandle handle;
  uint32_t spi = 0;
  psp::Version version = psp::Version::kAesGcm128;
};

// Hears of every session key as it is given out.
class KeyListener {
 public:
  virtual ~KeyListener() = default;
  virtual void on_key(uint32_t spi, psp::Version version, const psp::SessionKey& key) = 0;
};

// Every session key the drivers were given, for keys.log: "SPI VERSION KEY", SPI and key in hexadecimal.
class KeyLog {
 public:
  void add(uint32_t spi, psp::Version version, const psp::SessionKey& key);
  const std::string& text() const { return text_; }
  void set_listener(KeyListener* listener) { listener_ = listener; }

 private:
  std::string text_;
  KeyListener* listener_ = nullptr;
};

// Script. Makes `count` SAs from `sender` to the host that its cable leads to; throws DriverError if the
// devices give fewer.
std::vector<SaLink> exchange_keys(Platform& platform, Side sender, psp::Version version, unsigned count,
                                  KeyLog& log);

}  // namespace pspnic::bench
