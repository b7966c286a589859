// SPDX-License-Identifier: Apache-2.0
// The file of session keys that a run leaves, for who looks into its captures.
#pragma once

#include <cstdint>
#include <string>

#include "model/net/flow.h"
#include "model/psp/header.h"
#include "model/psp/key.h"

namespace pspnic::bench {

// Hears of every session key as it is given out.
class KeyListener {
 public:
  virtual ~KeyListener() = default;
  virtual void on_key(uint32_t spi, psp::Version version, const psp::SessionKey& key) = 0;
  // A TCP flow, as frames of its sender name it, begins in clear and will be protected: nothing has been
  // sent.
  virtual void on_clear_flow(const net::FlowKey&) {}
  // From now on it is; but for what of its stream lies before this sequence number.
  virtual void on_upgrade(const net::FlowKey&, uint32_t /*fence*/) {}
};

// Every session key the drivers were given, for keys.log: "SPI VERSION KEY", SPI and key in hexadecimal.
class KeyLog {
 public:
  void add(uint32_t spi, psp::Version version, const psp::SessionKey& key);
  const std::string& text() const { return text_; }
  // What a workload has to say to the listener.
  void clear_flow(const net::FlowKey& flow) {
    if (listener_ != nullptr) listener_->on_clear_flow(flow);
  }
  void upgrade(const net::FlowKey& flow, uint32_t fence) {
    if (listener_ != nullptr) listener_->on_upgrade(flow, fence);
  }
  void set_listener(KeyListener* listener) { listener_ = listener; }

 private:
  std::string text_;
  KeyListener* listener_ = nullptr;
};

}  // namespace pspnic::bench
