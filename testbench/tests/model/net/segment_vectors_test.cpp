// SPDX-License-Identifier: Apache-2.0
// Segmentation against the cleartext segments of psp_tso_examples.json in the directory PSPNIC_EXTRA_VECTORS.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/net/parse.h"
#include "model/net/segment.h"
#include "testbench/tests/model/net/frames.h"

namespace pspnic::net::test {
namespace {

Bytes from_hex(const std::string& text) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// The template is made from the first segment: what the segmenter must set is set to nonsense, PSH is back.
Bytes make_template(const Bytes& first_segment, const Parsed& parsed) {
  Bytes headers(first_segment.begin(), first_segment.begin() + parsed.payload_offset);
  if (parsed.is_v6()) {
    store_be16(headers.data() + 18, 0xdead);
  } else {
    store_be16(headers.data() + 16, 0xdead);
    store_be16(headers.data() + 24, 0xbeef);
  }
  headers[parsed.l4_offset + kTcpFlagsOffset] |= kTcpPsh;
  store_be16(headers.data() + parsed.l4_offset + kTcpChecksumOffset, 0xcafe);
  return headers;
}

TEST(SegmentVectors, CleartextSegmentsOfTheExamples) {
  const char* directory = std::getenv("PSPNIC_EXTRA_VECTORS");
  if (directory == nullptr) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  std::ifstream file(std::filesystem::path(directory) / "psp_tso_examples.json");
  ASSERT_TRUE(file) << directory;
  const nlohmann::json document = nlohmann::json::parse(file);
  unsigned compared = 0;
  for (const auto& example : document.at("examples")) {
    const std::string name = example.at("name");
    const Bytes payload = from_hex(example.at("payload"));
    const auto total = static_cast<uint32_t>(payload.size());
    const uint32_t mss = example.at("mss");
    const auto& expected = example.at("cleartext_segments");
    ASSERT_EQ(segment_count(total, mss), expected.size()) << name;
    const Bytes first = from_hex(expected.at(0));
    const Parsed parsed = parse_frame(first);
    ASSERT_TRUE(parsed.ok()) << name;
    const Bytes headers = make_template(first, parsed);
    SegmentLayout layout;
    layout.l3_offset = parsed.l3_offset;
    layout.l4_offset = parsed.l4_offset;
    for (uint32_t i = 0; i < expected.size(); ++i) {
      const SegmentFixup fixup = segment_fixup(layout, total, mss, i);
      const auto begin = payload.begin() + fixup.payload_offset;
      Bytes segment = headers + Bytes(begin, begin + fixup.payload_bytes);
      fix_segment_headers(segment, fixup);
      EXPECT_EQ(segment, from_hex(expected.at(i))) << name << " segment " << i;
      ++compared;
    }
  }
  EXPECT_GT(compared, 0U);
}

}  // namespace
}  // namespace pspnic::net::test
