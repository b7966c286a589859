// SPDX-License-Identifier: Apache-2.0
#include "model/rx/inner_checksum.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "model/net/bytes.h"
#include "model/psp/encapsulate.h"
#include "model/psp/header.h"

namespace pspnic::rx {
namespace {

using net::L4Checksum;

constexpr size_t kHeadroom = 128;
constexpr size_t kTcpAt = 34;  // in the plain frame

// A TCP or UDP frame whose checksum was computed by hand arithmetic below, not by the code under test.
std::vector<uint8_t> plain_frame(uint8_t protocol) {
  std::vector<uint8_t> frame(14 + 20 + 20 + 11);
  net::store_be16(&frame[12], 0x0800);
  frame[14] = 0x45;
  net::store_be16(&frame[16], static_cast<uint16_t>(frame.size() - 14));
  frame[22] = 64;
  frame[23] = protocol;
  net::store_be32(&frame[26], 0xc0000201);
  net::store_be32(&frame[30], 0xc0000202);
  for (size_t i = kTcpAt; i < frame.size(); ++i) frame[i] = static_cast<uint8_t>(i * 29);
  if (protocol == net::kProtocolTcp) frame[kTcpAt + 12] = 0x50;
  if (protocol == net::kProtocolUdp)
    net::store_be16(&frame[kTcpAt + 4], static_cast<uint16_t>(frame.size() - kTcpAt));
  const size_t field = kTcpAt + (protocol == net::kProtocolTcp ? 16u : 6u);
  net::store_be16(&frame[field], 0);
  uint32_t sum = 0xc000 + 0x0201 + 0xc000 + 0x0202 + protocol + static_cast<uint32_t>(frame.size() - kTcpAt);
  for (size_t i = kTcpAt; i < frame.size(); ++i) sum += i % 2 == 0 ? uint32_t{frame[i]} << 8 : frame[i];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  net::store_be16(&frame[field], static_cast<uint16_t>(~sum));
  return frame;
}

// The frame as it stands after decryption: encapsulated, lengths with ICV, any 16 bytes for the ICV.
std::vector<uint8_t> opened(const std::vector<uint8_t>& plain, bool tunnel = false) {
  std::vector<uint8_t> buffer(kHeadroom + plain.size() + 64);
  std::copy(plain.begin(), plain.end(), buffer.begin() + kHeadroom);
  psp::FrameBuffer frame{buffer, kHeadroom, kHeadroom + plain.size()};
  psp::EncapParams params;
  params.spi = 7;
  const std::array<uint8_t, 4> a{10, 0, 0, 1};
  const std::array<uint8_t, 4> b{10, 0, 0, 2};
  psp::TunnelParams outer;
  outer.source = a;
  outer.destination = b;
  EXPECT_EQ(
      tunnel ? psp::tunnel_encapsulate(frame, params, outer) : psp::transport_encapsulate(frame, params),
      psp::EncapStatus::kOk);
  EXPECT_EQ(psp::append_icv(frame), psp::EncapStatus::kOk);
  return {frame.frame().begin(), frame.frame().end()};
}

L4Checksum check(const std::vector<uint8_t>& frame) {
  return check_inner_checksum(frame, net::parse_frame(frame));
}

class InnerChecksumTest : public testing::TestWithParam<std::tuple<uint8_t, bool>> {};

TEST_P(InnerChecksumTest, IsRightForWhatTheSenderComputed) {
  const auto [protocol, tunnel] = GetParam();
  EXPECT_EQ(check(opened(plain_frame(protocol), tunnel)), L4Checksum::kGood);
}

TEST_P(InnerChecksumTest, IsWrongWhenAnyByteOfTheDatagramDiffers) {
  const auto [protocol, tunnel] = GetParam();
  const std::vector<uint8_t> good = opened(plain_frame(protocol), tunnel);
  const size_t datagram = good.size() - 16 - 31;
  for (size_t i = datagram; i < good.size() - 16; ++i) {
    const size_t in_datagram = i - datagram;
    if (protocol == net::kProtocolUdp && in_datagram >= 4 && in_datagram < 8)
      continue;                                                                  // length: another datagram
    if (tunnel && protocol == net::kProtocolTcp && in_datagram == 12) continue;  // header length likewise
    std::vector<uint8_t> bad = good;
    bad[i] ^= 0x10;
    EXPECT_EQ(check(bad), L4Checksum::kBad) << "byte " << i;
  }
}

TEST_P(InnerChecksumTest, DoesNotCountTheIcv) {
  const auto [protocol, tunnel] = GetParam();
  std::vector<uint8_t> frame = opened(plain_frame(protocol), tunnel);
  frame.back() ^= 0xff;
  EXPECT_EQ(check(frame), L4Checksum::kGood);
}

INSTANTIATE_TEST_SUITE_P(All, InnerChecksumTest,
                         testing::Combine(testing::Values(net::kProtocolTcp, net::kProtocolUdp),
                                          testing::Bool()));

TEST(InnerChecksum, OfUdpMayBeAbsent) {
  std::vector<uint8_t> frame = plain_frame(net::kProtocolUdp);
  net::store_be16(&frame[kTcpAt + 6], 0);
  EXPECT_EQ(check(opened(frame)), L4Checksum::kAbsent);
}

// As in a plain packet: the length in the pseudo header is UDP's.
TEST(InnerChecksum, OfUdpIsOverTheDatagramAlone) {
  for (const bool tunnel : {false, true}) {
    std::vector<uint8_t> frame = plain_frame(net::kProtocolUdp);
    const std::vector<uint8_t> surplus(9, 0x31);
    frame.insert(frame.end(), surplus.begin(), surplus.end());
    net::store_be16(&frame[16], static_cast<uint16_t>(frame.size() - 14));
    EXPECT_EQ(check(opened(frame, tunnel)), L4Checksum::kGood) << tunnel;
    frame[frame.size() - surplus.size() - 1] ^= 1;
    EXPECT_EQ(check(opened(frame, tunnel)), L4Checksum::kBad) << tunnel;
  }
}

TEST(InnerChecksum, OfAUdpLengthThatDoesNotFitIsNotChecked) {
  for (const int length : {7, 100}) {
    std::vector<uint8_t> frame = opened(plain_frame(net::kProtocolUdp));
    net::store_be16(&frame[frame.size() - 16 - 31 + 4], static_cast<uint16_t>(length));
    EXPECT_EQ(check(frame), L4Checksum::kNotChecked) << length;
  }
}

TEST(InnerChecksum, IsNotLookedForInOtherProtocols) {
  std::vector<uint8_t> frame = plain_frame(net::kProtocolUdp);
  frame[23] = 132;  // SCTP
  EXPECT_EQ(check(opened(frame)), L4Checksum::kNotChecked);
}

}  // namespace
}  // namespace pspnic::rx
