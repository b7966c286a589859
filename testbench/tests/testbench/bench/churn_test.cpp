// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/churn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "model/idpf/psp_ext.h"
#include "testbench/bench/churn_connections.h"
#include "testbench/bench/churn_frames.h"
#include "testbench/bench/parameters.h"

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

TEST(ChurnFrames, AFrameMayBeSmallerThanTheLargest) {
  ChurnFrames sender(1500, kA, kHostA, kHostB);
  ChurnFrames receiver(1500, kA, kHostA, kHostB);
  for (const size_t bytes : {58u, 1500u, 60u, 900u}) {
    const std::vector<uint8_t> frame = copy(sender.make({7, 8, 9}, bytes));
    EXPECT_EQ(frame.size(), bytes);
    EXPECT_TRUE(receiver.read(frame).has_value()) << bytes;
    std::vector<uint8_t> longer = frame;
    longer.push_back(0);
    EXPECT_FALSE(receiver.read(longer).has_value()) << bytes;
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

// A whole run, with so few slots for transmit SAs that keys cannot all be renewed.
class RefusedRenewals : public testing::Test {
 protected:
  RefusedRenewals() {
    params_.connections = 60;
    params_.arrival_rate = 0;
    params_.rotation_period = {400 * base::kUs};
    params_.psp_rate = {5 * base::kGbps};
    params_.duration = {4 * base::kMs};
  }
  void run(unsigned slots) {
    Parameters parameters;
    parameters.platform.nic.device.sa_slots = slots;
    Platform platform("bench", parameters.platform, {1500, false, 0xf}, 1);
    workload_ = std::make_unique<ChurnWorkload>(params_, 1, keys_);
    platform.run([&] {
      for (const Side side : {kA, kB}) platform.driver(side).start(workload_->stack(side));
      workload_->prepare(platform);
      workload_->start(platform);
    });
    workload_->conclude();
    platform.run([&] {
      for (const Side side : {kA, kB}) {
        EXPECT_EQ(platform.driver(side).psp_requests().pending(), 0u);
        stats_[side] = platform.driver(side).psp_statistics();
        EXPECT_EQ(platform.driver(side).anomalies(), std::vector<std::string>());
      }
    });
  }
  const ControlOutcome& control() const { return *workload_->control(); }
  // Each connection that lives has one SA each way, and all packets have come.
  void expect_quiet() const {
    for (const Side side : {kA, kB}) {
      EXPECT_EQ(stats_[side].rx_spi_in_use, control().alive);
      EXPECT_EQ(stats_[side].tx_sa_in_use, control().alive);
      EXPECT_EQ(stats_[side].rx_auth_fail, 0u);
      EXPECT_TRUE(workload_->outcome(side).complete());
      EXPECT_GT(workload_->outcome(side).verified, 500u);
    }
    for (const std::string& fault : control().faults) {
      EXPECT_NE(fault.find("keys could not be renewed"), std::string::npos) << fault;
    }
    EXPECT_EQ(control().faults.size(), control().refused);
    EXPECT_GT(control().refused, 0u);
  }

  ChurnParams params_;
  KeyLog keys_;
  std::unique_ptr<ChurnWorkload> workload_;
  std::array<idpf::PspStats, kSides> stats_;
};

TEST_F(RefusedRenewals, AllOfThemLeaveTheKeysThatThereWere) {
  run(params_.connections);
  expect_quiet();
  EXPECT_EQ(control().alive, params_.connections);
  EXPECT_EQ(control().renewals, 0u);
  EXPECT_EQ(control().rotations, 2u) << "another one would end keys in use";
  EXPECT_GT(control().rotations_postponed, 4u);
}

TEST_F(RefusedRenewals, ThoseRefusedAreTriedAgain) {
  params_.lifetime = {4 * base::kMs};
  run(params_.connections + 1);
  expect_quiet();
  EXPECT_GT(control().ended, 20u);
  EXPECT_GT(control().renewals, params_.connections);
  EXPECT_GT(control().rotations, 4u);
}

}  // namespace
}  // namespace pspnic::bench
