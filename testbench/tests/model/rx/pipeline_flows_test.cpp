// SPDX-License-Identifier: Apache-2.0
// Flows that the device protects, on receive: what their peer sealed comes out plain, all else of them ends.
#include <gtest/gtest.h>

#include "model/idpf/ptypes.h"
#include "model/net/checksum.h"
#include "model/psp/encapsulate.h"
#include "testbench/tests/model/rx/rx_bench.h"

namespace pspnic::rx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::RxBench;
using pspnic::test::TcpFlow;

constexpr uint32_t kSpi = 0x1234;
constexpr uint32_t kNext = 0x80001235;
constexpr uint32_t kStranger = 0x1236;  // another SA of this card

class RxFlowsTest : public testing::Test {
 protected:
  // The flow as this side sends it: the received ones come from its destination.
  uint32_t protect(uint32_t spi = kSpi, uint32_t next = 0) {
    flow::Rule rule;
    rule.match.protocol = net::kProtocolTcp;
    rule.rx_spis = {spi, next};
    return bench_.flows.add(rule, false).id;
  }
  static Bytes plain(size_t payload, bool v6 = false) {
    TcpFlow flow;
    flow.outer_v6 = v6;
    const Bytes bytes(payload, 0x5a);
    return pspnic::test::segment(flow, bytes, 0, 0, payload, true, true);
  }
  Bytes sealed(const Bytes& frame, uint32_t spi, bool tunnel = false, bool outer_v6 = false) {
    Bytes room(256 + frame.size() + 16);
    std::copy(frame.begin(), frame.end(), room.begin() + 256);
    psp::FrameBuffer buffer{room, 256, 256 + frame.size()};
    psp::EncapParams params;
    params.spi = spi;
    params.iv = ++iv_;
    params.source_port = 50000;
    if (tunnel) {
      const Bytes address(16, 9);
      psp::TunnelParams outer;
      outer.outer_v6 = outer_v6;
      outer.source = outer.destination = std::span(address).first(outer_v6 ? 16 : 4);
      EXPECT_EQ(psp::tunnel_encapsulate(buffer, params, outer), psp::EncapStatus::kOk);
    } else {
      EXPECT_EQ(psp::transport_encapsulate(buffer, params), psp::EncapStatus::kOk);
    }
    EXPECT_EQ(psp::append_icv(buffer), psp::EncapStatus::kOk);
    Bytes bytes(buffer.frame().begin(), buffer.frame().end());
    const net::Parsed parsed = net::parse_frame(bytes);
    const psp::SessionKey key = bench_.keys.derive(spi, psp::Version::kAesGcm128);
    EXPECT_TRUE(psp::seal(*bench_.aead, key, std::span(bytes).subspan(parsed.payload_offset)));
    return bytes;
  }
  std::vector<RxBench::Received> deliver(const Bytes& frame, uint16_t queue = 0) {
    bench_.receive(frame);
    bench_.run();
    EXPECT_TRUE(bench_.balanced());
    EXPECT_EQ(bench_.pool.in_use(), 0u);
    return bench_.received(queue);
  }

  RxBench bench_;
  uint64_t iv_ = 0;
};

TEST_F(RxFlowsTest, WhatThePeerSealedComesOutPlain) {
  const uint32_t id = protect();
  uint64_t count = 0;
  for (unsigned kind = 0; kind < 8; ++kind) {
    const bool v6 = (kind & 1) != 0;
    const Bytes frame = plain(70 + 90 * kind, v6);
    const auto received = deliver(sealed(frame, kSpi, (kind & 2) != 0, (kind & 4) != 0));
    ASSERT_EQ(received.size(), 1u) << kind;
    EXPECT_EQ(received[0].bytes, frame) << kind;
    const idpf::RxCompletion& completion = received[0].completion;
    EXPECT_EQ(completion.psp_status, idpf::RxCompletion{}.psp_status) << "the driver sees nothing of PSP";
    EXPECT_EQ(completion.psp_spi, 0u);
    EXPECT_EQ(completion.ptype, idpf::find_ptype(v6 ? idpf::PtypeL3::kIpv6 : idpf::PtypeL3::kIpv4,
                                                 idpf::PtypeL4::kTcp, idpf::PtypeFragment::kWhole));
    EXPECT_EQ(completion.status1 & (idpf::kRxL3l4p | idpf::kRxL4e | idpf::kRxIpe), idpf::kRxL3l4p);
    EXPECT_EQ(bench_.flows.counters(id)->rx_packets, ++count);
  }
}

TEST_F(RxFlowsTest, WhateverItsQueueSaysOfPsp) {
  protect();
  bench_.steer_to(1);  // no PSP flag
  bench_.pipeline.configure_psp({});
  const Bytes frame = plain(300);
  const auto received = deliver(sealed(frame, kSpi), 1);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].bytes, frame);
}

TEST_F(RxFlowsTest, InClearNothingOfAFlowIsDelivered) {
  const uint32_t id = protect();
  EXPECT_TRUE(deliver(plain(100)).empty());
  EXPECT_EQ(bench_.drop(DropReason::kRxFlowClear), 1u);
  EXPECT_EQ(bench_.flows.counters(id)->rx_clear, 1u);
  Bytes other = plain(100);
  other[23] = net::kProtocolUdp;
  EXPECT_EQ(deliver(other).size(), 1u) << "no packet of the flow";
}

// What the parser does not read as IP, and a more lenient stack may, is as little delivered.
TEST_F(RxFlowsTest, NoShapeOfIpPassesInClear) {
  protect();
  const auto with = [](size_t at, const Bytes& inserted) {
    Bytes frame = plain(100);
    frame.insert(frame.begin() + static_cast<std::ptrdiff_t>(at), inserted.begin(), inserted.end());
    return frame;
  };
  Bytes short_header = plain(100);
  short_header[14] = 0x44;
  Bytes beyond = plain(20);
  beyond.resize(60);
  beyond[14] = 0x4f;
  const Bytes three_tags{0x81, 0, 0, 1, 0x88, 0xa8, 0, 2, 0x81, 0, 0, 3};
  const Bytes snap{0, 148, 0xaa, 0xaa, 3, 0, 0, 0};
  uint64_t dropped = 0;
  for (const Bytes& frame : {short_header, beyond, with(12, three_tags), with(12, {0x91, 0, 0, 1}),
                             with(12, {0x92, 0, 0, 1}), with(12, snap)}) {
    EXPECT_TRUE(deliver(frame).empty()) << dropped;
    EXPECT_EQ(bench_.drop(DropReason::kRxFlowClear), ++dropped);
  }
  Bytes arp = plain(100);
  arp[13] = 6;
  EXPECT_EQ(deliver(arp).size(), 1u);
}

TEST_F(RxFlowsTest, WhatMightBeIpIsOnlyDroppedWhereARuleMightFit) {
  flow::Rule rule;
  rule.match.vlan = 5;
  rule.rx_spis = {kSpi, 0};
  bench_.flows.add(rule, false);
  const auto tagged = [](uint8_t type, uint8_t vlan) {
    Bytes frame = plain(100);
    const Bytes tag{type, 0, 0, vlan};
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    frame[18] = 0x44;
    return frame;
  };
  EXPECT_TRUE(deliver(tagged(0x81, 5)).empty());
  EXPECT_EQ(deliver(tagged(0x81, 6)).size(), 1u) << "another VLAN";
  EXPECT_TRUE(deliver(tagged(0x91, 6)).empty()) << "whose VLAN that is, is not known";
  EXPECT_EQ(bench_.drop(DropReason::kRxFlowClear), 2u);
}

TEST_F(RxFlowsTest, ARuleOfAVportIsForItsFramesAlone) {
  rx::VportFilter filter;
  filter.enabled = true;
  filter.addresses = {net::MacAddress{{2, 0, 0, 0, 0, 7}}};
  filter.default_queue = 1;
  bench_.pipeline.configure_vport(1, filter);
  flow::Rule rule;
  rule.match.protocol = net::kProtocolTcp;
  rule.match.vport = 1;
  rule.rx_spis = {kSpi, 0};
  const uint32_t id = bench_.flows.add(rule, false).id;
  const Bytes first = plain(100);
  EXPECT_EQ(deliver(first).size(), 1u) << "vport 0 may have it in clear";
  EXPECT_TRUE(deliver(sealed(first, kSpi)).empty()) << "and not sealed";
  EXPECT_EQ(bench_.drop(DropReason::kRxFlowMismatch), 1u);
  Bytes second = first;
  second[5] = 7;
  EXPECT_TRUE(deliver(second, 1).empty());
  EXPECT_EQ(bench_.drop(DropReason::kRxFlowClear), 1u);
  const auto opened = deliver(sealed(second, kSpi), 1);
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0].bytes, second);
  EXPECT_EQ(bench_.flows.counters(id)->rx_packets, 1u);
}

TEST_F(RxFlowsTest, TheNextSpiIsAcceptedAsWell) {
  protect(kSpi, kNext);
  EXPECT_EQ(deliver(sealed(plain(100), kSpi)).size(), 1u);
  EXPECT_EQ(deliver(sealed(plain(100), kNext)).size(), 1u);
}

TEST_F(RxFlowsTest, AnotherAuthenticSaIsNotThePeer) {
  flow::Rule first;
  first.match.protocol = net::kProtocolTcp;
  first.rx_spis = {kSpi, 0};
  const uint32_t id = bench_.flows.add(first, false).id;
  flow::Rule second;
  second.match.protocol = net::kProtocolUdp;
  second.rx_spis = {kStranger, 0};
  bench_.flows.add(second, false);
  EXPECT_TRUE(deliver(sealed(plain(100), kStranger)).empty()) << "its SA is for UDP";
  EXPECT_EQ(bench_.drop(DropReason::kRxFlowMismatch), 1u);
  EXPECT_EQ(bench_.flows.counters(id)->rx_mismatch, 1u);
  EXPECT_EQ(bench_.pipeline.stats().psp_packets.value(), 1u) << "authentic it was";
  EXPECT_EQ(deliver(sealed(plain(100), kSpi)).size(), 1u);
}

TEST_F(RxFlowsTest, APeerMaySendNothingThatIsNoFlows) {
  protect();
  Bytes icmp = plain(100);
  icmp[23] = 1;
  EXPECT_TRUE(deliver(sealed(icmp, kSpi)).empty());
  EXPECT_EQ(bench_.drop(DropReason::kRxFlowMismatch), 1u);
}

TEST_F(RxFlowsTest, ForgedPacketsFailAsEver) {
  protect();
  Bytes wrong = sealed(plain(100), kSpi);
  wrong.back() ^= 1;
  EXPECT_TRUE(deliver(wrong).empty());
  EXPECT_EQ(bench_.drop(DropReason::kRxPspAuthFail), 1u);
  EXPECT_EQ(bench_.pipeline.stats().psp_auth_fail.value(), 1u);
}

// One verdict for all of them, whatever the driver has of PSP.
TEST_F(RxFlowsTest, WhatIsMalformedIsNotPassedUpAsUdp) {
  protect();
  bench_.steer_to(1);  // no PSP flag
  bench_.pipeline.configure_psp({.capture_failures = true});
  const size_t psp = 14 + 20 + 8;
  const Bytes good = sealed(plain(100), kSpi);
  Bytes offset = good;
  offset[psp + 2] = 63;
  Bytes header_length = good;
  header_length[psp + 1] = 0;
  Bytes udp_length = good;
  udp_length[psp - 3] ^= 1;
  Bytes cut = good;
  cut.resize(cut.size() - 20);
  uint64_t errors = 0;
  for (const Bytes& frame : {offset, header_length, udp_length, cut}) {
    EXPECT_TRUE(deliver(frame, 1).empty()) << errors;
    EXPECT_EQ(bench_.drop(DropReason::kRxPspError), ++errors);
    EXPECT_EQ(bench_.pipeline.stats().psp_error.value(), errors);
  }
  Bytes reserved_version = good;
  reserved_version[psp + 3] |= 0x3c;
  EXPECT_TRUE(deliver(reserved_version, 1).empty());
  EXPECT_EQ(bench_.drop(DropReason::kRxPspBad), 1u);
  Bytes other_spi = offset;
  other_spi[psp + 7] ^= 1;
  EXPECT_EQ(deliver(other_spi, 1).size(), 1u) << "is not the flow's";
}

TEST(RxFlows, AUdpChecksumThatIsVerifiedIsVerifiedOfThemAsWell) {
  RxParams params;
  params.verify_udp_checksum = true;
  RxBench bench(params);
  flow::Rule rule;
  rule.match.protocol = net::kProtocolTcp;
  rule.rx_spis = {kSpi, 0};
  bench.flows.add(rule, false);
  const TcpFlow flow = RxBench::psp_flow(0, kSpi);
  Bytes frame = bench.sealed(flow, 100);
  bench.receive(frame);
  frame[flow.psp_offset() - 1] = 0xad;
  bench.receive(frame);
  bench.run();
  EXPECT_EQ(bench.received(0).size(), 1u) << "0 says that there is none";
  EXPECT_EQ(bench.drop(DropReason::kRxPspError), 1u);
}

TEST_F(RxFlowsTest, AHeaderDamagedOnItsWayIsNotMadeRight) {
  protect();
  Bytes frame = sealed(plain(100), kSpi);
  frame[22] ^= 0x20;  // TTL
  const auto received = deliver(frame);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_FALSE(net::ipv4_checksum_ok(std::span(received[0].bytes).subspan(14, 20)));
  EXPECT_EQ(received[0].completion.status1 & (idpf::kRxL3l4p | idpf::kRxIpe | idpf::kRxL4e),
            idpf::kRxL3l4p | idpf::kRxIpe);
}

// The card is the host that the outer header goes to.
TEST_F(RxFlowsTest, ATunnelWithADamagedOuterHeaderEndsHere) {
  protect();
  Bytes frame = sealed(plain(100), kSpi, true);
  frame[22] ^= 0x20;
  EXPECT_TRUE(deliver(frame).empty());
  EXPECT_EQ(bench_.drop(DropReason::kRxPspError), 1u);
  EXPECT_EQ(bench_.pipeline.stats().psp_error.value(), 1u);
}

TEST_F(RxFlowsTest, OtherSpisAreTheDrivers) {
  protect();
  TcpFlow flow = RxBench::psp_flow(0, kStranger);
  const auto received = deliver(bench_.sealed(flow, 100));
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].completion.psp_status, idpf::PspRxStatus::kOk);
  EXPECT_EQ(received[0].completion.psp_spi, kStranger);
}

TEST_F(RxFlowsTest, AnSpiThatIsNoFlowsAnyMoreOpensNothing) {
  const uint32_t id = protect();
  const Bytes frame = sealed(plain(100), kSpi);
  bench_.flows.remove(id);
  bench_.steer_to(1);
  const auto received = deliver(frame, 1);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].bytes, frame) << "passed up as the UDP datagram that it is";
}

}  // namespace
}  // namespace pspnic::rx
