// SPDX-License-Identifier: Apache-2.0
// vectors/psp/packets.json: every packet from cleartext to the wire and back.
#include <gtest/gtest.h>

#include "model/psp/encapsulate.h"
#include "model/psp/kdf.h"
#include "model/psp/seal.h"
#include "testbench/tests/model/psp/engines.h"
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

class SealedVectors : public test::EngineTest {};
PSPNIC_ON_EVERY_ENGINE(SealedVectors);

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

TEST_P(SealedVectors, DeviceFinishesAndSealsTheDriversFrame) {
  const auto aead = make_aead();
  for (const json& vector : vectors()) {
    const std::string& name = vector.at("name").get_ref<const std::string&>();
    Roomy frame(from_hex(vector.at("driver")));
    ASSERT_EQ(append_icv(frame.buffer), EncapStatus::kOk) << name;
    const std::span<uint8_t> bytes = frame.buffer.frame();
    const Check check = check_packet(bytes, net::parse_frame(bytes));
    ASSERT_EQ(check.verdict, Verdict::kDeliver) << name;
    const std::span<uint8_t> packet = check.psp_packet(bytes);
    Header header = check.header;
    header.iv = test::hex64(vector.at("iv"));
    encode_header(header, packet.data());
    const Kdf kdf = make_kdf(test::device_key(vector.at("device_key")));
    const SessionKey key = kdf.derive(header.spi, static_cast<Version>(header.version));
    EXPECT_EQ(to_hex(key.view()), vector.at("session_key").get<std::string>()) << name;
    ASSERT_TRUE(seal(*aead, key, packet)) << name;
    EXPECT_EQ(frame.hex(), vector.at("encrypted").get<std::string>()) << name;
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

TEST_P(SealedVectors, ReceiverGetsTheCleartext) {
  const std::string phase_0 = "34448a064292601b11a0978f56a2d34cf3fc35ede1a6bc04f8db3e5243a2b0ca";
  const std::string phase_1 = "563952565d3a78ae773ec1b779f2f2d99f4a7f53a6fbb9b07d5b71f39364d739";
  test::Receiver receiver(phase_0, phase_1, engine());
  for (const json& vector : vectors()) {
    const test::Received received = receiver.receive(from_hex(vector.at("encrypted")));
    EXPECT_EQ(received.verdict, Verdict::kDeliver) << vector.at("name");
    EXPECT_EQ(to_hex(received.cleartext), vector.at("cleartext").get<std::string>()) << vector.at("name");
  }
}

// The three forms in which a decrypted frame may reach software.
TEST_P(SealedVectors, DecapsulateWithAndWithoutIcv) {
  const auto aead = make_aead();
  for (const json& vector : vectors()) {
    const std::string& name = vector.at("name").get_ref<const std::string&>();
    Bytes opened = from_hex(vector.at("encrypted"));
    const Check check = check_packet(opened, net::parse_frame(opened));
    ASSERT_TRUE(open(*aead, SessionKey{from_hex(vector.at("session_key"))}, check.psp_packet(opened)))
        << name;
    Roomy in_frame(opened);
    EXPECT_EQ(decapsulate(in_frame.buffer, IcvState::kInFrame), EncapStatus::kOk) << name;
    EXPECT_EQ(in_frame.hex(), vector.at("cleartext").get<std::string>()) << name;
    opened.resize(opened.size() - kIcvBytes);
    Roomy counted(opened);
    EXPECT_EQ(decapsulate(counted.buffer, IcvState::kInFrame), EncapStatus::kFraming) << name;
    EXPECT_EQ(decapsulate(counted.buffer, IcvState::kStrippedButCounted), EncapStatus::kOk) << name;
    EXPECT_EQ(counted.hex(), vector.at("cleartext").get<std::string>()) << name;
    Roomy stripped(from_hex(vector.at("driver")));
    EXPECT_EQ(decapsulate(stripped.buffer, IcvState::kStripped), EncapStatus::kOk) << name;
    EXPECT_EQ(stripped.hex(), vector.at("cleartext").get<std::string>()) << name;
  }
}

}  // namespace
}  // namespace pspnic::psp
