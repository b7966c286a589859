// SPDX-License-Identifier: Apache-2.0
#include "model/psp/check.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/net/frames.h"

namespace pspnic::psp {
namespace {

using net::test::Bytes;
using net::test::operator+;

// Not sealed, which no check before the cryptography sees.
Bytes frame_of(uint8_t crypt_offset = 0, size_t payload = 40) {
  Bytes header = {6, 1, crypt_offset, 1, 0x12, 0x34, 0x56, 0x78};
  header.resize(kHeaderBytes);
  return net::test::ipv4_frame(net::kProtocolUdp, net::test::udp(header + Bytes(payload + kIcvBytes)));
}

Check check(const Bytes& frame) {
  return check_packet(frame, net::parse_frame(frame));
}

TEST(ClaimedSpi, IsKnownOfWhatIsBrokenToo) {
  const auto spi = [](const Bytes& frame, Verdict verdict) {
    const Check done = check(frame);
    EXPECT_EQ(done.verdict, verdict) << text(done.reason);
    return claimed_spi(frame, done);
  };
  EXPECT_EQ(spi(frame_of(), Verdict::kDeliver), 0x12345678u);
  EXPECT_EQ(spi(frame_of(63), Verdict::kError), 0x12345678u) << "Crypt Offset";
  Bytes reserved = frame_of();
  reserved[42 + 3] |= 0x3c;
  EXPECT_EQ(spi(reserved, Verdict::kBad), 0x12345678u) << "version 15";
  Bytes udp_length = frame_of();
  udp_length[39] ^= 1;
  EXPECT_EQ(spi(udp_length, Verdict::kError), 0x12345678u);
  Bytes beyond = frame_of();
  beyond.resize(42 + 8);
  EXPECT_EQ(spi(beyond, Verdict::kError), 0x12345678u) << "the IP packet is longer than the frame";
  beyond.resize(42 + 7);
  beyond.shrink_to_fit();  // so that a sanitizer sees a byte read behind its end
  EXPECT_EQ(spi(beyond, Verdict::kError), 0u) << "ends inside the SPI";
}

TEST(ClaimedSpi, IsNoneOfWhatIsNoPsp) {
  Bytes frame = frame_of();
  frame[36] = 0;
  EXPECT_EQ(claimed_spi(frame, check(frame)), 0u) << "another port";
}

}  // namespace
}  // namespace pspnic::psp
