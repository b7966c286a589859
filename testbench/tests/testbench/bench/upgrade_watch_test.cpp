// SPDX-License-Identifier: Apache-2.0
// What may be seen in clear of a flow that is upgraded, at the byte of the fence.
#include "testbench/bench/upgrade_watch.h"

#include <gtest/gtest.h>

#include "model/net/checksum.h"
#include "testbench/tcp/segment.h"

namespace pspnic::bench {
namespace {

constexpr uint32_t kFence = 0x0000'0010;  // the stream wraps before it

class UpgradeWatchTest : public testing::Test {
 protected:
  UpgradeWatchTest() {
    path_.flow.protocol = net::kProtocolTcp;
    path_.flow.source = {10, 0, 0, 1};
    path_.flow.destination = {10, 0, 0, 2};
    path_.flow.source_port = 20000;
    path_.flow.destination_port = 5001;
    watch_.add(path_.flow);
  }
  std::vector<uint8_t> frame(uint32_t sequence, size_t payload, uint8_t flags = net::kTcpAck) {
    tcp::Segment segment;
    segment.sequence = sequence;
    segment.flags = flags;
    std::vector<uint8_t> bytes(tcp::kMaxHeaderBytes + payload);
    bytes.resize(tcp::HeaderTemplate(path_).write(bytes.data(), segment, payload, 1) + payload);
    return bytes;
  }
  bool may_be_sent(const std::vector<uint8_t>& bytes, bool sealed = false) {
    host::TxFrame tx;
    tx.bytes = bytes;
    if (sealed) tx.sa = host::SaHandle{1, 1};
    return !watch_.on_transmit(tx).has_value();
  }
  bool may_depart(std::vector<uint8_t> bytes) {
    bytes.resize(std::max<size_t>(bytes.size(), 60));  // padded
    return !watch_.on_departure(bytes).has_value();
  }

  UpgradeWatch watch_;
  tcp::Path path_;
};

TEST_F(UpgradeWatchTest, AllMayBeInClearBeforeTheUpgrade) {
  EXPECT_TRUE(may_be_sent(frame(5, 100)) && may_depart(frame(5, 100)));
  EXPECT_TRUE(may_be_sent(frame(5, 0)) && may_depart(frame(5, 0)));
}

TEST_F(UpgradeWatchTest, DataUpToTheFenceAndNoByteBeyond) {
  watch_.upgrade(path_.flow, kFence);
  const uint32_t sequence = kFence - 100;
  EXPECT_TRUE(may_be_sent(frame(sequence, 100)));
  EXPECT_TRUE(may_depart(frame(sequence, 100)));
  EXPECT_FALSE(may_be_sent(frame(sequence, 101)));
  EXPECT_FALSE(may_depart(frame(sequence, 101)));
  EXPECT_FALSE(may_depart(frame(kFence, 1)));
  EXPECT_TRUE(may_be_sent(frame(kFence, 1), true)) << "with an SA";
}

TEST_F(UpgradeWatchTest, AFinCountsAsAByte) {
  watch_.upgrade(path_.flow, kFence);
  constexpr uint8_t kFin = net::kTcpFin | net::kTcpAck;
  EXPECT_TRUE(may_be_sent(frame(kFence - 1, 0, kFin)));
  EXPECT_FALSE(may_be_sent(frame(kFence, 0, kFin)));
  EXPECT_FALSE(may_be_sent(frame(kFence - 10, 10, kFin)));
}

// The driver had one before; a second was sealed, or never sent.
TEST_F(UpgradeWatchTest, SegmentsWithoutDataDepartAsOftenAsTheyWereSent) {
  EXPECT_TRUE(may_be_sent(frame(5, 0)));
  watch_.upgrade(path_.flow, kFence);
  EXPECT_TRUE(may_depart(frame(5, 0)));
  EXPECT_FALSE(may_depart(frame(5, 0)));
  EXPECT_FALSE(may_be_sent(frame(5, 0))) << "an ACK behind the upgrade";
}

TEST_F(UpgradeWatchTest, OtherFlowsAndDirectionsAreNotItsAffair) {
  watch_.upgrade(path_.flow, kFence);
  path_.flow = path_.flow.reversed();
  EXPECT_TRUE(may_depart(frame(kFence, 100)));
  EXPECT_TRUE(may_be_sent(frame(kFence, 0)));
}

}  // namespace
}  // namespace pspnic::bench
