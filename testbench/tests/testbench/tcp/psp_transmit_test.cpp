// SPDX-License-Identifier: Apache-2.0
// What a socket with PSP sends, and when; in the manner of packetdrill.
#include <gtest/gtest.h>

#include "testbench/tests/testbench/tcp/psp_packetdrill.h"

namespace pspnic::tcp {
namespace {

using net::kTcpAck;
using net::kTcpFin;
using net::kTcpRst;

// A key that is not there yet: the segments wait, and meet the policy of the state that has come.
TEST_F(PspPacketdrill, psp_segments_wait_while_the_key_is_installed) {
  ASSERT_TRUE(peer.rx_assoc().ok());
  peer.seal();
  const host::PspRxMark own = *peer.under;
  peer.psp.during_add = [&] {
    peer.clear();
    peer.give(kTcpAck, 10);
    peer.under = own;
    peer.give_data(20);
    send(100);
    EXPECT_EQ(peer.application.data.size(), 0u);
    EXPECT_TRUE(peer.sent.empty());
  };
  ASSERT_TRUE(peer.tx_assoc().ok());
  peer.advance(kMillisecond);
  EXPECT_EQ(peer.counters().backlogged, 2u);
  EXPECT_EQ(peer.counters().input_drops, 1u) << "what was in clear is too late";
  EXPECT_EQ(peer.application.data.size(), 20u);
  EXPECT_EQ(peer.psp_state(), PspState::kFull);
  ASSERT_FALSE(peer.sent.empty());
  EXPECT_FALSE(peer.sent[0].sa.has_value()) << "100 bytes were queued before the key was there";
  EXPECT_EQ(peer.sent[0].payload.size(), 100u);
}

TEST_F(PspPacketdrill, psp_timers_wait_while_the_key_is_installed) {
  send(500);
  ASSERT_TRUE(peer.rx_assoc().ok());
  peer.sent.clear();
  peer.psp.during_add = [&] {
    peer.advance(2 * kSecond);
    EXPECT_TRUE(peer.sent.empty());
  };
  ASSERT_TRUE(peer.tx_assoc().ok());
  peer.advance(0);
  expect_sent(1, false);
  EXPECT_EQ(peer.endpoint.counters().timeouts, 1u);
}

TEST_F(PspPacketdrill, psp_rst_and_probes_are_sealed) {
  peer.upgrade();
  peer.window = 0;
  peer.seal();
  send(100);
  peer.sent.clear();
  peer.give(kTcpAck);
  peer.advance(3 * kSecond);
  ASSERT_FALSE(peer.sent.empty());
  for (const auto& one : peer.sent) EXPECT_TRUE(one.sa.has_value());
  peer.sent.clear();
  peer.connection->abort();
  expect_sent(1, true, kTcpRst);
  EXPECT_EQ(peer.device->associations(), 0u) << "the association goes with the connection";
}

// Its byte was acknowledged before the upgrade; in clear the peer would not take it for a sign of life.
TEST_F(PspPacketdrill, psp_keep_alive_is_sealed) {
  PspPeer other;
  other.setup.config.keep_alive = 10 * kMillisecond;
  other.establish();
  other.connection->offer(10);
  other.advance(0);
  other.acknowledge(11);
  other.upgrade();
  other.sent.clear();
  other.advance(15 * kMillisecond);
  ASSERT_FALSE(other.sent.empty());
  for (const auto& one : other.sent) EXPECT_TRUE(one.sa.has_value());
}

// The byte that asks whether the window has opened was queued before the key.
TEST_F(PspPacketdrill, psp_window_probe_of_old_data_is_in_clear) {
  peer.window = 0;
  peer.give(kTcpAck);
  send(100);
  expect_sent(0, false);
  peer.upgrade();
  send(100);
  peer.advance(3 * kSecond);
  ASSERT_FALSE(peer.sent.empty());
  for (const auto& one : peer.sent) {
    EXPECT_EQ(one.payload.size(), 1u);
    EXPECT_FALSE(one.sa.has_value());
  }
}

// Closed before or behind tx-assoc: the FIN belongs to what it was queued with.
TEST_F(PspPacketdrill, psp_fin_is_of_its_time) {
  send(100);
  peer.upgrade();
  peer.connection->close();
  peer.advance(0);
  ASSERT_EQ(peer.sent.size(), 2u);
  EXPECT_FALSE(peer.sent[0].sa || peer.sent[0].has(kTcpFin));
  EXPECT_TRUE(peer.sent[1].sa && peer.sent[1].has(kTcpFin));
  peer.sent.clear();
  peer.advance(2 * kSecond);  // all of it again
  bool fin_seen = false;
  for (const auto& one : peer.sent) {
    EXPECT_EQ(one.sa.has_value(), one.has(kTcpFin));
    fin_seen = fin_seen || one.has(kTcpFin);
  }
  EXPECT_TRUE(fin_seen);
  EXPECT_EQ(peer.sent[0].payload.size(), 100u) << "the segments do not merge";

  PspPeer early;
  early.establish();
  early.connection->offer(100);
  early.connection->close();
  early.window = 0;
  early.upgrade();
  early.sent.clear();
  early.advance(2 * kSecond);
  ASSERT_FALSE(early.sent.empty());
  for (const auto& one : early.sent) EXPECT_FALSE(one.sa.has_value());
}

// Old and new bytes in one TSO frame would leave under one treatment.
TEST_F(PspPacketdrill, psp_tso_frames_end_at_the_fence) {
  PspPeer other;
  other.setup.config.tso_bytes = 16'000;
  other.establish();
  other.free_room = 0;
  other.connection->offer(2500);
  ASSERT_TRUE(other.rx_assoc().ok());
  ASSERT_TRUE(other.tx_assoc().ok());
  other.connection->offer(5000);
  other.free_room = 1000;
  other.endpoint.on_transmit_room(0);
  uint32_t place = 1;
  for (const auto& one : other.sent) {
    EXPECT_EQ(one.segment.sequence, ScriptedPeer::kOurInitial + place);
    place += static_cast<uint32_t>(one.payload.size());
    EXPECT_EQ(one.sa.has_value(), place > 2501);
    EXPECT_TRUE(one.sa || place <= 2501);
    EXPECT_TRUE(one.tso_mss == 0 || one.tso_mss == 960);
  }
  EXPECT_EQ(place, 7501u);
}

// Linux drops what would leave through another device than the association's.
TEST_F(PspPacketdrill, psp_output_through_another_device_is_dropped) {
  peer.upgrade();
  peer.add_device();
  send(500);
  EXPECT_TRUE(peer.sent.empty());
  EXPECT_EQ(peer.counters().output_drops, 1u);
}

}  // namespace
}  // namespace pspnic::tcp
