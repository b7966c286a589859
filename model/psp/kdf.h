// SPDX-License-Identifier: Apache-2.0
// Session keys from the device key: NIST SP 800-108 in counter mode over AES-256-CMAC, as the PSP
// Architecture Specification lays it out. One message is one AES block, so with the CMAC subkey kept a block
// of output costs one AES-256 block: 1 for the 128-bit versions, 2 for the 256-bit ones.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "model/psp/header.h"
#include "model/psp/key.h"

namespace pspnic::psp {

inline constexpr size_t kKdfBlockBytes = 16;

// AES-256 blocks that one derivation takes: what a hardware unit is occupied for.
constexpr unsigned kdf_blocks(Version version) {
  return key_bytes(version) == kKdfBlockBytes ? 1 : 2;
}

// The PRF input of one block: counter (1 or 2), label "Pv<version>\0", SPI with its phase bit, length in
// bits.
std::array<uint8_t, kKdfBlockBytes> input_block(uint32_t spi, Version version, uint32_t counter) noexcept;

// One device key in one engine. Keeps the expanded key, and wipes it when it dies.
class KdfBody {
 public:
  virtual ~KdfBody() = default;
  // All 32 bits of `spi` enter the key. A failure of the engine gives a key of size 0.
  virtual SessionKey derive(uint32_t spi, Version version) const noexcept = 0;
};

// The reference body, on OpenSSL. Throws std::runtime_error when OpenSSL has no AES-256.
std::unique_ptr<KdfBody> make_openssl_kdf(const DeviceKey& key);

// Derives the session keys of one device key. Keeps no reference to `key`.
class Kdf {
 public:
  explicit Kdf(const DeviceKey& key) : Kdf(make_openssl_kdf(key)) {}
  explicit Kdf(std::unique_ptr<KdfBody> body) : body_(std::move(body)) {}

  // Choosing the device key by bit 31 of `spi` is the caller's part. A key of size 0, which seal() and open()
  // refuse, when the engine failed.
  SessionKey derive(uint32_t spi, Version version) const noexcept { return body_->derive(spi, version); }

 private:
  std::unique_ptr<KdfBody> body_;
};

}  // namespace pspnic::psp
