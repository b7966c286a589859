// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/device_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "model/net/bytes.h"

namespace pspnic::crypto {

namespace {

constexpr size_t kBytes = 32;

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// SHA-256 of the state and one byte: two such values of one state say nothing about each other or about the
// state.
void hash(std::span<const uint8_t, kBytes> state, uint8_t purpose, std::span<uint8_t, kBytes> out) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), state.data(), state.size()) != 1 ||
      EVP_DigestUpdate(context.get(), &purpose, 1) != 1 ||
      EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1) {
    throw std::runtime_error("device keys: OpenSSL has no SHA-256");
  }
}

}  // namespace

SeededRandom::SeededRandom(uint64_t seed, uint64_t stream) : state_{} {
  net::store_be64(state_.data(), seed);
  net::store_be64(state_.data() + 8, stream);
}

SeededRandom::~SeededRandom() {
  OPENSSL_cleanse(state_.data(), state_.size());
}

psp::DeviceKey SeededRandom::device_key() {
  std::array<uint8_t, kBytes> key;
  std::array<uint8_t, kBytes> next;
  hash(state_, 'k', key);
  hash(state_, 'n', next);
  state_ = next;
  psp::DeviceKey result{std::span<const uint8_t, kBytes>(key)};
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(next.data(), next.size());
  return result;
}

void DeviceKeys::make(unsigned slot) {
  slots_[slot].kdf.emplace(vector_keys_ != nullptr ? engine_.make_kdf((*vector_keys_)[slot])
                                                   : engine_.make_kdf(random_.device_key()));
}

void DeviceKeys::activate(unsigned slot, uint8_t generation) {
  slots_[slot].generation = generation;
}

void DeviceKeys::drop(unsigned slot) {
  slots_[slot].kdf.reset();
}

}  // namespace pspnic::crypto
