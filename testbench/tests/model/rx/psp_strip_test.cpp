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
