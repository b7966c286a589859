// SPDX-License-Identifier: Apache-2.0
#include "model/psp/kdf.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdexcept>

#include "model/net/bytes.h"

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

struct Kdf::State {
  EVP_CIPHER_CTX* aes = nullptr;
  uint64_t k1_high = 0;  // the CMAC subkey for full last blocks
  uint64_t k1_low = 0;

  State() : aes(EVP_CIPHER_CTX_new()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    EVP_CIPHER_CTX_free(aes);
    OPENSSL_cleanse(&k1_high, sizeof k1_high);
    OPENSSL_cleanse(&k1_low, sizeof k1_low);
  }
};

std::array<uint8_t, kKdfBlockBytes> input_block(uint32_t spi, Version version, uint32_t counter) noexcept {
  std::array<uint8_t, kKdfBlockBytes> block;
  write_input_block(spi, version, counter, block.data());
  return block;
}

Kdf::Kdf(const DeviceKey& key) : state_(std::make_unique<State>()) {
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  const bool ready = cipher != nullptr && state_->aes != nullptr &&
                     EVP_EncryptInit_ex2(state_->aes, cipher, key.secret().data(), nullptr, nullptr) == 1 &&
                     EVP_CIPHER_CTX_set_padding(state_->aes, 0) == 1;
  EVP_CIPHER_free(cipher);
  std::array<uint8_t, kKdfBlockBytes> zero{};
  if (!ready || EVP_Cipher(state_->aes, zero.data(), zero.data(), kKdfBlockBytes) <= 0) {
    throw std::runtime_error("psp::Kdf: OpenSSL has no AES-256-ECB");
  }
  // K1 = 2 * AES(key, 0) in GF(2^128), NIST SP 800-38B.
  const uint64_t high = net::load_be64(zero.data());
  const uint64_t low = net::load_be64(zero.data() + 8);
  state_->k1_high = (high << 1) | (low >> 63);
  state_->k1_low = (low << 1) ^ ((high >> 63) != 0 ? 0x87u : 0u);
  OPENSSL_cleanse(zero.data(), zero.size());
}

Kdf::Kdf(Kdf&&) noexcept = default;
Kdf& Kdf::operator=(Kdf&&) noexcept = default;
Kdf::~Kdf() = default;

SessionKey Kdf::derive(uint32_t spi, Version version) const noexcept {
  SessionKey key;
  std::array<uint8_t, kMaxSessionKeyBytes> input;
  const uint8_t bytes = key_bytes(version);
  for (unsigned i = 0; i < kdf_blocks(version); ++i) {
    uint8_t* block = input.data() + i * kKdfBlockBytes;
    write_input_block(spi, version, i + 1, block);
    net::store_be64(block, net::load_be64(block) ^ state_->k1_high);
    net::store_be64(block + 8, net::load_be64(block + 8) ^ state_->k1_low);
  }
  // A failure leaves a key of size 0, which seal() and open() refuse.
  if (EVP_Cipher(state_->aes, key.bytes.data(), input.data(), bytes) > 0) key.size = bytes;
  return key;
}

}  // namespace pspnic::psp
