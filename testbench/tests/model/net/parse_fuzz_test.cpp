// SPDX-License-Identifier: Apache-2.0
// Random and damaged frames: whatever comes, the result keeps its promises. Each frame lies in an allocation
// of exactly its size, so that the address sanitizer sees every read outside.
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "model/net/checksum.h"
#include "model/net/flow.h"
#include "model/net/parse.h"
#include "model/net/toeplitz.h"
#include "testbench/tests/model/net/frames.h"

namespace pspnic::net::test {
namespace {

void expect_promises(std::span<const uint8_t> frame, const Parsed& parsed) {
  ASSERT_LE(parsed.ip_end, frame.size());
  ASSERT_LE(parsed.l4_end, parsed.ip_end);
  ASSERT_LE(parsed.payload_offset, frame.size());
  ASSERT_LE(parsed.vlan_tags, kMaxVlanTags);
  if (parsed.is_ip()) {
    ASSERT_TRUE(parsed.l3 == L3::kIpv4 || parsed.l3 == L3::kIpv6);
    ASSERT_GE(parsed.l3_header_bytes, parsed.is_v6() ? 40 : 20);
    ASSERT_LE(size_t{parsed.l3_offset} + parsed.l3_header_bytes, frame.size());
  }
  if (parsed.l4_offset != 0) {
    ASSERT_EQ(parsed.l4_offset, parsed.l3_offset + parsed.l3_header_bytes);
    ASSERT_LE(parsed.l4_offset, parsed.l4_end);
  }
  if (parsed.l4_header_bytes != 0) {
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(parsed.payload_offset, parsed.l4_offset + parsed.l4_header_bytes);
    ASSERT_LE(parsed.payload_offset, parsed.l4_end);
  }
  ASSERT_FALSE(parsed.first_fragment && !parsed.fragment);
}

struct Tally {
  unsigned errors = 0;
  unsigned l4 = 0;
};

void feed(const Bytes& bytes, const Toeplitz& toeplitz, Tally& tally) {
  const auto copy = std::make_unique<uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  const std::span<uint8_t> frame(copy.get(), bytes.size());
  const size_t inner = bytes.empty() ? 0 : bytes[0] % 64;
  for (const IpLength length : {IpLength::kCheck, IpLength::kIgnore}) {
    for (const Parsed& parsed : {parse_frame(frame, length), parse_ip(frame, inner, length)}) {
      expect_promises(frame, parsed);
      tally.errors += parsed.ok() ? 0 : 1;
      tally.l4 += parsed.l4_header_bytes != 0 ? 1 : 0;
      (void)rss_hash(toeplitz, frame, parsed);
      (void)FlowKey::from_frame(frame, parsed);
      (void)l4_checksum_ok(frame, parsed);
      if (update_l4_checksum(frame, parsed) && !parsed.ipv6_segments_left) {
        ASSERT_TRUE(l4_checksum_ok(frame, parsed));
      }
    }
  }
}

std::vector<Bytes> good_frames() {
  const Bytes extensions = Bytes{kIpv6Routing, 0, 1, 4, 0, 0, 0, 0} +
                           Bytes{kIpv6Fragment, 0, 0, 0, 0, 0, 0, 0} +
                           Bytes{kProtocolTcp, 0, 0, 0, 0, 0, 0, 1};
  return {ipv4_frame(kProtocolTcp, tcp(pattern(30), pattern(12))),
          ethernet(kEtherTypeIpv4, {{kEtherTypeServiceVlan, 1}, {kEtherTypeVlan, 2}}) +
              ipv4(kProtocolUdp, udp(pattern(30)), pattern(8)),
          ipv6_frame(kProtocolUdp, udp(pattern(50))),
          ipv6_frame(kIpv6HopByHop, extensions + tcp(pattern(20))),
          ipv4_frame(kProtocolIcmp, pattern(20)),
          ethernet(kEtherTypeArp) + pattern(46)};
}

TEST(ParseFuzz, RandomBytes) {
  const Toeplitz toeplitz(pattern(40));
  std::mt19937 random(11);
  Tally tally;
  for (int i = 0; i < 50000; ++i) {
    Bytes frame(random() % 160);
    for (uint8_t& byte : frame) byte = uint8_t(random());
    if (frame.size() > 14 && random() % 4 != 0) {
      const bool v6 = random() % 2 != 0;
      store_be16(frame.data() + 12, v6 ? kEtherTypeIpv6 : kEtherTypeIpv4);
      frame[14] = v6 ? 0x60 : uint8_t(0x45 + random() % 4);
    }
    feed(frame, toeplitz, tally);
    ASSERT_FALSE(HasFatalFailure()) << "round " << i;
  }
  EXPECT_GT(tally.errors, 10000U);
}

TEST(ParseFuzz, DamagedGoodFrames) {
  const Toeplitz toeplitz(pattern(40));
  const std::vector<Bytes> good = good_frames();
  std::mt19937 random(12);
  Tally tally;
  for (int i = 0; i < 60000; ++i) {
    Bytes frame = good[random() % good.size()];
    for (unsigned hits = random() % 4; hits > 0; --hits) {
      frame[12 + random() % (frame.size() - 12)] = uint8_t(random() % 2 != 0 ? random() : random() % 8);
    }
    if (random() % 3 == 0) frame.resize(random() % frame.size());
    feed(frame, toeplitz, tally);
    ASSERT_FALSE(HasFatalFailure()) << "round " << i;
  }
  EXPECT_GT(tally.errors, 10000U);
  EXPECT_GT(tally.l4, 10000U);
}

TEST(ParseFuzz, EveryPrefixOfAGoodFrame) {
  const Toeplitz toeplitz(pattern(40));
  for (const Bytes& frame : good_frames()) {
    for (size_t length = 0; length <= frame.size(); ++length) {
      Tally tally;
      feed(Bytes(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(length)), toeplitz, tally);
      ASSERT_FALSE(HasFatalFailure()) << length;
    }
    const bool ip = load_be16(frame.data() + 12) != kEtherTypeArp;
    const Bytes shorter(frame.begin(), frame.end() - 1);
    EXPECT_EQ(parse_frame(shorter).error, ip ? ParseError::kIpLengthBeyondFrame : ParseError::kNone);
    EXPECT_TRUE(parse_frame(frame).ok());
  }
}

}  // namespace
}  // namespace pspnic::net::test
