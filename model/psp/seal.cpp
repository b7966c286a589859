// SPDX-License-Identifier: Apache-2.0
#include "model/psp/seal.h"

#include <algorithm>

namespace pspnic::psp {
namespace {

// Whether the packet may be given to the engine at all.
bool is_usable(const SessionKey& key, std::span<const uint8_t> packet, const Layout& layout) {
  if (!layout.valid() || packet.size() != layout.aad_bytes + layout.text_bytes + kIcvBytes) return false;
  const uint8_t version = version_field(packet.data());
  return is_known_version(version) && key.size == key_bytes(static_cast<Version>(version));
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

bool seal(Aead& aead, const SessionKey& key, std::span<uint8_t> packet, const Layout& layout) noexcept {
  const bool sealed =
      is_usable(key, packet, layout) &&
      aead.seal(key, nonce_of(packet), packet.first(layout.aad_bytes),
                packet.subspan(layout.aad_bytes, layout.text_bytes), packet.last<kIcvBytes>());
  if (!sealed) erase(packet);
  return sealed;
}

bool open(Aead& aead, const SessionKey& key, std::span<uint8_t> packet, const Layout& layout) noexcept {
  return is_usable(key, packet, layout) &&
         aead.open(key, nonce_of(packet), packet.first(layout.aad_bytes),
                   packet.subspan(layout.aad_bytes, layout.text_bytes), packet.last<kIcvBytes>());
}

bool seal(Aead& aead, const SessionKey& key, std::span<uint8_t> packet) noexcept {
  return seal(aead, key, packet, layout(packet));
}

bool open(Aead& aead, const SessionKey& key, std::span<uint8_t> packet) noexcept {
  return open(aead, key, packet, layout(packet));
}

}  // namespace pspnic::psp
