// SPDX-License-Identifier: Apache-2.0
// TCP segments in clear and as PSP packets, sealed by model/psp.
#pragma once

#include <cstring>
#include <vector>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/psp/seal.h"

namespace pspnic::bench::test {

using Bytes = std::vector<uint8_t>;

inline Bytes payload_of(size_t bytes, uint8_t seed = 1) {
  Bytes payload(bytes);
  for (size_t i = 0; i < bytes; ++i) payload[i] = static_cast<uint8_t>(i * 29 + seed * 37 + (i >> 3));
  return payload;
}

inline Bytes clear_frame(const Bytes& payload, uint16_t port = 20000) {
  Bytes frame(14 + 20 + 20, 0);
  const uint8_t addresses[] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
  std::memcpy(frame.data(), addresses, sizeof addresses);
  frame[14] = 0x45;
  net::store_be16(&frame[16], static_cast<uint16_t>(40 + payload.size()));
  frame[22] = 64;
  frame[23] = 6;
  net::store_be32(&frame[26], 0xc0000201);
  net::store_be32(&frame[30], 0xc0000202);
  net::update_ipv4_checksum(&frame[14]);
  net::store_be16(&frame[34], port);
  net::store_be16(&frame[36], 5001);
  frame[46] = 0x50;
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

inline psp::SessionKey key_of(uint8_t seed, size_t bytes = 16) {
  Bytes key(bytes);
  for (size_t i = 0; i < bytes; ++i) key[i] = static_cast<uint8_t>(seed * 17 + i);
  return psp::SessionKey(key);
}

// The same in transport mode: UDP and PSP headers behind the IP header, the ICV behind all.
inline Bytes sealed_frame(const Bytes& clear, uint32_t spi, uint64_t iv, const psp::SessionKey& key,
                          uint8_t version = 0, uint8_t crypt_offset = 0) {
  Bytes frame(clear.begin(), clear.begin() + 34);
  Bytes psp(24, 0);
  net::store_be16(&psp[0], 40000);
  net::store_be16(&psp[2], 1000);
  const size_t inner = clear.size() - 34;
  net::store_be16(&psp[4], static_cast<uint16_t>(8 + 16 + inner + 16));
  psp::Header header;
  header.next_header = 6;
  header.version = version;
  header.crypt_offset = crypt_offset;
  header.spi = spi;
  header.iv = iv;
  psp::encode_header(header, &psp[8]);
  frame.insert(frame.end(), psp.begin(), psp.end());
  frame.insert(frame.end(), clear.begin() + 34, clear.end());
  frame.resize(frame.size() + 16);
  frame[23] = 17;
  net::store_be16(&frame[16], static_cast<uint16_t>(frame.size() - 14));
  net::update_ipv4_checksum(&frame[14]);
  const auto aead = psp::make_openssl_aead();
  if (!psp::seal(*aead, key, std::span(frame).subspan(42))) frame.clear();
  return frame;
}

}  // namespace pspnic::bench::test
