// SPDX-License-Identifier: Apache-2.0
// PSP headers taken off by the card, merged or not: from the wire to the rings.
#include "model/rx/psp_strip.h"

#include <gtest/gtest.h>

#include "model/idpf/psp_numbers.h"
#include "testbench/tests/model/rx/gro_bench.h"

namespace pspnic::rx {
namespace {

using pspnic::test::GroBench;
using pspnic::test::GroPacket;

GroPacket psp_packet() {
  GroPacket packet;
  packet.psp = true;
  return packet;
}

// A bench each, as SystemC elaborates once a process.
class PspStrip : public testing::TestWithParam<int> {};

TEST_P(PspStrip, StrippedPspIsThePlainPacket) {
  const bool gro = GetParam() >= 5;
  const int form = GetParam() % 5;
  GroBench bench({}, gro ? idpf::kRscIpv4Tcp | idpf::kRscIpv6Tcp : 0u);
  bench.pipeline.configure_psp({.versions = 0xf, .strip_headers = true});
  GroPacket packet = psp_packet();
  packet.version = static_cast<uint8_t>(form % 4);
  packet.v6 = form == 1 || form == 3;
  packet.tunnel = form >= 2;
  packet.outer_v6 = form == 4;
  const auto [whole, frames] = bench.send_three(packet);
  GroPacket expected = gro ? whole : packet;
  expected.psp = expected.tunnel = false;
  ASSERT_EQ(frames.size(), gro ? 1u : 3u);
  EXPECT_EQ(frames[0].bytes, build(expected)) << form << gro;
  const idpf::RxCompletion& completion = frames[0].completion;
  EXPECT_EQ(completion.ptype, packet.v6 ? 92 : 26);
  EXPECT_NE(completion.status0 & idpf::kRxPspStripped, 0);
  EXPECT_EQ(completion.l2tag2, packet.version);
  EXPECT_EQ(completion.psp_spi, packet.spi);
  EXPECT_EQ(completion.psp_generation, 10);
  EXPECT_EQ(completion.status1 & (idpf::kRxL3l4p | idpf::kRxIpe | idpf::kRxL4e), idpf::kRxL3l4p);
  EXPECT_TRUE(bench.balanced());
}

INSTANTIATE_TEST_SUITE_P(All, PspStrip, testing::Range(0, 10));

// Checksums are those of what the driver gets.
class PspStripChecksums : public testing::Test {
 protected:
  PspStripChecksums() { bench_.pipeline.configure_psp({.versions = 0xf, .strip_headers = true}); }
  // One IPv4 packet with a bit flipped `at` its bytes, before or after it was sealed.
  GroBench::Received receive(const GroPacket& packet, size_t at, bool before) {
    pspnic::test::Bytes frame = build(packet);
    if (before) frame[at] ^= 0x20;
    const psp::SessionKey key = bench_.keys.derive(packet.spi, psp::Version::kAesGcm128);
    EXPECT_TRUE(psp::seal(*bench_.aead, key, std::span(frame).subspan(packet.psp_offset())));
    if (!before) frame[at] ^= 0x20;
    bench_.receive_bytes(frame);
    bench_.run();
    const auto frames = bench_.frames(0);
    EXPECT_EQ(frames.size(), 1u);
    EXPECT_NE(frames.at(0).completion.status0 & idpf::kRxPspStripped, 0);
    return frames.at(0);
  }
  static int errors(const GroBench::Received& received) {
    constexpr uint8_t kErrors = idpf::kRxL4e | idpf::kRxIpe | idpf::kRxEipe;
    EXPECT_NE(received.completion.status1 & idpf::kRxL3l4p, 0);
    return received.completion.status1 & kErrors;
  }
  static bool header_ok(const GroBench::Received& received) {
    return net::ipv4_checksum_ok(std::span(received.bytes).subspan(14, 20));
  }
  GroBench bench_{{}, 0};
};

TEST_F(PspStripChecksums, ATransportHeaderDamagedOnItsWayIsReported) {
  const auto received = receive(psp_packet(), 14 + 8, false);
  EXPECT_FALSE(header_ok(received));
  EXPECT_EQ(errors(received), idpf::kRxIpe);
}

TEST_F(PspStripChecksums, AnOuterHeaderDamagedOnItsWayIsReportedAsTheOuter) {
  GroPacket packet = psp_packet();
  packet.tunnel = true;
  const auto received = receive(packet, 14 + 8, false);
  EXPECT_TRUE(header_ok(received));
  EXPECT_EQ(errors(received), idpf::kRxEipe);
}

TEST_F(PspStripChecksums, AnInnerHeaderThatIsWrongIsReported) {
  GroPacket packet = psp_packet();
  packet.tunnel = true;
  const auto received = receive(packet, packet.psp_offset() + 16 + 8, true);
  EXPECT_FALSE(header_ok(received));
  EXPECT_EQ(errors(received), idpf::kRxIpe);
}

TEST(PspStripTunnel, ATunnelThatMetCongestionKeepsItsHeaders) {
  GroBench bench({}, 0);
  bench.pipeline.configure_psp({.versions = 0xf, .strip_headers = true});
  GroPacket packet = psp_packet();
  packet.tunnel = true;
  for (const int ecn : {2, 3}) {
    packet.outer_tos = static_cast<uint8_t>(ecn);
    bench.receive(packet);
  }
  bench.run();
  const auto frames = bench.frames(0);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_NE(frames[0].completion.status0 & idpf::kRxPspStripped, 0);
  EXPECT_EQ(frames[1].completion.status0 & idpf::kRxPspStripped, 0);
  EXPECT_EQ(frames[1].completion.ptype, idpf::kPtypeIpv4Psp);
  EXPECT_EQ(frames[1].bytes.size(), build(packet).size());
}

}  // namespace
}  // namespace pspnic::rx
