// SPDX-License-Identifier: Apache-2.0
// Contexts and time of coalescing, and what reaches host memory: from the wire to the rings.
#include "model/rx/coalescer.h"

#include <gtest/gtest.h>

#include "model/idpf/psp_numbers.h"
#include "testbench/tests/model/rx/gro_bench.h"

namespace pspnic::rx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::GroBench;
using pspnic::test::GroPacket;
using pspnic::test::Time;

constexpr Time kTimeout = 1'000'000;

GroParams small(unsigned contexts = 4, unsigned ways = 4) {
  GroParams params;
  params.contexts = contexts;
  params.ways = ways;
  params.timeout.ps = kTimeout;
  return params;
}

GroPacket flow(unsigned number, bool psp = false) {
  GroPacket packet;
  packet.source_port = static_cast<uint16_t>(2000 + number);
  packet.psp = psp;
  return packet;
}

// A bench each, as SystemC elaborates once a process.
class CoalescerBoth : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(All, CoalescerBoth, testing::Bool());

TEST(Coalescer, SegmentsOfAFlowBecomeOneFrame) {
  GroBench bench(small());
  GroPacket packet = flow(0);
  GroPacket whole = packet;
  for (int i = 0; i < 30; ++i) {
    bench.receive(packet);
    if (i > 0) whole.payload.insert(whole.payload.end(), packet.payload.begin(), packet.payload.end());
    packet = packet.next(100);
  }
  bench.run();
  const auto frames = bench.frames(0);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].bytes, build(whole));
  const idpf::RxCompletion& completion = frames[0].completion;
  EXPECT_TRUE(completion.rsc);
  EXPECT_EQ(completion.raw_csum, 100);
  EXPECT_TRUE(completion.raw_csum_inv);
  EXPECT_EQ(completion.ptype, 26);
  EXPECT_FALSE(completion.bufq2) << "merged packets take buffers of queue 1";
  EXPECT_EQ(bench.pipeline.stats().delivered.value(), 30u) << "packets, not frames";
  EXPECT_EQ(bench.gro().merged.value(), 29u);
  EXPECT_EQ(bench.gro().aggregates.value(), 1u);
  EXPECT_EQ(bench.flushes(GroFlush::kTimeout), 1u);
  EXPECT_EQ(bench.gro().contexts.value(), 0u);
  EXPECT_EQ(bench.gro().held.value(), 0u);
  EXPECT_EQ(bench.gro().segments.max(), 30u);
  EXPECT_TRUE(bench.balanced());
}

TEST(Coalescer, OnePacketAloneStaysAsItCame) {
  GroBench bench(small());
  GroPacket packet = flow(0);
  packet.timestamps = false;
  packet.payload.assign(1, 9);
  Bytes frame = build(packet);
  frame.resize(60);  // padding
  bench.receive_bytes(frame);
  bench.receive(flow(1, true));
  bench.run();
  const auto frames = bench.frames(0);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].bytes, frame);
  EXPECT_FALSE(frames[0].completion.rsc);
  EXPECT_EQ(frames[1].bytes.size(), build(flow(1, true)).size()) << "ICV and all";
  EXPECT_TRUE(frames[1].completion.bufq2);
  EXPECT_GE(bench.gro().added_latency.min(), kTimeout);
}

TEST(Coalescer, PaddingIsNotMerged) {
  GroBench bench(small());
  GroPacket packet = flow(0);
  packet.timestamps = false;
  packet.payload.assign(2, 9);
  GroPacket whole = packet;
  for (int i = 0; i < 3; ++i) {
    Bytes frame = build(packet);
    frame.resize(60, 0xee);
    bench.receive_bytes(frame);
    if (i > 0) whole.payload.insert(whole.payload.end(), packet.payload.begin(), packet.payload.end());
    packet = packet.next(2);
  }
  bench.run();
  const auto frames = bench.frames(0);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].bytes, build(whole));
}

TEST_P(CoalescerBoth, PspKeepsItsHeadersWithoutIcv) {
  const auto strip_icv = GetParam();
  GroBench bench(small());
  bench.pipeline.configure_psp({.versions = 0xf, .strip_icv = strip_icv});
  const auto [whole, frames] = bench.send_three(flow(0, true));
  ASSERT_EQ(frames.size(), 1u);
  GroPacket expected = whole;
  expected.icv = false;
  EXPECT_EQ(frames[0].bytes, build(expected));
  EXPECT_TRUE(frames[0].completion.psp_icv_stripped);
  EXPECT_EQ(frames[0].completion.psp_status, idpf::PspRxStatus::kOk);
  EXPECT_EQ(frames[0].completion.ptype, idpf::kPtypeIpv4Psp);
  EXPECT_EQ(frames[0].completion.psp_spi, whole.spi);
}

TEST_P(CoalescerBoth, TheTimeoutCountsFromTheFirstSegment) {
  const auto late = GetParam();
  GroBench bench(small());
  const GroPacket first = flow(0);
  bench.receive(first);
  const Time arrival = bench.events.now();
  bench.at(arrival + kTimeout / 2, [&] { bench.receive(first.next(100)); });
  bench.at(arrival + kTimeout - (late ? 0 : 1), [&] { bench.receive(first.next(100).next(100)); });
  bench.run();
  const auto frames = bench.frames(0);
  ASSERT_EQ(frames.size(), late ? 2u : 1u);
  EXPECT_EQ(bench.flushes(GroFlush::kTimeout), late ? 2u : 1u);
  EXPECT_EQ(bench.gro().merged.value(), late ? 1u : 2u);
}

TEST_P(CoalescerBoth, SegmentsEndAtTheLimit) {
  const auto limit = GetParam() ? 6u : 5u;
  GroParams params = small();
  params.limit_segments = limit;
  GroBench bench(params);
  GroPacket packet = flow(0);
  for (int i = 0; i < 6; ++i, packet = packet.next(100)) bench.receive(packet);
  bench.run();
  EXPECT_EQ(bench.frames(0).size(), limit == 6 ? 1u : 2u);
  EXPECT_EQ(bench.flushes(GroFlush::kLimit), 1u);
}

TEST_P(CoalescerBoth, BytesEndAtTheLimit) {
  const unsigned bytes = 20 + 32 + 4 * 1000;
  const auto limit = GetParam() ? bytes : bytes - 1;
  GroParams params = small();
  params.limit_bytes = limit;
  GroBench bench(params);
  GroPacket packet = flow(0);
  packet.payload.assign(1000, 1);
  for (int i = 0; i < 4; ++i, packet = packet.next(1000)) bench.receive(packet);
  bench.run();
  const auto frames = bench.frames(0);
  ASSERT_EQ(frames.size(), limit == bytes ? 1u : 2u);
  EXPECT_EQ(frames[0].bytes.size(), 14 + 20 + 32 + (limit == bytes ? 4000u : 3000u));
}

TEST(Coalescer, PushAndShorterPayloadsEnd) {
  GroBench bench(small());
  GroPacket packet = flow(0);
  for (int i = 0; i < 9; ++i) {
    packet.flags = i % 3 == 2 ? 0x18 : 0x10;
    bench.receive(packet);
    packet = packet.next(100);
  }
  const GroPacket first = flow(1);
  bench.receive(first);
  bench.receive(first.next(99));
  bench.run();
  EXPECT_EQ(bench.frames(0).size(), 4u);
  EXPECT_EQ(bench.flushes(GroFlush::kPush), 4u);
  EXPECT_LT(bench.gro().added_latency.max(), kTimeout) << "no time-out";
}

TEST(Coalescer, WhatCannotBeMergedGoesBehindItsFlow) {
  GroBench bench(small());
  const GroPacket first = flow(0);
  GroPacket ack = first.next(100).next(100);
  ack.payload.clear();
  GroPacket other = flow(1);
  other.payload.clear();
  bench.receive(first);
  bench.receive(first.next(100));
  bench.receive(other);
  bench.receive(ack);
  bench.run();
  const auto frames = bench.frames(0);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].bytes, build(other)) << "of another flow: waits for nobody";
  EXPECT_TRUE(frames[1].completion.rsc);
  EXPECT_EQ(frames[2].bytes, build(ack));
  EXPECT_EQ(bench.flushes(GroFlush::kNoData), 1u);
}

TEST(Coalescer, AFragmentGoesBehindAllOfItsQueue) {
  GroBench bench(small());
  for (unsigned i = 0; i < 3; ++i) bench.receive(flow(i));
  GroPacket fragment = flow(9);
  fragment.more_fragments = true;
  bench.receive(fragment);
  bench.run();
  const auto frames = bench.frames(0);
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_EQ(frames[3].bytes, build(fragment));
  EXPECT_EQ(bench.flushes(GroFlush::kFragment), 3u);
}

TEST_P(CoalescerBoth, AFullSetGivesUpItsOldestContextOrPasses) {
  const auto miss = GetParam() ? GroParams::Miss::kEvict : GroParams::Miss::kPass;
  GroParams params = small(4, 4);
  params.miss = miss;
  GroBench bench(params);
  for (unsigned i = 0; i < 4; ++i) bench.receive(flow(i));
  bench.run_for(100'000);
  EXPECT_EQ(bench.gro().contexts.value(), 4u);
  EXPECT_TRUE(bench.frames(0).empty());
  bench.receive(flow(4));
  bench.run_for(400'000);  // a write is seen 250 ns after it left
  const auto frames = bench.frames(0);
  ASSERT_EQ(frames.size(), 1u);
  const bool evict = miss == GroParams::Miss::kEvict;
  EXPECT_EQ(frames[0].bytes, build(flow(evict ? 0 : 4)));
  EXPECT_EQ(bench.flushes(GroFlush::kEviction), evict ? 1u : 0u);
  EXPECT_EQ(bench.gro().passed.value(), evict ? 0u : 1u);
  bench.run();
  EXPECT_EQ(bench.flushes(GroFlush::kTimeout), 4u) << "each context once";
  EXPECT_TRUE(bench.balanced());
}

TEST(Coalescer, ContextsHoldNoMoreThanTheyMay) {
  GroParams params = small(64, 4);
  params.hold.bytes = 16 * 1024;
  GroBench bench(params);
  GroPacket large = flow(0);
  large.payload.assign(4096 - 66, 1);
  for (unsigned i = 0; i < 4; ++i) {
    large.source_port++;
    bench.receive(large);
  }
  bench.run_for(100'000);
  EXPECT_EQ(bench.gro().held.value(), 16u * 1024) << "as much as it may";
  large.source_port++;
  bench.receive(large);
  bench.run_for(100'000);
  EXPECT_EQ(bench.flushes(GroFlush::kPressure), 1u);
  EXPECT_EQ(bench.gro().contexts.value(), 4u);
  bench.run();
  EXPECT_TRUE(bench.balanced());
}

TEST_P(CoalescerBoth, OnlyWhatWasAskedForIsMerged) {
  const auto rsc = GetParam() ? idpf::kRscIpv4Tcp : idpf::kRscIpv6Tcp;
  GroBench bench(small(), rsc);
  GroPacket v4 = flow(0);
  GroPacket v6 = flow(1);
  v6.v6 = true;
  for (int i = 0; i < 3; ++i, v4 = v4.next(100), v6 = v6.next(100)) {
    bench.receive(v4);
    bench.receive(v6);
  }
  bench.run();
  for (const auto& frame : bench.frames(0)) {
    const bool is_v6 = frame.completion.ptype == 92;
    EXPECT_EQ(frame.completion.rsc, is_v6 == (rsc == idpf::kRscIpv6Tcp));
  }
  EXPECT_EQ(bench.gro().merged.value(), 2u);
}

TEST(Coalescer, ADisabledQueueGetsItsPacketsFirst) {
  GroBench bench(small());
  bench.receive(flow(0));
  bench.receive(flow(0).next(100));
  bench.run_for(100'000);
  bench.pipeline.drain(0);
  bench.queues.enable(0, false);
  bench.receive(flow(1));
  bench.run();
  EXPECT_EQ(bench.frames(0).size(), 1u);
  EXPECT_EQ(bench.flushes(GroFlush::kDrain), 1u);
  EXPECT_EQ(bench.drop(DropReason::kRxQueueDisabled), 1u);
  EXPECT_EQ(bench.gro().contexts.value(), 0u);
  EXPECT_TRUE(bench.balanced());
}

TEST(Coalescer, ARefusedFrameIsAsManyDropsAsPackets) {
  GroBench bench(small());
  GroPacket packet = flow(0);
  for (int i = 0; i < 5; ++i, packet = packet.next(100)) bench.receive(packet);
  bench.run_for(100'000);
  bench.queues.enable(0, false);  // as a fault does, without draining
  bench.run();
  EXPECT_EQ(bench.drop(DropReason::kRxQueueDisabled), 5u);
  EXPECT_TRUE(bench.balanced());
}

TEST(Coalescer, AResetForgetsAll) {
  GroBench bench(small());
  for (unsigned i = 0; i < 3; ++i) bench.receive(flow(i));
  bench.run_for(100'000);
  bench.receive(flow(3));
  bench.pipeline.reset();
  bench.queues.reset();
  EXPECT_EQ(bench.drop(DropReason::kRxQueueDisabled), 4u);
  EXPECT_EQ(bench.gro().contexts.value(), 0u);
  EXPECT_EQ(bench.pool.in_use(), 0u);
  bench.run();
  EXPECT_TRUE(bench.balanced());
}

TEST(Coalescer, TheStageTakesItsCycles) {
  GroParams params = small();
  params.cycles = 50;
  params.latency_cycles = 300;
  GroBench bench(params);
  GroPacket packet = flow(0);
  packet.payload.clear();
  for (int i = 0; i < 3; ++i) bench.receive(packet);
  bench.run();
  // The placement lets a packet go every 2 ns; each waits for the stage.
  EXPECT_EQ(bench.gro().added_latency.min(), 300'000u);
  EXPECT_EQ(bench.gro().added_latency.max(), 300'000u + 2 * 48'000);
  EXPECT_EQ(bench.gro().busy_time.value(), 150'000u);
}

TEST(Coalescer, SetsMustBeWhole) {
  EXPECT_THROW(GroBench(small(6, 4)), std::invalid_argument);
}

TEST_P(CoalescerBoth, HeadersAreSplitOffMergedAndOtherPackets) {
  const auto strip = GetParam();
  GroBench bench(small(), idpf::kRscIpv4Tcp, 256);
  bench.pipeline.configure_psp({.versions = 0xf, .strip_headers = strip});
  const auto [whole, frames] = bench.send_three(flow(0, true));
  ASSERT_EQ(frames.size(), 1u);
  GroPacket expected = whole;
  expected.icv = false;
  if (strip) expected.psp = false;
  EXPECT_EQ(frames[0].bytes, build(expected));
  EXPECT_TRUE(frames[0].completion.sph);
  EXPECT_EQ(frames[0].completion.header_length, expected.header_bytes());
  EXPECT_EQ(frames[0].completion.length, 300);
  bench.receive(flow(1));
  Bytes arp(60, 0);
  std::copy_n(build(flow(1)).begin(), 12, arp.begin());
  bench.receive_bytes(arp);
  bench.run();
  const auto more = bench.frames(0);
  ASSERT_EQ(more.size(), 2u);
  EXPECT_FALSE(more[0].completion.sph) << "no L4 header";
  EXPECT_EQ(more[1].completion.header_length, flow(1).header_bytes());
  EXPECT_EQ(more[1].bytes, build(flow(1)));
}

}  // namespace
}  // namespace pspnic::rx
