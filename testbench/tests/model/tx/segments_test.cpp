// SPDX-License-Identifier: Apache-2.0
// Segments of TCP and UDP, with PSP and without, against the segmenter that shares nothing with the model.
#include <gtest/gtest.h>

#include <cstring>

#include "model/tx/transform.h"
#include "testbench/tests/model/tx/flow_shapes.h"

namespace pspnic::tx {
namespace {

using pspnic::test::TcpFlow;
using Bytes = std::vector<uint8_t>;

class SegmentsTest : public testing::Test {
 protected:
  Bytes random_bytes(size_t count) {
    Bytes bytes(count);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_());
    return bytes;
  }

  // All segments of a payload, and that none is longer than headers, MSS and ICV.
  void compare(const TcpFlow& flow, size_t payload_bytes, uint16_t mss) {
    const Bytes payload = random_bytes(payload_bytes);
    const Bytes frame = pspnic::test::tso_template(flow, payload);
    const size_t header_bytes = flow.header_bytes();
    queue::TxJob job;
    job.tso = true;
    job.psp = job.append_icv = flow.psp;
    job.mss = mss;
    job.header_bytes = static_cast<uint16_t>(header_bytes);
    crypto::Sa sa;
    sa.spi = flow.spi;
    sa.version = static_cast<psp::Version>(flow.version);
    HeaderMap map;
    const Bytes headers(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(header_bytes));
    ASSERT_EQ(find_headers(headers, job, map), TransformError::kNone);
    const std::vector<Bytes> expected = pspnic::test::segments(flow, payload, mss);
    for (uint32_t i = 0; i < expected.size(); ++i) {
      const size_t offset = size_t{i} * mss;
      const size_t length = std::min<size_t>(mss, payload_bytes - offset);
      base::PacketPtr packet = pool_.take(static_cast<uint32_t>(header_bytes + length));
      std::memcpy(packet->data(), frame.data(), header_bytes);
      std::memcpy(packet->data() + header_bytes, &payload[offset], length);
      const FinishedFrame finished = finish_frame(
          *packet, map, job, {i, static_cast<uint32_t>(payload_bytes)}, flow.psp ? &sa : nullptr);
      ASSERT_EQ(finished.error, TransformError::kNone);
      Bytes seen(packet->bytes().begin(), packet->bytes().end());
      if (flow.psp) std::fill(seen.end() - 16, seen.end(), uint8_t{0});  // the room for the ICV
      Bytes wanted = expected[i];
      ASSERT_LE(wanted.size(), header_bytes + mss + (flow.psp ? 16 : 0));
      wanted.resize(std::max<size_t>(wanted.size(), 60));
      ASSERT_EQ(seen, wanted) << "segment " << i << " of " << expected.size();
      ++segments_;
    }
    ++cases_;
  }
  std::string describe(const TcpFlow& flow, size_t payload_bytes, unsigned mss) const {
    return std::to_string(payload_bytes) + " by " + std::to_string(mss) + ", headers " +
           std::to_string(flow.header_bytes()) + (flow.udp ? " udp" : " tcp") + (flow.psp ? " psp" : "") +
           (flow.tunnel ? " tunnel" : "") + (flow.outer_v6 ? " 6" : " 4") + (flow.inner_v6 ? " 6" : " 4");
  }

  std::mt19937 random_{20};
  base::PacketPool pool_;
  size_t cases_ = 0;
  size_t segments_ = 0;
};

TEST_F(SegmentsTest, EveryMssOfSomeShape) {
  for (unsigned mss = 1; mss <= 9000; ++mss) {
    const TcpFlow flow = pspnic::test::random_flow(random_);
    const size_t count = 1 + random_() % (mss < 100 ? 20 : 3);
    // The last segment is full, has one byte, lacks one, or any number.
    const size_t rest[] = {mss, 1, mss > 1 ? mss - 1 : 1, 1 + random_() % mss};
    const size_t payload = (count - 1) * mss + rest[mss % 4];
    SCOPED_TRACE(describe(flow, payload, mss));
    compare(flow, payload, static_cast<uint16_t>(mss));
    if (HasFatalFailure()) return;
  }
  RecordProperty("segments", static_cast<int>(segments_));
  EXPECT_EQ(cases_, 9000u);
}

TEST_F(SegmentsTest, RandomShapesAndSizes) {
  size_t longest = 0;
  for (unsigned i = 0; i < 20000; ++i) {
    const TcpFlow flow = pspnic::test::random_flow(random_);
    const size_t payload = 1 + random_() % 600;
    const auto mss = static_cast<uint16_t>(1 + random_() % 400);
    SCOPED_TRACE(describe(flow, payload, mss));
    compare(flow, payload, mss);
    if (HasFatalFailure()) return;
    longest = std::max(longest, flow.header_bytes());
  }
  EXPECT_GE(longest, 250u) << "headers up to what a descriptor can say";
}

// Families, modes and L4 by all combinations, at a frame of 64 KiB.
TEST_F(SegmentsTest, LargestPayloads) {
  for (unsigned kind = 0; kind < 64; ++kind) {
    TcpFlow flow;
    flow.outer_v6 = (kind & 1) != 0;
    flow.inner_v6 = (kind & 2) != 0;
    flow.udp = (kind & 4) != 0;
    flow.psp = (kind & 8) != 0;
    flow.tunnel = flow.psp && (kind & 16) != 0;
    flow.vlan_tags = (kind & 32) != 0 ? 2 : 0;
    for (const uint16_t mss : {uint16_t{1400}, uint16_t{8900}}) {
      SCOPED_TRACE(describe(flow, 65000, mss));
      compare(flow, 65000, mss);
      if (HasFatalFailure()) return;
    }
  }
}

// A UDP checksum that comes to 0 goes out as 0xffff, in segments as well.
TEST_F(SegmentsTest, UdpChecksumsAreNeverZero) {
  TcpFlow flow;
  flow.udp = true;
  unsigned met = 0;
  for (const bool psp : {false, true}) {
    flow.psp = psp;
    for (unsigned word = 0; word < 0x10000; ++word) {
      const Bytes payload = {static_cast<uint8_t>(word >> 8), static_cast<uint8_t>(word)};
      queue::TxJob job;
      job.tso = true;
      job.psp = job.append_icv = psp;
      job.mss = 2;
      job.header_bytes = static_cast<uint16_t>(flow.header_bytes());
      const Bytes frame = pspnic::test::tso_template(flow, payload);
      HeaderMap map;
      ASSERT_EQ(find_headers(std::span(frame).first(flow.header_bytes()), job, map), TransformError::kNone);
      base::PacketPtr packet = pool_.take(static_cast<uint32_t>(frame.size()));
      std::memcpy(packet->data(), frame.data(), frame.size());
      crypto::Sa sa;
      sa.spi = flow.spi;
      ASSERT_EQ(finish_frame(*packet, map, job, {0, 2}, &sa).error, TransformError::kNone);
      const uint8_t* checksum = packet->data() + flow.header_bytes() - 2;
      const unsigned value = checksum[0] * 256u + checksum[1];
      ASSERT_NE(value, 0u);
      met += value == 0xffff;
    }
  }
  EXPECT_GE(met, 2u);
}

}  // namespace
}  // namespace pspnic::tx
