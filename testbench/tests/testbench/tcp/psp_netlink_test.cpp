// SPDX-License-Identifier: Apache-2.0
// The commands and their errors.
#include "testbench/tcp/psp_netlink.h"

#include <gtest/gtest.h>

#include "testbench/host/psp_mark.h"
#include "testbench/tests/testbench/tcp/psp_peer.h"

namespace pspnic::tcp {
namespace {

using host::PspErrno;
using host::PspTxFate;
using net::kTcpAck;

constexpr psp::Version kV0 = psp::Version::kAesGcm128;

TEST(PspNetlink, WhatOnlyTheAdministratorMay) {
  PspPeer peer;
  EXPECT_EQ(peer.netlink.dev_set(false, peer.device->id(), 1).error, PspErrno::kPerm);
  EXPECT_EQ(peer.netlink.key_rotate(false, peer.device->id()).error, PspErrno::kPerm);
  EXPECT_EQ(peer.psp.configs, 0u);
  EXPECT_EQ(peer.psp.generation, 0);
}

TEST(PspNetlink, SettingsAreCheckedBeforeTheDeviceIsAsked) {
  PspPeer peer;
  unsigned told = 0;
  peer.core.subscribe(host::PspGroup::kManagement, [&](host::PspNotice notice, uint16_t) {
    told += notice == host::PspNotice::kDeviceChanged ? 1 : 0;
  });
  const uint16_t id = peer.device->id();
  EXPECT_EQ(peer.netlink.dev_set(true, id, {}).error, PspErrno::kInval);
  EXPECT_EQ(peer.netlink.dev_set(true, id, 0x4).error, PspErrno::kInval);
  EXPECT_EQ(peer.netlink.dev_set(true, static_cast<uint16_t>(id + 1), 1).error, PspErrno::kNoDev);
  EXPECT_EQ(peer.psp.configs + told, 0u);
  EXPECT_TRUE(peer.netlink.dev_set(true, id, 0x1).ok());
  EXPECT_TRUE(peer.netlink.dev_set(true, id, 0x1).ok()) << "told of, though nothing has changed";
  EXPECT_EQ(peer.psp.configs, 1u);
  EXPECT_EQ(told, 2u);
  peer.psp.error = PspErrno::kIo;
  EXPECT_EQ(peer.netlink.dev_set(true, id, 0x3).error, PspErrno::kIo);
  EXPECT_EQ(peer.device->versions_enabled(), 0x1u);
  EXPECT_EQ(told, 2u);
}

TEST(PspNetlink, AssocErrors) {
  PspPeer peer;
  peer.establish();
  PspRxReply rx;
  EXPECT_EQ(peer.netlink.rx_assoc(nullptr, {}, kV0, rx).error, PspErrno::kOpNotSupp);
  EXPECT_EQ(peer.rx_assoc(psp::Version::kAesGmac128).error, PspErrno::kOpNotSupp) << "not a capability";
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kInval) << "Tx before Rx";
  ASSERT_TRUE(peer.rx_assoc().ok());
  EXPECT_EQ(peer.rx_assoc().error, PspErrno::kBusy) << "in Rx PSP";
  EXPECT_EQ(peer.psp.last_spi, 2u) << "its SPI is lost";
  EXPECT_EQ(peer.device->associations(), 1u);
  EXPECT_EQ(peer.tx_assoc(0).error, PspErrno::kInval);
  EXPECT_EQ(peer.tx_assoc(0x8000'0000).error, PspErrno::kInval) << "the low bits are 0";
  host::TxSaRequest shorter = PspPeer::key();
  shorter.key = psp::SessionKey(std::vector<uint8_t>(32, 1));
  EXPECT_EQ(peer.netlink.tx_assoc(peer.connection, {}, shorter).error, PspErrno::kInval);
  peer.psp.error = PspErrno::kNoSpc;
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kNoSpc);
  EXPECT_EQ(peer.psp_state(), PspState::kRx);
  EXPECT_FALSE(peer.connection->psp()->locked);
  peer.psp.error = PspErrno::kOk;
  ASSERT_TRUE(peer.tx_assoc(0x8000'0001).ok()) << "the peer's phase is the peer's affair";
  EXPECT_EQ(peer.rx_assoc().error, PspErrno::kBusy) << "in Tx PSP";
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kBusy) << "in Tx PSP";
  peer.seal();
  peer.give(kTcpAck);
  ASSERT_EQ(peer.psp_state(), PspState::kFull);
  EXPECT_EQ(peer.rx_assoc().error, PspErrno::kBusy) << "in PSP Full, without rekeys";
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kBusy) << "in PSP Full, without rekeys";
}

TEST(PspNetlink, AConnectionThatEndsMeanwhileGetsNothing) {
  PspPeer peer;
  peer.establish();
  peer.psp.during_alloc = [&] { peer.connection->abort(); };
  EXPECT_EQ(peer.rx_assoc().error, PspErrno::kNotConn);
  EXPECT_EQ(peer.device->associations(), 0u);

  PspPeer other;
  other.establish();
  ASSERT_TRUE(other.rx_assoc().ok());
  other.psp.during_add = [&] { other.connection->abort(); };
  EXPECT_EQ(other.tx_assoc().error, PspErrno::kNotConn);
  other.device->delete_drained();
  EXPECT_TRUE(other.psp.keys.empty()) << "the key that came too late is deleted";
}

TEST(PspNetlink, StatisticsAreFilledOneByOne) {
  PspPeer peer;
  PspStatsReply stats;
  EXPECT_EQ(peer.netlink.get_stats(99, stats).error, PspErrno::kNoDev);
  ASSERT_TRUE(peer.netlink.get_stats(peer.device->id(), stats).ok());
  EXPECT_EQ(stats.device.rx_packets, 1u);
  EXPECT_EQ(stats.device.tx_error, 8u);
  EXPECT_TRUE(stats.has_tx_keys);
  peer.psp.leaves_out = true;
  EXPECT_EQ(peer.netlink.get_stats(peer.device->id(), stats).error, PspErrno::kOpNotSupp);
}

// R59: the driver sees a copy that is gone when it answers; what it gave is moved about as it is.
TEST(PspNetlink, R59_DriverDataIsAnIndex) {
  PspPeer peer({.rekey = true});
  peer.establish();
  peer.upgrade();
  const host::SaHandle handle = peer.connection->psp()->association()->tx_handle;
  peer.seal();
  peer.give(kTcpAck);
  const host::PspAssociation* old = peer.connection->psp()->association();
  ASSERT_TRUE(peer.netlink.key_rotate(true, peer.device->id()).ok());
  ASSERT_TRUE(peer.rx_assoc().ok());
  EXPECT_NE(peer.connection->psp()->association(), old) << "another association";
  EXPECT_EQ(peer.connection->psp()->association()->tx_handle, handle);
  EXPECT_EQ(peer.psp.keys.size(), 1u) << "neither deleted nor added";
  peer.device->delete_drained();
  EXPECT_EQ(peer.psp.keys.size(), 1u);
}

// R60: mark and owner, and the device of the way out.
TEST(PspNetlink, R60_MarkAndOwner) {
  host::PspAssociation owner;
  owner.rx.device = 4;
  EXPECT_EQ(host::psp_fate({true, &owner}, 4), PspTxFate::kPlain) << "no key yet";
  owner.has_tx = true;
  EXPECT_EQ(host::psp_fate({true, &owner}, 4), PspTxFate::kSealed);
  EXPECT_EQ(host::psp_fate({false, &owner}, 4), PspTxFate::kPlain);
  EXPECT_EQ(host::psp_fate({true, nullptr}, 4), PspTxFate::kPlain);
  EXPECT_EQ(host::psp_fate({true, &owner}, 5), PspTxFate::kDropped);
  EXPECT_EQ(host::psp_fate({true, &owner}, 0), PspTxFate::kDropped);
}

// Nobody there: an answer has no socket, and what came sealed gets none in clear.
TEST(PspNetlink, RepliesWithoutASocket) {
  PspPeer peer;
  peer.under = host::PspRxMark{5, 0, kV0, peer.device->id()};
  peer.give(kTcpAck, 10);
  EXPECT_TRUE(peer.sent.empty());
  peer.under.reset();
  peer.give(kTcpAck, 10);
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_FALSE(peer.sent[0].sa.has_value());
}

// Sealed segments before there is a PSP device, and when it has gone.
TEST(PspNetlink, SealedSegmentsWithoutADeviceAreHarmless) {
  PspPeer peer;
  peer.establish();
  peer.under = host::PspRxMark{5, 0, kV0, 0};
  peer.give(kTcpAck, 10);
  EXPECT_EQ(peer.endpoint.counters().protection_wrong, 1u);
  peer.under.reset();
  peer.upgrade();
  peer.core.remove(peer.device);
  peer.endpoint.set_psp_device(0);
  peer.seal();
  peer.under->device = 0;
  peer.give(kTcpAck, 10);
  EXPECT_TRUE(peer.application.data.empty());
  EXPECT_EQ(peer.counters().input_drops, 1u);
}

}  // namespace
}  // namespace pspnic::tcp
