// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/key_digests.h"

#include <bit>

#include "model/net/bytes.h"

namespace pspnic::sanitizer {

namespace {

struct SipState {
  uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void take(uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

}  // namespace

uint64_t sip_hash(const std::array<uint64_t, 2>& secret, std::span<const uint8_t> message) {
  SipState state{secret[0] ^ 0x736f6d6570736575, secret[1] ^ 0x646f72616e646f6d,
                 secret[0] ^ 0x6c7967656e657261, secret[1] ^ 0x7465646279746573};
  const size_t whole = message.size() / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) state.take(net::load_le64(&message[i]));
  uint64_t last = uint64_t{message.size()} << 56;
  for (size_t i = whole; i < message.size(); ++i) last |= uint64_t{message[i]} << 8 * (i - whole);
  state.take(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace pspnic::sanitizer
