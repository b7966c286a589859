// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/diff.h"

#include "testbench/tests/testbench/vectors/fixtures.h"

namespace pspnic::vectors {
namespace {

// The first IPv4 transport packet of ours, without cookie.
const Seal& a_packet() {
  static const std::vector<Case> cases =
      read_own_packets(test::content_of(PSPNIC_SOURCE_DIR "/vectors/psp/packets.json"), "packets");
  return std::get<Seal>(cases.at(1).work);
}

std::string field_at(const Bytes& frame, size_t byte, Written written = Written::kSealed) {
  return place_in(frame_fields(frame, written), byte);
}

TEST(Fields, NameEachPartOfAPspPacket) {
  const Bytes& wire = a_packet().wire;
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
    const std::string content = test::content_of(std::string(PSPNIC_SOURCE_DIR "/vectors/psp/") + file);
    for (const Case& one : read_cases(recognise(content), content, file)) {
      const Receive* receive = std::get_if<Receive>(&one.work);
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

TEST(Diff, NothingForEqualBytes) {
  EXPECT_EQ(annotated_diff(a_packet().wire, a_packet().wire, frame_fields(a_packet().wire)), "");
  EXPECT_EQ(annotated_diff({}, {}, {}), "");
}

TEST(Diff, NamesTheFieldAndMarksTheBytes) {
  const Bytes expected = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
  Bytes got = expected;
  got[2] = 0xff;
  got[17] = 0xfe;
  EXPECT_EQ(annotated_diff(expected, got, {{0, 4, "head"}, {4, 17, "body"}, {17, 18, "tail"}}),
            "at 0002: head, byte 3 of 4\n"
            "  expected 0000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n"
            "  got      0000  00 01 ff 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n"
            "                       ^^\n"
            "  expected 0010  10 11\n"
            "  got      0010  10 fe\n"
            "                    ^^\n"
            "  also different: tail");
}

TEST(Diff, TellsLengths) {
  const Bytes expected = {1, 2};
  EXPECT_TRUE(annotated_diff(expected, Bytes{1}, {{0, 2, "all"}})
                  .starts_with("at 0001: all, byte 2 of 2; 1 bytes, expected 2\n"));
  EXPECT_TRUE(annotated_diff(expected, Bytes{1, 2, 3}, {{0, 2, "all"}})
                  .starts_with("at 0002: behind the end; 3 bytes, expected 2\n"));
}

}  // namespace
}  // namespace pspnic::vectors
