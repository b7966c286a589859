// SPDX-License-Identifier: Apache-2.0
// Segmentation of PSP packets against examples made by others, if PSPNIC_EXTRA_VECTORS names their directory.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "model/net/bytes.h"
#include "model/psp/kdf.h"
#include "model/psp/seal.h"
#include "model/tx/transform.h"
#include "testbench/tests/model/psp/vector_file.h"
#include "testbench/tests/model/tx/published_tso.h"

namespace pspnic::tx {
namespace {

using psp::test::Bytes;
using psp::test::from_hex;

TEST(TransformVectors, SegmentsAreThoseOfTheExamples) {
  const auto file = psp::test::read_extra("psp_tso_examples.json");
  if (!file) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  const auto aead = psp::make_openssl_aead();
  base::PacketPool pool;
  size_t compared = 0;
  for (const nlohmann::json& example : (*file)["examples"]) {
    SCOPED_TRACE(example["name"].get<std::string>());
    const psp::test::TsoTemplate driver = psp::test::tso_template_of(example);
    const Bytes payload = from_hex(example["payload"]);
    crypto::Sa sa;
    sa.spi = psp::test::hex32(example["spi"]);
    sa.version = static_cast<psp::Version>(example["psp_version"].get<int>());
    const std::string key = example[(sa.spi >> 31) == 0 ? "master_key0" : "master_key1"];
    sa.key = psp::Kdf(psp::test::device_key(key)).derive(sa.spi, sa.version);

    queue::TxJob job;
    job.tso = job.psp = job.append_icv = true;
    job.mss = example["mss"];
    job.header_bytes = static_cast<uint16_t>(driver.payload_offset);
    HeaderMap map;
    ASSERT_EQ(find_headers(driver.headers, job, map), TransformError::kNone);
    ASSERT_EQ(map.psp_offset, driver.psp_offset);

    const size_t count = (payload.size() + job.mss - 1) / job.mss;
    ASSERT_EQ(count, example["psp_segments"].size());
    for (size_t i = 0; i < count; ++i) {
      const size_t offset = i * job.mss;
      const size_t length = std::min<size_t>(job.mss, payload.size() - offset);
      base::PacketPtr packet = pool.take(static_cast<uint32_t>(driver.payload_offset + length));
      std::memcpy(packet->data(), driver.headers.data(), driver.payload_offset);
      std::memcpy(packet->data() + driver.payload_offset, &payload[offset], length);
      const Segment segment{static_cast<uint32_t>(i), static_cast<uint32_t>(payload.size())};
      ASSERT_EQ(finish_frame(*packet, map, job, segment, &sa).error, TransformError::kNone);
      const std::span<uint8_t> psp_packet = packet->bytes().subspan(map.psp_offset);
      net::store_be64(&psp_packet[psp::kIvOffset], psp::test::hex64(example["iv_list"][i]));
      ASSERT_TRUE(psp::seal(*aead, sa.key, psp_packet));
      EXPECT_EQ(psp::test::to_hex(packet->bytes()), example["psp_segments"][i].get<std::string>())
          << "segment " << i;
      ++compared;
    }
  }
  EXPECT_GE(compared, 32u);
}

}  // namespace
}  // namespace pspnic::tx
