// SPDX-License-Identifier: Apache-2.0
// Rotations of the receiver's device key at line rate: what was sealed for the active key or the one before
// arrives whole, what was sealed for an older one never does.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

#include "model/idpf/psp_ext.h"
#include "testbench/bench/churn_frames.h"
#include "testbench/bench/key_exchange.h"
#include "testbench/bench/parameters.h"

namespace pspnic::bench {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr uint64_t kPackets = 60'000;
#else
constexpr uint64_t kPackets = 1'200'000;
#endif
constexpr unsigned kRotations = 12;
constexpr unsigned kFrameBytes = 1400;
constexpr unsigned kSas = 4;  // of a generation
constexpr base::Time kDrain = 100 * base::kUs;

// SAs whose receive keys are of one generation.
struct Generation {
  std::vector<SaLink> links;
  uint64_t sent = 0;
};

// Host A: on each queue as many frames as there is room for, of the generations in turn.
struct Sender : host::Stack {
  explicit Sender(Platform& bench) : platform(bench) {}

  void on_receive(std::span<const uint8_t>, const host::RxInfo&) override {}
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned queue) override { fill(queue); }

  void fill(unsigned queue) {
    host::Driver& driver = platform.driver(kA);
    while (running && driver.transmit_room(queue) > 0) {
      ++turn;
      if (!send(queue, *sending[turn % sending.size()])) break;
    }
    driver.flush(queue);
  }
  bool send(unsigned queue, Generation& generation) {
    const SaLink& link = generation.links[queue % kSas];
    const ChurnStamp stamp{link.spi & 0x7fff'ffff, 0, platform.events().now()};
    host::TxFrame frame;
    frame.bytes = frames->make(stamp);
    frame.checksum_offload = true;
    frame.sa = link.handle;
    frame.spi = link.spi;
    frame.version = link.version;
    if (!platform.driver(kA).transmit(queue, frame)) return false;
    ++generation.sent;
    ++sent;
    return true;
  }

  Platform& platform;
  std::unique_ptr<ChurnFrames> frames;
  std::vector<Generation*> sending;
  size_t turn = 0;
  uint64_t sent = 0;
  bool running = true;
};

struct Receiver : host::Stack {
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    ++received;
    const auto stamp = frames->read(frame);
    if (stamp && info.psp && stamp->connection == (info.spi & 0x7fff'ffff)) ++whole;
  }
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned) override {}

  std::unique_ptr<ChurnFrames> frames;
  uint64_t received = 0;
  uint64_t whole = 0;
};

void wait(base::Time time) {
  sc_core::wait(sc_core::sc_time::from_value(time));
}

TEST(RotationRate, LosesNothingOfTwoGenerationsAndTakesNothingOfOlderOnes) {
  Parameters parameters;
  Platform platform("bench", parameters.platform, {1500, false, 0xf}, 1);
  KeyLog keys;
  Sender sender(platform);
  Receiver receiver;
  std::array<Generation, kRotations + 1> generations;
  uint64_t refused = 0;
  platform.run([&] {
    platform.driver(kA).start(sender);
    platform.driver(kB).start(receiver);
    const auto& a = platform.driver(kA).mac();
    const auto& b = platform.driver(kB).mac();
    sender.frames = std::make_unique<ChurnFrames>(kFrameBytes, kA, a, b);
    receiver.frames = std::make_unique<ChurnFrames>(kFrameBytes, kA, a, b);
    const auto connect = [&](Generation& generation) {
      generation.links = exchange_keys(platform, kA, psp::Version::kAesGcm128, kSas, keys);
      sender.sending.push_back(&generation);
    };
    connect(generations[0]);
    for (unsigned queue = 0; queue < platform.driver(kA).queue_pairs(); ++queue) sender.fill(queue);
    for (unsigned rotation = 1; rotation <= kRotations; ++rotation) {
      while (sender.sent < kPackets * rotation / (kRotations + 1)) wait(5 * base::kUs);
      // Who is about to lose its key stops before; the others go on all the time.
      Generation* old = rotation >= 2 ? &generations[rotation - 2] : nullptr;
      std::erase(sender.sending, old);
      wait(kDrain);
      const uint64_t before = sender.sent;
      platform.driver(kB).rotate_keys();
      EXPECT_GT(sender.sent, before + 100) << "the rotation fell into traffic";
      if (old != nullptr) {
        refused -= old->sent;  // what it sent before was valid
        sender.sending.push_back(old);
      }
      connect(generations[rotation]);
      if (rotation >= 3) std::erase(sender.sending, &generations[rotation - 3]);
    }
    while (sender.sent < kPackets) wait(5 * base::kUs);
    sender.running = false;
    wait(kDrain);
    for (unsigned i = 0; i + 2 <= kRotations; ++i) refused += generations[i].sent;
    const idpf::PspStats stats = platform.driver(kB).psp_statistics();
    EXPECT_EQ(stats.rx_auth_fail, refused) << "each packet under a key that is gone, and no other";
    EXPECT_EQ(stats.rx_bad + stats.rx_error + stats.rx_stale_key, 0u);
    EXPECT_EQ(stats.key_rotations, kRotations);
  });
  EXPECT_GE(sender.sent, kPackets);
  EXPECT_GT(refused, kPackets / 5);
  EXPECT_EQ(receiver.received, sender.sent - refused);
  EXPECT_EQ(receiver.whole, receiver.received);
  EXPECT_EQ(platform.nic(kB).drops().total(), refused);
}

}  // namespace
}  // namespace pspnic::bench
