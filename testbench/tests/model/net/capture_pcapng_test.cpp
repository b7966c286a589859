// SPDX-License-Identifier: Apache-2.0
// pcapng (IETF draft "PCAP Now Generic"), block by block.
#include <gtest/gtest.h>

#include "testbench/tests/model/net/capture_files.h"

namespace pspnic::net::test {
namespace {

Bytes padded(Bytes bytes) {
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

Bytes block(uint32_t type, const Bytes& body) {
  const auto length = static_cast<uint32_t>(body.size() + 12);
  return le32(type) + le32(length) + body + le32(length);
}

Bytes section_header() {
  return block(0x0a0d0d0a, le32(0x1a2b3c4d) + le16(1) + le16(0) + le32(~0U) + le32(~0U));
}

// Option 9, if_tsresol: 10 to the minus `resolution`.
Bytes interface_description(uint16_t link_type, uint8_t resolution) {
  return block(1, le16(link_type) + le16(0) + le32(262144) + le16(9) + le16(1) + padded({resolution}) +
                      le16(0) + le16(0));
}

Bytes enhanced_packet(uint64_t time, const Bytes& data, uint32_t original) {
  return block(6, le32(0) + le32(uint32_t(time >> 32)) + le32(uint32_t(time)) + le32(uint32_t(data.size())) +
                      le32(original) + padded(data));
}

TEST(Pcapng, ReadsNanosecondsAndTruncatedPackets) {
  const TemporaryFile file(".pcapng");
  const uint64_t time = 1'700'000'000'123'456'789;
  const Bytes tagged = ethernet(kEtherTypeIpv4, {{kEtherTypeVlan, 9}}) + ipv4(kProtocolUdp, udp(pattern(33)));
  const Bytes name_resolution = block(4, le32(0));
  file.write(section_header() + interface_description(1, 9) +
             enhanced_packet(time, tagged, uint32_t(tagged.size())) + name_resolution +
             enhanced_packet(time + 1, pattern(61), 1514));
  CaptureReader reader(file.path());
  EXPECT_EQ(read_all(reader),
            (std::vector<Copy>{{time, tagged, uint32_t(tagged.size())}, {time + 1, pattern(61), 1514}}));
  EXPECT_FALSE(reader.error()) << reader.error()->text();
}

TEST(Pcapng, ReadsMicroseconds) {
  const TemporaryFile file(".pcapng");
  file.write(section_header() + interface_description(1, 6) + enhanced_packet(5'000'001, pattern(60), 60));
  CaptureReader reader(file.path());
  EXPECT_EQ(read_all(reader), (std::vector<Copy>{{5'000'001'000, pattern(60), 60}}));
}

TEST(Pcapng, OtherLinkTypeIsAnError) {
  const TemporaryFile file(".pcapng");
  file.write(section_header() + interface_description(113, 9) + enhanced_packet(1, pattern(60), 60));
  CaptureReader reader(file.path());
  EXPECT_TRUE(read_all(reader).empty());
  ASSERT_TRUE(reader.error());
  EXPECT_EQ(reader.error()->packet, 0U);
}

TEST(Pcapng, TruncatedBlockNamesThePacket) {
  const TemporaryFile file(".pcapng");
  Bytes whole = section_header() + interface_description(1, 9) + enhanced_packet(1, pattern(60), 60) +
                enhanced_packet(2, pattern(60), 60);
  whole.resize(whole.size() - 10);
  file.write(whole);
  CaptureReader reader(file.path());
  EXPECT_EQ(read_all(reader).size(), 1U);
  ASSERT_TRUE(reader.error());
  EXPECT_EQ(reader.error()->packet, 2U);
}

TEST(Pcapng, PacketLengthBeyondItsBlockIsAnError) {
  const TemporaryFile file(".pcapng");
  file.write(section_header() + interface_description(1, 9) +
             block(6, le32(0) + le32(0) + le32(1) + le32(500) + le32(500) + pattern(60)));
  CaptureReader reader(file.path());
  EXPECT_TRUE(read_all(reader).empty());
  ASSERT_TRUE(reader.error());
  EXPECT_EQ(reader.error()->packet, 1U);
}

}  // namespace
}  // namespace pspnic::net::test
