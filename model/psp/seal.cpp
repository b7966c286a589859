// SPDX-License-Identifier: Apache-2.0
#include "model/psp/seal.h"

#include <algorithm>

namespace pspnic::psp {
namespace {

// What seal() and open() give to the engine; valid is false when there is nothing that may be given.
struct Parts {
  std::span<uint8_t> aad;
  std::span<uint8_t> text;
  bool valid = false;
};

Parts split(const SessionKey& key, std::span<uint8_t> packet) {
  const Layout bytes = layout(packet);
  if (!bytes.valid) return {};
  if (key.size != key_bytes(static_cast<Version>(version_field(packet.data())))) return {};
  return {packet.first(bytes.aad_bytes), packet.subspan(bytes.aad_bytes, bytes.text_bytes), true};
}

Nonce nonce_of(std::span<const uint8_t> packet) {
  return packet.subspan<kSpiOffset, kNonceBytes>();
}

// Keeps the 16 header bytes that are never encrypted and clears the rest.
void erase(std::span<uint8_t> packet) {
  if (packet.size() <= kHeaderBytes) return;
  std::fill(packet.begin() + kHeaderBytes, packet.end(), uint8_t{0});
}

}  // namespace

Layout layout(std::span<const uint8_t> psp_packet) noexcept {
  if (psp_packet.size() < kMinPacketBytes) return {};
  const uint8_t* psp = psp_packet.data();
  const uint8_t version = version_field(psp);
  if (!is_known_version(version)) return {};
  const size_t payload_end = psp_packet.size() - kIcvBytes;
  const size_t clear = kHeaderBytes + crypt_offset_field(psp) * kCryptOffsetUnitBytes;
  const size_t aad = is_gmac(static_cast<Version>(version)) ? payload_end : clear;
  const size_t header = (hdr_ext_len_field(psp) + size_t{1}) * 8;
  if (aad > payload_end || header > payload_end) return {};
  return {static_cast<uint32_t>(aad), static_cast<uint32_t>(payload_end - aad), true};
}

bool seal(Aead& aead, const SessionKey& key, std::span<uint8_t> psp_packet) noexcept {
  const Parts parts = split(key, psp_packet);
  const bool sealed = parts.valid && aead.seal(key, nonce_of(psp_packet), parts.aad, parts.text,
                                               psp_packet.last<kIcvBytes>());
  if (!sealed) erase(psp_packet);
  return sealed;
}

bool open(Aead& aead, const SessionKey& key, std::span<uint8_t> psp_packet) noexcept {
  const Parts parts = split(key, psp_packet);
  if (!parts.valid) return false;
  return aead.open(key, nonce_of(psp_packet), parts.aad, parts.text, psp_packet.last<kIcvBytes>());
}

}  // namespace pspnic::psp
