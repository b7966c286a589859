// SPDX-License-Identifier: Apache-2.0
// The cases of Linux's selftests that concern sockets, under their names.
#include <gtest/gtest.h>

#include <string>

#include "testbench/tcp/psp_netlink.h"
#include "testbench/tests/testbench/tcp/psp_peer.h"

namespace pspnic::tcp {
namespace {

using host::PspDevice;
using host::PspErrno;
using host::PspResult;
using net::kTcpAck;

constexpr psp::Version kV0 = psp::Version::kAesGcm128;

bool names_device(const PspResult& result) {
  return std::string(result.text).starts_with("dev-id");
}

TEST(PspSelftest, dev_list_devices) {
  PspPeer peer;
  const auto all = peer.netlink.dev_dump();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].id, peer.device->id());
}

TEST(PspSelftest, dev_get_device) {
  PspPeer peer;
  PspDeviceReply reply;
  ASSERT_TRUE(peer.netlink.dev_get(peer.device->id(), reply).ok());
  EXPECT_EQ(reply.id, peer.device->id());
  EXPECT_EQ(reply.versions, PspPeer::kVersions);
  EXPECT_EQ(reply.versions_enabled, 0u) << "all off until the system says so";
}

TEST(PspSelftest, dev_get_device_bad) {
  PspPeer peer;
  PspDeviceReply reply;
  EXPECT_EQ(peer.netlink.dev_get(static_cast<uint16_t>(peer.device->id() + 1), reply).error,
            PspErrno::kNoDev);
  EXPECT_EQ(reply.versions, 0u);
}

TEST(PspSelftest, dev_rotate) {
  PspPeer peer;
  std::vector<uint16_t> told;
  peer.core.subscribe(host::PspGroup::kUse, [&](host::PspNotice notice, uint16_t id) {
    EXPECT_EQ(notice, host::PspNotice::kKeyRotated);
    told.push_back(id);
  });
  EXPECT_TRUE(peer.netlink.key_rotate(true, peer.device->id()).ok());
  EXPECT_TRUE(peer.netlink.key_rotate(true, peer.device->id()).ok());
  EXPECT_EQ(told, std::vector<uint16_t>(2, peer.device->id()));
  EXPECT_EQ(peer.device->generation(), 2);
}

TEST(PspSelftest, dev_rotate_spi) {
  PspPeer peer;
  peer.establish();
  Connection& other = peer.endpoint.make_socket();
  PspRxReply before, after;
  ASSERT_TRUE(peer.netlink.rx_assoc(&other, peer.device->id(), kV0, before).ok());
  ASSERT_TRUE(peer.netlink.key_rotate(true, peer.device->id()).ok());
  ASSERT_TRUE(peer.netlink.rx_assoc(peer.connection, {}, kV0, after).ok());
  EXPECT_NE(before.spi >> 31, after.spi >> 31);
}

// Both keys on a socket that is not connected: from the SYN on all of it is sealed.
TEST(PspSelftest, assoc_basic) {
  PspPeer peer;
  Connection& socket = peer.endpoint.make_socket();
  peer.connection = &socket;
  PspRxReply rx;
  ASSERT_TRUE(peer.netlink.rx_assoc(&socket, peer.device->id(), kV0, rx).ok());
  EXPECT_NE(rx.spi & 0x7fff'ffff, 0u);
  EXPECT_EQ(rx.key.size, 16);
  ASSERT_TRUE(peer.netlink.tx_assoc(&socket, peer.device->id(), {rx.spi, kV0, rx.key}).ok());
  peer.endpoint.connect(socket, peer.setup, peer.application);
  peer.advance(0);
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_TRUE(peer.sent[0].has(net::kTcpSyn) && peer.sent[0].sa);
  Segment answer = peer.plain(net::kTcpSyn | kTcpAck);
  answer.sequence = ScriptedPeer::kInitial;
  answer.ack = ScriptedPeer::kOurInitial + 1;
  answer.mss = 1000;
  peer.give(answer);
  EXPECT_EQ(socket.state(), State::kSynSent) << "a SYN in clear is more than nothing";
  peer.seal();
  peer.give(answer);
  EXPECT_EQ(socket.state(), State::kEstablished);
  EXPECT_EQ(socket.psp_state(), PspState::kFull);
  EXPECT_EQ(socket.sender().mss(), 960u);
  EXPECT_TRUE(peer.sent.back().sa.has_value());
}

TEST(PspSelftest, assoc_bad_dev) {
  PspPeer peer;
  peer.establish();
  PspRxReply rx;
  const auto wrong = static_cast<uint16_t>(peer.device->id() + 9);
  EXPECT_EQ(peer.netlink.rx_assoc(peer.connection, wrong, kV0, rx).error, PspErrno::kNoDev);
  EXPECT_EQ(peer.netlink.tx_assoc(peer.connection, wrong, PspPeer::key()).error, PspErrno::kNoDev);
  EXPECT_EQ(peer.psp.last_spi, 0u);
}

TEST(PspSelftest, assoc_sk_only_conn) {
  PspPeer peer;
  peer.establish();
  PspRxReply rx;
  ASSERT_TRUE(peer.netlink.rx_assoc(peer.connection, {}, kV0, rx).ok());
  EXPECT_EQ(rx.device, peer.device->id());
}

// Another device exists, but the way out is not its.
TEST(PspSelftest, assoc_sk_only_mismatch) {
  PspPeer peer;
  const uint16_t first = peer.device->id();
  peer.add_device();
  peer.establish();
  PspRxReply rx;
  const PspResult result = peer.netlink.rx_assoc(peer.connection, first, kV0, rx);
  EXPECT_EQ(result.error, PspErrno::kInval);
  EXPECT_TRUE(names_device(result));
}

TEST(PspSelftest, assoc_sk_only_mismatch_tx) {
  PspPeer peer;
  const uint16_t first = peer.device->id();
  peer.add_device();
  peer.establish();
  ASSERT_TRUE(peer.rx_assoc().ok());
  const PspResult result = peer.netlink.tx_assoc(peer.connection, first, PspPeer::key());
  EXPECT_EQ(result.error, PspErrno::kInval);
  EXPECT_TRUE(names_device(result));
  EXPECT_EQ(peer.psp_state(), PspState::kRx);
}

TEST(PspSelftest, assoc_sk_only_unconn) {
  PspPeer peer;
  Connection& socket = peer.endpoint.make_socket();
  PspRxReply rx;
  const PspResult result = peer.netlink.rx_assoc(&socket, {}, kV0, rx);
  EXPECT_EQ(result.error, PspErrno::kInval);
  EXPECT_TRUE(names_device(result));
}

TEST(PspSelftest, assoc_version_mismatch) {
  PspPeer peer;
  peer.establish();
  ASSERT_TRUE(peer.rx_assoc().ok());
  for (const auto version :
       {psp::Version::kAesGcm256, psp::Version::kAesGmac128, psp::Version::kAesGmac256}) {
    EXPECT_EQ(peer.netlink.tx_assoc(peer.connection, {}, PspPeer::key(5, version)).error, PspErrno::kInval);
  }
  EXPECT_EQ(peer.psp_state(), PspState::kRx);
  EXPECT_TRUE(peer.psp.keys.empty());
}

// R50: one key and SPI under two sockets are two keys to the device.
TEST(PspSelftest, assoc_twice) {
  PspPeer peer;
  PspRxReply rx[2];
  Connection* sockets[2];
  for (unsigned i : {0u, 1u}) {
    sockets[i] = &peer.endpoint.make_socket();
    ASSERT_TRUE(peer.netlink.rx_assoc(sockets[i], peer.device->id(), kV0, rx[i]).ok());
    ASSERT_TRUE(peer.netlink.tx_assoc(sockets[i], peer.device->id(), PspPeer::key(77)).ok());
  }
  EXPECT_EQ(peer.psp.keys.size(), 2u);
  EXPECT_NE(sockets[0]->psp()->association()->tx_handle, sockets[1]->psp()->association()->tx_handle);
}

// Shutdown right behind the data: the key goes when what was posted is done with.
TEST(PspSelftest, data_send_disconnect) {
  PspPeer peer;
  peer.establish();
  peer.upgrade();
  peer.seal();
  peer.connection->offer(500);
  peer.advance(0);
  peer.psp.posted = 500;
  peer.connection->abort();
  EXPECT_EQ(peer.device->associations(), 0u);
  peer.device->delete_drained();
  EXPECT_EQ(peer.psp.keys.size(), 1u) << "descriptors may refer to it";
  peer.psp.completed = 499;
  peer.device->delete_drained();
  EXPECT_EQ(peer.psp.keys.size(), 1u);
  peer.psp.completed = 500;
  peer.device->delete_drained();
  EXPECT_TRUE(peer.psp.keys.empty());
  EXPECT_EQ(peer.device->counters().tx_keys, 0u);
}

// Both families: 40 bytes, none in Rx PSP; a full frame fills the MTU to the byte, before as behind.
TEST(PspSelftest, data_mss_adjust) {
  for (const bool v6 : {false, true}) {
    constexpr size_t kMtu = 1500;
    constexpr size_t kEthernet = 14;
    constexpr size_t kPsp = 8 + 16 + 16;  // UDP, PSP header, ICV
    PspPeer peer({}, {}, v6);
    const uint32_t mss = static_cast<uint32_t>(kMtu) - (v6 ? 40 : 20) - 20;
    peer.setup.config.mss = mss;
    peer.establish();
    const auto longest = [&] {
      peer.sent.clear();
      peer.connection->offer(3 * mss);
      peer.advance(0);
      size_t bytes = 0;
      for (const auto& one : peer.sent) {
        bytes = std::max(bytes, one.frame_bytes - kEthernet + (one.sa ? kPsp : 0));
        EXPECT_LE(one.frame_bytes - kEthernet + (one.sa ? kPsp : 0), kMtu);
      }
      return bytes;
    };
    ASSERT_TRUE(peer.rx_assoc().ok());
    EXPECT_EQ(peer.connection->sender().mss(), mss);
    EXPECT_EQ(longest(), kMtu);
    ASSERT_TRUE(peer.tx_assoc().ok());
    EXPECT_EQ(peer.connection->sender().mss(), mss - 40);
    EXPECT_EQ(longest(), kMtu);
    EXPECT_TRUE(peer.sent.back().sa.has_value());
  }
}

// data_stale_key, and no sooner than behind the second rotation.
TEST(PspSelftest, data_stale_key) {
  PspPeer peer;
  peer.establish();
  peer.upgrade();
  peer.seal();
  peer.give_data(100);
  for (const uint64_t rotations : {1u, 2u}) {
    const host::PspRxMark mark = *peer.under;
    ASSERT_TRUE(peer.netlink.key_rotate(true, peer.device->id()).ok());
    peer.under = mark;
    const size_t before = peer.application.data.size();
    peer.give(kTcpAck, 100);
    const bool taken = peer.application.data.size() > before;
    EXPECT_EQ(taken, rotations == 1) << rotations;
    if (taken) peer.next += 100;
    EXPECT_EQ(peer.device->counters().stale_events, rotations - 1);
  }
  EXPECT_TRUE(peer.connection->psp()->association()->stale());
}

TEST(PspSelftest, removal_device_rx) {
  PspPeer peer;
  peer.establish();
  ASSERT_TRUE(peer.rx_assoc().ok());
  const uint16_t old = peer.device->id();
  peer.core.remove(peer.device);
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kNoDev);
  peer.add_device();
  EXPECT_NE(peer.device->id(), old);
  EXPECT_EQ(peer.tx_assoc().error, PspErrno::kInval) << "the association is the old device's";
}

TEST(PspSelftest, removal_device_bi) {
  PspPeer peer;
  peer.establish();
  peer.upgrade();
  const std::shared_ptr<PspDevice> old = peer.device;
  EXPECT_EQ(peer.psp.keys.size(), 1u);
  peer.core.remove(old);
  EXPECT_TRUE(peer.psp.keys.empty());
  EXPECT_EQ(old->counters().tx_keys, 0u);
  peer.add_device();
  peer.connection->offer(100);
  peer.advance(0);
  EXPECT_TRUE(peer.sent.empty()) << "nothing leaves in clear for want of a key";
  EXPECT_GT(peer.counters().output_drops, 0u);
  peer.connection->abort();
  EXPECT_EQ(old->associations(), 0u);
}

}  // namespace
}  // namespace pspnic::tcp
