// SPDX-License-Identifier: Apache-2.0
#include "model/tx/pipeline.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::TcpFlow;
using pspnic::test::Time;
using pspnic::test::TxBench;

// Parser and editor of the default parameters, 20 and 30 cycles at 1 GHz.
constexpr Time kToTheLanes = 50'000;
constexpr Time kByteTime = 40;  // ps at 200 Gb/s
constexpr uint32_t kFraming = 8 + 4 + 12;

class TxPipelineTest : public testing::Test {
 protected:
  static TcpFlow psp_flow(psp::Version version = psp::Version::kAesGcm128) {
    TcpFlow flow;
    flow.psp = true;
    flow.version = static_cast<uint8_t>(version);
    return flow;
  }
  static crypto::Sa sa_of(const TcpFlow& flow) {
    crypto::Sa sa;
    sa.spi = flow.spi;
    sa.version = static_cast<psp::Version>(flow.version);
    sa.key = pspnic::test::session_key(sa.version, 7);
    return sa;
  }
  // The frame as a driver hands it over: without ICV.
  static Bytes frame_of(const TcpFlow& flow, size_t payload_bytes) {
    TcpFlow without = flow;
    without.icv_room = false;
    const Bytes payload(payload_bytes, 0x5a);
    return pspnic::test::segment(without, payload, 0, 0, payload.size(), true, true);
  }
  Pipeline::Sent send(const Bytes& frame, const crypto::Sa* sa = nullptr) {
    queue::TxJob job;
    job.psp = job.append_icv = sa != nullptr;
    HeaderMap map;
    EXPECT_EQ(find_headers(frame, job, map), TransformError::kNone);
    base::PacketPtr packet = bench_.packet(frame);
    packet->created = bench_.events.now();
    return bench_.pipeline.send(packet, map, job, {}, sa);
  }
  uint64_t iv(size_t index, const TcpFlow& flow) {
    return net::load_be64(&bench_.port.frames[index].bytes[flow.psp_offset() + psp::kIvOffset]);
  }

  TxBench bench_;
};

TEST_F(TxPipelineTest, SealedFramesOpenUnderTheSasKeyAndSayTheirLength) {
  for (unsigned kind = 0; kind < 16; ++kind) {
    TcpFlow flow = psp_flow(static_cast<psp::Version>(kind & 3));
    flow.outer_v6 = (kind & 4) != 0;
    flow.crypt_offset = (kind & 8) != 0 ? 5 : 0;
    const crypto::Sa sa = sa_of(flow);
    const size_t payload = 100 + 37 * kind;
    const Pipeline::Sent sent = send(frame_of(flow, payload), &sa);
    ASSERT_FALSE(sent.dropped);
    bench_.run();
    Bytes seen = bench_.port.frames.back().bytes;
    const Bytes expected = pspnic::test::segment(flow, Bytes(payload, 0x5a), 0, 0, payload, true, true);
    ASSERT_EQ(seen.size(), expected.size());
    const std::span<uint8_t> psp_packet = std::span(seen).subspan(flow.psp_offset());
    if (!psp::is_gmac(sa.version)) {
      EXPECT_FALSE(std::equal(seen.end() - 40, seen.end() - 16, expected.end() - 40)) << "encrypted";
    }
    ASSERT_TRUE(psp::open(bench_.aead, sa.key, psp_packet)) << kind;
    std::fill_n(psp_packet.begin() + psp::kIvOffset, 8, uint8_t{0});
    std::fill(seen.end() - 16, seen.end(), uint8_t{0});
    EXPECT_EQ(seen, expected) << kind;
  }
  EXPECT_EQ(bench_.pipeline.stats().psp_packets.value(), 16u);
}

TEST_F(TxPipelineTest, TheIvIsTheClockWhenTheLaneStarts) {
  const TcpFlow flow = psp_flow();
  const crypto::Sa sa = sa_of(flow);
  const Bytes frame = frame_of(flow, 1300);
  for (int i = 0; i < 4; ++i) send(frame, &sa);
  bench_.run();
  // 1320 bytes are 83 blocks; with one block of header and the length block the lane is taken for 85 cycles.
  constexpr Time kLane = 85'000;
  constexpr Time kParser = 2'000;
  const uint64_t epoch = 1'000'000'000;
  EXPECT_EQ(iv(0, flow), epoch + kToTheLanes);
  EXPECT_EQ(iv(1, flow), epoch + kToTheLanes + kParser) << "the second lane";
  EXPECT_EQ(iv(2, flow), epoch + kToTheLanes + kLane) << "waits for the first lane";
  EXPECT_EQ(iv(3, flow), epoch + kToTheLanes + kParser + kLane);
}

TEST_F(TxPipelineTest, IvsOnlyGrowAlsoWhenSeveralPacketsShareATime) {
  // 64 lanes behind a parser of one cycle, and the fastest clock: starts are 250 ps apart or equal.
  const TcpFlow flow = psp_flow();
  const crypto::Sa sa = sa_of(flow);
  uint64_t last = 0;
  for (int i = 0; i < 300; ++i) {
    bench_.at(bench_.events.now() + static_cast<Time>(i % 3),
              [&, i] { send(frame_of(flow, 1 + static_cast<size_t>(i) * 29 % 1300), &sa); });
  }
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 300u);
  for (size_t i = 0; i < 300; ++i) {
    EXPECT_GT(iv(i, flow), last) << i;
    last = iv(i, flow);
  }
}

TEST_F(TxPipelineTest, WhatCannotBeSealedNeverLeavesInClear) {
  const TcpFlow flow = psp_flow();
  crypto::Sa sa = sa_of(flow);
  const Bytes frame = frame_of(flow, 200);
  bench_.aead.failing = true;
  EXPECT_TRUE(send(frame, &sa).dropped);
  bench_.aead.failing = false;
  sa.key = pspnic::test::session_key(psp::Version::kAesGcm256, 1);
  EXPECT_TRUE(send(frame, &sa).dropped) << "a key of the wrong size";
  sa.key = {};
  EXPECT_TRUE(send(frame, &sa).dropped) << "no key";
  sa = sa_of(flow);
  sa.spi++;
  EXPECT_TRUE(send(frame, &sa).dropped) << "SPI of another SA";
  EXPECT_TRUE(bench_.port.frames.empty());
  EXPECT_EQ(bench_.drop(DropReason::kTxBadPspPacket), 4u);
  EXPECT_EQ(bench_.pipeline.stats().psp_errors.value(), 4u);
  EXPECT_EQ(bench_.pipeline.stats().frames.value(), 0u);
  EXPECT_EQ(bench_.pool.in_use(), 0u);

  sa = sa_of(flow);
  EXPECT_FALSE(send(frame, &sa).dropped);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 1u);
}

TEST_F(TxPipelineTest, FramesFollowEachOtherAtThePortsPace) {
  const Bytes frame = frame_of({}, 1460);
  ASSERT_EQ(frame.size(), 1514u);
  constexpr Time kSlot = (1514 + kFraming) * kByteTime;
  // The second comes when the port is just free, the third a picosecond too early, the fourth with it.
  bench_.at(1'000'000, [&] { send(frame); });
  bench_.at(1'000'000 + kSlot, [&] { send(frame); });
  bench_.at(1'000'000 + 2 * kSlot - 1, [&] { send(frame); });
  bench_.at(1'000'000 + 2 * kSlot, [&] { send(frame); });
  bench_.at(1'000'000 + 4 * kSlot + 1, [&] { send(frame); });
  bench_.run();
  const auto& frames = bench_.port.frames;
  ASSERT_EQ(frames.size(), 5u);
  const Time first = 1'000'000 + kToTheLanes;
  EXPECT_EQ(frames[0].start, first);
  EXPECT_EQ(frames[1].start, first + kSlot);
  EXPECT_EQ(frames[2].start, first + 2 * kSlot);
  EXPECT_EQ(frames[3].start, first + 3 * kSlot);
  EXPECT_EQ(frames[4].start, first + 4 * kSlot + 1) << "the port stood idle for one picosecond";
  for (const auto& each : frames)
    EXPECT_EQ(each.end - each.start, kSlot - 12 * kByteTime) << "the gap comes behind";
}

TEST_F(TxPipelineTest, ShortFramesArePaddedAndTakeTheTimeOfSixtyBytes) {
  const Bytes frame = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x12, 0x34, 1, 2, 3};
  send(frame);
  send(frame);
  bench_.run();
  Bytes padded = frame;
  padded.resize(60);
  ASSERT_EQ(bench_.port.frames.size(), 2u);
  EXPECT_EQ(bench_.port.frames[0].bytes, padded);
  EXPECT_EQ(bench_.port.frames[1].start - bench_.port.frames[0].start, (60 + kFraming) * kByteTime);
}

TEST_F(TxPipelineTest, LongestFrame) {
  for (unsigned tags = 0; tags <= 2; ++tags) {
    const uint32_t most = 9216u + 14 + 4 * tags;
    EXPECT_EQ(bench_.mac.max_frame_bytes(14 + 4 * tags), most);
    TcpFlow plain;
    plain.vlan_tags = tags;
    EXPECT_FALSE(send(frame_of(plain, most - plain.header_bytes())).dropped);
    TcpFlow flow = psp_flow();
    flow.vlan_tags = tags;
    const crypto::Sa sa = sa_of(flow);
    EXPECT_FALSE(send(frame_of(flow, most - flow.header_bytes() - 16), &sa).dropped);
    bench_.run();
    EXPECT_EQ(bench_.port.frames.back().bytes.size(), most);
  }
}

TEST_F(TxPipelineTest, CountsKindsAndBytes) {
  Bytes frame = frame_of({}, 100);
  send(frame);
  frame[0] = 0x33;
  send(frame);
  std::fill_n(frame.begin(), 6, uint8_t{0xff});
  send(frame);
  TcpFlow flow = psp_flow();
  flow.vc = true;
  const crypto::Sa sa = sa_of(flow);
  send(frame_of(flow, 100), &sa);
  bench_.run();
  const Pipeline::Stats& stats = bench_.pipeline.stats();
  EXPECT_EQ(stats.unicast.value(), 2u);
  EXPECT_EQ(stats.multicast.value(), 1u);
  EXPECT_EQ(stats.broadcast.value(), 1u);
  EXPECT_EQ(stats.bytes.value(), 3 * 154u + 14 + 20 + 8 + 24 + 20 + 100 + 16);
  EXPECT_EQ(stats.psp_bytes.value(), 8u + 20 + 100) << "cookie, TCP header, payload";
}

// A port of MTU 1500: 1514 bytes, 1522 with two VLAN tags.
class SmallMtu : public testing::Test {
 protected:
  static pspnic::test::TxSettings settings() {
    pspnic::test::TxSettings settings;
    settings.mac.mtu = 1500;
    return settings;
  }
  TxBench bench_{settings()};
};

TEST_F(SmallMtu, OneByteTooMuchIsDropped) {
  for (const uint32_t more : {0u, 1u, 4u, 5u, 8u, 9u}) {
    Bytes frame(1514 + more, 2);
    for (uint32_t tag = 0; tag < more / 4; ++tag) net::store_be16(&frame[12 + 4 * tag], 0x8100);
    queue::TxJob job;
    HeaderMap map;
    ASSERT_EQ(find_headers(frame, job, map), TransformError::kNone);
    base::PacketPtr packet = bench_.packet(frame);
    const Pipeline::Sent sent = bench_.pipeline.send(packet, map, job, {}, nullptr);
    const bool too_long = more % 4 != 0;
    EXPECT_EQ(sent.dropped, too_long) << more;
    EXPECT_EQ(sent.error, too_long ? TransformError::kTooLong : TransformError::kNone) << more;
  }
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 3u);
  EXPECT_EQ(bench_.drop(DropReason::kTxTooLong), 3u);
}

TEST_F(TxPipelineTest, APspJobWithoutAnSaIsDroppedAndNotSentInClear) {
  const TcpFlow flow = psp_flow(psp::Version::kAesGcm128);
  const Bytes frame = frame_of(flow, 100);
  queue::TxJob job;
  job.psp = job.append_icv = true;
  HeaderMap map;
  ASSERT_EQ(find_headers(frame, job, map), TransformError::kNone);
  base::PacketPtr packet = bench_.packet(frame);
  const Pipeline::Sent sent = bench_.pipeline.send(packet, map, job, {}, nullptr);
  EXPECT_TRUE(sent.dropped);
  EXPECT_EQ(sent.error, TransformError::kNoSa);
  EXPECT_EQ(bench_.drop(DropReason::kTxNoSa), 1u);
  EXPECT_TRUE(bench_.port.frames.empty());
}

// Many lanes and a parser faster than a picosecond can tell apart would share start times; the clock is the
// same.
class SharedTimes : public testing::Test {
 protected:
  static pspnic::test::TxSettings settings() {
    pspnic::test::TxSettings settings;
    settings.iv_epoch = ~uint64_t{0} - 60'000;  // and it wraps
    return settings;
  }
  TxBench bench_{settings()};
};

TEST_F(SharedTimes, TheIvWrapsAndGoesOn) {
  TcpFlow flow;
  flow.psp = true;
  crypto::Sa sa;
  sa.spi = flow.spi;
  sa.key = pspnic::test::session_key(sa.version, 3);
  flow.icv_room = false;
  const Bytes payload(100, 1);
  const Bytes frame = pspnic::test::segment(flow, payload, 0, 0, 100, true, true);
  queue::TxJob job;
  job.psp = job.append_icv = true;
  HeaderMap map;
  ASSERT_EQ(find_headers(frame, job, map), TransformError::kNone);
  uint64_t last = 0;
  for (int i = 0; i < 12; ++i) {
    base::PacketPtr packet = bench_.packet(frame);
    ASSERT_FALSE(bench_.pipeline.send(packet, map, job, {}, &sa).dropped);
    bench_.run();
    const uint64_t iv = net::load_be64(&bench_.port.frames.back().bytes[flow.psp_offset() + psp::kIvOffset]);
    if (i > 0) {
      EXPECT_LT(iv - last, uint64_t{1} << 63) << i;
      EXPECT_GT(iv - last, 0u) << i;
    }
    last = iv;
  }
  EXPECT_LT(last, uint64_t{1} << 40) << "beyond the wrap";
}

}  // namespace
}  // namespace pspnic::tx
