// SPDX-License-Identifier: Apache-2.0
#include "model/record/reader.h"

#include <algorithm>
#include <stdexcept>

#include "model/base/config_error.h"
#include "testbench/tests/model/record/recordings.h"

namespace pspnic::record {
namespace {

std::string error_of(const Bytes& file) {
  try {
    (void)parse(file, "x.rec");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

void append(Bytes& file, const Bytes& bytes) {
  file.insert(file.end(), bytes.begin(), bytes.end());
}

Bytes small_file() {
  return file_of(small_header(), small_entries(), kSmallEnd);
}

// Where the entries begin, behind magic, version and the header with its length of two bytes.
size_t entries_begin(const Bytes& file) {
  const size_t text = static_cast<size_t>(file[17] & 0x7f) | static_cast<size_t>(file[18]) << 7;
  return 19 + text;
}

TEST(RecordReader, ReadsWhatTheWriterHasWritten) {
  const Recording recording = parse(small_file(), "x.rec");
  const Header header = small_header();
  EXPECT_EQ(recording.header.source, header.source);
  EXPECT_EQ(recording.header.build, header.build);
  EXPECT_EQ(recording.header.parameters, R"({"nic":{"device":{"queues":"4"}}})");
  EXPECT_EQ(recording.header.mac, header.mac);
  EXPECT_EQ(recording.header.seed, header.seed);
  EXPECT_EQ(recording.header.stream, header.stream);
  EXPECT_EQ(recording.header.spi_first, header.spi_first);
  EXPECT_EQ(recording.header.interrupt_base, header.interrupt_base);
  EXPECT_EQ(recording.header.interrupt_bytes, header.interrupt_bytes);
  EXPECT_EQ(recording.end, kSmallEnd);
  const std::vector<Entry> entries = small_entries();
  ASSERT_EQ(recording.entries.size(), entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    const Entry& read = recording.entries[i];
    EXPECT_EQ(read.kind, entries[i].kind);
    EXPECT_EQ(read.ok, entries[i].ok) << i;
    EXPECT_EQ(read.time, entries[i].time) << i;
    EXPECT_EQ(read.progress, entries[i].progress) << i;
    EXPECT_EQ(read.address, entries[i].address) << i;
    EXPECT_EQ(read.span, entries[i].span) << i;
    EXPECT_TRUE(std::ranges::equal(read.data, entries[i].data)) << i;
  }
}

TEST(RecordReader, TheHeaderWarnsOfKeys) {
  const Bytes file = small_file();
  const std::string text(file.begin(), file.end());
  EXPECT_EQ(text.substr(0, 16), "pspnic recording");
  EXPECT_NE(text.find("holds the keys that the driver installed"), std::string::npos);
}

Bytes first(const Bytes& file, size_t length) {
  return Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
}

TEST(RecordReader, EveryTruncationOfTheHeaderIsToldWithItsPlace) {
  const Bytes file = small_file();
  EXPECT_EQ(error_of({}).substr(0, 16), "x.rec: is empty:");
  for (size_t length = 1; length < entries_begin(file); ++length) {
    const std::string error = error_of(first(file, length));
    EXPECT_EQ(error.substr(0, 12), "x.rec: byte ") << length << ": " << error;
  }
}

TEST(RecordReader, WhatBreaksOffHasItsWholeEntries) {
  const Bytes file = small_file();
  const std::vector<Entry> entries = small_entries();
  size_t most = 0;
  for (size_t length = entries_begin(file); length < file.size(); ++length) {
    const Recording recording = parse(first(file, length), "x.rec");
    EXPECT_FALSE(recording.whole) << length;
    const size_t count = recording.entries.size();
    EXPECT_TRUE(count == most || count == most + 1) << length;
    most = count;
    if (count == 0) continue;
    EXPECT_EQ(recording.entries[count - 1].time, entries[count - 1].time) << length;
    EXPECT_TRUE(std::ranges::equal(recording.entries[count - 1].data, entries[count - 1].data)) << length;
  }
  EXPECT_EQ(most, entries.size());
  EXPECT_EQ(parse(first(file, file.size() - 1), "x.rec").end, 3'000'000u)
      << "of the last that has happened; the frame that leaves was noted when it began";
  EXPECT_TRUE(parse(file, "x.rec").whole);
}

TEST(RecordReader, EveryFlippedByteIsReadOrRefused) {
  const Bytes file = small_file();
  for (size_t i = 0; i < file.size(); ++i) {
    for (const uint8_t flip : Bytes{1, 0x40, 0x80, 0xff}) {
      Bytes other = file;
      other[i] ^= flip;
      const std::string error = error_of(other);
      EXPECT_TRUE(error == "none" || error.substr(0, 6) == "x.rec:") << i << ": " << error;
    }
  }
}

TEST(RecordReader, HostileNumbersAreRefused) {
  Bytes file = small_file();
  file[0] = 'q';
  EXPECT_EQ(error_of(file), "x.rec: byte 0: a recording begins with 'pspnic recording'");
  file = small_file();
  file[16] = 2;
  EXPECT_EQ(error_of(file), "x.rec: byte 16: format 2, this program knows 1");
  file = small_file();
  const size_t first = entries_begin(file);
  file[first] = 8;
  EXPECT_EQ(error_of(file), "x.rec: byte " + std::to_string(first) + ": kind 8, must lie in 1..7");
  file.resize(first);
  Bytes huge = file;
  append(huge, {6, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1});
  EXPECT_NE(error_of(huge).find("a frame of 18446744073709551615 bytes, must be 1.."), std::string::npos)
      << error_of(huge);
  Bytes memory = file;
  append(memory, {4, 0, 0, 0, 0, 0x81, 0x80, 0x80, 8});
  EXPECT_NE(error_of(memory).find("of 16777217 bytes, must be 0..16777216"), std::string::npos)
      << error_of(memory);
  Bytes long_number = file;
  long_number.push_back(1);
  long_number.insert(long_number.end(), 10, 0xff);
  EXPECT_NE(error_of(long_number).find("more than 64 bits"), std::string::npos) << error_of(long_number);
  Bytes empty_frame = file;
  append(empty_frame, {6, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_NE(error_of(empty_frame).find("a frame of 0 bytes"), std::string::npos) << error_of(empty_frame);
  Bytes past = file;
  append(past, {1, 1});  // one ps before power-on
  append(past, {0, 0, 0});
  EXPECT_NE(error_of(past).find("beyond 2^63 ps"), std::string::npos) << error_of(past);
}

TEST(RecordReader, TheEndCountsWhatStandsBeforeIt) {
  Bytes file = small_file();
  file.back() += 1;
  EXPECT_NE(error_of(file).find("the end counts 9 entries, there are 8"), std::string::npos);
  file.back() -= 1;
  file.push_back(0);
  EXPECT_NE(error_of(file).find("the recording has ended, but 1 bytes follow"), std::string::npos);
}

TEST(RecordReader, HeadersThatAreNoneAreRefused) {
  Bytes file(kMagic, kMagic + 16);
  file.push_back(1);
  file.push_back(2);
  file.push_back('{');
  file.push_back('}');
  EXPECT_NE(error_of(file).find("x.rec: header: not as docs/recording.md has it"), std::string::npos);
  EXPECT_THROW((void)read("/nowhere/at/all"), base::ConfigError);
  EXPECT_THROW((void)read(testing::TempDir()), base::ConfigError);
}

TEST(RecordReader, TheEndIsNotBeforeWhatHasHappened) {
  EXPECT_NE(error_of(file_of(small_header(), small_entries(), 2'999'999))
                .find("the end is at 2999999 ps, an entry at 3000000"),
            std::string::npos);
  EXPECT_EQ(error_of(file_of(small_header(), small_entries(), 3'000'000)), "none");
}

TEST(RecordReader, NumbersOfTheHeaderAreNotCut) {
  const std::string whole = to_json(small_header());
  const auto refusal = [&](const std::string& from, const std::string& to) -> std::string {
    std::string text = whole;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << whole;
    text.replace(at, from.size(), to);
    try {
      (void)from_json(text, "x.rec");
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  };
  const std::string first = "\"spi_first\": 1073741824";
  EXPECT_EQ(refusal(first, "\"spi_first\": 4294967295"), "none");
  for (const char* wrong : {"4294967296", "-1", "1.5", "\"1\"", "1e30"}) {
    EXPECT_EQ(refusal(first, "\"spi_first\": " + std::string(wrong)).find("x.rec: header: spi_first: "), 0u)
        << wrong;
  }
  EXPECT_EQ(refusal("\"stream\": 1", "\"stream\": -1"),
            "x.rec: header: stream: -1, must be a number from 0 to 18446744073709551615");
}

}  // namespace
}  // namespace pspnic::record
