// SPDX-License-Identifier: Apache-2.0
// Packets that the device protects without their driver's knowledge, from the rings to the wire; and those
// whose headers it builds because the descriptor says so.
#include <gtest/gtest.h>

#include "testbench/tests/model/tx/flow_fixture.h"

namespace pspnic::tx {
namespace {

using base::DropReason;
using flow::Encapsulation;
using pspnic::test::Bytes;
using pspnic::test::TcpFlow;
using Mode = Encapsulation::Mode;

TEST_F(FetcherFlowsTest, PlainFramesLeaveSealedAndOpenToWhatTheyWere) {
  for (unsigned kind = 0; kind < 12; ++kind) {
    Encapsulation how = tunnel(static_cast<Mode>(1 + kind % 3));
    how.crypt_offset = static_cast<uint8_t>(kind);
    if ((kind & 1) != 0) how.vc = 42;
    const uint32_t id = protect(how);
    TcpFlow flow;
    flow.outer_v6 = (kind & 2) != 0;
    flow.vlan_tags = kind % 3;
    const Bytes plain = frame(flow, 60 + 100 * kind);
    bench_.port.frames.clear();
    send(plain, static_cast<uint16_t>(kind));
    ASSERT_EQ(bench_.port.frames.size(), 1u) << kind;
    EXPECT_EQ(unwrapped(bench_.port.frames[0].bytes), plain) << kind;
    EXPECT_EQ(bench_.flows.counters(id)->tx_packets, 1u);
    EXPECT_EQ(bench_.flows.counters(id)->tx_bytes, plain.size());
    EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{static_cast<uint16_t>(kind)}));
    bench_.flows.clear();
    bench_.sas.close(kSlot, 1 * base::kSec);
  }
  EXPECT_EQ(bench_.pipeline.stats().psp_packets.value(), 12u);
}

TEST_F(FetcherFlowsTest, OtherFlowsStayAsTheyAre) {
  protect({});
  const Bytes plain = datagram();
  send(plain);
  ASSERT_EQ(bench_.port.frames.size(), 1u);
  EXPECT_EQ(bench_.port.frames[0].bytes, plain);
  EXPECT_EQ(bench_.pipeline.stats().psp_packets.value(), 0u);
}

class TwoVportsTest : public FetcherFlowsTest {
 protected:
  TwoVportsTest() : FetcherFlowsTest(9216, 2) {}
};

TEST_F(TwoVportsTest, ARuleOfAVportIsForItsQueuesAlone) {
  add_sa();
  bench_.flows.set_encapsulation({kSlot, kTag}, {});
  flow::Rule rule;
  rule.match.vport = 1;
  rule.sa = {kSlot, kTag};
  bench_.flows.add(rule, false);
  const Bytes plain = frame({}, 200);
  for (uint16_t queue = 0; queue < 2; ++queue) {
    bench_.put_frame(queue, plain, 1);
    bench_.ring(queue);
    bench_.run();
  }
  ASSERT_EQ(bench_.port.frames.size(), 2u);
  EXPECT_EQ(bench_.port.frames[0].bytes, plain) << "of vport 0";
  EXPECT_EQ(unwrapped(bench_.port.frames[1].bytes), plain) << "of vport 1";
}

TEST_F(FetcherFlowsTest, ALookupTakesTheParserAndAnEmptyTableNothing) {
  const auto time_to_the_wire = [&] {
    const base::Time begin = bench_.events.now();
    send(datagram());
    return bench_.port.frames.back().start - begin;
  };
  const base::Time without = time_to_the_wire();
  const uint32_t id = add_flow();
  EXPECT_EQ(time_to_the_wire(), without + 11'000) << "a probe and ten cycles";
  bench_.flows.remove(id);
  EXPECT_EQ(time_to_the_wire(), without);
}

TEST_F(FetcherFlowsTest, WithoutAnSaNothingLeaves) {
  add_flow();
  send(frame({}, 100));
  expect_nothing_sent(DropReason::kTxFlowUnprotected, 1);
  add_sa();
  send(frame({}, 100));
  expect_nothing_sent(DropReason::kTxFlowUnprotected, 2);  // how to encapsulate is not known
  bench_.flows.set_encapsulation({kSlot, kTag}, {});
  bench_.sas.close(kSlot, bench_.events.now());
  send(frame({}, 100));
  expect_nothing_sent(DropReason::kTxFlowUnprotected, 3);
  EXPECT_EQ(bench_.tags(0).size(), 3u) << "the driver gets its buffers back";
}

TEST_F(FetcherFlowsTest, ASlotGivenOutAgainIsNotTheFlows) {
  protect({});
  bench_.sas.close(kSlot, bench_.events.now());
  bench_.sas.write(kSlot, {0x9999, psp::Version::kAesGcm128, kTag + 1, key_, true}, 1 * base::kSec);
  send(frame({}, 100));
  expect_nothing_sent(DropReason::kTxFlowUnprotected, 1);
}

TEST_F(FetcherFlowsTest, WhatCannotBeEncapsulatedNeverLeavesInClear) {
  const uint32_t id = protect({});
  Bytes fragment = frame({}, 100);
  fragment[20] = 0x20;
  send(fragment);
  expect_nothing_sent(DropReason::kTxFlowUnprotected, 1);
  Bytes later = frame({}, 100);
  later[21] = 0x10;
  send(later);
  expect_nothing_sent(DropReason::kTxFlowUnprotected, 2);
  EXPECT_EQ(bench_.flows.counters(id)->tx_dropped, 2u);
  EXPECT_EQ(bench_.flows.counters(id)->tx_packets, 0u);
  bench_.aead.failing = true;
  send(frame({}, 100));
  expect_nothing_sent(DropReason::kTxFlowUnprotected, 3);
}

TEST_F(FetcherFlowsTest, WhatOnlyAnotherReceiverReadsAsIpNeverLeavesInClear) {
  protect({});
  const auto with = [](const Bytes& inserted) {
    Bytes bytes = frame({}, 100);
    bytes.insert(bytes.begin() + 12, inserted.begin(), inserted.end());
    return bytes;
  };
  Bytes short_header = frame({}, 100);
  short_header[14] = 0x44;
  Bytes beyond = frame({}, 0);
  beyond[14] = 0x4f;
  uint64_t dropped = 0;
  for (const Bytes& bytes : {short_header, beyond, with({0x81, 0, 0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3}),
                             with({0x91, 0, 0, 1}), with({0, 148, 0xaa, 0xaa, 3, 0, 0, 0})}) {
    send(bytes);
    expect_nothing_sent(DropReason::kTxFlowUnprotected, ++dropped);
  }
  Bytes mpls = frame({}, 100);
  mpls[12] = 0x88;
  mpls[13] = 0x47;
  send(mpls);
  EXPECT_EQ(bench_.port.frames.size(), 1u);
}

TEST_F(FetcherFlowsTest, AFragmentThatMightBeOfAFlowWithPortsIsDropped) {
  add_sa();
  bench_.flows.set_encapsulation({kSlot, kTag}, {});
  flow::Rule rule;
  rule.match.protocol = net::kProtocolTcp;
  rule.match.destination_port = 443;
  rule.sa = {kSlot, kTag};
  bench_.flows.add(rule, false);
  Bytes later = frame({}, 100);
  later[21] = 0x10;
  send(later);
  expect_nothing_sent(DropReason::kTxFlowUnprotected, 1);
}

TEST_F(FetcherFlowsTest, SegmentsAreSealedOneByOne) {
  for (const Mode mode : {Mode::kTransport, Mode::kTunnelV4, Mode::kTunnelV6}) {
    for (const bool v6 : {false, true}) {
      protect(tunnel(mode));
      TcpFlow flow;
      flow.outer_v6 = v6;
      std::mt19937 random(7);
      const Bytes payload = pspnic::test::random_bytes(random, 10'001);
      const std::vector<Bytes> expected = pspnic::test::segments(flow, payload, 1000);
      bench_.port.frames.clear();
      bench_.put(0, queue::test::tso(1000, static_cast<uint8_t>(flow.header_bytes())));
      send(pspnic::test::tso_template(flow, payload));
      ASSERT_EQ(bench_.port.frames.size(), expected.size());
      uint64_t iv = 0;
      for (size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(unwrapped(bench_.port.frames[i].bytes), expected[i]) << i;
        const net::Parsed parsed = net::parse_frame(bench_.port.frames[i].bytes);
        const uint64_t next =
            net::load_be64(&bench_.port.frames[i].bytes[parsed.payload_offset + psp::kIvOffset]);
        EXPECT_GT(next, iv);
        iv = next;
      }
      bench_.flows.clear();
      bench_.sas.close(kSlot, 1 * base::kSec);
    }
  }
}

// Headers that are read alone, before the frame is cut, wait for room as well: others' frames hold it.
TEST(FetcherFlowsGiveUp, AFrameWhoseHeadersAreNotAskedForYetEnds) {
  pspnic::test::TxSettings settings;
  settings.mac.mtu = 1500;
  settings.vports = 2;
  settings.tx.class_buffer.bytes = 16 * 1024;
  TxBench bench(settings);
  flow::Rule rule;
  rule.match.protocol = net::kProtocolTcp;
  rule.sa = {kSlot, kTag};
  bench.flows.add(rule, false);
  bench.flows.set_encapsulation({kSlot, kTag}, {});
  bench.sas.write(
      kSlot,
      {0x4321, psp::Version::kAesGcm128, kTag, pspnic::test::session_key(psp::Version::kAesGcm128, 1), true},
      1 * base::kSec);
  bench.pipeline.port().pause(0, 100'000'000);
  const TcpFlow flow;
  for (uint16_t tag = 0; tag < 20; ++tag) {
    bench.put(0, queue::test::tso(700, 54));
    bench.put_frame(0, pspnic::test::tso_template(flow, Bytes(1400, 0)), tag);
  }
  bench.ring(0);
  bench.run_for(10'000'000);
  bench.put(1, queue::test::tso(1460, 54));
  bench.put_frame(1, pspnic::test::tso_template(flow, Bytes(4000, 1)), 0);
  bench.ring(1);
  bench.run_for(10'000'000);
  bench.queues.disable(1, {});
  EXPECT_FALSE(bench.queues.idle(1));
  bench.fetcher.give_up(1, 1);
  bench.run_for(5'000'000);
  EXPECT_TRUE(bench.queues.idle(1));
  EXPECT_EQ(bench.pipeline.book(1).dropped(DropReason::kTxQueueReset), 3u);
  bench.run();
  EXPECT_EQ(bench.pipeline.book(1).bytes, 0u);
  EXPECT_EQ(bench.fetcher.held(), 0u);
  EXPECT_TRUE(bench.balanced());
}

TEST_F(FetcherFlowsTest, ADescriptorMayNotNameAnSaOfAFlow) {
  protect({});
  TcpFlow flow;
  flow.psp = true;
  flow.icv_room = false;
  flow.spi = 0x4321;
  bench_.put(0, queue::test::encode(queue::test::psp(kSlot, kTag)));
  send(frame(flow, 100));
  expect_nothing_sent(DropReason::kTxNoSa, 1);
  // Its key can be wiped: the refused use has ended.
  EXPECT_EQ(bench_.sas.close(kSlot, bench_.events.now()), 0u);
}

TEST_F(FetcherFlowsTest, AKeyIsKeptUntilThePacketsThatUseItAreSealed) {
  protect({});
  const Bytes plain = frame({}, 1000);
  bench_.put_frame(0, plain, 1);
  bench_.ring(0);
  base::Time closed = 0;
  while (bench_.port.frames.empty() && bench_.fetcher.held() == 0) bench_.run_for(10 * base::kNs);
  while (bench_.pipeline.held() == 0 && bench_.port.frames.empty()) bench_.run_for(10 * base::kNs);
  closed = bench_.sas.close(kSlot, bench_.events.now());
  EXPECT_GT(closed, bench_.events.now());
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 1u);
  EXPECT_EQ(unwrapped(bench_.port.frames[0].bytes), plain);
}

TEST_F(FetcherFlowsTest, ADriverMayLeaveTheHeadersToTheDevice) {
  add_sa(false);
  const Encapsulation how = tunnel(Mode::kTunnelV4);
  idpf::PspContextDescriptor context = queue::test::psp(kSlot, kTag);
  context.device_built = true;
  bench_.put(0, queue::test::encode(context));
  send(frame({}, 100));
  expect_nothing_sent(DropReason::kTxFlowUnprotected, 1);  // no template
  bench_.flows.set_encapsulation({kSlot, kTag}, how);
  const Bytes plain = frame({}, 700);
  bench_.put(0, queue::test::encode(context));
  send(plain);
  ASSERT_EQ(bench_.port.frames.size(), 1u);
  EXPECT_EQ(unwrapped(bench_.port.frames[0].bytes), plain);
  const TcpFlow flow;
  const Bytes payload(2500, 3);
  context.command = idpf::kContextTso;
  context.mss = 1000;
  context.header_length = static_cast<uint8_t>(flow.header_bytes());
  bench_.put(0, queue::test::encode(context));
  send(pspnic::test::tso_template(flow, payload));
  const std::vector<Bytes> expected = pspnic::test::segments(flow, payload, 1000);
  ASSERT_EQ(bench_.port.frames.size(), 1 + expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(unwrapped(bench_.port.frames[1 + i].bytes), expected[i]);
  }
}

}  // namespace
}  // namespace pspnic::tx
