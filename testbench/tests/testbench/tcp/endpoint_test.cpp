// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/endpoint.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "testbench/tests/testbench/tcp/lossy_link.h"
#include "testbench/tests/testbench/tcp/scripted_peer.h"

namespace pspnic::tcp {
namespace {

TEST(Endpoint, EveryCounterHasANameOfItsOwn) {
  std::vector<std::string> names;
  for (const CounterEntry& entry : counter_entries()) names.emplace_back(entry.name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(Endpoint, ChecksWhatTheDeviceDidNot) {
  LossyLink link({}, 1);
  tcp::Setup setups[2];
  Peer peers[2];
  for (unsigned side : {0u, 1u}) setups[side].path = LossyLink::path(side);
  peers[0].to_send = 200'000;
  link.faults.corruption = 0.02;
  link.listen(setups[1], peers[1]);
  link.connect(setups[0], peers[0]);
  ASSERT_TRUE(link.run(1000 * kSecond));
  EXPECT_EQ(peers[1].received, 200'000u);
  const Counters& counters = link.endpoint(1).counters();
  EXPECT_GT(counters.checked_by_device, 0u);
  EXPECT_GT(counters.checked_in_software, 0u);
  EXPECT_GT(counters.checksum_wrong + counters.malformed, 0u);
}

// A connection with SAs, and frames that come in clear or under another SA.
TEST(Endpoint, AProtectedConnectionTakesNothingElse) {
  ScriptedPeer peer;
  peer.setup.protection = Protection{{3, 4}, 5, psp::Version::kAesGcm128, 6};
  peer.open();
  Segment answer = peer.plain(net::kTcpSyn | net::kTcpAck);
  answer.sequence = ScriptedPeer::kInitial;
  answer.ack = ScriptedPeer::kOurInitial + 1;
  peer.give(answer);
  EXPECT_EQ(peer.state(), State::kSynSent);
  EXPECT_EQ(peer.endpoint.counters().protection_wrong, 1u);
}

TEST(Endpoint, AListenerTakesTheHandshakeOnlyWithTheProtectionItHas) {
  ScriptedPeer peer;
  peer.setup.protection = Protection{{3, 4}, 5, psp::Version::kAesGcm128, 6};
  peer.endpoint.listen(20000, [&](const net::FlowKey&) { return Accepted{peer.setup, &peer.application}; });
  Segment syn = peer.plain(net::kTcpSyn);
  peer.give(syn);
  EXPECT_TRUE(peer.endpoint.connections().empty());
  ASSERT_EQ(peer.sent.size(), 1u);
  EXPECT_TRUE(peer.sent[0].has(net::kTcpRst));
}

// No checksum of TCP covers the Ethernet header of a SYN.
TEST(Endpoint, AListenerThatKnowsItsPeerIsBelievedBeforeTheFrame) {
  for (const bool knows : {true, false}) {
    ScriptedPeer peer;
    tcp::Setup setup = peer.setup;
    setup.path.flow = knows ? peer.setup.path.flow : net::FlowKey{};
    setup.path.destination.bytes[3] = 0x77;
    peer.endpoint.listen(20000, [&](const net::FlowKey&) { return Accepted{setup, &peer.application}; });
    peer.give(peer.plain(net::kTcpSyn));
    ASSERT_EQ(peer.endpoint.connections().size(), 1u);
    EXPECT_EQ(peer.endpoint.connections()[0]->setup().path.destination.bytes[3], knows ? 0x77 : 0);
  }
}

// Two of equal shares: neither waits until the other is done.
TEST(Endpoint, ConnectionsTakeTurns) {
  LossyLink link({}, 1);
  link.faults.room = 2;
  Peer clients[2];
  Peer servers[2];
  link.endpoint(1).listen(LossyLink::kService, [&](const net::FlowKey& from) {
    return Accepted{tcp::Setup{}, &servers[from.source_port - 20000]};
  });
  for (unsigned i : {0u, 1u}) {
    tcp::Setup setup;
    setup.path = LossyLink::path(0, static_cast<uint16_t>(20000 + i));
    clients[i].to_send = 400'000;
    link.connect(setup, clients[i]);
  }
  while (servers[0].received + servers[1].received < 400'000 && !link.run(link.now() + kMicrosecond)) {
  }
  EXPECT_GT(servers[0].received, 150'000u);
  EXPECT_GT(servers[1].received, 150'000u);
  ASSERT_TRUE(link.run(100 * kSecond));
  for (unsigned i : {0u, 1u}) EXPECT_EQ(servers[i].received, 400'000u);
}

}  // namespace
}  // namespace pspnic::tcp
