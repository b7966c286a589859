// SPDX-License-Identifier: Apache-2.0
// vectors/psp/packets.json: every packet from cleartext to what a driver hands over.
#include <gtest/gtest.h>

#include "model/psp/check.h"
#include "model/psp/encapsulate.h"
#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::psp {
namespace {

using nlohmann::json;
using test::Bytes;
using test::from_hex;
using test::to_hex;

constexpr size_t kRoomBytes = 256;

const json& vectors() {
  static const json list = test::read_own("packets.json").at("vectors");
  return list;
}

// A frame with room around it.
struct Roomy {
  Bytes storage;
  FrameBuffer buffer;
  explicit Roomy(const Bytes& frame)
      : storage(test::surround(frame, kRoomBytes, kRoomBytes)),
        buffer{storage, kRoomBytes, kRoomBytes + frame.size()} {}
  std::string hex() const { return to_hex(buffer.frame()); }
};

EncapParams params_of(const json& vector, const Bytes& extension) {
  EncapParams params;
  params.version = static_cast<Version>(vector.at("version").get<int>());
  params.spi = test::hex32(vector.at("spi"));
  params.crypt_offset = vector.at("crypt_offset").get<uint8_t>();
  params.sample = vector.at("sample").get<bool>();
  params.drop_after_sample = vector.at("drop_after_sample").get<bool>();
  if (!vector.at("vc").is_null()) params.vc = test::hex64(vector.at("vc"));
  params.extension = extension;
  params.source_port = vector.at("source_port").get<uint16_t>();
  return params;
}

EncapStatus encapsulate(const json& vector, FrameBuffer& buffer) {
  const Bytes extension = from_hex(vector.at("extension"));
  const EncapParams params = params_of(vector, extension);
  if (vector.at("mode") == "transport") return transport_encapsulate(buffer, params);
  TunnelParams outer;
  outer.outer_v6 = vector.at("outer_family") == 6;
  const Bytes source = from_hex(outer.outer_v6 ? "20010db8000200000000000000000001" : "0a020001");
  const Bytes destination = from_hex(outer.outer_v6 ? "20010db8000200000000000000000002" : "0a020002");
  outer.source = source;
  outer.destination = destination;
  outer.identification = 0x1234;
  return tunnel_encapsulate(buffer, params, outer);
}

TEST(PacketVectors, EnoughOfThem) {
  EXPECT_GE(vectors().size(), 200u);
}

TEST(PacketVectors, EncapsulateGivesTheDriversFrame) {
  for (const json& vector : vectors()) {
    Roomy frame(from_hex(vector.at("cleartext")));
    ASSERT_EQ(encapsulate(vector, frame.buffer), EncapStatus::kOk) << vector.at("name");
    EXPECT_EQ(frame.hex(), vector.at("driver").get<std::string>()) << vector.at("name");
  }
}

// Ethernet padding is not part of the IP packet and must not be encrypted.
TEST(PacketVectors, PaddingIsLeftBehind) {
  for (const json& vector : vectors()) {
    Bytes padded = from_hex(vector.at("cleartext"));
    padded.resize(padded.size() + 7, 0xee);
    Roomy frame(padded);
    ASSERT_EQ(encapsulate(vector, frame.buffer), EncapStatus::kOk) << vector.at("name");
    EXPECT_EQ(frame.hex(), vector.at("driver").get<std::string>()) << vector.at("name");
  }
}

TEST(PacketVectors, OffsetsAndHeaderFields) {
  for (const json& vector : vectors()) {
    const std::string& name = vector.at("name").get_ref<const std::string&>();
    Bytes frame = from_hex(vector.at("encrypted"));
    const Check check = check_packet(frame, net::parse_frame(frame));
    ASSERT_EQ(check.verdict, Verdict::kDeliver) << name;
    const json& offsets = vector.at("offsets");
    EXPECT_EQ(check.psp_offset, offsets.at("psp").get<uint32_t>()) << name;
    EXPECT_EQ(check.icv_end, offsets.at("icv").get<uint32_t>() + kIcvBytes) << name;
    const Layout bytes = layout(check.psp_packet(frame));
    EXPECT_TRUE(bytes.valid());
    EXPECT_EQ(check.psp_offset + bytes.aad_bytes, offsets.at("cipher").get<uint32_t>()) << name;
    EXPECT_EQ(check.psp_offset + bytes.aad_bytes + bytes.text_bytes, offsets.at("icv").get<uint32_t>())
        << name;
    EXPECT_EQ(check.header.iv, test::hex64(vector.at("iv"))) << name;
    EXPECT_EQ(check.header.vc_present, !vector.at("vc").is_null()) << name;
    EXPECT_EQ(check.header.crypt_offset, vector.at("crypt_offset").get<uint8_t>()) << name;
  }
}

}  // namespace
}  // namespace pspnic::psp
