// SPDX-License-Identifier: Apache-2.0
// A card that keeps what it sends, and its host. Many in one simulation, if their names differ.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
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

// Frames that arrive at a card, each when a 100 Gb/s wire could have brought it.
class Arrivals {
 public:
  Arrivals(nic::Nic& nic, base::EventQueue& events, base::PacketPool& pool)
      : nic_(nic), events_(events), pool_(pool) {}

  // Those before must have arrived.
  void begin(std::vector<Bytes> frames) {
    frames_ = std::move(frames);
    base::Time at = events_.now();
    for (size_t i = 0; i < frames_.size(); ++i) {
      events_.schedule(at, base::Callback::to<&Arrivals::arrive>(*this), i);
      at += kGap + frames_[i].size() * kByteTime;
    }
  }

 private:
  static constexpr base::Time kByteTime = 80;         // ps
  static constexpr base::Time kGap = 20 * kByteTime;  // preamble and what is between frames

  void arrive(uint64_t number) {
    const Bytes& frame = frames_[number];
    base::PacketPtr packet = pool_.take(static_cast<uint32_t>(frame.size()));
    std::copy(frame.begin(), frame.end(), packet->data());
    nic_.receive(std::move(packet));
  }

  nic::Nic& nic_;
  base::EventQueue& events_;
  base::PacketPool& pool_;
  std::vector<Bytes> frames_;
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
