// SPDX-License-Identifier: Apache-2.0
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

#include "model/net/wipe.h"
#include "model/psp/kdf.h"
#include "model/psp/kdf_input.h"

namespace pspnic::psp {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// AES-256 blocks over the EVP interface: far less a key than OpenSSL's own CMAC, which starts anew each time.
class OpensslKdf final : public KdfBody {
 public:
  explicit OpensslKdf(const DeviceKey& key) : aes_(EVP_CIPHER_CTX_new()) {
    EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
    const bool ready = cipher != nullptr && aes_ != nullptr &&
                       EVP_EncryptInit_ex2(aes_.get(), cipher, key.secret().data(), nullptr, nullptr) == 1 &&
                       EVP_CIPHER_CTX_set_padding(aes_.get(), 0) == 1;
    EVP_CIPHER_free(cipher);
    std::array<uint8_t, kKdfBlockBytes> zeros{};
    if (!ready || EVP_Cipher(aes_.get(), zeros.data(), zeros.data(), kKdfBlockBytes) <= 0) {
      throw std::runtime_error("psp::Kdf: OpenSSL has no AES-256-ECB");
    }
    input_.set_subkey(zeros);
    net::wipe(zeros);
  }

  SessionKey derive(uint32_t spi, Version version) const noexcept override {
    SessionKey key;
    const auto input = input_.blocks(spi, version);
    const uint8_t bytes = key_bytes(version);
    if (EVP_Cipher(aes_.get(), key.bytes.data(), input.data(), bytes) > 0) key.size = bytes;
    return key;
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, FreeContext> aes_;  // OpenSSL wipes the expanded key with it
  KdfInput input_;
};

}  // namespace

std::unique_ptr<KdfBody> make_openssl_kdf(const DeviceKey& key) {
  return std::make_unique<OpensslKdf>(key);
}

}  // namespace pspnic::psp
