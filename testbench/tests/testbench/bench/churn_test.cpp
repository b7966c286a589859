// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "testbench/bench/churn_connections.h"
#include "testbench/bench/churn_frames.h"

namespace pspnic::bench {
namespace {

const net::MacAddress kHostA{{2, 0, 0, 0, 0, 1}};
const net::MacAddress kHostB{{2, 0, 0, 0, 0, 2}};

std::vector<uint8_t> copy(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(ChurnFrames, AFrameTellsItsStamp) {
  ChurnFrames sender(200, kA, kHostA, kHostB);
  ChurnFrames receiver(200, kA, kHostA, kHostB);
  for (const uint32_t connection : {0u, 1u, 59'999u, 60'000u, 15'999'999u, ChurnStamp::kClear}) {
    const auto stamp = receiver.read(copy(sender.make({connection, 7, 123456789})));
    ASSERT_TRUE(stamp.has_value()) << connection;
    EXPECT_EQ(stamp->connection, connection);
    EXPECT_EQ(stamp->sequence, 7u);
    EXPECT_EQ(stamp->sent, 123456789u);
  }
}

TEST(ChurnFrames, EveryWrongByteIsSeen) {
  ChurnFrames frames(120, kB, kHostB, kHostA);
  const std::vector<uint8_t> good = copy(frames.make({70'001, 3, 5}));
  ASSERT_TRUE(frames.read(good).has_value());
  constexpr size_t kUdpChecksum = 14 + 20 + 6;  // the card's
  for (size_t at = 0; at < good.size(); ++at) {
    std::vector<uint8_t> bad = good;
    bad[at] ^= 0x40;
    // The time of sending is what it says.
    const bool free = at == kUdpChecksum || at == kUdpChecksum + 1 || (at >= 50 && at < 58);
    EXPECT_EQ(frames.read(bad).has_value(), free) << at;
  }
  EXPECT_FALSE(frames.read(std::span(good).first(119)).has_value());
}

TEST(ChurnFrames, NoTwoConnectionsHaveTheSameAddressesAndPorts) {
  ChurnFrames frames(80, kA, kHostA, kHostB);
  std::set<std::vector<uint8_t>> seen;
  for (uint32_t connection = 0; connection < 200'000; connection += 13) {
    const auto frame = frames.make({connection, 0, 0});
    EXPECT_TRUE(seen.insert(copy(frame.subspan(26, 12))).second) << connection;
  }
}

TEST(ChurnConnections, TheOpenOnesAreThoseOpened) {
  ChurnConnections connections;
  std::set<uint32_t> open;
  for (unsigned i = 0; i < 100; ++i) {
    const uint32_t id = connections.add(i);
    EXPECT_EQ(connections[id].asked_at, i);
    if (i % 3 == 0) continue;
    connections.open(id);
    open.insert(id);
  }
  const auto check = [&] {
    std::set<uint32_t> found;
    for (size_t i = 0; i < connections.open_count(); ++i) found.insert(connections.open_at(i));
    EXPECT_EQ(found, open);
  };
  check();
  for (const uint32_t id : {1u, 98u, 50u, 2u}) {
    connections.close(id);
    open.erase(id);
    check();
  }
  EXPECT_EQ(connections.count(), 100u);
  connections.remove(50);
  EXPECT_EQ(connections.count(), 99u);
  EXPECT_EQ(connections.add(7), 50u) << "a record is used again";
  EXPECT_EQ(connections[50].state, ChurnConnection::State::kSetUp);
}

TEST(ChurnConnections, ARecordIsSmall) {
  // Ten million of them are on the bench of one machine.
  EXPECT_LE(sizeof(ChurnConnection), 96u);
}

}  // namespace
}  // namespace pspnic::bench
