// SPDX-License-Identifier: Apache-2.0
// Test vectors through whole cards: from descriptors to the wire with the IV that the vector has, and from
// the wire into host memory under the vector's device keys.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "testbench/tests/model/nic/card_bench.h"
#include "testbench/tests/model/nic/poll_psp.h"

namespace pspnic::test {

using Bytes = std::vector<uint8_t>;

// One frame on the wire that a card has to make of what a driver hands over.
struct WireTrial {
  std::string name;
  RawFrame frame;
  uint32_t spi = 0;  // the next three with frame.psp
  uint8_t version = 0;
  Bytes key;
  size_t psp_offset = 0;       // 0: no PSP
  std::optional<uint64_t> iv;  // of the frame compared
  size_t frames = 1;           // that go out
  size_t index = 0;            // of the one compared
  Bytes wire;
};

// A card that keeps what it sends, and its host.
struct LoneCard : mac::Wire {
  base::StatGroup root{""};
  std::vector<Bytes> sent;
  nic::Nic nic;
  bench::HostSystem host;

  LoneCard(const std::string& name, const nic::NicParams& params, const nic::Nic::Identity& identity,
           base::EventQueue& events, base::PacketPool& pool)
      : nic((name + "_nic").c_str(), root, params, identity, {events, pool, *this}),
        host((name + "_host").c_str(), {.memory = {64 * base::kMiB}}, events) {
    host.mmio_socket.bind(nic.endpoint().mmio);
    nic.endpoint().dma_socket.bind(host.memory_socket);
  }
  void transmit(base::PacketPtr packet) override {
    sent.emplace_back(packet->bytes().begin(), packet->bytes().end());
  }
};

// Sends each trial from a card of its own whose IV clock is set so that the frame compared has the trial's
// IV, and expects its bytes. An IV is the clock at the start of a lane: that time is learned beforehand, by
// the same run in a process of its own with all clocks at 0. Only one call a process.
void expect_on_the_wire(const std::vector<WireTrial>& trials);

}  // namespace pspnic::test
