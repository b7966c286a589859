// SPDX-License-Identifier: Apache-2.0
#include "model/net/checksum.h"

#include <gtest/gtest.h>

#include <random>

#include "testbench/tests/model/net/frames.h"

namespace pspnic::net::test {
namespace {

// RFC 1071 word by word, the end-around carry after every addition.
uint16_t reference_sum(std::span<const uint8_t> data, uint16_t start = 0) {
  uint32_t sum = start;
  for (size_t i = 0; i < data.size(); i += 2) {
    sum += uint32_t(data[i]) << 8;
    if (i + 1 < data.size()) sum += data[i + 1];
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<uint16_t>(sum);
}

// Checksum of an L4 datagram with its checksum field zeroed, over a pseudo header laid out as bytes.
uint16_t reference_l4_checksum(Bytes frame, const Parsed& parsed, size_t field_offset) {
  frame[parsed.l4_offset + field_offset] = frame[parsed.l4_offset + field_offset + 1] = 0;
  const Bytes datagram(frame.begin() + parsed.l4_offset, frame.begin() + parsed.l4_end);
  const auto ip = frame.begin() + parsed.l3_offset;
  Bytes pseudo;
  if (parsed.l3 == L3::kIpv4) {
    pseudo = Bytes(ip + 12, ip + 20) + Bytes{0, parsed.ip_protocol} + be16(uint16_t(datagram.size()));
  } else {
    pseudo = Bytes(ip + 8, ip + 40) + be32(uint32_t(datagram.size())) + Bytes{0, 0, 0, parsed.ip_protocol};
  }
  return static_cast<uint16_t>(~reference_sum(pseudo + datagram));
}

TEST(Checksum, ExampleOfRfc1071) {
  const Bytes data = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(checksum_fold(checksum_add(data)), 0xddf2);  // RFC 1071 §3
}

TEST(Checksum, EqualsTheReferenceForAllLengthsAndAlignments) {
  std::mt19937 random(1);
  for (size_t length = 0; length <= 200; ++length) {
    for (size_t offset = 0; offset < 16; ++offset) {
      Bytes data(offset + length + 3);
      for (uint8_t& byte : data) byte = uint8_t(random());
      const std::span<const uint8_t> view = std::span(data).subspan(offset, length);
      ASSERT_EQ(checksum_fold(checksum_add(view)), reference_sum(view)) << length << " at " << offset;
    }
  }
}

TEST(Checksum, ExampleOfRfc1624) {
  Bytes header(kIpv4HeaderBytes);
  set_ipv4_checksum(header.data(), 0xdd2f);
  adjust_ipv4_checksum(header.data(), 0x5555, 0x3285);
  EXPECT_EQ(ipv4_checksum(header.data()), 0x0000);  // RFC 1624 section 4; RFC 1141 would have it 0xffff
}

TEST(Checksum, AdjustedIsTheOneMadeAfreshAndAnErrorStaysTheSame) {
  std::mt19937 random(2);
  for (int i = 0; i < 200'000; ++i) {
    Bytes header = ipv4(kProtocolUdp, {});
    // Identification such that the sum comes near 0 and 0xffff, where carries matter.
    set_ipv4_id(header.data(), static_cast<uint16_t>(random()));
    set_ipv4_total_length(header.data(), static_cast<uint16_t>(random()));
    update_ipv4_checksum(header.data());
    const auto target = static_cast<uint16_t>(random() % 5 - 2);
    const uint32_t id = ipv4_id(header.data()) + ipv4_checksum(header.data()) + uint32_t{0x1ffff} - target;
    set_ipv4_id(header.data(), checksum_fold(id));
    update_ipv4_checksum(header.data());
    const auto error = static_cast<uint16_t>(i % 2 == 0 ? 0 : random());
    set_ipv4_checksum(header.data(), static_cast<uint16_t>(ipv4_checksum(header.data()) ^ error));
    const uint16_t difference = reference_sum(header);
    const uint16_t from = ipv4_total_length(header.data());
    const auto to = static_cast<uint16_t>(random() % 3 == 0 ? 0xffff : random());
    set_ipv4_total_length(header.data(), to);
    adjust_ipv4_checksum(header.data(), from, to);
    ASSERT_EQ(reference_sum(header), difference) << i;
    ASSERT_EQ(ipv4_checksum_ok(header), difference == 0xffff);
    if (error == 0) {
      ASSERT_EQ(ipv4_checksum(header.data()), ipv4_header_checksum(header)) << i;
    }
  }
}

TEST(Checksum, EqualsTheReferenceForLongAndExtremeData) {
  for (const uint8_t fill : std::initializer_list<uint8_t>{0x00, 0xff, 0x80, 0x01}) {
    for (const size_t length : {1500UL, 9000UL, 65535UL, 1000001UL}) {
      const Bytes data(length, fill);
      EXPECT_EQ(checksum_fold(checksum_add(data)), reference_sum(data)) << int(fill) << " " << length;
    }
  }
}

TEST(Checksum, PiecesAddUpAndFieldsMayBeAddedAsNumbers) {
  const Bytes data = pattern(301, 3);
  const std::span<const uint8_t> view = data;
  const uint64_t sum = checksum_add(view.subspan(100), checksum_add(view.first(100), 0x1234));
  EXPECT_EQ(checksum_fold(sum), reference_sum(data, 0x1234));
}

TEST(Checksum, FoldsAnySum) {
  EXPECT_EQ(checksum_fold(0), 0);
  EXPECT_EQ(checksum_fold(0xffff), 0xffff);
  EXPECT_EQ(checksum_fold(0x10000), 1);
  EXPECT_EQ(checksum_fold(~uint64_t{0}), 0xffff);
  std::mt19937_64 random(2);
  for (int i = 0; i < 10000; ++i) {
    const uint64_t sum = random() >> (random() % 64);
    // 2^16 is 1 modulo 65535, and a nonzero sum never folds to 0.
    const uint64_t expected = sum != 0 && sum % 0xffff == 0 ? 0xffff : sum % 0xffff;
    ASSERT_EQ(checksum_fold(sum), expected) << sum;
  }
}

TEST(Ipv4Checksum, IgnoresWhatTheFieldHolds) {
  Bytes header = ipv4(kProtocolUdp, {}, {0x94, 4, 0, 0});
  const uint16_t expected = load_be16(header.data() + 10);
  for (const uint16_t field : std::initializer_list<uint16_t>{0, 0xffff, 0x1234}) {
    store_be16(header.data() + 10, field);
    EXPECT_EQ(ipv4_header_checksum(header), expected);
    update_ipv4_checksum(header.data());
    EXPECT_EQ(load_be16(header.data() + 10), expected);
  }
}

struct L4Case {
  const char* name;
  Bytes frame;
  size_t field_offset;
};

std::vector<L4Case> l4_cases() {
  const Bytes icmp = Bytes{8, 0, 0, 0, 0, 1, 0, 2} + pattern(33);
  const Bytes hop_by_hop = {kProtocolTcp, 0, 1, 4, 0, 0, 0, 0};
  return {{"tcp4", ipv4_frame(kProtocolTcp, tcp(pattern(101), pattern(12))), kTcpChecksumOffset},
          {"udp4", ipv4_frame(kProtocolUdp, udp(pattern(64))), kUdpChecksumOffset},
          {"udp4 empty", ipv4_frame(kProtocolUdp, udp({})), kUdpChecksumOffset},
          {"udp4 padded", ipv4_frame(kProtocolUdp, udp(pattern(3)) + Bytes{9, 9, 9}), kUdpChecksumOffset},
          {"tcp6", ipv6_frame(kProtocolTcp, tcp(pattern(1000))), kTcpChecksumOffset},
          {"tcp6 options", ipv6_frame(kIpv6HopByHop, hop_by_hop + tcp(pattern(5))), kTcpChecksumOffset},
          {"udp6", ipv6_frame(kProtocolUdp, udp(pattern(77))), kUdpChecksumOffset},
          {"icmp6", ipv6_frame(kProtocolIcmp6, icmp), 2}};
}

TEST(L4Checksum, EqualsTheReference) {
  for (L4Case& test : l4_cases()) {
    test.frame = test.frame + Bytes{0xaa, 0xbb};  // Ethernet padding must not count
    const Parsed parsed = parse_frame(test.frame);
    ASSERT_TRUE(parsed.ok()) << test.name;
    const uint16_t expected = reference_l4_checksum(test.frame, parsed, test.field_offset);
    for (const uint16_t before : std::initializer_list<uint16_t>{0x0000, 0xffff, 0x4711}) {
      store_be16(test.frame.data() + parsed.l4_offset + test.field_offset, before);
      EXPECT_EQ(l4_checksum(test.frame, parsed), expected) << test.name;
    }
    ASSERT_TRUE(update_l4_checksum(test.frame, parsed));
    EXPECT_EQ(check_l4_checksum(test.frame, parsed), L4Checksum::kGood) << test.name;
    EXPECT_TRUE(l4_checksum_ok(test.frame, parsed));
    test.frame[parsed.payload_offset - 1U] ^= 0x10;
    if (test.field_offset != kUdpChecksumOffset) {
      EXPECT_EQ(check_l4_checksum(test.frame, parsed), L4Checksum::kBad) << test.name;
      EXPECT_FALSE(l4_checksum_ok(test.frame, parsed));
    }
  }
}

TEST(L4Checksum, IcmpHasNoPseudoHeader) {
  Bytes frame = ipv4_frame(kProtocolIcmp, Bytes{8, 0, 0, 0, 0, 1, 0, 2} + pattern(9));
  const Parsed parsed = parse_frame(frame);
  ASSERT_TRUE(update_l4_checksum(frame, parsed));
  EXPECT_EQ(reference_sum(std::span(frame).subspan(parsed.l4_offset)), 0xffff);
  EXPECT_EQ(check_l4_checksum(frame, parsed), L4Checksum::kGood);
}

TEST(L4Checksum, UdpZeroIsSentAsAllOnes) {
  Bytes frame = ipv4_frame(kProtocolUdp, udp({0, 0}));
  const Parsed parsed = parse_frame(frame);
  // The payload word that makes the sum of all else complete: the checksum comes out as 0.
  store_be16(frame.data() + parsed.payload_offset, l4_checksum(frame, parsed));
  EXPECT_EQ(reference_l4_checksum(frame, parsed, kUdpChecksumOffset), 0);
  EXPECT_EQ(l4_checksum(frame, parsed), 0xffff);
  ASSERT_TRUE(update_l4_checksum(frame, parsed));
  EXPECT_EQ(check_l4_checksum(frame, parsed), L4Checksum::kGood);
}

TEST(L4Checksum, TcpZeroStaysZero) {
  Bytes frame = ipv4_frame(kProtocolTcp, tcp({0, 0}));
  const Parsed parsed = parse_frame(frame);
  store_be16(frame.data() + parsed.payload_offset, l4_checksum(frame, parsed));
  EXPECT_EQ(l4_checksum(frame, parsed), 0);
  EXPECT_EQ(check_l4_checksum(frame, parsed), L4Checksum::kGood);  // the field is 0 and right
}

TEST(L4Checksum, AbsentUdpChecksumIsFineOverIpv4Only) {
  const Bytes v4 = ipv4_frame(kProtocolUdp, udp(pattern(8)));
  EXPECT_EQ(check_l4_checksum(v4, parse_frame(v4)), L4Checksum::kAbsent);
  EXPECT_TRUE(l4_checksum_ok(v4, parse_frame(v4)));
  const Bytes v6 = ipv6_frame(kProtocolUdp, udp(pattern(8)));
  EXPECT_EQ(check_l4_checksum(v6, parse_frame(v6)), L4Checksum::kAbsent);
  EXPECT_FALSE(l4_checksum_ok(v6, parse_frame(v6)));
}

TEST(L4Checksum, NotCheckedWhereThereIsNone) {
  const Bytes routing = {kProtocolUdp, 0, 4, 1, 0, 0, 0, 0};
  for (Bytes frame : {ipv4_frame(kProtocolEsp, pattern(20)), ipv4_frame(kProtocolSctp, pattern(20)),
                      ethernet(kEtherTypeIpv4) + ipv4(kProtocolUdp, udp({1}), {}, kIpv4MoreFragments),
                      ipv4_frame(kProtocolUdp, pattern(7)), ethernet(kEtherTypeArp) + pattern(46)}) {
    const Bytes before = frame;
    EXPECT_EQ(check_l4_checksum(frame, parse_frame(frame)), L4Checksum::kNotChecked);
    EXPECT_EQ(l4_checksum(frame, parse_frame(frame)), 0);
    EXPECT_FALSE(update_l4_checksum(frame, parse_frame(frame)));
    EXPECT_EQ(frame, before);
  }
  const Bytes frame = ipv6_frame(kIpv6Routing, routing + udp(pattern(4)));
  EXPECT_EQ(check_l4_checksum(frame, parse_frame(frame)), L4Checksum::kNotChecked);
}

TEST(PseudoHeader, TakesProtocolAndLengthFromTheCaller) {
  const Bytes frame = ipv4_frame(kProtocolUdp, udp(pattern(40)));
  const Parsed parsed = parse_frame(frame);
  const Bytes bytes = Bytes{10, 0, 0, 1, 10, 0, 0, 2, 0, kProtocolTcp} + be16(24);
  EXPECT_EQ(checksum_fold(pseudo_header_sum(frame, parsed, kProtocolTcp, 24)), reference_sum(bytes));
  EXPECT_EQ(pseudo_header_sum(frame, parsed), pseudo_header_sum(frame, parsed, kProtocolUdp, 48));
}

}  // namespace
}  // namespace pspnic::net::test
