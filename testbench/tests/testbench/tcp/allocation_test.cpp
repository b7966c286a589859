// SPDX-License-Identifier: Apache-2.0
// Once its connections stand, an endpoint allocates nothing, whatever is lost or comes late.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "testbench/tcp/endpoint.h"

namespace {
size_t allocations = 0;
}  // namespace

// Not inlined: GCC takes malloc() and these for a mismatched pair where it sees both.
[[gnu::noinline]] void* operator new(size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace pspnic::tcp {
namespace {

constexpr size_t kFrames = 4096;
constexpr size_t kFrameBytes = 2048;

class Counter : public Application {
 public:
  size_t on_data(std::span<const uint8_t> bytes) override {
    received += bytes.size();
    return bytes.size();
  }
  void on_established(Connection& connection) override { connection.offer(offers); }
  void on_peer_closed(Connection&) override {}
  void on_acknowledged(Connection&) override {}
  void on_end(Connection&, End) override { ++ends; }
  void fetch(uint64_t, std::span<uint8_t> into) override { std::memset(into.data(), 0x5a, into.size()); }

  uint64_t offers = 0;
  uint64_t received = 0;
  unsigned ends = 0;
};

// Frames of both hosts in one ring of fixed memory, delivered one a microsecond; some are lost, some change
// places.
class Pipe {
 public:
  struct Timer {
    uint64_t when;
    uint64_t cookie;
    unsigned side;
  };
  class Node : public Host {
   public:
    Node(Pipe& pipe, unsigned side) : endpoint(*this, 1), pipe_(pipe), side_(side) {}
    uint64_t now_ps() const override { return pipe_.now_; }
    void set_timer(uint64_t when, uint64_t cookie) override {
      pipe_.timers_.push_back({when, cookie, side_});
    }
    bool transmit(unsigned, const host::TxFrame& frame) override { return pipe_.put(side_, frame.bytes); }
    void flush(unsigned) override {}
    unsigned room(unsigned, bool) const override { return kFrames - 1 - static_cast<unsigned>(pipe_.count_); }
    Endpoint endpoint;

   private:
    Pipe& pipe_;
    unsigned side_;
  };

  Pipe() : nodes{{*this, 0}, {*this, 1}}, frames_(kFrames) { timers_.reserve(kFrames); }

  void run(uint64_t frames) {
    for (uint64_t i = 0; i < frames; ++i) {
      fire();
      if (count_ > 0) deliver(i);
      now_ += kMicrosecond;
      for (Node& node : nodes) node.endpoint.on_transmit_room(0);
    }
  }

  Node nodes[2];

 private:
  struct Frame {
    std::array<uint8_t, kFrameBytes> bytes;
    size_t size = 0;
    unsigned from = 0;
  };

  bool put(unsigned side, std::span<const uint8_t> bytes) {
    Frame& frame = frames_[(head_ + count_++) % kFrames];
    std::memcpy(frame.bytes.data(), bytes.data(), bytes.size());
    frame.size = bytes.size();
    frame.from = side;
    return true;
  }
  void fire() {
    for (size_t i = 0; i < timers_.size();) {
      if (timers_[i].when > now_) {
        ++i;
        continue;
      }
      const Timer timer = timers_[i];
      timers_[i] = timers_.back();
      timers_.pop_back();
      nodes[timer.side].endpoint.on_timer(timer.cookie);
    }
  }
  void deliver(uint64_t number) {
    Frame& frame = frames_[head_];
    if (number % 89 == 0 && count_ > 1) std::swap(frame, frames_[(head_ + 1) % kFrames]);
    head_ = (head_ + 1) % kFrames;
    --count_;
    if (number % 97 == 0) return;
    host::RxInfo info;
    info.l4_checksum_ok = true;
    info.now_ps = now_;
    nodes[1 - frame.from].endpoint.receive({frame.bytes.data(), frame.size}, info);
  }

  uint64_t now_ = 0;
  std::vector<Frame> frames_;
  size_t head_ = 0;
  size_t count_ = 0;
  std::vector<Timer> timers_;
};

TEST(Allocation, NoneOnceConnectionsStand) {
  const auto pipe = std::make_unique<Pipe>();
  constexpr unsigned kConnections = 8;
  Counter clients[kConnections];
  Counter servers[kConnections];
  tcp::Setup setup;
  setup.path.flow.protocol = net::kProtocolTcp;
  setup.path.flow.destination_port = 80;
  pipe->nodes[1].endpoint.listen(80, [&](const net::FlowKey& from) {
    return Accepted{tcp::Setup{}, &servers[from.source_port]};
  });
  for (unsigned i = 0; i < kConnections; ++i) {
    setup.path.flow.source_port = static_cast<uint16_t>(i);
    clients[i].offers = servers[i].offers = 1'000'000'000;
    pipe->nodes[0].endpoint.connect(setup, clients[i]);
  }
  pipe->run(20'000);
  uint64_t before = 0;
  for (const Counter& server : servers) before += server.received;
  ASSERT_GT(before, 0u);
  allocations = 0;
  pipe->run(200'000);
  EXPECT_EQ(allocations, 0u);
  uint64_t after = 0;
  for (const Counter& server : servers) after += server.received;
  EXPECT_GT(after - before, 10'000'000u);
  EXPECT_GT(pipe->nodes[0].endpoint.counters().retransmitted_segments, 0u);
  EXPECT_GT(pipe->nodes[1].endpoint.counters().out_of_order, 0u);
}

}  // namespace
}  // namespace pspnic::tcp
