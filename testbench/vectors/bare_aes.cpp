// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/bare_aes.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <stdexcept>

namespace pspnic::vectors {
namespace {

struct FreeEvp {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

}  // namespace

Bytes aes_ecb(const AesBlocks& blocks) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeEvp> context(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* cipher = blocks.key.size() == 16 ? EVP_aes_128_ecb() : EVP_aes_256_ecb();
  bool good = context != nullptr &&
              EVP_CipherInit_ex(context.get(), cipher, nullptr, blocks.key.data(), nullptr,
                                blocks.decrypt ? 0 : 1) == 1 &&
              EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1;
  Bytes text = blocks.input;
  for (unsigned round = 0; good && round < blocks.rounds; ++round) {
    int written = 0;
    good = EVP_CipherUpdate(context.get(), text.data(), &written, text.data(),
                            static_cast<int>(text.size())) == 1;
  }
  if (!good) throw std::runtime_error("OpenSSL refuses AES-ECB");
  return text;
}

Bytes aes_cmac(const Bytes& key, const Bytes& message) {
  const std::unique_ptr<EVP_MAC, FreeEvp> mac(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  const std::unique_ptr<EVP_MAC_CTX, FreeEvp> context(mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac.get()));
  std::string cipher = key.size() == 16 ? "AES-128-CBC" : "AES-256-CBC";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), 0),
                                   OSSL_PARAM_construct_end()};
  Bytes tag(16);
  size_t written = 0;
  if (context == nullptr || EVP_MAC_init(context.get(), key.data(), key.size(), parameters) != 1 ||
      EVP_MAC_update(context.get(), message.data(), message.size()) != 1 ||
      EVP_MAC_final(context.get(), tag.data(), &written, tag.size()) != 1 || written != tag.size()) {
    throw std::runtime_error("OpenSSL refuses AES-CMAC");
  }
  return tag;
}

}  // namespace pspnic::vectors
