// SPDX-License-Identifier: Apache-2.0
// Every packet and segment of vectors/psp, and of the published files that PSPNIC_EXTRA_VECTORS names, from a
// driver's descriptors to the wire of a whole card, byte for byte, IV and ICV included.
#include <gtest/gtest.h>

#include "model/psp/kdf.h"
#include "model/psp/spi.h"
#include "testbench/tests/model/nic/vector_cards.h"
#include "testbench/tests/model/psp/vector_file.h"
#include "testbench/tests/model/tx/published_tso.h"

namespace pspnic::test {
namespace {

using nlohmann::json;
using psp::test::from_hex;
using psp::test::hex32;
using psp::test::hex64;

Bytes published_key(const json& vector, uint32_t spi, uint8_t version) {
  const psp::Kdf kdf(
      psp::test::device_key(vector.at(psp::spi_phase(spi) != 0 ? "master_key1" : "master_key0")));
  const psp::SessionKey key = kdf.derive(spi, static_cast<psp::Version>(version));
  return {key.view().begin(), key.view().end()};
}

WireTrial trial_of(const json& vector, const char* version) {
  WireTrial trial;
  trial.name = vector.at("name");
  trial.frame.psp = true;
  trial.spi = hex32(vector.at("spi"));
  trial.version = vector.at(version).get<uint8_t>();
  return trial;
}

TEST(VectorTransmit, OwnPackets) {
  std::vector<WireTrial> trials;
  const json file = psp::test::read_own("packets.json");
  for (const json& vector : file.at("vectors")) {
    WireTrial trial = trial_of(vector, "version");
    trial.frame.bytes = from_hex(vector.at("driver"));
    trial.key = from_hex(vector.at("session_key"));
    trial.psp_offset = vector.at("offsets").at("psp");
    trial.iv = hex64(vector.at("iv"));
    trial.wire = from_hex(vector.at("encrypted"));
    // Some of them scattered, so that pieces end inside headers.
    for (size_t at = 1 + trials.size() % 97; trials.size() % 2 != 0 && at < trial.frame.bytes.size();
         at += 41) {
      trial.frame.cuts.push_back(at);
    }
    trials.push_back(std::move(trial));
  }
  EXPECT_GE(trials.size(), 245u);
  expect_on_the_wire(trials);
}

TEST(VectorTransmit, OwnSegments) {
  std::vector<WireTrial> trials;
  size_t segments = 0;
  const json file = psp::test::read_own("segments.json");
  for (const json& vector : file.at("vectors")) {
    const bool psp = !vector.at("spi").is_null();
    WireTrial trial;
    if (psp) trial = trial_of(vector, "version");
    trial.name = vector.at("name");
    trial.frame.bytes = from_hex(vector.at("driver"));
    trial.frame.mss = vector.at("mss");
    trial.frame.header_bytes = vector.at("header_bytes");
    trial.frame.checksum = true;
    trial.frames = vector.at("segments").size();
    if (psp) {
      trial.key = from_hex(vector.at("session_key"));
      trial.psp_offset = vector.at("psp_offset");
    }
    for (; trial.index < trial.frames; ++trial.index) {
      if (psp) trial.iv = hex64(vector.at("ivs").at(trial.index));
      trial.wire = from_hex(vector.at("segments").at(trial.index));
      trials.push_back(trial);
      ++segments;
    }
  }
  EXPECT_GE(segments, 150u);
  expect_on_the_wire(trials);
}

// The driver's frame is the published one with the payload in clear, no ICV, and nothing in IV and lengths.
// The cookie of these packets is 0.
WireTrial published_packet(const json& vector) {
  WireTrial trial = trial_of(vector, "psp_version");
  const Bytes clear = from_hex(vector.at("cleartext_frame"));
  trial.wire = from_hex(vector.at("encrypted_frame"));
  trial.key = published_key(vector, trial.spi, trial.version);
  trial.iv = hex64(vector.at("iv"));
  const json& offsets = vector.at("offsets");
  const size_t payload = offsets.at("payload");
  const size_t carried = offsets.at("icv").get<size_t>() - payload;
  trial.psp_offset = offsets.at("psp");
  Bytes& bytes = trial.frame.bytes;
  bytes.assign(trial.wire.begin(), trial.wire.begin() + static_cast<ptrdiff_t>(trial.psp_offset + 8));
  bytes.resize(payload);
  bytes.insert(bytes.end(), clear.end() - static_cast<ptrdiff_t>(carried), clear.end());
  const size_t ip = offsets.at("outer_ip");
  bytes[ip + 2] = bytes[ip + 3] = 0;
  if (bytes[ip] >> 4 == 6) {
    bytes[ip + 2] = trial.wire[ip + 2];
    bytes[ip + 3] = trial.wire[ip + 3];
    bytes[ip + 4] = bytes[ip + 5] = 0;
  }
  bytes[trial.psp_offset - 4] = bytes[trial.psp_offset - 3] = 0;
  return trial;
}

TEST(VectorTransmit, PublishedPackets) {
  const auto file = psp::test::read_extra("psp_packets.json");
  if (!file) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  std::vector<WireTrial> trials;
  for (const json& vector : file->at("packets")) trials.push_back(published_packet(vector));
  EXPECT_EQ(trials.size(), 52u);
  expect_on_the_wire(trials);
}

TEST(VectorTransmit, PublishedSegments) {
  const auto file = psp::test::read_extra("psp_tso_examples.json");
  if (!file) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  std::vector<WireTrial> trials;
  for (const json& example : file->at("examples")) {
    const psp::test::TsoTemplate driver = psp::test::tso_template_of(example);
    const Bytes payload = from_hex(example.at("payload"));
    WireTrial trial = trial_of(example, "psp_version");
    trial.frame.bytes = driver.headers;
    trial.frame.bytes.insert(trial.frame.bytes.end(), payload.begin(), payload.end());
    trial.frame.mss = example.at("mss");
    trial.frame.header_bytes = static_cast<uint8_t>(driver.payload_offset);
    trial.frame.checksum = true;
    trial.key = published_key(example, trial.spi, trial.version);
    trial.psp_offset = driver.psp_offset;
    trial.frames = example.at("psp_segments").size();
    for (; trial.index < trial.frames; ++trial.index) {
      trial.iv = hex64(example.at("iv_list").at(trial.index));
      trial.wire = from_hex(example.at("psp_segments").at(trial.index));
      trials.push_back(trial);
    }
  }
  EXPECT_EQ(trials.size(), 32u);
  expect_on_the_wire(trials);
}

}  // namespace
}  // namespace pspnic::test
