// SPDX-License-Identifier: Apache-2.0
#include "model/psp/kdf.h"

#include "model/net/bytes.h"
#include "model/net/wipe.h"
#include "model/psp/kdf_input.h"

namespace pspnic::psp {
namespace {

// "Pv0\0"; the version is added to the digit. The specification gives 0 and 1 and lets the version be OR-ed
// into the label, from which 2 and 3 follow.
constexpr uint32_t kLabel = 0x50763000u;
constexpr unsigned kLabelDigitShift = 8;

void write_input_block(uint32_t spi, Version version, uint32_t counter, uint8_t* block) {
  net::store_be32(block, counter);
  net::store_be32(block + 4, kLabel | (static_cast<uint32_t>(version) << kLabelDigitShift));
  net::store_be32(block + 8, spi);
  net::store_be32(block + 12, key_bytes(version) * 8u);
}

}  // namespace

std::array<uint8_t, kKdfBlockBytes> input_block(uint32_t spi, Version version, uint32_t counter) noexcept {
  std::array<uint8_t, kKdfBlockBytes> block;
  write_input_block(spi, version, counter, block.data());
  return block;
}

KdfInput::~KdfInput() {
  net::wipe({reinterpret_cast<uint8_t*>(&k1_high_), sizeof k1_high_});
  net::wipe({reinterpret_cast<uint8_t*>(&k1_low_), sizeof k1_low_});
}

// K1 = 2 * AES(key, 0) in GF(2^128), NIST SP 800-38B.
void KdfInput::set_subkey(std::span<const uint8_t, kKdfBlockBytes> encrypted_zeros) noexcept {
  const uint64_t high = net::load_be64(encrypted_zeros.data());
  const uint64_t low = net::load_be64(encrypted_zeros.data() + 8);
  k1_high_ = (high << 1) | (low >> 63);
  k1_low_ = (low << 1) ^ ((high >> 63) != 0 ? 0x87u : 0u);
}

std::array<uint8_t, kMaxSessionKeyBytes> KdfInput::blocks(uint32_t spi, Version version) const noexcept {
  std::array<uint8_t, kMaxSessionKeyBytes> input;
  for (unsigned i = 0; i < kdf_blocks(version); ++i) {
    uint8_t* block = input.data() + i * kKdfBlockBytes;
    write_input_block(spi, version, i + 1, block);
    net::store_be64(block, net::load_be64(block) ^ k1_high_);
    net::store_be64(block + 8, net::load_be64(block + 8) ^ k1_low_);
  }
  return input;
}

}  // namespace pspnic::psp
