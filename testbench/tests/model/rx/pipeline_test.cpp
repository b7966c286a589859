// SPDX-License-Identifier: Apache-2.0
#include "model/rx/pipeline.h"

#include <gtest/gtest.h>

#include "model/idpf/ptypes.h"
#include "testbench/tests/model/rx/rx_bench.h"

namespace pspnic::rx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::RxBench;
using pspnic::test::TcpFlow;
using pspnic::test::Time;

Bytes plain(size_t bytes, uint8_t seed = 1) {
  Bytes frame(bytes, seed);
  const Bytes addresses = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x12, 0x34};
  std::copy(addresses.begin(), addresses.end(), frame.begin());
  return frame;
}

class RxPipelineTest : public testing::Test {
 protected:
  RxBench bench_;
};

TEST_F(RxPipelineTest, APlainFrameIsPutIntoHostMemoryAsItCame) {
  TcpFlow flow;
  const Bytes payload(100, 7);
  const Bytes frame = pspnic::test::segment(flow, payload, 0, 0, 100, true, true);
  bench_.receive(frame);
  EXPECT_EQ(bench_.pipeline.held(), 1u);
  bench_.run();
  const auto received = bench_.received(0);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].bytes, frame);
  const idpf::RxCompletion& completion = received[0].completion;
  EXPECT_EQ(completion.cast, idpf::RxCast::kUnicast);
  EXPECT_EQ(completion.ptype,
            idpf::find_ptype(idpf::PtypeL3::kIpv4, idpf::PtypeL4::kTcp, idpf::PtypeFragment::kWhole));
  EXPECT_EQ(completion.status1, idpf::kRxDd | idpf::kRxEof | idpf::kRxL3l4p);
  EXPECT_TRUE(completion.raw_csum_inv);
  EXPECT_EQ(completion.psp_status, idpf::PspRxStatus::kNotPsp);
  EXPECT_EQ(completion.status2, 0);
  EXPECT_EQ(bench_.pipeline.stats().delivered.value(), 1u);
  EXPECT_EQ(bench_.pipeline.stats().bytes.value(), frame.size());
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(RxPipelineTest, AFrameDamagedOnTheWireIsDroppedBeforeAnythingElse) {
  TcpFlow flow;
  const Bytes payload(100, 7);
  base::PacketPtr packet = bench_.packet(pspnic::test::segment(flow, payload, 0, 0, 100, true, true));
  packet->fcs_ok = false;
  bench_.pipeline.receive(std::move(packet));
  bench_.run();
  EXPECT_TRUE(bench_.received(0).empty());
  EXPECT_EQ(bench_.drop(DropReason::kRxBadFcs), 1u);
  EXPECT_EQ(bench_.pipeline.stats().unicast.value(), 0u);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(RxPipelineTest, WrongChecksumsAreSaid) {
  TcpFlow flow;
  const Bytes payload(100, 7);
  Bytes frame = pspnic::test::segment(flow, payload, 0, 0, 100, true, true);
  frame.back() ^= 1;
  bench_.receive(frame);
  frame.back() ^= 1;
  frame[14 + 8] ^= 1;  // time to live
  bench_.receive(frame);
  bench_.run();
  const auto received = bench_.received(0);
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].completion.status1 & (idpf::kRxIpe | idpf::kRxL4e), idpf::kRxL4e);
  EXPECT_EQ(received[1].completion.status1 & (idpf::kRxIpe | idpf::kRxL4e), idpf::kRxIpe);
}

TEST_F(RxPipelineTest, CastsAreCountedAndReported) {
  Bytes frame = plain(60);
  bench_.receive(frame);
  std::fill_n(frame.begin(), 6, uint8_t{0xff});
  bench_.receive(frame);
  frame[0] = 0x33;
  bench_.receive(frame);  // a group nobody has joined
  bench_.run();
  const auto received = bench_.received(0);
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[1].completion.cast, idpf::RxCast::kBroadcast);
  EXPECT_EQ(bench_.pipeline.stats().unicast.value(), 1u);
  EXPECT_EQ(bench_.pipeline.stats().broadcast.value(), 1u);
  EXPECT_EQ(bench_.pipeline.stats().multicast.value(), 0u);
  EXPECT_EQ(bench_.drop(DropReason::kRxNoVport), 1u);
  EXPECT_TRUE(bench_.balanced());
}

// Both vports take broadcasts; the second one has an address and a queue of its own.
TEST_F(RxPipelineTest, EachVportTakesItsOwnAndAllTakeBroadcasts) {
  VportFilter filter;
  filter.enabled = true;
  filter.addresses = {net::MacAddress{{2, 0, 0, 0, 0, 7}}};
  filter.default_queue = 1;
  bench_.pipeline.configure_vport(1, filter);
  Bytes frame = plain(100);
  bench_.receive(frame);
  frame[5] = 7;
  bench_.receive(frame);
  frame[5] = 9;
  bench_.receive(frame);
  bench_.run();
  EXPECT_EQ(bench_.received(0).size(), 1u);
  EXPECT_EQ(bench_.received(1).size(), 1u);
  EXPECT_EQ(bench_.drop(DropReason::kRxNoVport), 1u);
  std::fill_n(frame.begin(), 6, uint8_t{0xff});
  bench_.receive(frame);
  bench_.run();
  for (const uint16_t queue : {uint16_t{0}, uint16_t{1}}) {
    const auto received = bench_.received(queue);
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].bytes, frame);
  }
  EXPECT_EQ(bench_.pipeline.copies(), 1u);
  EXPECT_EQ(bench_.pool.in_use(), 0u);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(RxPipelineTest, FrameLengths) {
  bench_.receive(plain(59));
  bench_.receive(plain(60));
  bench_.receive(plain(9238));
  bench_.run();
  EXPECT_EQ(bench_.received(0).size(), 4u) << "the large one takes three buffers";
  EXPECT_EQ(bench_.drop(DropReason::kRxFrameLength), 1u);
  EXPECT_EQ(bench_.pipeline.stats().delivered.value(), 2u);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(RxPipelineTest, TheBufferDropsExactlyWhatDoesNotFit) {
  for (int i = 0; i < 17; ++i) bench_.receive(plain(1024));
  EXPECT_EQ(bench_.drop(DropReason::kRxOverflow), 1u);
  bench_.run();
  EXPECT_EQ(bench_.pipeline.stats().delivered.value(), 16u);
  // All has left: the same again.
  for (int i = 0; i < 17; ++i) bench_.receive(plain(1024));
  EXPECT_EQ(bench_.drop(DropReason::kRxOverflow), 2u);
  bench_.run();
  for (int i = 0; i < 17; ++i) bench_.receive(plain(1025));
  EXPECT_EQ(bench_.drop(DropReason::kRxOverflow), 4u) << "fifteen of these";
  bench_.run();
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(RxPipelineTest, AFrameThatIsNotForUsHoldsNoBuffer) {
  Bytes other = plain(1024);
  other[5] = 9;
  for (int i = 0; i < 100; ++i) bench_.receive(other);
  EXPECT_EQ(bench_.drop(DropReason::kRxNoVport), 100u);
  EXPECT_EQ(bench_.drop(DropReason::kRxOverflow), 0u);
}

TEST_F(RxPipelineTest, PlacementComesWhenTheStagesAreThrough) {
  // Parser and placement, 20 cycles of 1 GHz each.
  const Time arrival = bench_.events.now();
  bench_.memory.writes.clear();
  bench_.receive(plain(60));
  bench_.run();
  ASSERT_EQ(bench_.memory.writes.size(), 2u);
  EXPECT_GE(bench_.memory.writes[0].when, arrival + 40'000 + 250'000) << "and 250 ns to the host";
  EXPECT_LT(bench_.memory.writes[1].when, arrival + 40'000 + 260'000);
}

TEST_F(RxPipelineTest, EachQueueHasItsOwnAccountWhenOneWaits) {
  // Queue 1 has to fetch descriptors first, queue 0 has them; frames and buffer space are still told apart.
  bench_.queues.enable(1, false);
  bench_.queues.enable_buffers(3, false);
  bench_.run();
  bench_.queues.enable_buffers(3, true);
  bench_.queues.enable(1, true);
  bench_.at(bench_.events.now() + 1'000'000, [&] {
    bench_.steer_to(1);
    bench_.receive(plain(4000));
    bench_.steer_to(0);
    bench_.receive(plain(100));
  });
  bench_.at(bench_.events.now() + 1'039'999, [&] { bench_.queues.write_buffer_tail(3, 10); });
  bench_.run();
  EXPECT_EQ(bench_.pipeline.stats().delivered.value(), 2u);
  EXPECT_GT(bench_.pipeline.stats().latency.max(), 500'000u) << "the one that waited";
  EXPECT_LT(bench_.pipeline.stats().latency.min(), 60'000u);
  for (int i = 0; i < 17; ++i) bench_.receive(plain(1024));
  EXPECT_EQ(bench_.drop(DropReason::kRxOverflow), 1u) << "all space has come back";
  bench_.run();
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(RxPipelineTest, WhatTheQueuesRefuseGivesItsSpaceBack) {
  bench_.queues.enable(0, false);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 16; ++i) bench_.receive(plain(1024));
    bench_.run();
  }
  EXPECT_EQ(bench_.drop(DropReason::kRxQueueDisabled), 80u);
  EXPECT_EQ(bench_.drop(DropReason::kRxOverflow), 0u);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(RxPipelineTest, ResetLosesWhatIsUnderWayAndCountsIt) {
  for (int i = 0; i < 5; ++i) bench_.receive(plain(1024));
  // As the card does it.
  bench_.dma.reset();
  bench_.pipeline.reset();
  bench_.queues.reset();
  EXPECT_EQ(bench_.pipeline.held(), 0u);
  EXPECT_TRUE(bench_.balanced());
  bench_.memory.writes.clear();
  bench_.run();
  EXPECT_TRUE(bench_.memory.writes.empty());
  EXPECT_EQ(bench_.pool.in_use(), 0u);
  bench_.receive(plain(60));
  EXPECT_EQ(bench_.drop(DropReason::kRxNoVport), 1u) << "nothing is enabled";
}

TEST_F(RxPipelineTest, ResetWhileFramesWaitInTheQueues) {
  bench_.queues.enable_buffers(1, false);
  bench_.run();
  bench_.queues.enable_buffers(1, true);
  const Time now = bench_.events.now();
  bench_.at(now + 1'000, [&] { bench_.receive(plain(60)); });
  bench_.at(now + 40'000, [&] { bench_.queues.write_buffer_tail(1, 10); });
  bench_.run_for(200'000);
  EXPECT_EQ(bench_.pipeline.held(), 1u);
  bench_.dma.reset();
  bench_.pipeline.reset();
  bench_.queues.reset();
  bench_.run();
  EXPECT_EQ(bench_.pipeline.held(), 0u);
  EXPECT_EQ(bench_.pool.in_use(), 0u);
  EXPECT_TRUE(bench_.balanced());
}

}  // namespace
}  // namespace pspnic::rx
