// SPDX-License-Identifier: Apache-2.0
#include "model/net/segment.h"

#include <gtest/gtest.h>

#include "model/net/checksum.h"
#include "model/net/parse.h"
#include "testbench/tests/model/net/frames.h"

namespace pspnic::net::test {
namespace {

// What stands between IP and TCP in a transport-mode PSP packet: UDP header and 16 bytes.
Bytes encapsulation() {
  return udp(pattern(16, 0x40), 40507, 1000);
}

struct Shape {
  const char* name;
  bool v6;
  bool encapsulated;
  size_t tcp_options;
};
constexpr Shape kShapes[] = {{"v4", false, false, 0},     {"v4 options", false, false, 12},
                             {"v6", true, false, 0},      {"v6 options", true, false, 40},
                             {"v4 psp", false, true, 12}, {"v6 psp", true, true, 12}};

struct Template {
  Bytes headers;
  SegmentLayout layout;
};

Template make_template(const Shape& shape, uint8_t flags) {
  const Bytes between = shape.encapsulated ? encapsulation() : Bytes{};
  const Bytes l4 = between + tcp({}, pattern(shape.tcp_options), flags);
  const uint8_t protocol = shape.encapsulated ? kProtocolUdp : kProtocolTcp;
  Template result;
  result.headers = shape.v6 ? ipv6_frame(protocol, l4) : ipv4_frame(protocol, l4);
  const size_t l3_bytes = shape.v6 ? 40 : 20;
  result.layout.l3_offset = 14;
  result.layout.l4_offset = uint16_t(14 + l3_bytes + between.size());
  result.layout.udp_offset = uint16_t(shape.encapsulated ? 14 + l3_bytes : 0);
  return result;
}

uint16_t plain_sum(const Bytes& bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) sum += uint64_t{bytes[i]} << (i % 2 == 0 ? 8 : 0);
  while (sum > 0xffff) sum = (sum >> 16) + (sum & 0xffff);
  return uint16_t(sum);
}

// The segments built by hand from the RFCs, sharing nothing with the code under test.
std::vector<Bytes> reference_segments(const Template& from, bool v6, const Bytes& payload, size_t mss) {
  std::vector<Bytes> segments;
  const size_t l3 = 14, l4 = from.layout.l4_offset;
  size_t done = 0;
  do {
    const size_t take = std::min(mss, payload.size() - done);
    const auto begin = payload.begin() + static_cast<ptrdiff_t>(done);
    Bytes frame = from.headers + Bytes(begin, begin + static_cast<ptrdiff_t>(take));
    const auto put = [&frame](size_t at, size_t value) {
      frame[at] = uint8_t(value >> 8);
      frame[at + 1] = uint8_t(value);
    };
    const bool first = done == 0, last = done + take == payload.size();
    if (v6) {
      put(l3 + 4, frame.size() - l3 - 40);
    } else {
      put(l3 + 2, frame.size() - l3);
      put(l3 + 4, 0x1234 + segments.size());
      put(l3 + 10, 0);
      put(l3 + 10, 0xffffU ^ plain_sum(Bytes(frame.begin() + 14, frame.begin() + 34)));
    }
    if (from.layout.udp_offset != 0) put(from.layout.udp_offset + 4U, frame.size() - from.layout.udp_offset);
    const uint32_t sequence = 0xfffff000U + uint32_t(done);
    put(l4 + 4, sequence >> 16);
    put(l4 + 6, sequence & 0xffff);
    if (!last) frame[l4 + 13] &= 0xf6;
    if (!first) frame[l4 + 13] &= 0x7f;
    put(l4 + 16, 0);
    const auto ip = frame.begin() + 14;
    const Bytes addresses = v6 ? Bytes(ip + 8, ip + 40) : Bytes(ip + 12, ip + 20);
    const Bytes datagram(frame.begin() + static_cast<ptrdiff_t>(l4), frame.end());
    put(l4 + 16, 0xffffU ^ plain_sum(addresses + be32(uint32_t(datagram.size())) + be32(6) + datagram));
    segments.push_back(frame);
    done += take;
  } while (done < payload.size());
  return segments;
}

std::vector<Bytes> segments_of(const Template& from, const Bytes& payload, uint32_t mss) {
  std::vector<Bytes> segments;
  const auto total = static_cast<uint32_t>(payload.size());
  for (uint32_t i = 0; i < segment_count(total, mss); ++i) {
    const SegmentFixup fixup = segment_fixup(from.layout, total, mss, i);
    const auto begin = payload.begin() + fixup.payload_offset;
    segments.push_back(from.headers + Bytes(begin, begin + fixup.payload_bytes));
    fix_segment_headers(segments.back(), fixup);
  }
  return segments;
}

TEST(Segment, EqualsTheReferenceInEveryShapeAndSize) {
  for (const Shape& shape : kShapes) {
    const Template from = make_template(shape, kTcpFin | kTcpPsh | kTcpAck | kTcpEce | kTcpCwr | kTcpUrg);
    for (const size_t bytes : {0UL, 1UL, 99UL, 100UL, 101UL, 200UL, 1001UL, 5000UL}) {
      for (const uint32_t mss : {1U, 100U, 1447U, 9000U}) {
        const Bytes payload = pattern(bytes, unsigned(bytes));
        ASSERT_EQ(segments_of(from, payload, mss), reference_segments(from, shape.v6, payload, mss))
            << shape.name << " " << bytes << " by " << mss;
      }
    }
  }
}

TEST(Segment, EverySegmentParsesWithRightChecksums) {
  for (const Shape& shape : kShapes) {
    if (shape.encapsulated) continue;
    const Bytes payload = pattern(4000);
    size_t bytes = 0;
    for (const Bytes& segment : segments_of(make_template(shape, kTcpAck), payload, 1448)) {
      const Parsed parsed = parse_frame(segment);
      EXPECT_TRUE(parsed.ok());
      EXPECT_EQ(parsed.ip_end, segment.size());
      EXPECT_TRUE(parsed.ip_checksum_ok);
      EXPECT_EQ(check_l4_checksum(segment, parsed), L4Checksum::kGood);
      bytes += segment.size() - parsed.payload_offset;
    }
    EXPECT_EQ(bytes, payload.size());
  }
}

TEST(Segment, FlagsBelongToTheirSegment) {
  const Template from = make_template(kShapes[0], kTcpFin | kTcpPsh | kTcpAck | kTcpCwr | kTcpEce);
  std::vector<int> flags;
  for (const Bytes& segment : segments_of(from, pattern(300), 100)) flags.push_back(segment[34 + 13]);
  EXPECT_EQ(flags, (std::vector<int>{kTcpAck | kTcpCwr | kTcpEce, kTcpAck | kTcpEce,
                                     kTcpFin | kTcpPsh | kTcpAck | kTcpEce}));
  const Bytes only = segments_of(from, pattern(100), 100).at(0);
  EXPECT_EQ(only[34 + 13], kTcpFin | kTcpPsh | kTcpAck | kTcpCwr | kTcpEce);
}

TEST(Segment, SequenceAndIdWrapAround) {
  Template from = make_template(kShapes[0], kTcpAck);
  store_be16(from.headers.data() + 18, 0xffff);
  const std::vector<Bytes> segments = segments_of(from, pattern(0x3000), 0x1000);
  ASSERT_EQ(segments.size(), 3U);
  EXPECT_EQ(load_be32(segments[0].data() + 38), 0xfffff000U);
  EXPECT_EQ(load_be32(segments[1].data() + 38), 0U);
  EXPECT_EQ(load_be32(segments[2].data() + 38), 0x1000U);
  EXPECT_EQ(load_be16(segments[0].data() + 18), 0xffff);
  EXPECT_EQ(load_be16(segments[1].data() + 18), 0);
  EXPECT_EQ(load_be16(segments[2].data() + 18), 1);
}

TEST(Segment, IdMayStay) {
  Template from = make_template(kShapes[0], kTcpAck);
  from.layout.ip_id_step = 0;
  for (const Bytes& segment : segments_of(from, pattern(300), 100)) {
    EXPECT_EQ(load_be16(segment.data() + 18), 0x1234);
    EXPECT_TRUE(parse_frame(segment).ip_checksum_ok);
  }
}

TEST(Segment, WithoutPayloadTheChecksumSaysOnlyThatThereIsOne) {
  Template from = make_template(kShapes[0], kTcpAck);
  store_be16(from.headers.data() + 50, 0);
  from.layout.payload = Payload::kLengths;
  for (const Bytes& segment : segments_of(from, pattern(300), 100)) {
    EXPECT_EQ(load_be16(segment.data() + 50), kUncomputedChecksum);
  }
}

TEST(Segment, UdpIsCutIntoDatagrams) {
  for (const bool v6 : {false, true}) {
    Template from;
    from.headers = v6 ? ipv6_frame(kProtocolUdp, udp({})) : ipv4_frame(kProtocolUdp, udp({}));
    from.layout = {.l3_offset = 14, .l4_offset = uint16_t(v6 ? 54 : 34), .udp = true};
    store_be32(from.headers.data() + from.layout.l4_offset + 4, 0xdeadbeef);  // length and checksum
    const Bytes payload = pattern(250);
    Bytes together;
    for (const Bytes& segment : segments_of(from, payload, 100)) {
      const Parsed parsed = parse_frame(segment);
      ASSERT_TRUE(parsed.ok());
      EXPECT_EQ(parsed.l4_end, segment.size());
      EXPECT_EQ(check_l4_checksum(segment, parsed), L4Checksum::kGood);
      EXPECT_TRUE(parsed.ip_checksum_ok);
      together = together + Bytes(segment.begin() + parsed.payload_offset, segment.end());
    }
    EXPECT_EQ(together, payload);
  }
}

TEST(Segment, CountsAndRanges) {
  EXPECT_EQ(segment_count(0, 100), 1U);
  EXPECT_EQ(segment_count(100, 100), 1U);
  EXPECT_EQ(segment_count(101, 100), 2U);
  EXPECT_EQ(segment_count(1, 0), 0U);
  EXPECT_EQ(segment_count(0xffffffff, 1), 0xffffffffU);
  const SegmentFixup last = segment_fixup({}, 0xffffffff, 0xfffffffe, 1);
  EXPECT_EQ(last.payload_offset, 0xfffffffeU);
  EXPECT_EQ(last.payload_bytes, 1U);
  EXPECT_TRUE(last.last);
  EXPECT_FALSE(last.first);
}

TEST(FixIpLengths, ReachesToTheEndOfTheFrame) {
  Bytes v4 = ipv4_frame(kProtocolUdp, udp(pattern(4))) + pattern(16);
  fix_ip_lengths(v4, 14, 3);
  EXPECT_EQ(load_be16(v4.data() + 16), v4.size() - 14);
  EXPECT_EQ(load_be16(v4.data() + 18), 0x1237);
  EXPECT_TRUE(parse_frame(v4).ip_checksum_ok);
  Bytes v6 = ipv6_frame(kProtocolUdp, udp(pattern(4))) + pattern(16);
  fix_ip_lengths(v6, 14, 3);
  EXPECT_EQ(load_be16(v6.data() + 18), v6.size() - 54);
}

}  // namespace
}  // namespace pspnic::net::test
