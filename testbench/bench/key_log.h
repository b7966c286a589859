// SPDX-License-Identifier: Apache-2.0
// The file of session keys that a run leaves, for who looks into its captures.
#pragma once

#include <cstdint>
#include <string>

#include "model/psp/header.h"
#include "model/psp/key.h"

namespace pspnic::bench {

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

}  // namespace pspnic::bench
