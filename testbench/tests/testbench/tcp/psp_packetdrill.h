// SPDX-License-Identifier: Apache-2.0
// A connection in clear, and shorthands for what scripts of segments do with it.
#pragma once

#include <gtest/gtest.h>

#include "testbench/tests/testbench/tcp/psp_peer.h"

namespace pspnic::tcp {

class PspPacketdrill : public testing::Test {
 protected:
  void SetUp() override { peer.establish(); }

  // All that was sent since the last call went as it should: under the peer's SPI, or in clear.
  void expect_sent(size_t count, bool sealed, uint8_t flag = 0) {
    EXPECT_EQ(peer.sent.size(), count);
    for (const ScriptedPeer::Sent& one : peer.sent) {
      EXPECT_EQ(one.sa.has_value(), sealed);
      EXPECT_EQ(one.spi, sealed ? PspPeer::kPeerSpi : 0);
      EXPECT_EQ(one.segment.flags & flag, flag);
    }
    peer.sent.clear();
  }
  void send(uint32_t bytes) {
    peer.connection->offer(bytes);
    peer.advance(0);
  }
  // 500 bytes each way, acknowledged.
  void exchange(bool sealed, bool answered_sealed) {
    const auto mark = [&] { sealed ? peer.seal() : peer.clear(); };
    send(500);
    expect_sent(1, answered_sealed);
    mark();
    peer.acknowledge(peer.acknowledged + 500);
    peer.give_data(500);
    peer.advance(kMillisecond);
    expect_sent(1, answered_sealed, net::kTcpAck);
  }
  uint32_t acked() const { return peer.sent.back().segment.ack - ScriptedPeer::kInitial; }

  PspPeer peer;
};

}  // namespace pspnic::tcp
