// SPDX-License-Identifier: Apache-2.0
// Frames from the rings to the wire beside a flow table.
#pragma once

#include <gtest/gtest.h>

#include "model/psp/check.h"
#include "model/psp/encapsulate.h"
#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {

using base::DropReason;
using flow::Encapsulation;
using pspnic::test::Bytes;
using pspnic::test::TcpFlow;
using pspnic::test::TxBench;

inline constexpr uint32_t kSlot = 3;
inline constexpr uint16_t kTag = 0x99;

class FetcherFlowsTest : public testing::Test {
 protected:
  explicit FetcherFlowsTest(uint16_t mtu = 9216, uint16_t vports = 1) : bench_(settings(mtu, vports)) {}
  static pspnic::test::TxSettings settings(uint16_t mtu, uint16_t vports) {
    pspnic::test::TxSettings settings;
    settings.mac.mtu = mtu;
    settings.vports = vports;
    return settings;
  }
  void add_sa(bool flows_only = true) {
    bench_.sas.write(kSlot, {0x4321, psp::Version::kAesGcm128, kTag, key_, flows_only}, 1 * base::kSec);
  }
  // Of all TCP packets.
  uint32_t add_flow() {
    flow::Rule rule;
    rule.match.protocol = net::kProtocolTcp;
    rule.sa = {kSlot, kTag};
    return bench_.flows.add(rule, false).id;
  }
  uint32_t protect(const Encapsulation& how) {
    add_sa();
    bench_.flows.set_encapsulation({kSlot, kTag}, how);
    return add_flow();
  }
  static Encapsulation tunnel(Encapsulation::Mode mode) {
    Encapsulation how;
    how.mode = mode;
    how.source = {1, 2, 3, 4};
    how.destination = {5, 6, 7, 8};
    return how;
  }
  static Bytes frame(const TcpFlow& flow, size_t payload) {
    const Bytes bytes(payload, 0x5a);
    return pspnic::test::segment(flow, bytes, 0, 0, payload, true, true);
  }
  static Bytes datagram() {
    Bytes bytes = frame({}, 40);
    bytes[23] = net::kProtocolUdp;
    bytes[38] = 0;
    bytes[39] = 48;  // UDP length: what is left of the IP packet is 60
    return bytes;
  }
  void send(const Bytes& bytes, uint16_t tag = 1) {
    bench_.put_frame(0, bytes, tag);
    bench_.ring(0);
    bench_.run();
    EXPECT_TRUE(bench_.balanced());
  }
  // Opens what is on the wire and takes PSP off.
  Bytes unwrapped(Bytes seen) {
    psp::FrameBuffer buffer{seen, 0, seen.size()};
    const net::Parsed parsed = net::parse_frame(seen);
    EXPECT_EQ(parsed.l4, net::L4::kUdp);
    EXPECT_TRUE(parsed.ok() && parsed.ip_checksum_ok);
    const psp::Check check = psp::check_packet(seen, parsed);
    EXPECT_EQ(check.verdict, psp::Verdict::kDeliver) << psp::text(check.reason);
    if (check.verdict != psp::Verdict::kDeliver) return {};
    EXPECT_NE(check.header.iv, 0u);
    EXPECT_TRUE(psp::open(bench_.aead, key_, check.psp_packet(seen)));
    EXPECT_EQ(psp::decapsulate(buffer), psp::EncapStatus::kOk);
    return {buffer.frame().begin(), buffer.frame().end()};
  }
  void expect_nothing_sent(DropReason reason, uint64_t count) {
    EXPECT_TRUE(bench_.port.frames.empty());
    EXPECT_EQ(bench_.drop(reason), count);
    EXPECT_TRUE(bench_.balanced());
    EXPECT_EQ(bench_.violations.count(), 0u) << "no fault of the driver";
  }

  const psp::SessionKey key_ = pspnic::test::session_key(psp::Version::kAesGcm128, 5);
  TxBench bench_;
};

}  // namespace pspnic::tx
