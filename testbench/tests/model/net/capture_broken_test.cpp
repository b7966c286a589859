// SPDX-License-Identifier: Apache-2.0
// Broken files: an error that names file, packet and reason, and what came before stays usable.
#include <gtest/gtest.h>

#include "testbench/tests/model/net/capture_files.h"

namespace pspnic::net::test {
namespace {

// Reads the file and expects an error at `packet` after `good` records.
void expect_error(const TemporaryFile& file, size_t good, uint64_t packet,
                  const std::string& reason_part = "") {
  CaptureReader reader(file.path());
  EXPECT_EQ(read_all(reader).size(), good);
  ASSERT_TRUE(reader.error());
  EXPECT_EQ(reader.error()->file, file.path());
  EXPECT_EQ(reader.error()->packet, packet);
  EXPECT_FALSE(reader.error()->reason.empty());
  EXPECT_NE(reader.error()->reason.find(reason_part), std::string::npos) << reader.error()->reason;
  CaptureRecord record;
  EXPECT_FALSE(reader.next(record));
}

const Bytes kTwoRecords = pcap_record(0, 1, pattern(60), 60) + pcap_record(0, 2, pattern(61), 61);

TEST(BrokenCapture, MissingFile) {
  const TemporaryFile file;
  expect_error(file, 0, 0, "No such file");
}

TEST(BrokenCapture, EmptyFile) {
  const TemporaryFile file;
  file.write({});
  expect_error(file, 0, 0);
}

TEST(BrokenCapture, BadMagic) {
  const TemporaryFile file;
  file.write(pcap_header(0x12345678) + kTwoRecords);
  expect_error(file, 0, 0);
}

TEST(BrokenCapture, TruncatedFileHeader) {
  const TemporaryFile file;
  Bytes header = pcap_header();
  header.resize(23);
  file.write(header);
  expect_error(file, 0, 0);
}

TEST(BrokenCapture, OtherLinkType) {
  const TemporaryFile file;
  file.write(pcap_header(0xa1b23c4d, 101) + kTwoRecords);  // raw IP
  expect_error(file, 0, 0, "link type");
}

TEST(BrokenCapture, TruncatedRecordHeader) {
  const TemporaryFile file;
  for (const size_t kept : {1UL, 8UL, 15UL}) {
    Bytes third = pcap_record(0, 3, pattern(60), 60);
    third.resize(kept);
    file.write(pcap_header() + kTwoRecords + third);
    expect_error(file, 2, 3);
  }
}

TEST(BrokenCapture, TruncatedPacketData) {
  const TemporaryFile file;
  for (const size_t kept : {16UL, 17UL, 75UL}) {
    Bytes third = pcap_record(0, 3, pattern(60), 60);
    third.resize(kept);
    file.write(pcap_header() + kTwoRecords + third);
    expect_error(file, 2, 3);
  }
}

TEST(BrokenCapture, AbsurdRecordLength) {
  const TemporaryFile file;
  file.write(pcap_header() + kTwoRecords + le32(0) + le32(3) + le32(0x7fffffff) + le32(60) + pattern(60));
  expect_error(file, 2, 3);
}

TEST(BrokenCapture, EveryPrefixGivesTheWholeRecordsBefore) {
  const TemporaryFile file;
  const Bytes whole = pcap_header() + kTwoRecords;
  for (size_t length = 24; length <= whole.size(); ++length) {
    file.write(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length)));
    CaptureReader reader(file.path());
    const size_t expected = length < 24 + 76 ? 0 : length < 24 + 76 + 77 ? 1 : 2;
    EXPECT_EQ(read_all(reader).size(), expected) << length;
    const bool between = length == 24 || length == 24 + 76 || length == whole.size();
    EXPECT_EQ(reader.error().has_value(), !between) << length;
  }
}

TEST(CaptureError, TextNamesAll) {
  EXPECT_EQ((CaptureError{"a.pcap", 3, "broken"}).text(), "a.pcap: packet 3: broken");
  EXPECT_EQ((CaptureError{"a.pcap", 0, "broken"}).text(), "a.pcap: broken");
}

}  // namespace
}  // namespace pspnic::net::test
