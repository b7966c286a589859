// SPDX-License-Identifier: Apache-2.0
// Two TCP endpoints joined by a link that loses, delays, repeats, spoils and merges frames as a seed says. No
// cards: what the driver and they would do (TSO, checksums, merging of received segments) is done here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <span>
#include <vector>

#include "testbench/tcp/endpoint.h"

namespace pspnic::tcp {

struct LinkFaults {
  double loss = 0;
  double duplication = 0;
  double reordering = 0;  // share of frames that are late
  uint64_t late_by = 0;   // ps, at most
  double corruption = 0;  // one bit behind the Ethernet header
  bool merge = false;     // consecutive segments become one frame, as receive offloads do
  uint64_t delay = 5 * kMicrosecond;
  uint64_t ps_per_byte = 80;  // 100 Gb/s
  unsigned room = 64;         // frames a sender may have under way to the wire
};

// Sends a pattern and checks that the peer's arrives.
class Peer : public Application {
 public:
  uint64_t seed = 0;
  uint64_t peer_seed = 0;
  uint64_t to_send = 0;
  bool closes_at_once = true;       // behind its last byte; else when the peer has closed
  size_t takes_at_most = SIZE_MAX;  // bytes an on_data(), until resume()
  std::vector<End> ends;
  uint64_t received = 0;
  bool wrong = false;
  bool established = false;
  bool peer_closed = false;
  Connection* connection = nullptr;
  std::function<void(Connection&)> on_ack;

  size_t on_data(std::span<const uint8_t> bytes) override;
  void on_established(Connection& with) override;
  void on_peer_closed(Connection& with) override;
  void on_acknowledged(Connection& with) override;
  void on_end(Connection&, End end) override { ends.push_back(end); }
  void fetch(uint64_t offset, std::span<uint8_t> into) override;
};

class LossyLink {
 public:
  static constexpr uint16_t kService = 5001;

  LossyLink(const LinkFaults& faults, uint64_t seed);
  ~LossyLink();

  Endpoint& endpoint(unsigned side);
  uint64_t now() const { return now_; }
  // As frames of this side name both ends.
  static Path path(unsigned side, uint16_t client_port = 20000, bool v6 = false);
  // Side 1 accepts with this; side 0 opens with that.
  void listen(const Setup& setup, Application& application);
  Connection& connect(const Setup& setup, Application& application);
  // Anything at a time.
  void at(uint64_t when, std::function<void()> what);
  // A frame to `side`, past the link.
  void inject(unsigned side, std::span<const uint8_t> frame);
  // Until nothing is left to happen, or until `limit`; false: something is left.
  bool run(uint64_t limit);

  LinkFaults faults;
  // Asked for each frame on the wire: true loses it. Counts from 0 a side.
  std::function<bool(unsigned from, std::span<const uint8_t> frame)> lose;
  std::vector<std::vector<uint8_t>> sent[2];  // every frame as it left, if `record`
  bool record = false;
  uint64_t merged = 0;

 private:
  class Node;
  struct Event {
    uint64_t when;
    uint64_t order;
    std::function<void()> what;
    bool operator>(const Event& other) const {
      return when != other.when ? when > other.when : order > other.order;
    }
  };

  bool chance(double share) { return share > 0 && std::uniform_real_distribution<>(0, 1)(random_) < share; }
  void to_wire(unsigned from, std::vector<uint8_t> frame);
  void arrive(unsigned side, std::vector<uint8_t> frame);
  void deliver(unsigned side);

  std::mt19937_64 random_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  uint64_t now_ = 0;
  uint64_t order_ = 0;
  uint64_t wire_free_[2] = {};
  std::vector<std::vector<uint8_t>> arrived_[2];  // not yet given to the stack
  std::unique_ptr<Node> nodes_[2];
};

}  // namespace pspnic::tcp
