// SPDX-License-Identifier: Apache-2.0
// A card that keeps what it sends, and its host. Many in one simulation, if their names differ.
#pragma once

#include <string>
#include <vector>

#include "model/nic/nic.h"
#include "testbench/bench/host_system.h"
#include "testbench/vectors/hex.h"

namespace pspnic::vectors {

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

inline constexpr net::MacAddress kLoneCardMac{{2, 0, 0, 0, 0, 2}};

// One queue and few SAs: it comes up quickly.
inline nic::NicParams lone_card_params(const nic::CryptoParams& crypto) {
  nic::NicParams params;
  params.device.queues = 1;
  params.device.sa_slots = 16;
  params.crypto = crypto;
  return params;
}

}  // namespace pspnic::vectors
