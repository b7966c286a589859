// SPDX-License-Identifier: Apache-2.0
#include "model/net/toeplitz.h"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

#include "testbench/tests/model/net/frames.h"

namespace pspnic::net::test {
namespace {

// Key and answers of "Verifying the RSS Hash Calculation".
constexpr std::array<uint8_t, 40> kKey = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                          0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                          0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                          0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

struct KnownAnswer {
  const char* destination;
  uint16_t destination_port;
  const char* source;
  uint16_t source_port;
  uint32_t addresses_only;
  uint32_t with_ports;
};
constexpr KnownAnswer kIpv4Answers[] = {
    {"161.142.100.80", 1766, "66.9.149.187", 2794, 0x323e8fc2, 0x51ccc178},
    {"65.69.140.83", 4739, "199.92.111.2", 14230, 0xd718262a, 0xc626b0ea},
    {"12.22.207.184", 38024, "24.19.198.95", 12898, 0xd2d0a5de, 0x5c2b394a},
    {"209.142.163.6", 2217, "38.27.205.30", 48228, 0x82989176, 0xafc7327f},
    {"202.188.127.2", 1303, "153.39.163.191", 44251, 0x5d1809c5, 0x10e828a2},
};
constexpr KnownAnswer kIpv6Answers[] = {
    {"3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794, 0x2cc18cd5, 0x40207d3d},
    {"ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0x0f0c461c, 0xdde51bbf},
    {"fe80::200:f8ff:fe21:67cf", 38024, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, 0x4b61e985, 0x02d1feef},
};

// Bit by bit: a set input bit adds the 32 key bits under the window, which moves one bit at a time.
uint32_t reference_hash(std::span<const uint8_t> key, std::span<const uint8_t> input) {
  const auto key_bit = [key](size_t i) { return uint32_t(key[i / 8] >> (7 - i % 8)) & 1; };
  uint32_t result = 0;
  for (size_t i = 0; i < input.size() * 8; ++i) {
    if ((input[i / 8] >> (7 - i % 8) & 1) == 0) continue;
    uint32_t window = 0;
    for (size_t bit = 0; bit < 32; ++bit) window = window << 1 | key_bit(i + bit);
    result ^= window;
  }
  return result;
}

TEST(Toeplitz, PublishedAnswersIpv4) {
  const Toeplitz toeplitz(kKey);
  for (const KnownAnswer& answer : kIpv4Answers) {
    const uint32_t source = ipv4_address(answer.source), destination = ipv4_address(answer.destination);
    EXPECT_EQ(toeplitz.hash(rss_input_v4(source, destination).view()), answer.addresses_only);
    EXPECT_EQ(
        toeplitz.hash(rss_input_v4(source, destination, answer.source_port, answer.destination_port).view()),
        answer.with_ports);
  }
}

TEST(Toeplitz, PublishedAnswersIpv6) {
  const Toeplitz toeplitz(kKey);
  for (const KnownAnswer& answer : kIpv6Answers) {
    const auto source = ipv6_address(answer.source), destination = ipv6_address(answer.destination);
    EXPECT_EQ(toeplitz.hash(rss_input_v6(source, destination).view()), answer.addresses_only);
    EXPECT_EQ(
        toeplitz.hash(rss_input_v6(source, destination, answer.source_port, answer.destination_port).view()),
        answer.with_ports);
  }
}

TEST(Toeplitz, EqualsTheBitSerialReferenceForAnyKey) {
  std::mt19937 random(3);
  for (const size_t key_bytes : {8UL, 16UL, 40UL, 52UL}) {
    Bytes key(key_bytes);
    for (uint8_t& byte : key) byte = uint8_t(random());
    const Toeplitz toeplitz(key);
    EXPECT_EQ(toeplitz.max_input_bytes(), std::min<size_t>(key_bytes - 4, 36));
    for (size_t length = 0; length <= toeplitz.max_input_bytes(); ++length) {
      Bytes input(length);
      for (uint8_t& byte : input) byte = uint8_t(random());
      ASSERT_EQ(toeplitz.hash(input), reference_hash(key, input)) << key_bytes << " " << length;
    }
  }
}

TEST(Toeplitz, IgnoresInputBeyondItsMaximum) {
  const Toeplitz toeplitz(kKey);
  const Bytes input = pattern(50);
  EXPECT_EQ(toeplitz.hash(input), toeplitz.hash(std::span(input).first(36)));
}

TEST(Toeplitz, RefusesAShortKey) {
  EXPECT_THROW(Toeplitz(std::span(kKey).first(7)), std::invalid_argument);
  EXPECT_NO_THROW(Toeplitz(std::span(kKey).first(8)));
}

Bytes frame_of(const KnownAnswer& answer, bool v6, const Bytes& l4, uint8_t protocol, uint16_t fragment = 0) {
  Bytes frame;
  if (v6) {
    frame = ipv6_frame(protocol, l4);
    const auto source = ipv6_address(answer.source), destination = ipv6_address(answer.destination);
    std::copy(source.begin(), source.end(), frame.begin() + 22);
    std::copy(destination.begin(), destination.end(), frame.begin() + 38);
  } else {
    frame = ethernet(kEtherTypeIpv4) + ipv4(protocol, l4, {}, fragment);
    store_be32(frame.data() + 26, ipv4_address(answer.source));
    store_be32(frame.data() + 30, ipv4_address(answer.destination));
  }
  return frame;
}

TEST(RssHash, TakesAddressesAndPortsFromTheFrame) {
  const Toeplitz toeplitz(kKey);
  for (const bool v6 : {false, true}) {
    const KnownAnswer& answer = v6 ? kIpv6Answers[1] : kIpv4Answers[1];
    const Bytes datagram = udp(pattern(9), answer.source_port, answer.destination_port);
    const Bytes udp_frame = frame_of(answer, v6, datagram, kProtocolUdp);
    EXPECT_EQ(rss_hash(toeplitz, udp_frame, parse_frame(udp_frame)), answer.with_ports);
    EXPECT_EQ(rss_hash(toeplitz, udp_frame, parse_frame(udp_frame), false), answer.addresses_only);
    EXPECT_TRUE(rss_input(udp_frame, parse_frame(udp_frame)).ports);
    const Bytes esp = frame_of(answer, v6, datagram, kProtocolEsp);
    EXPECT_EQ(rss_hash(toeplitz, esp, parse_frame(esp)), answer.addresses_only);
    EXPECT_FALSE(rss_input(esp, parse_frame(esp)).ports);
    Bytes segment = tcp(pattern(3));
    store_be16(segment.data(), answer.source_port);
    store_be16(segment.data() + 2, answer.destination_port);
    const Bytes tcp_frame = frame_of(answer, v6, segment, kProtocolTcp);
    EXPECT_EQ(rss_hash(toeplitz, tcp_frame, parse_frame(tcp_frame)), answer.with_ports);
  }
}

TEST(RssHash, AllFragmentsOfADatagramMeet) {
  const Toeplitz toeplitz(kKey);
  const KnownAnswer& answer = kIpv4Answers[2];
  const Bytes datagram = udp(pattern(40), answer.source_port, answer.destination_port);
  const Bytes first = frame_of(answer, false, datagram, kProtocolUdp, kIpv4MoreFragments);
  const Bytes later = frame_of(answer, false, pattern(40), kProtocolUdp, 6);
  EXPECT_EQ(rss_hash(toeplitz, first, parse_frame(first)), answer.addresses_only);
  EXPECT_EQ(rss_hash(toeplitz, later, parse_frame(later)), answer.addresses_only);
}

TEST(RssHash, IsZeroWithoutIp) {
  const Toeplitz toeplitz(kKey);
  const Bytes arp = ethernet(kEtherTypeArp) + pattern(46);
  EXPECT_EQ(rss_hash(toeplitz, arp, parse_frame(arp)), 0U);
  EXPECT_EQ(rss_input(arp, parse_frame(arp)).bytes, 0U);
  const Bytes cut = ethernet(kEtherTypeIpv4) + pattern(19);
  EXPECT_EQ(rss_hash(toeplitz, cut, parse_frame(cut)), 0U);
}

}  // namespace
}  // namespace pspnic::net::test
