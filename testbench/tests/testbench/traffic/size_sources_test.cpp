// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "model/base/config_error.h"
#include "model/net/capture.h"
#include "testbench/traffic/size_distribution.h"

namespace pspnic::traffic {
namespace {

using SizeKind = SizeParams::Kind;

constexpr SizeLimits kSourceLimits{.header_bytes = 42, .least_payload = 16, .mss = 1472};

class SizeSources : public ::testing::Test {
 protected:
  SizeSources()
      : folder_(std::filesystem::temp_directory_path() / ("pspnic_sizes_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    params_.file = (folder_ / "sizes").string();
  }
  ~SizeSources() override { std::filesystem::remove_all(folder_); }

  SizeList read(SizeKind kind) {
    params_.kind = kind;
    return read_sizes(params_, "traffic.a.sizes", kSourceLimits);
  }
  SizeList read_text(const std::string& text) {
    std::ofstream(params_.file, std::ios::binary) << text;
    return read(SizeKind::kCsv);
  }
  // Without the file's name.
  std::string refusal(const std::string& text) {
    try {
      read_text(text);
    } catch (const base::ConfigError& error) {
      const std::string what = error.what();
      return what.starts_with(params_.file) ? what.substr(params_.file.size()) : what;
    }
    return "accepted";
  }

  std::filesystem::path folder_;
  SizeParams params_;
};

TEST_F(SizeSources, ReadLinesOfACsv) {
  const SizeList list = read_text("bytes,weight\n# all of them\n64, 7\n\n 594,4.5 # some\r\n1518,1e-1");
  ASSERT_EQ(list.entries.size(), 3u);
  EXPECT_EQ(list.entries[0].bytes, 64u);
  EXPECT_EQ(list.entries[1].weight, 4.5);
  EXPECT_EQ(list.entries[2].weight, 0.1);
  EXPECT_EQ(list.place, params_.file);
}

TEST_F(SizeSources, NameTheLineOfACsvThatIsWrong) {
  EXPECT_EQ(refusal("64,1\n100\n"), ":2: is \"100\", must be bytes,weight");
  EXPECT_EQ(refusal("64,1\n\n6x4,1\n"), ":3: bytes are \"6x4\", must be a whole number in 0..16777216");
  EXPECT_EQ(refusal("16777217,1\n"), ":1: bytes are \"16777217\", must be a whole number in 0..16777216");
  EXPECT_EQ(refusal("64,-1\n"), ":1: weight is \"-1\", must be a number, 0 or more");
  EXPECT_EQ(refusal("64,inf\n"), ":1: weight is \"inf\", must be a number, 0 or more");
  EXPECT_EQ(refusal("64,1,2\n"), ":1: weight is \"1,2\", must be a number, 0 or more");
  EXPECT_EQ(refusal("64,0\n"), ": has no line bytes,weight with a weight above 0");
  EXPECT_EQ(refusal(""), ": has no line bytes,weight with a weight above 0");
  EXPECT_EQ(refusal("64,1e308\n65,1e308\n"), ": weights are too large to be added");
}

TEST_F(SizeSources, NameAFileThatIsMissing) {
  try {
    read(SizeKind::kCsv);
    FAIL();
  } catch (const base::ConfigError& error) {
    EXPECT_EQ(error.what(), params_.file + ": cannot be opened");
  }
  params_.file = "none";
  try {
    read(SizeKind::kCapture);
    FAIL();
  } catch (const base::ConfigError& error) {
    EXPECT_STREQ(error.what(), "traffic.a.sizes.file: is none; csv and capture need a file");
  }
}

// A frame of IPv4 and UDP with so many bytes of payload, padded to 60 bytes.
std::vector<uint8_t> datagram(uint16_t payload) {
  std::vector<uint8_t> frame(std::max<size_t>(60, 42u + payload));
  frame[12] = 0x08;
  frame[14] = 0x45;
  frame[16] = static_cast<uint8_t>((28 + payload) >> 8);
  frame[17] = static_cast<uint8_t>(28 + payload);
  frame[23] = 17;
  frame[38] = static_cast<uint8_t>((8 + payload) >> 8);
  frame[39] = static_cast<uint8_t>(8 + payload);
  return frame;
}

TEST_F(SizeSources, CountPacketsOfACapture) {
  {
    net::CaptureWriter writer(params_.file, 100);  // long ones are cut
    for (const uint16_t payload : std::initializer_list<uint16_t>{3, 1000, 1000, 400})
      writer.write(0, datagram(payload));
    writer.write(0, std::vector<uint8_t>(60));  // no IP
  }
  SizeList list = read(SizeKind::kCapture);
  ASSERT_EQ(list.entries.size(), 3u);
  EXPECT_EQ(list.entries[0].bytes, 3u) << "padding is no payload";
  EXPECT_EQ(list.entries[1].bytes, 400u);
  EXPECT_EQ(list.entries[2].bytes, 1000u);
  EXPECT_EQ(list.entries[2].weight, 2);
  params_.of = SizeParams::Of::kFrame;
  list = read(SizeKind::kCapture);
  EXPECT_EQ(list.entries[0].bytes, 64u);
  EXPECT_EQ(list.entries[2].bytes, 1046u);
}

TEST_F(SizeSources, NameWhatIsWrongWithACapture) {
  std::ofstream(params_.file) << "no capture at all, but a text";
  EXPECT_THROW(read(SizeKind::kCapture), base::ConfigError);
  {
    net::CaptureWriter writer(params_.file);
    writer.write(0, std::vector<uint8_t>(60));
  }
  try {
    read(SizeKind::kCapture);
    FAIL();
  } catch (const base::ConfigError& error) {
    EXPECT_EQ(error.what(), params_.file + ": has no TCP or UDP packet");
  }
  std::filesystem::resize_file(params_.file, std::filesystem::file_size(params_.file) - 1);
  try {
    read(SizeKind::kCapture);
    FAIL();
  } catch (const base::ConfigError& error) {
    EXPECT_EQ(error.place(), params_.file + ": packet 1");
  }
}

TEST_F(SizeSources, KnowTheMixes) {
  const SizeList imix = read(SizeKind::kImix);
  ASSERT_EQ(imix.entries.size(), 3u);
  EXPECT_EQ(imix.of, SizeParams::Of::kFrame);
  EXPECT_EQ(imix.entries[1].bytes, 594u);
  EXPECT_EQ(imix.entries[1].weight, 4);
  params_.genome = "abgz";
  const SizeList genome = read(SizeKind::kGenome);
  ASSERT_EQ(genome.entries.size(), 4u);
  EXPECT_TRUE(genome.in_order);
  EXPECT_EQ(genome.entries[0].bytes, 64u);
  EXPECT_EQ(genome.entries[1].bytes, 128u);
  EXPECT_EQ(genome.entries[2].bytes, 1518u);
  EXPECT_EQ(genome.entries[3].bytes, 1518u) << "mss, UDP, IPv4, Ethernet, FCS";
}

TEST_F(SizeSources, RefuseLettersThatAreNoSize) {
  params_.genome = "aak";
  try {
    read(SizeKind::kGenome);
    FAIL();
  } catch (const base::ConfigError& error) {
    EXPECT_STREQ(error.what(),
                 "traffic.a.sizes.genome: is \"aak\", must be made of the letters a to j and z");
  }
}

}  // namespace
}  // namespace pspnic::traffic
