// SPDX-License-Identifier: Apache-2.0
#include "testbench/diff/frame_fields.h"

#include "testbench/tests/testbench/vectors/fixtures.h"

namespace pspnic::diff {
namespace {

// The first IPv4 transport packet of ours, without cookie.
const vectors::Seal& a_packet() {
  static const std::vector<vectors::Case> cases = vectors::read_own_packets(
      vectors::test::content_of(PSPNIC_SOURCE_DIR "/vectors/psp/packets.json"), "packets");
  return std::get<vectors::Seal>(cases.at(1).work);
}

std::string field_at(const vectors::Bytes& frame, size_t byte, Written written = Written::kSealed) {
  return place_in(frame_fields(frame, written), byte);
}

TEST(Fields, NameEachPartOfAPspPacket) {
  const vectors::Bytes& wire = a_packet().wire;
  EXPECT_EQ(field_at(wire, 0), "Ethernet destination, byte 1 of 6");
  EXPECT_EQ(field_at(wire, 13), "EtherType, byte 2 of 2");
  EXPECT_EQ(field_at(wire, 22), "IPv4 TTL");
  EXPECT_EQ(field_at(wire, 24), "IPv4 checksum, byte 1 of 2");
  EXPECT_EQ(field_at(wire, 36), "UDP destination port, byte 1 of 2");
  EXPECT_EQ(field_at(wire, 42), "PSP Next Header");
  EXPECT_EQ(field_at(wire, 49), "PSP SPI, byte 4 of 4");
  EXPECT_EQ(field_at(wire, 57), "PSP IV, byte 8 of 8");
  EXPECT_EQ(field_at(wire, 58), "ciphertext, byte 1 of 29");
  EXPECT_EQ(field_at(wire, wire.size() - 1), "ICV, byte 16 of 16");
  EXPECT_EQ(field_at(wire, 58, Written::kOpened), "inner TCP source port, byte 1 of 2");
  EXPECT_EQ(field_at(a_packet().driver, a_packet().driver.size() - 1, Written::kDriver),
            "inner TCP payload, byte 9 of 9");
  EXPECT_EQ(field_at(a_packet().cleartext, 38), "TCP sequence number, byte 1 of 4");
}

// Every byte of any frame has one field.
TEST(Fields, CoverAllFrames) {
  for (const char* file : {"packets.json", "receiver.json"}) {
    const std::string content =
        vectors::test::content_of(std::string(PSPNIC_SOURCE_DIR "/vectors/psp/") + file);
    for (const vectors::Case& one : vectors::read_cases(vectors::recognise(content), content, file)) {
      const vectors::Receive* receive = std::get_if<vectors::Receive>(&one.work);
      if (receive == nullptr) continue;
      for (size_t size = 0; size <= receive->frame.size(); ++size) {
        for (const Written written : {Written::kSealed, Written::kOpened, Written::kDriver}) {
          size_t at = 0;
          for (const Field& field : frame_fields(std::span(receive->frame).first(size), written)) {
            ASSERT_EQ(field.begin, at) << one.id << " " << field.name;
            ASSERT_GT(field.end, at);
            at = field.end;
          }
          ASSERT_EQ(at, size) << one.id;
        }
      }
    }
  }
}

}  // namespace
}  // namespace pspnic::diff
