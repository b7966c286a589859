// SPDX-License-Identifier: Apache-2.0
// Segment by segment: states, windows, timers, time stamps.
#include "testbench/tcp/connection.h"

#include <gtest/gtest.h>

#include "testbench/tests/testbench/tcp/scripted_peer.h"

namespace pspnic::tcp {
namespace {

using net::kTcpAck;
using net::kTcpFin;
using net::kTcpRst;
using net::kTcpSyn;

// Leads a new connection into a state.
void enter(ScriptedPeer& peer, State state) {
  if (state == State::kSynSent) {
    peer.open();
    return;
  }
  if (state == State::kSynReceived) {
    peer.accept();
    peer.acknowledged = 0;
    return;
  }
  peer.establish();
  if (state == State::kCloseWait || state == State::kLastAck) peer.give_data(0, kTcpFin);
  if (state == State::kEstablished || state == State::kCloseWait) return;
  peer.connection->close();
  peer.advance(0);
  if (state == State::kFinWait2 || state == State::kTimeWait) peer.acknowledge(2);
  if (state == State::kClosing || state == State::kTimeWait) peer.give_data(0, kTcpFin);
}

struct Transition {
  State from;
  const char* segment;
  State to;
  std::optional<End> end;
};

// RFC 9293 section 3.10.7.4, and RFC 5961 where a segment might be forged.
constexpr Transition kTransitions[] = {
    {State::kSynSent, "RST of it", State::kClosed, End::kReset},
    {State::kSynSent, "RST without ACK", State::kSynSent, {}},
    {State::kSynReceived, "RST", State::kClosed, End::kReset},
    {State::kEstablished, "RST", State::kClosed, End::kReset},
    {State::kEstablished, "RST ahead", State::kEstablished, {}},
    {State::kEstablished, "RST behind", State::kEstablished, {}},
    {State::kEstablished, "SYN", State::kEstablished, {}},
    {State::kEstablished, "FIN", State::kCloseWait, {}},
    {State::kFinWait1, "RST", State::kClosed, End::kReset},
    {State::kFinWait1, "FIN", State::kClosing, {}},
    {State::kFinWait1, "FIN, ours acknowledged", State::kTimeWait, End::kClosed},
    {State::kFinWait1, "ours acknowledged", State::kFinWait2, {}},
    {State::kFinWait2, "RST", State::kClosed, End::kReset},
    {State::kFinWait2, "FIN", State::kTimeWait, End::kClosed},
    {State::kCloseWait, "RST", State::kClosed, End::kReset},
    {State::kCloseWait, "FIN again", State::kCloseWait, {}},
    {State::kClosing, "ours acknowledged", State::kTimeWait, End::kClosed},
    {State::kClosing, "RST", State::kClosed, End::kClosed},
    {State::kLastAck, "ours acknowledged", State::kClosed, End::kClosed},
    {State::kLastAck, "RST", State::kClosed, End::kClosed},
    {State::kLastAck, "FIN again", State::kLastAck, {}},
    {State::kTimeWait, "FIN again", State::kTimeWait, End::kClosed},
    {State::kTimeWait, "RST", State::kClosed, End::kClosed},
};

void give(ScriptedPeer& peer, std::string_view what) {
  Segment segment = peer.plain(kTcpAck);
  if (what.starts_with("RST")) segment.flags = kTcpRst;
  if (what == "RST of it") {
    segment.flags = kTcpRst | kTcpAck;
    segment.ack = ScriptedPeer::kOurInitial + 1;
  }
  if (what == "RST ahead") segment.sequence += 1;
  if (what == "RST behind") segment.sequence -= 1;
  if (what == "SYN") segment.flags = kTcpSyn;
  if (what.starts_with("FIN")) segment.flags = kTcpFin | kTcpAck;
  if (what.ends_with("again")) segment.sequence -= 1;
  if (what.ends_with("ours acknowledged")) segment.ack = ScriptedPeer::kOurInitial + 2;
  peer.give(segment);
}

TEST(Connection, StatesFollowTheTable) {
  for (const Transition& transition : kTransitions) {
    SCOPED_TRACE(std::string(text(transition.from)) + ": " + transition.segment);
    ScriptedPeer peer;
    enter(peer, transition.from);
    ASSERT_EQ(peer.state(), transition.from);
    give(peer, transition.segment);
    EXPECT_STREQ(text(peer.state()), text(transition.to));
    std::vector<End> wanted;
    if (transition.end) wanted.push_back(*transition.end);
    EXPECT_EQ(peer.application.ends, wanted);
  }
}

TEST(Connection, ForgedLookingSegmentsAreChallenged) {
  for (const char* what : {"RST ahead", "SYN"}) {
    ScriptedPeer peer;
    peer.establish();
    give(peer, what);
    ASSERT_EQ(peer.sent.size(), 1u) << what;
    EXPECT_EQ(peer.sent[0].segment.flags, kTcpAck);
    EXPECT_EQ(peer.sent[0].segment.ack, ScriptedPeer::kInitial + 1);
    EXPECT_EQ(peer.endpoint.counters().challenges, 1u);
  }
}

TEST(Connection, SegmentsToNowhereAreRefused) {
  ScriptedPeer peer;
  peer.acknowledged = 77;
  peer.give(kTcpAck, 10);
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_EQ(peer.sent[0].segment.flags, kTcpRst);
  EXPECT_EQ(peer.sent[0].segment.sequence, ScriptedPeer::kOurInitial + 77);
  peer.give(kTcpSyn);
  ASSERT_EQ(peer.sent.size(), 2u);
  EXPECT_EQ(peer.sent[1].segment.flags, kTcpRst | kTcpAck);
  EXPECT_EQ(peer.sent[1].segment.ack, ScriptedPeer::kInitial + 1);
  peer.give(kTcpRst);  // never answered
  EXPECT_EQ(peer.sent.size(), 2u);
  EXPECT_EQ(peer.endpoint.counters().to_nowhere, 3u);
}

TEST(Connection, AbortSendsRstAndWhatComesAfterIsRefused) {
  ScriptedPeer peer;
  peer.establish();
  peer.connection->abort();
  peer.advance(0);
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_TRUE(peer.sent[0].has(kTcpRst));
  EXPECT_EQ(peer.sent[0].segment.sequence, ScriptedPeer::kOurInitial + 1);
  EXPECT_EQ(peer.application.ends, std::vector<End>{End::kAborted});
  peer.give_data(10);
  ASSERT_EQ(peer.sent.size(), 2u);
  EXPECT_TRUE(peer.sent[1].has(kTcpRst));
  EXPECT_EQ(peer.application.data.size(), 0u);
}

TEST(Connection, BothEndsMayOpenAtOnce) {
  ScriptedPeer peer;
  peer.open();
  Segment syn = peer.plain(kTcpSyn);
  syn.sequence = ScriptedPeer::kInitial;
  syn.mss = 1000;
  peer.give(syn);
  EXPECT_EQ(peer.state(), State::kSynReceived);
  ASSERT_EQ(peer.sent.size(), 2u);
  EXPECT_EQ(peer.sent[1].segment.flags, kTcpSyn | kTcpAck);
  syn.flags = kTcpSyn | kTcpAck;
  syn.ack = ScriptedPeer::kOurInitial + 1;
  peer.give(syn);
  EXPECT_EQ(peer.state(), State::kEstablished);
  EXPECT_EQ(peer.application.established, 1u);
}

TEST(Connection, TimeWaitEndsWhenItsTimeIsOverAndStartsAgainWithAnotherFin) {
  ScriptedPeer peer;
  peer.setup.config.time_wait = kMillisecond;
  enter(peer, State::kTimeWait);
  peer.advance(kMillisecond - 1);
  EXPECT_EQ(peer.state(), State::kTimeWait);
  give(peer, "FIN again");
  peer.advance(kMillisecond - 1);
  EXPECT_EQ(peer.state(), State::kTimeWait);
  peer.advance(1);
  EXPECT_EQ(peer.state(), State::kClosed);
  EXPECT_EQ(peer.application.ends.size(), 1u);
}

TEST(Connection, EverySecondFullSegmentIsAcknowledgedAtOnceAndOneAloneAfterTheDelay) {
  ScriptedPeer peer;
  peer.establish();
  const uint64_t delay = peer.setup.config.delayed_ack;
  peer.give_data(1000);
  peer.advance(delay - 1);
  EXPECT_EQ(peer.sent.size(), 0u);
  peer.advance(1);
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_EQ(peer.sent[0].segment.ack, ScriptedPeer::kInitial + 1001);
  peer.give_data(1000);
  peer.give_data(999);
  EXPECT_EQ(peer.sent.size(), 1u);  // a byte less than two segments
  peer.give_data(1);
  EXPECT_EQ(peer.sent.size(), 2u);
  peer.advance(2 * delay);
  EXPECT_EQ(peer.sent.size(), 2u);
}

TEST(Connection, AMergedSegmentIsAcknowledgedAtOnce) {
  ScriptedPeer peer;
  peer.establish();
  peer.give_data(20'000);  // twenty segments, as receive offloads hand them up
  EXPECT_EQ(peer.application.data.size(), 20'000u);
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_EQ(peer.sent[0].segment.ack, ScriptedPeer::kInitial + 20'001);
}

TEST(Connection, SegmentsOutOfOrderAreAcknowledgedEachAndKept) {
  ScriptedPeer peer;
  peer.establish();
  for (const uint32_t position : {2001u, 3001u, 1001u}) {
    peer.next = position;
    peer.give(kTcpAck, 1000);
  }
  ASSERT_EQ(peer.sent.size(), 3u);
  for (const auto& one : peer.sent) EXPECT_EQ(one.segment.ack, ScriptedPeer::kInitial + 1);
  peer.next = 1;
  peer.give(kTcpAck, 1000);
  ASSERT_EQ(peer.sent.size(), 4u);
  EXPECT_EQ(peer.sent[3].segment.ack, ScriptedPeer::kInitial + 4001);
  ASSERT_EQ(peer.application.data.size(), 4000u);
  for (size_t i = 0; i < 4000; ++i) ASSERT_EQ(peer.application.data[i], static_cast<uint8_t>(i));
}

TEST(Connection, ThirdDuplicateResendsAndTheSecondDoesNot) {
  ScriptedPeer peer;
  peer.establish();
  peer.connection->offer(10'000);
  peer.advance(0);
  ASSERT_EQ(peer.sent.size(), 10u);
  peer.acknowledge(1);
  peer.acknowledge(1);
  EXPECT_EQ(peer.sent.size(), 10u);
  peer.acknowledge(1);
  ASSERT_EQ(peer.sent.size(), 11u);
  EXPECT_EQ(peer.sent[10].segment.sequence, ScriptedPeer::kOurInitial + 1);
  EXPECT_EQ(peer.sent[10].payload.size(), 1000u);
  EXPECT_EQ(peer.endpoint.counters().fast_retransmits, 1u);
}

TEST(Connection, TheRetransmissionTimerResendsOneSegmentAndDoublesUntilItGivesUp) {
  ScriptedPeer peer;
  peer.setup.config.retries = 3;
  peer.establish();
  peer.connection->offer(3000);
  peer.advance(0);
  const uint64_t rto = kSecond;  // without a sample
  uint64_t due = peer.now + rto;
  size_t sent = peer.sent.size();
  ASSERT_EQ(sent, 3u);
  for (const unsigned factor : {2u, 4u, 8u}) {
    peer.advance_to(due - 1);
    EXPECT_EQ(peer.sent.size(), sent);
    peer.advance_to(due);
    ASSERT_EQ(peer.sent.size(), ++sent);
    EXPECT_EQ(peer.sent.back().segment.sequence, ScriptedPeer::kOurInitial + 1);
    EXPECT_EQ(peer.sent.back().payload.size(), 1000u);
    due += factor * rto;
  }
  peer.advance_to(due - 1);
  EXPECT_EQ(peer.state(), State::kEstablished);
  peer.advance_to(due);
  EXPECT_EQ(peer.state(), State::kClosed);
  EXPECT_EQ(peer.application.ends, std::vector<End>{End::kTimedOut});
}

TEST(Connection, AClosedWindowIsProbedWithOneByteUntilItOpens) {
  ScriptedPeer peer;
  peer.setup.config.retries = 2;
  peer.establish();
  peer.connection->offer(2000);
  peer.window = 0;
  peer.advance(0);
  peer.acknowledge(2001);
  peer.sent.clear();
  peer.connection->offer(500);
  peer.advance(0);
  EXPECT_EQ(peer.sent.size(), 0u);
  for (unsigned probe = 1; probe <= 5; ++probe) {  // more than retries: the peer answers each
    const size_t before = peer.sent.size();
    while (peer.sent.size() == before && peer.now < 1000 * kSecond) peer.advance(kMillisecond);
    ASSERT_EQ(peer.sent.size(), before + 1);
    EXPECT_EQ(peer.sent.back().payload.size(), 1u);
    EXPECT_EQ(peer.sent.back().segment.sequence, ScriptedPeer::kOurInitial + 2001);
    peer.acknowledge(2001);
  }
  EXPECT_EQ(peer.endpoint.counters().window_probes, 5u);
  peer.window = ScriptedPeer::kWindow;
  peer.sent.clear();
  peer.acknowledge(2001);
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_EQ(peer.sent[0].payload.size(), 500u);
}

TEST(Connection, AReaderThatStopsClosesTheWindowAndOpensItWhenItGoesOn) {
  ScriptedPeer peer;
  peer.setup.config.window = 4000;
  peer.establish();
  peer.application.appetite = 0;
  for (int i = 0; i < 4; ++i) peer.give_data(1000);
  ASSERT_FALSE(peer.sent.empty());
  EXPECT_EQ(peer.sent.back().segment.window, 0u);
  EXPECT_EQ(peer.sent.back().segment.ack, ScriptedPeer::kInitial + 4001);
  peer.give(kTcpAck, 1);  // a probe: refused, answered
  EXPECT_EQ(peer.sent.back().segment.ack, ScriptedPeer::kInitial + 4001);
  const size_t before = peer.sent.size();
  peer.application.appetite = 1999;  // less than half the buffer and two segments: not worth a segment
  peer.connection->read();
  peer.advance(0);
  EXPECT_EQ(peer.sent.size(), before);
  peer.application.appetite = 1;
  peer.connection->read();
  peer.advance(0);
  ASSERT_EQ(peer.sent.size(), before + 1);
  EXPECT_EQ(peer.sent.back().segment.window, 2000u);
}

TEST(Connection, PawsRefusesOldDataAndAnswersIt) {
  ScriptedPeer peer;
  peer.setup.config.timestamps = true;
  peer.stamp = 1000;
  peer.establish();
  peer.stamp = 2000;
  peer.give_data(2000);
  const size_t data = peer.application.data.size();
  const size_t sent = peer.sent.size();
  peer.stamp = 1999;  // a tick too old, in sequence
  peer.give(kTcpAck, 1000);
  EXPECT_EQ(peer.application.data.size(), data);
  EXPECT_EQ(peer.endpoint.counters().stale, 1u);
  ASSERT_EQ(peer.sent.size(), sent + 1);
  EXPECT_EQ(peer.sent.back().segment.ack, ScriptedPeer::kInitial + 2001);
  peer.stamp = 2000;
  peer.give_data(1000);
  EXPECT_EQ(peer.application.data.size(), data + 1000);
}

TEST(Connection, EchoesTheStampOfTheFirstSegmentItHasNotAcknowledged) {
  ScriptedPeer peer;
  peer.setup.config.timestamps = true;
  peer.stamp = 1000;
  peer.establish();
  peer.stamp = 2000;
  peer.give_data(1000);
  peer.stamp = 3000;
  peer.give_data(1000);
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_EQ(peer.sent[0].segment.echo, 2000u);
}

TEST(Connection, ASilentPeerIsAskedAndGivenUpWhenItNeverAnswers) {
  ScriptedPeer peer;
  peer.setup.config.keep_alive = kSecond;
  peer.setup.config.retries = 2;
  peer.establish();
  peer.advance(kSecond - 1);
  EXPECT_EQ(peer.sent.size(), 0u);
  peer.advance(1);
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_EQ(peer.sent[0].segment.sequence, ScriptedPeer::kOurInitial);
  peer.give(kTcpAck);  // it is there
  for (int i = 0; i < 2; ++i) peer.advance(kSecond);
  EXPECT_EQ(peer.state(), State::kEstablished);
  peer.advance(kSecond);
  EXPECT_EQ(peer.state(), State::kClosed);
  EXPECT_EQ(peer.application.ends, std::vector<End>{End::kTimedOut});
}

TEST(Connection, SegmentsArePiecesOfTheSmallerMssAndTsoFramesWholeMultiplesOfIt) {
  ScriptedPeer peer;
  peer.setup.config.tso_bytes = 5500;
  peer.setup.config.mss = 2000;
  peer.open();
  Segment answer = peer.plain(kTcpSyn | kTcpAck);
  answer.sequence = ScriptedPeer::kInitial;
  answer.ack = ScriptedPeer::kOurInitial + 1;
  answer.mss = 1000;
  peer.acknowledged = peer.next = 1;
  peer.give(answer);
  peer.sent.clear();
  peer.connection->offer(7300);
  peer.connection->close();
  peer.advance(0);
  ASSERT_EQ(peer.sent.size(), 2u);
  EXPECT_EQ(peer.sent[0].payload.size(), 5000u);
  EXPECT_EQ(peer.sent[0].tso_mss, 1000u);
  EXPECT_EQ(peer.sent[1].payload.size(), 2300u);
  EXPECT_TRUE(peer.sent[1].has(kTcpFin));
}

TEST(Connection, WithoutRoomItWaitsAndGoesOnWhenThereIsSome) {
  ScriptedPeer peer;
  peer.establish();
  peer.free_room = 0;
  peer.connection->offer(1000);
  peer.advance(0);
  EXPECT_EQ(peer.sent.size(), 0u);
  peer.free_room = 1;
  peer.endpoint.on_transmit_room(0);
  EXPECT_EQ(peer.sent.size(), 1u);
}

}  // namespace
}  // namespace pspnic::tcp
