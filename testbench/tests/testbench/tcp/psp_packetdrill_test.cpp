// SPDX-License-Identifier: Apache-2.0
// The cases of the packetdrill scripts for PSP, segment by segment, under their names, and their neighbours.
#include "testbench/tests/testbench/tcp/psp_packetdrill.h"

#include <gtest/gtest.h>

namespace pspnic::tcp {
namespace {

using host::PspErrno;
using net::kTcpAck;
using net::kTcpFin;
using net::kTcpSyn;

TEST_F(PspPacketdrill, psp_basic) {
  exchange(false, false);
  peer.upgrade();
  EXPECT_EQ(peer.psp_state(), PspState::kTx);
  exchange(true, true);
  EXPECT_EQ(peer.psp_state(), PspState::kFull);
  peer.connection->close();
  peer.advance(0);
  expect_sent(1, true, kTcpFin);
  peer.acknowledge(peer.acknowledged + 1);
  peer.give_data(0, kTcpFin);
  expect_sent(1, true, kTcpAck);
  EXPECT_EQ(peer.state(), State::kTimeWait);
  EXPECT_EQ(peer.application.data.size(), 1000u);
  EXPECT_EQ(peer.counters().input_drops, 0u);
}

TEST_F(PspPacketdrill, psp_rx_rcv_clear_or_cipher) {
  ASSERT_TRUE(peer.rx_assoc().ok());
  exchange(false, false);
  exchange(true, false);
  ASSERT_TRUE(peer.tx_assoc().ok());
  EXPECT_EQ(peer.psp_state(), PspState::kFull) << "the peer has been heard before";
  EXPECT_EQ(peer.counters().full, 1u);
  exchange(true, true);
  EXPECT_EQ(peer.application.data.size(), 1500u);
  EXPECT_EQ(peer.counters().full, 1u);
}

TEST_F(PspPacketdrill, psp_tx_key_retry) {
  peer.application.appetite = 0;
  peer.give_data(500);
  ASSERT_TRUE(peer.rx_assoc().ok());
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kBusy);
  EXPECT_EQ(peer.psp_state(), PspState::kRx);
  EXPECT_TRUE(peer.psp.keys.empty());
  peer.application.appetite = 499;
  peer.connection->read();
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kBusy) << "one byte is left";
  peer.application.appetite = 1;
  peer.connection->read();
  EXPECT_TRUE(peer.tx_assoc().ok());
  peer.application.appetite = 10'000;
  peer.sent.clear();
  exchange(true, true);
}

TEST_F(PspPacketdrill, psp_tx_key_retry_plaintext_behind_rx_assoc) {
  ASSERT_TRUE(peer.rx_assoc().ok());
  peer.application.appetite = 0;
  peer.seal();
  peer.give_data(200);
  EXPECT_TRUE(peer.connection->unread_matches());
  peer.clear();
  peer.give_data(300);
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kBusy);
  peer.application.appetite = 500;
  peer.connection->read();
  EXPECT_TRUE(peer.tx_assoc().ok());
}

// Sealed data in the queue counts as what it came as, also if it comes again in clear.
TEST_F(PspPacketdrill, psp_tx_key_with_sealed_data_unread) {
  ASSERT_TRUE(peer.rx_assoc().ok());
  peer.application.appetite = 0;
  peer.seal();
  peer.give(kTcpAck, 500);
  peer.clear();
  peer.give(kTcpAck, 500);
  EXPECT_TRUE(peer.tx_assoc().ok());
}

TEST_F(PspPacketdrill, psp_ofo) {
  ASSERT_TRUE(peer.rx_assoc().ok());
  Segment early = peer.plain(kTcpAck);
  early.sequence += 100;
  peer.give(early, 400);
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kBusy);
  peer.give_data(100);
  peer.next += 400;
  EXPECT_EQ(peer.application.data.size(), 500u);
  EXPECT_TRUE(peer.tx_assoc().ok());
}

// It came before the socket had any PSP state.
TEST_F(PspPacketdrill, psp_ofo_before_rx_assoc) {
  Segment early = peer.plain(kTcpAck);
  early.sequence += 100;
  peer.give(early, 400);
  ASSERT_TRUE(peer.rx_assoc().ok());
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kBusy);
}

TEST_F(PspPacketdrill, psp_ofo_ok) {
  ASSERT_TRUE(peer.rx_assoc().ok());
  peer.seal();
  Segment early = peer.plain(kTcpAck);
  early.sequence += 100;
  peer.give(early, 400);
  expect_sent(1, false, kTcpAck);
  ASSERT_TRUE(peer.tx_assoc().ok());
  peer.give_data(100);
  EXPECT_EQ(acked(), 501u);
  expect_sent(1, true, kTcpAck);
  EXPECT_EQ(peer.application.data.size(), 500u);
}

TEST_F(PspPacketdrill, psp_ofo_bad_fin) {
  peer.upgrade();
  Segment fin = peer.plain(kTcpFin | kTcpAck);
  fin.sequence += 1;
  peer.give(fin);
  EXPECT_EQ(peer.counters().input_drops, 1u);
  EXPECT_TRUE(peer.sent.empty()) << "dropped without an answer";
  peer.seal();
  peer.give_data(1);
  peer.advance(kMillisecond);
  EXPECT_EQ(acked(), 2u) << "the FIN is not in the queue";
  expect_sent(1, true, kTcpAck);
  EXPECT_EQ(peer.state(), State::kEstablished);
}

// The same FIN in Rx PSP is kept, and keeps the transmit key away.
TEST_F(PspPacketdrill, psp_ofo_fin_in_rx_keeps_the_key_away) {
  ASSERT_TRUE(peer.rx_assoc().ok());
  Segment fin = peer.plain(kTcpFin | kTcpAck);
  fin.sequence += 1;
  peer.give(fin);
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kBusy);
}

TEST_F(PspPacketdrill, psp_tx_accept_fin) {
  exchange(false, false);
  peer.upgrade();
  peer.clear();
  peer.give_data(0, kTcpFin);
  EXPECT_EQ(acked(), 502u);
  expect_sent(1, true, kTcpAck);
  EXPECT_EQ(peer.state(), State::kCloseWait);
  peer.connection->close();
  peer.advance(0);
  expect_sent(1, true, kTcpFin);
  peer.acknowledge(peer.acknowledged + 1);
  EXPECT_EQ(peer.application.ends, std::vector<End>{End::kClosed}) << "the last ACK in clear is taken";
  EXPECT_EQ(peer.counters().input_drops, 0u);
}

TEST_F(PspPacketdrill, psp_tx_drop_plaintext_data) {
  exchange(false, false);
  peer.upgrade();
  peer.clear();
  peer.give(kTcpAck, 1);
  peer.give(kTcpAck | kTcpFin, 1);
  EXPECT_EQ(peer.counters().input_drops, 2u);
  EXPECT_EQ(peer.endpoint.counters().protection_wrong, 2u);
  EXPECT_EQ(peer.application.data.size(), 500u);
  EXPECT_TRUE(peer.sent.empty());
  peer.give_data(0, kTcpFin);
  EXPECT_EQ(acked(), 502u);
  expect_sent(1, true, kTcpAck);
}

TEST_F(PspPacketdrill, psp_retransmit_cleartext_after_upgrade) {
  send(500);
  expect_sent(1, false);
  peer.upgrade();
  send(500);
  expect_sent(1, true);
  peer.seal();
  for (int i = 0; i < 3; ++i) peer.give(kTcpAck);
  peer.advance(0);
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_EQ(peer.sent[0].payload.size(), 500u) << "not one segment of old and new";
  EXPECT_EQ(peer.sent[0].segment.sequence, ScriptedPeer::kOurInitial + 1);
  expect_sent(1, false);
  peer.acknowledge(501);
  for (int i = 0; i < 4; ++i) peer.give(kTcpAck);
  peer.advance(20 * kMillisecond);
  ASSERT_FALSE(peer.sent.empty());
  EXPECT_EQ(peer.sent[0].segment.sequence, ScriptedPeer::kOurInitial + 501);
  EXPECT_EQ(peer.sent[0].payload.size(), 500u);
  for (const auto& one : peer.sent) EXPECT_TRUE(one.sa.has_value());
}

TEST_F(PspPacketdrill, psp_tw_rtx_ack) {
  exchange(false, false);
  peer.upgrade();
  peer.connection->close();
  peer.advance(0);
  expect_sent(1, true, kTcpFin);
  peer.seal();
  peer.acknowledged += 1;
  peer.give_data(0, kTcpFin);
  expect_sent(1, true, kTcpAck);
  ASSERT_EQ(peer.state(), State::kTimeWait);
  peer.next -= 1;
  peer.give_data(0, kTcpFin);
  EXPECT_EQ(acked(), 502u);
  expect_sent(1, true, kTcpAck);
  peer.clear();
  peer.next -= 1;
  peer.give_data(0, kTcpFin);
  expect_sent(0, true);
  EXPECT_EQ(peer.counters().input_drops, 1u) << "the policy holds in TIME-WAIT";
}

// RFC 9293 section 3.10.7.4: the connection that it ends had SAs, the one it begins has none.
TEST_F(PspPacketdrill, psp_tw_syn_in_clear_reopens) {
  peer.endpoint.listen(20000, [this](const net::FlowKey&) {
    return Accepted{peer.setup, &peer.application};
  });
  peer.upgrade();
  peer.connection->close();
  peer.advance(0);
  peer.seal();
  peer.acknowledged += 1;
  peer.give_data(0, kTcpFin);
  ASSERT_EQ(peer.state(), State::kTimeWait);
  peer.sent.clear();
  peer.clear();
  Segment syn = peer.plain(kTcpSyn);
  syn.sequence -= 1;  // what it was expecting last, not beyond
  peer.give(syn);
  EXPECT_EQ(peer.state(), State::kTimeWait);
  EXPECT_EQ(peer.endpoint.connections().size(), 1u);
  peer.sent.clear();
  syn.sequence += 2;
  peer.give(syn);
  EXPECT_EQ(peer.state(), State::kClosed);
  ASSERT_EQ(peer.endpoint.connections().size(), 2u);
  EXPECT_EQ(peer.endpoint.connections()[1]->state(), State::kSynReceived);
  expect_sent(1, false, kTcpSyn);
  EXPECT_EQ(peer.device->associations(), 0u);
}

}  // namespace
}  // namespace pspnic::tcp
