// SPDX-License-Identifier: Apache-2.0
// New keys on a connection that has some, and rotations between.
#include <gtest/gtest.h>

#include "testbench/tests/testbench/tcp/psp_peer.h"

namespace pspnic::tcp {
namespace {

using host::PspErrno;
using host::PspRxMark;
using net::kTcpAck;

class PspRekey : public testing::Test {
 protected:
  static constexpr uint32_t kNewSpi = PspPeer::kPeerSpi + 1;

  PspRekey() : peer({.rekey = true}) {}
  void SetUp() override {
    peer.establish();
    peer.upgrade();
    peer.seal();
    peer.give_data(10);
    ASSERT_EQ(peer.psp_state(), PspState::kFull);
    old_mark = *peer.under;
    peer.sent.clear();
  }
  bool rotate() { return peer.netlink.key_rotate(true, peer.device->id()).ok(); }
  // Whether a segment under this mark is taken.
  bool takes(const PspRxMark& mark) {
    const size_t before = peer.application.data.size();
    peer.under = mark;
    peer.give_data(10);
    const bool taken = peer.application.data.size() > before;
    if (!taken) peer.next -= 10;
    return taken;
  }
  PspRxMark mark() const { return peer.connection->psp()->association()->rx; }

  PspPeer peer;
  PspRxMark old_mark;
};

// R49: the receive side, old and new together.
TEST_F(PspRekey, R49_OldAndNewSpiTogether) {
  ASSERT_TRUE(rotate());
  ASSERT_TRUE(peer.rx_assoc().ok());
  const PspRxMark fresh = mark();
  EXPECT_NE(fresh.spi >> 31, old_mark.spi >> 31);
  EXPECT_TRUE(takes(old_mark));
  EXPECT_FALSE(peer.connection->psp()->association()->peer_moved);
  EXPECT_TRUE(takes(fresh));
  EXPECT_TRUE(peer.connection->psp()->association()->peer_moved);
  EXPECT_TRUE(takes(old_mark)) << "a late one";
  EXPECT_EQ(peer.psp_state(), PspState::kFull);
  EXPECT_EQ(peer.counters().rx_rekeys, 1u);
}

// R49: the transmit side. The next segment has the new key; the old one goes when the queues are drained.
TEST_F(PspRekey, R49_TransmitKeyIsSwapped) {
  const host::SaHandle before = peer.connection->psp()->association()->tx_handle;
  peer.connection->offer(100);
  peer.advance(0);
  peer.psp.posted = 100;
  ASSERT_TRUE(peer.tx_assoc(kNewSpi).ok());
  peer.connection->offer(100);
  peer.advance(0);
  ASSERT_EQ(peer.sent.size(), 2u);
  EXPECT_EQ(peer.sent[0].spi, PspPeer::kPeerSpi);
  EXPECT_EQ(peer.sent[1].spi, kNewSpi);
  EXPECT_NE(*peer.sent[1].sa, before);
  peer.psp.completed = 99;
  peer.device->delete_drained();
  EXPECT_EQ(peer.psp.keys.size(), 2u);
  EXPECT_EQ(peer.device->keys_to_delete(), 1u);
  peer.psp.completed = 100;
  peer.device->delete_drained();
  EXPECT_EQ(peer.psp.keys.size(), 1u);
  EXPECT_EQ(peer.psp.keys.begin()->second, kNewSpi);
  EXPECT_EQ(peer.counters().tx_rekeys, 1u);
  EXPECT_EQ(peer.connection->sender().mss(), 960u) << "shrinks but once";
}

// What was sent under the old key is sent again under the new one; what was in clear stays in clear.
TEST_F(PspRekey, RetransmissionsTakeTheNewKey) {
  peer.connection->offer(100);
  peer.advance(0);
  ASSERT_TRUE(peer.tx_assoc(kNewSpi).ok());
  peer.sent.clear();
  peer.advance(2 * kSecond);
  ASSERT_FALSE(peer.sent.empty());
  for (const auto& one : peer.sent) EXPECT_EQ(one.spi, kNewSpi);
}

TEST_F(PspRekey, NeedsARotation) {
  EXPECT_EQ(peer.rx_assoc().error, PspErrno::kInval);
  EXPECT_EQ(mark(), old_mark);
  EXPECT_EQ(peer.device->associations(), 1u);
  EXPECT_TRUE(takes(old_mark));
}

TEST_F(PspRekey, KeepsItsVersion) {
  ASSERT_TRUE(rotate());
  EXPECT_EQ(peer.rx_assoc(psp::Version::kAesGcm256).error, PspErrno::kInval);
  EXPECT_EQ(mark().spi, old_mark.spi);
}

TEST(PspRekeyState, NeedsPspFull) {
  PspPeer peer({.rekey = true});
  peer.establish();
  peer.upgrade();
  ASSERT_TRUE(peer.netlink.key_rotate(true, peer.device->id()).ok());
  EXPECT_EQ(peer.rx_assoc().error, PspErrno::kBusy);
  EXPECT_EQ(peer.tx_assoc(9).error, PspErrno::kBusy);
}

// One rotation behind the rekey ends the SPI before it, another the rekeyed one.
TEST_F(PspRekey, TheNextRotationEndsTheOldSpi) {
  ASSERT_TRUE(rotate());
  ASSERT_TRUE(peer.rx_assoc().ok());
  const PspRxMark fresh = mark();
  ASSERT_TRUE(rotate());
  EXPECT_FALSE(takes(old_mark));
  EXPECT_TRUE(takes(fresh));
  EXPECT_EQ(peer.device->counters().stale_events, 0u) << "the socket is well";
  ASSERT_TRUE(rotate());
  EXPECT_FALSE(takes(fresh));
  EXPECT_EQ(peer.device->counters().stale_events, 1u);
}

TEST_F(PspRekey, AgainAndAgain) {
  for (unsigned i = 0; i < 300; ++i) {  // through all generations, twice
    ASSERT_TRUE(rotate());
    const PspRxMark before = mark();
    ASSERT_TRUE(peer.rx_assoc().ok()) << i;
    ASSERT_TRUE(takes(before)) << i;
    ASSERT_TRUE(takes(mark())) << i;
    ASSERT_TRUE(peer.tx_assoc(kNewSpi + i).ok()) << i;
  }
  EXPECT_EQ(peer.device->counters().stale_events, 0u);
  peer.device->delete_drained();
  EXPECT_EQ(peer.psp.keys.size(), 1u);
  EXPECT_EQ(peer.device->associations(), 1u);
}

// A rotation of somebody else while an SPI is being allocated: before the answer or behind it.
TEST(PspRotation, R6_GenerationIsThatOfTheAnswer) {
  for (const bool told_first : {false, true}) {
    PspPeer peer;
    peer.establish();
    peer.psp.during_alloc = [&] {
      peer.psp.generation = 1;
      peer.psp.phase = 0x8000'0000;
      if (told_first) peer.device->on_rotated(1);
    };
    ASSERT_TRUE(peer.rx_assoc().ok());
    if (!told_first) peer.device->on_rotated(1);
    EXPECT_EQ(peer.connection->psp()->association()->rx.generation, 1);
    EXPECT_EQ(peer.device->counters().key_rotations, 1u) << "the answer and the event tell of one rotation";
    // It is of the active key: two more rotations end it, not one.
    peer.device->on_rotated(2);
    EXPECT_FALSE(peer.connection->psp()->association()->stale());
    peer.device->on_rotated(3);
    EXPECT_TRUE(peer.connection->psp()->association()->stale());
  }
}

// The event overtakes the answer of an allocation under the key before.
TEST(PspRotation, AnAnswerOfTheKeyBeforeIsOneOlder) {
  PspPeer peer;
  peer.establish();
  peer.psp.during_alloc = [&] { peer.device->on_rotated(1); };
  ASSERT_TRUE(peer.rx_assoc().ok());
  EXPECT_EQ(peer.connection->psp()->association()->rx.generation, 0);
  EXPECT_FALSE(peer.connection->psp()->association()->stale());
  peer.device->on_rotated(2);
  EXPECT_TRUE(peer.connection->psp()->association()->stale());
  EXPECT_EQ(peer.device->counters().stale_events, 1u);
}

// R11: nothing has changed, and associations made behind it work.
TEST(PspRotation, R11_FailureLeavesAllAsItWas) {
  PspPeer peer;
  peer.establish();
  peer.psp.error = PspErrno::kIo;
  EXPECT_EQ(peer.netlink.key_rotate(true, peer.device->id()).error, PspErrno::kIo);
  peer.psp.error = PspErrno::kOk;
  EXPECT_EQ(peer.device->generation(), 0);
  EXPECT_EQ(peer.device->counters().key_rotations, 0u);
  ASSERT_TRUE(peer.rx_assoc().ok());
  EXPECT_EQ(peer.connection->psp()->association()->rx.generation, 0);
}

// What Linux does instead: the associations behind it wait for a generation that the device never had.
TEST(PspRotation, LinuxGenerationQuirk) {
  PspPeer peer({}, {.linux_generation_quirk = true});
  peer.establish();
  peer.psp.error = PspErrno::kIo;
  EXPECT_EQ(peer.netlink.key_rotate(true, peer.device->id()).error, PspErrno::kIo);
  peer.psp.error = PspErrno::kOk;
  EXPECT_EQ(peer.device->generation(), 1);
  ASSERT_TRUE(peer.rx_assoc().ok());
  EXPECT_EQ(peer.connection->psp()->association()->rx.generation, 1);
  peer.seal();
  peer.under->generation = 0;  // what the device reports
  peer.give(kTcpAck, 10);
  EXPECT_TRUE(peer.application.data.empty());
  EXPECT_EQ(peer.counters().input_drops, 1u);
}

// mlx5 says 0 always; rotations count all the same.
TEST(PspRotation, ADriverThatDoesNotCountGenerations) {
  PspPeer peer;
  peer.psp.tells_generation = false;
  host::PspDeviceOps ops = peer.psp.ops();
  ops.key_rotate = [](uint8_t& generation) {
    generation = 0;
    return PspErrno::kOk;
  };
  PspErrno error = PspErrno::kOk;
  peer.device = peer.core.add({1}, ops, 0, error);
  peer.endpoint.set_psp_device(peer.device->id());
  peer.establish();
  ASSERT_TRUE(peer.rx_assoc().ok());
  for (unsigned i = 1; i <= 2; ++i) {
    ASSERT_TRUE(peer.netlink.key_rotate(true, peer.device->id()).ok());
    EXPECT_EQ(peer.connection->psp()->association()->stale(), i == 2);
  }
}

// Two devices count SPIs alike; the id keeps them apart.
TEST(PspRotation, SameSpiOfTwoDevices) {
  PspPeer peer;
  peer.establish();
  peer.upgrade();
  peer.seal();
  ++peer.under->device;
  peer.give(kTcpAck, 10);
  EXPECT_EQ(peer.counters().input_drops, 1u);
  --peer.under->device;
  peer.give(kTcpAck, 10);
  EXPECT_EQ(peer.application.data.size(), 10u);
}

}  // namespace
}  // namespace pspnic::tcp
