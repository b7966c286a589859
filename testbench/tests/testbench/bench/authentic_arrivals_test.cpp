// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/authentic_arrivals.h"

#include <gtest/gtest.h>

#include "testbench/tests/testbench/bench/psp_frames.h"

namespace pspnic::bench {
namespace {

using test::Bytes;

constexpr uint32_t kSpi = 0x1234;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kIpv4InPsp = 4;
constexpr size_t kEthernet = 14;
constexpr size_t kIp = 20;
constexpr size_t kHeaders = kEthernet + kIp + 20;

// A segment of one stream, at `sequence`.
Bytes segment(uint32_t sequence, size_t payload, uint8_t seed = 1) {
  Bytes frame = test::clear_frame(test::payload_of(payload, seed));
  net::store_be32(&frame[38], sequence);
  return frame;
}

// Those payloads behind each other, under the first one's headers.
Bytes merged(std::initializer_list<Bytes> segments) {
  Bytes frame = *segments.begin();
  for (auto next = segments.begin() + 1; next != segments.end(); ++next) {
    frame.insert(frame.end(), next->begin() + kHeaders, next->end());
  }
  net::store_be16(&frame[16], static_cast<uint16_t>(frame.size() - kEthernet));
  return frame;
}

class AuthenticArrivalsTest : public testing::Test {
 protected:
  void transport(const Bytes& frame) { arrivals_.add(kSpi, kTcp, std::span(frame).subspan(kEthernet + kIp)); }
  void tunnel(const Bytes& frame) { arrivals_.add(kSpi, kIpv4InPsp, std::span(frame).subspan(kEthernet)); }
  bool take(const Bytes& frame, uint32_t segment_bytes = 0, uint32_t spi = kSpi) {
    return arrivals_.take(spi, frame, segment_bytes);
  }
  AuthenticArrivals arrivals_;
};

TEST_F(AuthenticArrivalsTest, EachCountsOnceInBothModes) {
  const Bytes one = segment(1, 100);
  const Bytes two = segment(101, 100);
  transport(one);
  tunnel(two);
  EXPECT_TRUE(take(two));
  EXPECT_TRUE(take(one));
  EXPECT_FALSE(take(one));
  EXPECT_FALSE(take(two));
}

TEST_F(AuthenticArrivalsTest, WhatCameTwiceMayBeTakenTwice) {
  const Bytes frame = segment(1, 100);
  transport(frame);
  transport(frame);
  EXPECT_TRUE(take(frame));
  EXPECT_TRUE(take(frame));
  EXPECT_FALSE(take(frame));
}

// Addresses are sealed in a tunnel and not in transport mode.
TEST_F(AuthenticArrivalsTest, AByteThatWasSealedMustBeTheSame) {
  const Bytes frame = segment(1, 100);
  Bytes address = frame;
  address[29] ^= 1;
  transport(frame);
  EXPECT_TRUE(take(address)) << "transport";
  tunnel(frame);
  EXPECT_FALSE(take(address)) << "tunnel";
  Bytes payload = frame;
  payload.back() ^= 1;
  EXPECT_FALSE(take(payload));
  EXPECT_FALSE(take(frame, 0, kSpi + 1)) << "another SPI";
  EXPECT_TRUE(take(frame));
}

TEST_F(AuthenticArrivalsTest, PaddingBehindThePacketIsNoPartOfIt) {
  Bytes frame = segment(1, 2);
  transport(frame);
  frame.resize(60);
  EXPECT_TRUE(take(frame));
}

TEST_F(AuthenticArrivalsTest, AMergedFrameTakesEachOfItsSegments) {
  const Bytes one = segment(0xffff'ffc0, 100);  // the sequence number wraps
  const Bytes two = segment(36, 100, 2);
  const Bytes last = segment(136, 30, 3);
  transport(one);
  tunnel(two);
  transport(last);
  EXPECT_TRUE(take(merged({one, two, last}), 100));
  for (const Bytes& each : {one, two, last}) EXPECT_FALSE(take(each));
}

TEST_F(AuthenticArrivalsTest, AMergedFrameOfOneThatNeverCameIsNone) {
  const Bytes one = segment(1, 100);
  const Bytes two = segment(101, 100, 2);
  transport(one);
  EXPECT_FALSE(take(merged({one, two}), 100));
}

TEST_F(AuthenticArrivalsTest, AMergedFrameInAnotherOrderIsNone) {
  const Bytes one = segment(1, 100);
  const Bytes two = segment(101, 100, 2);
  transport(one);
  transport(two);
  EXPECT_FALSE(take(merged({two, one}), 100));
}

// The same bytes of a stream, sent again with another acknowledgment: two packets, of which either will do.
TEST_F(AuthenticArrivalsTest, ASegmentSentAgainCountsForItself) {
  const Bytes first = segment(1, 100);
  Bytes again = first;
  net::store_be32(&again[42], 77);
  const Bytes next = segment(101, 100, 2);
  transport(first);
  transport(again);
  transport(next);
  EXPECT_TRUE(take(again));
  EXPECT_TRUE(take(merged({first, next}), 100));
  EXPECT_FALSE(take(first));
}

TEST_F(AuthenticArrivalsTest, AMergedFrameLeavesEitherOfASegmentSentAgain) {
  const Bytes next = segment(101, 100, 2);
  for (const bool take_first : {true, false}) {
    const Bytes first = segment(1, 100);
    Bytes again = first;
    net::store_be32(&again[42], 77);
    transport(first);
    transport(again);
    transport(next);
    EXPECT_TRUE(take(merged({first, next}), 100));
    EXPECT_TRUE(take(take_first ? first : again));
    EXPECT_FALSE(take(take_first ? again : first));
  }
}

TEST_F(AuthenticArrivalsTest, WhatIsNoIpPacketIsNotAuthentic) {
  const Bytes frame = segment(1, 100);
  transport(frame);
  EXPECT_FALSE(take(Bytes(10)));
  Bytes arp = frame;
  arp[12] = 8;
  arp[13] = 6;
  EXPECT_FALSE(take(arp));
  Bytes udp = frame;
  udp[23] = 17;
  EXPECT_FALSE(take(udp, 100)) << "merged, but not TCP";
}

}  // namespace
}  // namespace pspnic::bench
