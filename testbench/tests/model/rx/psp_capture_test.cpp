// SPDX-License-Identifier: Apache-2.0
#include "model/rx/psp_capture.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/rx/rx_bench.h"

namespace pspnic::rx {
namespace {

using base::DropReason;
using idpf::PspRxStatus;
using pspnic::test::Bytes;
using pspnic::test::RxBench;
using pspnic::test::TcpFlow;

class PspCaptureTest : public testing::Test {
 protected:
  void enable(bool failures, bool samples) {
    bench_.pipeline.configure_psp({.versions = 0xf, .capture_failures = failures, .sample = samples});
  }
  // With the S and D bits, sealed.
  Bytes marked(bool s, bool d) {
    const TcpFlow flow = RxBench::psp_flow();
    Bytes frame = RxBench::clear(flow, 300);
    frame[flow.psp_offset() + 3] |= static_cast<uint8_t>((s ? 0x80 : 0) | (d ? 0x40 : 0));
    const psp::SessionKey key = bench_.keys.derive(flow.spi, psp::Version::kAesGcm128);
    EXPECT_TRUE(psp::seal(*bench_.aead, key, std::span(frame).subspan(flow.psp_offset())));
    return frame;
  }
  RxBench bench_{64 * 1024};
};

TEST_F(PspCaptureTest, WhatFailsComesUpExactlyAsItWasOnTheWire) {
  enable(true, false);
  const TcpFlow flow = RxBench::psp_flow();
  const size_t psp = flow.psp_offset();
  struct Case {
    size_t byte;
    uint8_t flip;
    PspRxStatus status;
  };
  const Case cases[] = {{psp + 40, 0x01, PspRxStatus::kAuthFail},
                        {psp + 1, 0x01, PspRxStatus::kMalformed},    // HdrExtLen 0
                        {psp + 3, 0x10, PspRxStatus::kBadVersion},   // version 4
                        {psp + 3, 0x01, PspRxStatus::kBadVersion}};  // the bit that is always 1
  for (const Case& each : cases) {
    Bytes frame = bench_.sealed(flow, 300);
    frame[each.byte] ^= each.flip;
    bench_.receive(frame);
    bench_.run();
    const auto received = bench_.received(0);
    ASSERT_EQ(received.size(), 1u) << each.byte;
    EXPECT_EQ(received[0].bytes, frame);
    EXPECT_EQ(received[0].completion.psp_status, each.status) << each.byte;
    EXPECT_EQ(received[0].completion.status1, idpf::kRxDd | idpf::kRxEof) << "nothing is said of checksums";
    EXPECT_EQ(received[0].completion.status2, 0);
  }
  EXPECT_EQ(bench_.drop(DropReason::kRxPspAuthFail), 0u);
  EXPECT_EQ(bench_.pipeline.stats().psp_auth_fail.value(), 1u);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(PspCaptureTest, OffDropsAsEver) {
  enable(false, false);
  Bytes frame = bench_.sealed(RxBench::psp_flow(), 300);
  frame.back() ^= 1;
  bench_.receive(frame);
  bench_.receive(marked(true, true));
  bench_.run();
  const auto received = bench_.received(0);
  ASSERT_EQ(received.size(), 1u) << "the bits mean nothing to who does not sample";
  EXPECT_EQ(received[0].completion.psp_status, PspRxStatus::kOk);
  EXPECT_EQ(bench_.drop(DropReason::kRxPspAuthFail), 1u);
}

// It is opened for the sake of its inner headers, but shows the outer ones.
TEST_F(PspCaptureTest, ASampleForAQueueWithoutThePspFlagIsDroppedAndCounted) {
  bench_.steer_to(1);
  bench_.pipeline.configure_psp({.versions = 0xf, .sample = true, .rss_inner = true});
  bench_.receive(marked(true, false));
  bench_.run();
  EXPECT_TRUE(bench_.received(1).empty());
  EXPECT_EQ(bench_.drop(DropReason::kRxPspNoQueue), 2u) << "packet and sample";
  EXPECT_TRUE(bench_.balanced());
  EXPECT_EQ(bench_.pool.in_use(), 0u);
}

TEST_F(PspCaptureTest, TheRateHoldsAndTheRestIsDropped) {
  enable(true, false);
  Bytes frame = bench_.sealed(RxBench::psp_flow(), 60);
  frame.back() ^= 1;
  for (int i = 0; i < 40; ++i) bench_.receive(frame);
  bench_.run();
  EXPECT_EQ(bench_.received(0).size(), 16u) << "the burst";
  EXPECT_EQ(bench_.drop(DropReason::kRxPspAuthFail), 24u);
  EXPECT_EQ(bench_.pipeline.stats().psp_auth_fail.value(), 40u);
  // 10,000 a second: one in 100 us. The bucket may be overdrawn by one; then the next is due 100 us later.
  bench_.run_for(10'000'000);
  bench_.receive(frame);
  bench_.run_for(80'000'000);
  EXPECT_EQ(bench_.received(0).size(), 1u);
  bench_.receive(frame);
  bench_.run_for(20'000'000);
  EXPECT_EQ(bench_.received(0).size(), 0u);
  bench_.receive(frame);
  bench_.run_for(20'000'000);
  EXPECT_EQ(bench_.received(0).size(), 1u);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(PspCaptureTest, ASampleIsACopyAsOnTheWireAndThePacketGoesOn) {
  enable(false, true);
  const Bytes frame = marked(true, false);
  bench_.receive(frame);
  bench_.run();
  const auto received = bench_.received(0);
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].completion.psp_status, PspRxStatus::kSample);
  EXPECT_EQ(received[0].bytes, frame);
  EXPECT_EQ(received[1].completion.psp_status, PspRxStatus::kOk);
  EXPECT_NE(received[1].bytes, frame) << "decrypted";
  EXPECT_EQ(bench_.pipeline.copies(), 1u);
  EXPECT_EQ(bench_.pipeline.stats().frames.value() + 1, bench_.pipeline.stats().delivered.value());
  EXPECT_EQ(bench_.pool.in_use(), 0u);
}

TEST_F(PspCaptureTest, DDropsAfterSamplingAndAloneMeansNothing) {
  enable(false, true);
  bench_.receive(marked(true, true));
  bench_.run();
  auto received = bench_.received(0);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].completion.psp_status, PspRxStatus::kSample);
  EXPECT_EQ(bench_.drop(DropReason::kRxPspSampled), 1u);
  bench_.receive(marked(false, true));
  bench_.run();
  received = bench_.received(0);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].completion.psp_status, PspRxStatus::kOk);
}

TEST_F(PspCaptureTest, AForgedSampleIsNoSample) {
  enable(false, true);
  Bytes frame = bench_.sealed(RxBench::psp_flow(), 300);
  frame[RxBench::psp_flow().psp_offset() + 3] |= 0x80;  // S set on the way
  bench_.receive(frame);
  bench_.run();
  EXPECT_TRUE(bench_.received(0).empty());
  EXPECT_EQ(bench_.drop(DropReason::kRxPspAuthFail), 1u);
}

}  // namespace
}  // namespace pspnic::rx
