// SPDX-License-Identifier: Apache-2.0
// What a key derivation hands to AES-256: input blocks, masked with the CMAC subkey K1. For bodies whose
// engine encrypts blocks and no more.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "model/psp/kdf.h"

namespace pspnic::psp {

class KdfInput {
 public:
  KdfInput() = default;
  KdfInput(const KdfInput&) = delete;
  KdfInput& operator=(const KdfInput&) = delete;
  ~KdfInput();

  // K1 from the device key's encryption of a block of zeros.
  void set_subkey(std::span<const uint8_t, kKdfBlockBytes> encrypted_zeros) noexcept;

  // The first kdf_blocks(version) blocks count. Encrypted one by one they are the session key.
  std::array<uint8_t, kMaxSessionKeyBytes> blocks(uint32_t spi, Version version) const noexcept;

 private:
  uint64_t k1_high_ = 0;
  uint64_t k1_low_ = 0;
};

}  // namespace pspnic::psp
