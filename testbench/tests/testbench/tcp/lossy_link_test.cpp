// SPDX-License-Identifier: Apache-2.0
// Whatever the link does: what arrives is what was sent, all of it, once, in order, and both ends close.
#include "testbench/tests/testbench/tcp/lossy_link.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace pspnic::tcp {
namespace {

constexpr uint64_t kDefaultSeeds = 300;
constexpr uint64_t kLimit = 4000 * kSecond;

uint64_t seeds() {
  const char* wanted = std::getenv("PSPNIC_TCP_SEEDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : kDefaultSeeds;
}

struct Case {
  LinkFaults faults;
  Setup setups[2];
  Peer peers[2];
  bool pauses = false;
};

template <class T>
T pick(std::mt19937_64& random, std::initializer_list<T> values) {
  return values.begin()[random() % values.size()];
}

void make_case(Case& c, uint64_t seed) {
  std::mt19937_64 random(seed);
  c.faults.loss = pick(random, {0.0, 0.0, 0.01, 0.05, 0.1});
  c.faults.duplication = pick(random, {0.0, 0.0, 0.02, 0.1});
  c.faults.reordering = pick(random, {0.0, 0.0, 0.05, 0.5});
  c.faults.late_by = pick<uint64_t>(random, {2, 20, 200}) * kMicrosecond;
  c.faults.corruption = pick(random, {0.0, 0.0, 0.02});
  c.faults.merge = random() % 2 == 0;
  c.faults.room = pick(random, {1u, 4u, 64u});
  const bool v6 = random() % 2 == 0;
  for (unsigned side : {0u, 1u}) {
    Setup& setup = c.setups[side];
    setup.path = LossyLink::path(side, 20000, v6);
    Config& config = setup.config;
    config.mss = pick(random, {88u, 536u, 1408u, 8900u});
    config.window = pick(random, {3000u, 65535u, 65536u, 1u << 20});
    config.timestamps = random() % 4 != 0;
    config.tso_bytes = pick(random, {0u, 20000u, 64000u});
    config.rto_min = pick<uint64_t>(random, {200, 1000, 5000}) * kMicrosecond;
    config.delayed_ack = pick<uint64_t>(random, {0, 100, 500}) * kMicrosecond;
    config.ack_every = pick(random, {1u, 2u, 4u});
    config.rto_initial = 20 * kMillisecond;
    config.time_wait = 4 * kSecond;
    setup.initial_sequence = pick(random, {0u, 0x7ffffff0u, 0xffffff00u, static_cast<uint32_t>(random())});
    setup.timestamp_offset = pick(random, {0u, 0xfffffff0u});
    Peer& peer = c.peers[side];
    peer.seed = seed * 2 + side;
    peer.peer_seed = seed * 2 + 1 - side;
    peer.to_send = pick<uint64_t>(random, {0, 1, 5000, 100'000, 300'000});
    peer.closes_at_once = random() % 2 == 0 || side == 0;
  }
  c.pauses = random() % 4 == 0;
}

// Takes bytes in portions, with pauses in which the window closes.
void pause_reader(LossyLink& link, Peer& peer, uint64_t portion) {
  if (link.now() > kLimit / 2) return;
  if (!peer.ends.empty() && peer.connection->receiver().waiting() == 0) return;
  peer.takes_at_most = portion;
  if (peer.connection != nullptr) peer.connection->read();
  link.at(link.now() + 300 * kMicrosecond, [&link, &peer, portion] { pause_reader(link, peer, portion); });
}

std::string describe(const Case& c, const LossyLink& link) {
  std::string text;
  for (unsigned side : {0u, 1u}) {
    const Peer& peer = c.peers[side];
    text += "side " + std::to_string(side) + ": received " + std::to_string(peer.received) + " of " +
            std::to_string(c.peers[1 - side].to_send) + ", established " + std::to_string(peer.established) +
            ", ends " + std::to_string(peer.ends.size()) +
            (peer.ends.empty() ? "" : " first " + std::to_string(static_cast<int>(peer.ends[0]))) +
            (peer.connection != nullptr ? std::string(" in ") + tcp::text(peer.connection->state()) : "") +
            "\n";
  }
  return text + "at " + std::to_string(link.now() / kMicrosecond) + " us";
}

TEST(LossyLink, DeliversEveryByteOnceInOrderAndCloses) {
  uint64_t merged = 0;
  uint64_t spurious = 0;
  uint64_t fast = 0;
  uint64_t timeouts = 0;
  for (uint64_t seed = 1; seed <= seeds(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Case c;
    make_case(c, seed);
    LossyLink link(c.faults, seed);
    link.listen(c.setups[1], c.peers[1]);
    link.connect(c.setups[0], c.peers[0]);
    if (c.pauses) pause_reader(link, c.peers[1], 5000);
    ASSERT_TRUE(link.run(kLimit)) << describe(c, link);
    for (unsigned side : {0u, 1u}) {
      ASSERT_FALSE(c.peers[side].wrong) << describe(c, link);
      ASSERT_EQ(c.peers[side].received, c.peers[1 - side].to_send) << describe(c, link);
      ASSERT_EQ(c.peers[side].ends, std::vector<End>{End::kClosed}) << describe(c, link);
      ASSERT_EQ(link.endpoint(side).connections()[0]->state(), State::kClosed) << describe(c, link);
      fast += link.endpoint(side).counters().fast_retransmits;
      spurious += link.endpoint(side).counters().spurious_retransmits;
      timeouts += link.endpoint(side).counters().timeouts;
    }
    merged += link.merged;
  }
  // The sample has what it is there for.
  EXPECT_GT(merged, 0u);
  EXPECT_GT(fast, 0u);
  EXPECT_GT(spurious, 0u);
  EXPECT_GT(timeouts, 0u);
}

// A cut cable: at once, and in mid-transfer. Both ends find out and give up; nothing is left to happen.
TEST(LossyLink, ThatLosesAllEndsByGivingUp) {
  for (const unsigned after : {0u, 100u}) {
    LossyLink link({}, 1);
    tcp::Setup setups[2];
    Peer peers[2];
    for (unsigned side : {0u, 1u}) setups[side].path = LossyLink::path(side);
    peers[0].to_send = 10'000'000;
    unsigned frames = 0;
    link.lose = [&](unsigned, std::span<const uint8_t>) { return frames++ >= after; };
    link.listen(setups[1], peers[1]);
    link.connect(setups[0], peers[0]);
    ASSERT_TRUE(link.run(kLimit));
    EXPECT_EQ(peers[0].ends, std::vector<End>{End::kTimedOut});
    EXPECT_EQ(peers[1].ends, after == 0 ? std::vector<End>{} : std::vector<End>{End::kTimedOut});
    EXPECT_FALSE(peers[1].wrong);
  }
}

}  // namespace
}  // namespace pspnic::tcp
