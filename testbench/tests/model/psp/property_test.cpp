// SPDX-License-Identifier: Apache-2.0
// Properties over many packets: no damage goes unnoticed, every length comes back.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "model/net/bytes.h"
#include "model/psp/encapsulate.h"
#include "model/psp/seal.h"
#include "testbench/tests/model/psp/engines.h"
#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::psp {
namespace {

using test::Bytes;

class Property : public test::EngineTest {};
PSPNIC_ON_EVERY_ENGINE(Property);

constexpr const char* kKey0 = "34448a064292601b11a0978f56a2d34cf3fc35ede1a6bc04f8db3e5243a2b0ca";
constexpr const char* kKey1 = "563952565d3a78ae773ec1b779f2f2d99f4a7f53a6fbb9b07d5b71f39364d739";

// Every single bit of PSP header, payload and ICV, in one packet of each shape.
TEST_P(Property, NoSingleBitFlipIsDelivered) {
  test::Receiver receiver(kKey0, kKey1, engine());
  const nlohmann::json file = test::read_own("packets.json");
  unsigned flips = 0;
  for (const auto& vector : file.at("vectors")) {
    const Bytes frame = test::from_hex(vector.at("encrypted"));
    if (frame.size() > 180) continue;
    const size_t psp = vector.at("offsets").at("psp").get<size_t>();
    for (size_t bit = psp * 8; bit < frame.size() * 8; ++bit) {
      Bytes damaged = frame;
      damaged[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
      const test::Received received = receiver.receive(damaged);
      ASSERT_NE(received.verdict, Verdict::kDeliver) << vector.at("name") << " bit " << bit;
      ASSERT_NE(received.verdict, Verdict::kNotPsp) << vector.at("name") << " bit " << bit;
      ++flips;
    }
  }
  EXPECT_GT(flips, 100000u);
}

Bytes random_bytes(std::mt19937_64& random, size_t size) {
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

TEST_P(Property, EveryLengthComesBack) {
  const auto sender = make_aead();
  const auto receiver = make_aead();
  std::mt19937_64 random(1);
  const auto one = [&](size_t payload_bytes) {
    const auto version = static_cast<Version>(random() % kVersions);
    const SessionKey key{random_bytes(random, key_bytes(version))};
    Bytes packet = random_bytes(random, kMinPacketBytes + payload_bytes);
    Header header = decode_header(random_bytes(random, 32).data());
    header.version = static_cast<uint8_t>(version);
    header.hdr_ext_len = payload_bytes >= 8 && header.vc_present ? 2 : 1;
    header.vc_present = header.hdr_ext_len == 2;
    header.crypt_offset = static_cast<uint8_t>(random() % (std::min<size_t>(payload_bytes / 4, 63) + 1));
    encode_header(header, packet.data());
    const Bytes clear = packet;
    ASSERT_TRUE(seal(*sender, key, packet)) << payload_bytes;
    ASSERT_TRUE(open(*receiver, key, packet)) << payload_bytes;
    ASSERT_TRUE(std::equal(packet.begin(), packet.end() - kIcvBytes, clear.begin())) << payload_bytes;
  };
  for (size_t bytes = 0; bytes <= 600; ++bytes) one(bytes);
  for (int i = 0; i < 400; ++i) one(random() % 9001);
  for (size_t bytes = 8990; bytes <= 9000; ++bytes) one(bytes);
}

// Arbitrary bytes behind valid outer headers: never delivered, never read outside.
TEST_P(Property, RandomPacketsAreNeverDelivered) {
  test::Receiver receiver(kKey0, kKey1, engine());
  std::mt19937_64 random(2);
  const Bytes head = test::from_hex("02000000000202000000000108004500000000000000401100000a0000010a000002");
  for (int i = 0; i < 20000; ++i) {
    Bytes frame = head;
    const Bytes rest = random_bytes(random, 8 + random() % 120);
    frame.insert(frame.end(), rest.begin(), rest.end());
    net::store_be16(frame.data() + 16, static_cast<uint16_t>(frame.size() - 14));
    net::store_be16(frame.data() + 36, kUdpPort);
    net::store_be16(frame.data() + 38, static_cast<uint16_t>(rest.size()));
    if (rest.size() > 12) frame[42 + 1] = static_cast<uint8_t>(random() % 4);
    ASSERT_NE(receiver.receive(frame).verdict, Verdict::kDeliver);
    FrameBuffer buffer{frame, 0, frame.size()};
    const auto status = decapsulate(buffer, static_cast<IcvState>(random() % 3));
    ASSERT_TRUE(status != EncapStatus::kOk || buffer.end <= frame.size());
  }
}

}  // namespace
}  // namespace pspnic::psp
