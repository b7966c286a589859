// SPDX-License-Identifier: Apache-2.0
// What encapsulation refuses, and what packets.json does not cover.
#include "model/psp/encapsulate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "model/net/checksum.h"
#include "model/net/ethernet.h"
#include "model/net/ipv6.h"
#include "model/net/udp.h"
#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::psp {
namespace {

using test::Bytes;

constexpr size_t kRoomBytes = 128;
constexpr std::array<uint8_t, 4> kSource = {192, 0, 2, 1};
constexpr std::array<uint8_t, 4> kDestination = {192, 0, 2, 2};

// Cleartext frames of packets.json by name.
Bytes cleartext(const std::string& name) {
  static const nlohmann::json vectors = test::read_own("packets.json").at("vectors");
  for (const auto& vector : vectors) {
    if (vector.at("name") == name) return test::from_hex(vector.at("cleartext"));
  }
  throw std::runtime_error("no vector " + name);
}

Bytes v4() {
  return cleartext("transport_4_length17");
}
Bytes v6() {
  return cleartext("transport_6_s1_d0");
}

struct Result {
  EncapStatus status;
  Bytes frame;
  bool untouched;
};

template <typename Function>
Result run(const Bytes& frame, Function function, size_t headroom = kRoomBytes,
           size_t tailroom = kRoomBytes) {
  Bytes storage = test::surround(frame, headroom, tailroom);
  const Bytes before = storage;
  FrameBuffer buffer{storage, headroom, headroom + frame.size()};
  const EncapStatus status = function(buffer);
  const Bytes after(buffer.frame().begin(), buffer.frame().end());
  const bool untouched =
      storage == before && buffer.begin == headroom && buffer.end == headroom + frame.size();
  return {status, after, untouched};
}

Result transport(const Bytes& frame, const EncapParams& params = {}, size_t headroom = kRoomBytes) {
  return run(
      frame, [&](FrameBuffer& buffer) { return transport_encapsulate(buffer, params); }, headroom);
}

Result tunnel(const Bytes& frame, const TunnelParams& outer, size_t headroom = kRoomBytes) {
  return run(
      frame, [&](FrameBuffer& buffer) { return tunnel_encapsulate(buffer, {}, outer); }, headroom);
}

TunnelParams outer_v4() {
  TunnelParams outer;
  outer.source = kSource;
  outer.destination = kDestination;
  return outer;
}

void expect_refused(const Result& result, EncapStatus status) {
  EXPECT_EQ(result.status, status) << text(result.status);
  EXPECT_TRUE(result.untouched);
}

TEST(TransportEncapsulate, Refusals) {
  Bytes arp = v4();
  arp[12] = 8, arp[13] = 6;
  expect_refused(transport(arp), EncapStatus::kNotIp);
  Bytes short_frame = v4();
  short_frame.pop_back();
  expect_refused(transport(short_frame), EncapStatus::kNotIp);
  expect_refused(transport({}), EncapStatus::kNotIp);
  Bytes fragment = v4();
  fragment[20] = 0x20;
  expect_refused(transport(fragment), EncapStatus::kFragment);
  Bytes nested = v4();
  nested[23] = net::kProtocolIpv4;
  expect_refused(transport(nested), EncapStatus::kIpInIp);
  Bytes extended = v6();
  extended[20] = net::kIpv6Fragment;
  extended[54] = 17, extended[56] = extended[57] = 0;
  expect_refused(transport(extended), EncapStatus::kExtensionHeaders);
  extended[20] = net::kIpv6Routing;
  extended[55] = 0, extended[57] = 1;
  expect_refused(transport(extended), EncapStatus::kExtensionHeaders);
  EncapParams offset;
  offset.crypt_offset = 64;
  expect_refused(transport(v4(), offset), EncapStatus::kBadParameter);
  const Bytes odd(7);
  EncapParams extension;
  extension.extension = odd;
  expect_refused(transport(v4(), extension), EncapStatus::kBadParameter);
}

// UDP goes behind them, and what they said comes back.
TEST(TransportEncapsulate, GoesBehindExtensionHeaders) {
  Bytes clear = v6();
  const Bytes chain = {60, 0, 1, 4, 0, 0, 0, 0, 43, 0, 1, 4, 0, 0, 0, 0, 17, 0, 253, 0, 0, 0, 0, 0};
  clear.insert(clear.begin() + 54, chain.begin(), chain.end());
  clear[20] = 0;
  clear[19] = static_cast<uint8_t>(clear[19] + chain.size());
  Bytes nested = clear;
  nested[54 + 16] = net::kProtocolTcp;
  Result result = transport(nested);
  ASSERT_EQ(result.status, EncapStatus::kOk);
  EXPECT_EQ(result.frame[20], 0);
  EXPECT_EQ(result.frame[54 + 16], 17);
  EXPECT_EQ(result.frame[78 + 8], net::kProtocolTcp) << "PSP's Next Header";
  EXPECT_EQ(result.frame.size(), nested.size() + 24);
  EXPECT_EQ(result.frame[19], nested[19] + 24);
  result = run(result.frame, [](FrameBuffer& buffer) { return decapsulate(buffer, IcvState::kStripped); });
  ASSERT_EQ(result.status, EncapStatus::kOk);
  EXPECT_EQ(result.frame, nested);
}

// What the network broke stays visible.
TEST(TransportEncapsulate, ADamagedIpv4HeaderStaysDamaged) {
  const Bytes clear = v4();
  const Bytes sealed = transport(clear).frame;
  for (size_t at = 14; at < 14 + 20; ++at) {
    if (at == 14 || at == 16 || at == 17 || at == 20 || at == 21 || at == 23) continue;  // no packet of PSP
    Bytes damaged = sealed;
    damaged[at] ^= 0x20;
    const Result result =
        run(damaged, [](FrameBuffer& buffer) { return decapsulate(buffer, IcvState::kStripped); });
    ASSERT_EQ(result.status, EncapStatus::kOk);
    EXPECT_FALSE(net::ipv4_checksum_ok(std::span(result.frame).subspan(14, 20))) << at;
    if (at == 24 || at == 25) continue;  // the checksum's own bytes
    Bytes expected = clear;
    expected[at] ^= 0x20;
    EXPECT_EQ(result.frame, expected) << at;
  }
}

TEST(TransportEncapsulate, HeadroomToTheByte) {
  expect_refused(transport(v4(), {}, 23), EncapStatus::kNoRoom);
  EXPECT_EQ(transport(v4(), {}, 24).status, EncapStatus::kOk);
  EncapParams cookie;
  cookie.vc = 1;
  expect_refused(transport(v4(), cookie, 31), EncapStatus::kNoRoom);
  EXPECT_EQ(transport(v4(), cookie, 32).status, EncapStatus::kOk);
}

TEST(TransportEncapsulate, LongestExtension) {
  const Bytes most(kMaxHeaderBytes - kHeaderBytes, 0x77);
  EncapParams params;
  params.extension = most;
  const Result result = transport(v4(), params, 2100);
  ASSERT_EQ(result.status, EncapStatus::kOk);
  EXPECT_EQ(result.frame[14 + 20 + 8 + 1], 255);
  params.vc = 1;
  expect_refused(transport(v4(), params, 2100), EncapStatus::kBadParameter);
}

// An IPv4 UDP datagram of exactly `ip_bytes`.
Bytes long_datagram(size_t ip_bytes) {
  Bytes frame = v4();
  frame.resize(14 + ip_bytes);
  net::store_be16(frame.data() + 16, static_cast<uint16_t>(ip_bytes));
  net::set_udp_length(frame.data() + 34, static_cast<uint16_t>(ip_bytes - 20));
  net::update_ipv4_checksum(frame.data() + 14);
  return frame;
}

TEST(TransportEncapsulate, LengthLimit) {
  EXPECT_EQ(transport(long_datagram(65535 - 24)).status, EncapStatus::kOk);
  expect_refused(transport(long_datagram(65535 - 23)), EncapStatus::kTooLong);
  // Lengths that leave no room for the ICV are found when it is added.
  const Bytes full = transport(long_datagram(65535 - 24)).frame;
  expect_refused(run(full, [](FrameBuffer& buffer) { return append_icv(buffer); }), EncapStatus::kTooLong);
}

// A template for segmentation is longer than its length fields can say.
TEST(TransportEncapsulate, TemplateReachesToTheEndOfTheFrame) {
  Bytes frame = v4();
  frame.resize(14 + 70000);
  net::store_be16(frame.data() + 16, 0);
  const Result result = run(
      frame, [](FrameBuffer& buffer) { return transport_encapsulate(buffer, {}, net::IpLength::kIgnore); });
  ASSERT_EQ(result.status, EncapStatus::kOk);
  EXPECT_EQ(result.frame.size(), frame.size() + 24);
  EXPECT_TRUE(std::equal(frame.begin() + 34, frame.end(), result.frame.begin() + 58));
}

TEST(TunnelEncapsulate, Refusals) {
  Bytes arp = v4();
  arp[12] = 8, arp[13] = 6;
  expect_refused(tunnel(arp, outer_v4()), EncapStatus::kNotIp);
  TunnelParams no_address = outer_v4();
  no_address.source = {};
  expect_refused(tunnel(v4(), no_address), EncapStatus::kBadParameter);
  TunnelParams short_address = outer_v4();
  short_address.outer_v6 = true;
  expect_refused(tunnel(v4(), short_address), EncapStatus::kBadParameter);
  expect_refused(tunnel(v4(), outer_v4(), 43), EncapStatus::kNoRoom);
  EXPECT_EQ(tunnel(v4(), outer_v4(), 44).status, EncapStatus::kOk);
  expect_refused(tunnel(long_datagram(65535 - 43), outer_v4()), EncapStatus::kTooLong);
  EXPECT_EQ(tunnel(long_datagram(65535 - 44), outer_v4()).status, EncapStatus::kOk);
}

// A tunnel carries what transport mode cannot.
TEST(TunnelEncapsulate, FragmentsAndExtensionHeaders) {
  Bytes fragment = v4();
  fragment[20] = 0x20;
  Result result = tunnel(fragment, outer_v4());
  ASSERT_EQ(result.status, EncapStatus::kOk);
  result = run(result.frame, [](FrameBuffer& buffer) { return decapsulate(buffer, IcvState::kStripped); });
  EXPECT_EQ(result.status, EncapStatus::kOk);
  EXPECT_EQ(result.frame, fragment);
}

TEST(TunnelEncapsulate, OuterHeaderFields) {
  TunnelParams outer = outer_v4();
  outer.ttl = 9;
  outer.traffic_class = 0xb8;
  outer.identification = 0xbeef;
  outer.dont_fragment = false;
  const Result result = tunnel(v6(), outer);
  ASSERT_EQ(result.status, EncapStatus::kOk);
  const net::Parsed parsed = net::parse_frame(result.frame);
  EXPECT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed.ip_checksum_ok);
  EXPECT_EQ(test::to_hex(std::span(result.frame).subspan(14, 2)), "45b8");
  EXPECT_EQ(test::to_hex(std::span(result.frame).subspan(18, 6)), "beef00000911");
  EXPECT_EQ(test::to_hex(std::span(result.frame).subspan(26, 8)), "c0000201c0000202");
}

TEST(FinishLengths, AddsSixteenAndKeepsTheChecksumRight) {
  for (const Bytes& clear : {v4(), v6()}) {
    Bytes frame = transport(clear).frame;
    const net::Parsed before = net::parse_frame(frame);
    ASSERT_TRUE(finish_lengths(frame, before));
    frame.resize(frame.size() + kIcvBytes);
    const net::Parsed after = net::parse_frame(frame);
    EXPECT_TRUE(after.ok());
    EXPECT_TRUE(after.ip_checksum_ok);
    EXPECT_EQ(after.ip_end, before.ip_end + kIcvBytes);
    EXPECT_EQ(after.l4_end, before.l4_end + kIcvBytes);
  }
}

TEST(FinishLengths, OnlyUdp) {
  Bytes tcp = cleartext("transport_4_options");
  const Bytes before = tcp;
  EXPECT_FALSE(finish_lengths(tcp, net::parse_frame(tcp)));
  EXPECT_EQ(tcp, before);
  expect_refused(run(tcp, [](FrameBuffer& buffer) { return append_icv(buffer); }), EncapStatus::kNotPsp);
  const Bytes driver = transport(v4()).frame;
  expect_refused(run(
                     driver, [](FrameBuffer& buffer) { return append_icv(buffer); }, 0, 15),
                 EncapStatus::kNoRoom);
}

TEST(Decapsulate, Refusals) {
  const auto strip = [](FrameBuffer& buffer) { return decapsulate(buffer, IcvState::kStripped); };
  expect_refused(run(v4(), strip), EncapStatus::kNotPsp);
  const Bytes driver = transport(v4()).frame;
  Bytes fragment = driver;
  fragment[20] = 0x20;
  expect_refused(run(fragment, strip), EncapStatus::kFragment);
  Bytes no_header = driver;
  no_header[43] = 0;
  expect_refused(run(no_header, strip), EncapStatus::kFraming);
  Bytes long_header = driver;
  long_header[43] = 20;
  expect_refused(run(long_header, strip), EncapStatus::kFraming);
  Bytes udp_length = driver;
  ++udp_length[39];
  expect_refused(run(udp_length, strip), EncapStatus::kFraming);
  Bytes family = tunnel(v4(), outer_v4()).frame;
  family[42] = net::kProtocolIpv6;
  expect_refused(run(family, strip), EncapStatus::kInnerFamily);
  Bytes runt = driver;
  runt[42] = net::kProtocolIpv6;  // 25 bytes cannot be an IPv6 packet
  expect_refused(run(runt, strip), EncapStatus::kInnerFamily);
}

// TTL comes from the outer header, which nothing protects.
TEST(Decapsulate, TransportKeepsTheOuterTtl) {
  Bytes frame = transport(v4()).frame;
  frame[22] = 5;
  net::update_ipv4_checksum(&frame[14]);  // as the routers do
  const Result result =
      run(frame, [](FrameBuffer& buffer) { return decapsulate(buffer, IcvState::kStripped); });
  ASSERT_EQ(result.status, EncapStatus::kOk);
  EXPECT_EQ(result.frame[22], 5);
  EXPECT_TRUE(net::parse_frame(result.frame).ip_checksum_ok);
}

TEST(SourcePort, SpansTheRange) {
  EXPECT_EQ(source_port(0), 49152);
  EXPECT_EQ(source_port(0xffffffff), 65535);
  EXPECT_EQ(source_port(0xffffffff, 0, 65535), 65535);
  EXPECT_EQ(source_port(0x80000000, 0, 65535), 32768);
  EXPECT_EQ(source_port(12345, 7, 7), 7);
}

TEST(EncapStatus, TextsExist) {
  for (int i = 0; i <= static_cast<int>(EncapStatus::kInnerFamily); ++i) {
    EXPECT_STRNE(text(static_cast<EncapStatus>(i)), "unknown");
  }
}

}  // namespace
}  // namespace pspnic::psp
