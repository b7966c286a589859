// SPDX-License-Identifier: Apache-2.0
// What a lane should make of a packet, by OpenSSL, and when, by the formulas of rtl/gcm/README.md; random
// packets.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "rtl/cosim/gcm_lane.h"
#include "testbench/tests/rtl/gcm/tested_shapes.h"

namespace pspnic::rtl {

inline size_t blocks(size_t bytes) {
  return (bytes + 15) / 16;
}

inline bool is_legal(const GcmShape& shape, const GcmPacket& packet) {
  return packet.version < 4 && (packet.version % 2 == 0 || shape.max_key_bits == 256) &&
         (packet.version < 2 || packet.text.empty()) && packet.aad.size() <= shape.max_bytes &&
         packet.text.size() <= shape.max_bytes;
}

inline size_t occupancy(const GcmShape& shape, const GcmPacket& packet) {
  const size_t cycles = 128 / shape.ghash_digit;
  const size_t aad = std::max<size_t>(blocks(packet.aad.size()), 1);
  const size_t text = blocks(packet.text.size());
  if (shape.pipelined) return cycles * (aad + text + 1);
  const size_t rounds = packet.version % 2 ? 14 : 10;
  return 2 * rounds + 2 + cycles * (aad + 1) + std::max(rounds, cycles) * text;
}

// From the cycle in which a free lane is offered the command to the one in which it offers the result.
inline size_t latency(const GcmShape& shape, const GcmPacket& packet) {
  if (!shape.pipelined) return occupancy(shape, packet);
  return (shape.max_key_bits == 256 ? 14 : 10) + 3 + occupancy(shape, packet);
}

struct Expected {
  GcmStatus status = GcmStatus::kOk;
  std::array<uint8_t, 16> tag{};
  std::vector<uint8_t> text;
};

// Text and tag of AES-GCM as OpenSSL has it; opening, the text is what comes out before the tag is looked at.
inline Expected openssl(const GcmPacket& packet) {
  const EVP_CIPHER* const cipher = packet.version % 2 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  const auto require = [](int ok) {
    if (ok != 1) throw std::runtime_error("OpenSSL fails");
  };
  Expected expected;
  expected.text.resize(packet.text.size() + 16);
  int count = 0;
  EVP_CIPHER_CTX* const c = context.get();
  require(EVP_CipherInit_ex(c, cipher, nullptr, packet.key.data(), packet.nonce.data(), packet.open ? 0 : 1));
  require(EVP_CipherUpdate(c, nullptr, &count, packet.aad.data(), static_cast<int>(packet.aad.size())));
  require(EVP_CipherUpdate(c, expected.text.data(), &count, packet.text.data(),
                           static_cast<int>(packet.text.size())));
  expected.text.resize(packet.text.size());
  uint8_t none[16];
  if (packet.open) {
    std::array<uint8_t, 16> icv = packet.icv;
    require(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, 16, icv.data()));
    if (EVP_CipherFinal_ex(c, none, &count) != 1) expected.status = GcmStatus::kTagMismatch;
  } else {
    require(EVP_CipherFinal_ex(c, none, &count));
    require(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, expected.tag.data()));
  }
  return expected;
}

inline Expected expect(const GcmShape& shape, const GcmPacket& packet) {
  if (is_legal(shape, packet)) return openssl(packet);
  return {GcmStatus::kIllegal, {}, {}};
}

// The packet that opens to the text of this one.
inline GcmPacket sealed(const GcmPacket& packet) {
  Expected expected = openssl(packet);
  GcmPacket result = packet;
  result.open = true;
  result.text = std::move(expected.text);
  result.icv = expected.tag;
  return result;
}

inline void expect_result(const GcmResult& result, const Expected& expected) {
  EXPECT_EQ(result.status, expected.status);
  EXPECT_EQ(result.tag, expected.tag);
  EXPECT_EQ(result.text, expected.text);
}

class PacketMaker {
 public:
  PacketMaker(const GcmShape& shape, uint64_t seed) : shape_(shape), generator_(seed) {}

  uint64_t below(uint64_t count) { return generator_() % count; }

  // A legal packet to seal, of a random version if none is given (GMAC has no text).
  GcmPacket make(size_t aad_bytes, size_t text_bytes, int version = -1) {
    GcmPacket packet;
    const unsigned wide = shape_.max_key_bits == 256 ? static_cast<unsigned>(below(2)) : 0;
    const unsigned gmac = text_bytes == 0 ? 2 * static_cast<unsigned>(below(2)) : 0;
    packet.version = version < 0 ? wide + gmac : static_cast<unsigned>(version);
    fill(packet.key.begin(), packet.key.end());
    fill(packet.nonce.begin(), packet.nonce.end());
    packet.aad.resize(aad_bytes);
    packet.text.resize(text_bytes);
    fill(packet.aad.begin(), packet.aad.end());
    fill(packet.text.begin(), packet.text.end());
    return packet;
  }

  // Many short ones, some up to `most` bytes, half of them to open.
  GcmPacket any(size_t most) {
    const auto length = [&] { return below(below(8) == 0 ? most + 1 : below(2) == 0 ? 100 : 33); };
    const size_t aad = length();
    const size_t text = below(5) == 0 ? 0 : length();
    GcmPacket packet = make(aad, text);
    return below(2) == 0 ? packet : sealed(packet);
  }

 private:
  template <class Iterator>
  void fill(Iterator begin, Iterator end) {
    std::generate(begin, end, [&] { return static_cast<uint8_t>(generator_()); });
  }

  GcmShape shape_;
  std::mt19937_64 generator_;
};

class GcmLaneTest : public testing::TestWithParam<GcmShape> {
 protected:
  // Sends the packets, with their `at` if there are any, and checks what becomes of them.
  std::vector<GcmResult> check(GcmLane& lane, const std::vector<GcmPacket>& packets,
                               const std::vector<uint64_t>& at = {}) {
    for (size_t i = 0; i < packets.size(); ++i) lane.submit(packets[i], at.empty() ? 0 : at[i]);
    lane.drain();
    std::vector<GcmResult> results;
    for (const GcmPacket& packet : packets) {
      const std::optional<GcmResult> result = lane.take_result();
      if (!result) throw std::runtime_error("a result is missing");
      expect_result(*result, expect(GetParam(), packet));
      results.push_back(*result);
    }
    EXPECT_EQ(lane.packets(), 0u);
    return results;
  }
};

inline std::string shape_name(const testing::TestParamInfo<GcmShape>& info) {
  return name_of(info.param);
}

}  // namespace pspnic::rtl
