// SPDX-License-Identifier: Apache-2.0
// A started driver with one small transmit queue.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "model/net/bytes.h"
#include "testbench/tests/testbench/host/fake_device.h"
#include "testbench/tests/testbench/host/frames.h"

namespace pspnic::host::test {

using Bytes = std::vector<uint8_t>;

class TxQueueTest : public testing::Test {
 protected:
  static constexpr uint16_t kRing = 128;

  explicit TxQueueTest(bool psp = true) {
    DriverConfig config;
    config.tx_ring = kRing;
    config.rx_ring = 64;
    config.buffer_ring = 64;
    config.tso_slots = FakeDevice::kTsoSlots;
    config.psp = psp;
    driver_ = std::make_unique<Driver>(device_, config);
    driver_->start(stack_);
  }
  bool send(const Bytes& frame, uint64_t cookie = 0) {
    TxFrame tx;
    tx.bytes = frame;
    tx.cookie = cookie;
    return driver_->transmit(0, tx);
  }
  // What lies where the data descriptors point.
  Bytes gather(const std::vector<Bytes>& descriptors) {
    Bytes out;
    for (const Bytes& bytes : descriptors) {
      if ((bytes[8] & 0x1f) != 12) continue;
      const auto part = device_.memory(net::load_le64(&bytes[0]), net::load_le16(&bytes[14]) & 0x3fff);
      out.insert(out.end(), part.begin(), part.end());
    }
    return out;
  }
  static uint16_t tag(const Bytes& descriptor) { return net::load_le16(&descriptor[12]); }
  void complete(idpf::TxCompletionType type, uint16_t value) { device_.complete_tx(0, type, value); }
  void poll() { device_.interrupt(1); }

  FakeDevice device_;
  RecordingStack stack_;
  std::unique_ptr<Driver> driver_;
};

}  // namespace pspnic::host::test
