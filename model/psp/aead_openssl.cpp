// SPDX-License-Identifier: Apache-2.0
// OpenSSL's fixed cost per packet is as large as the cryptography of a small one. What keeps it low: the
// cipher is fetched once, contexts are keyed again without naming the cipher, the last keys stay expanded,
// and the tag is moved through parameters.
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include "model/psp/aead.h"

namespace pspnic::psp {
namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
};

// One EVP context: a key size and a direction.
class EvpContext {
 public:
  EvpContext(const EVP_CIPHER* cipher, bool encrypt) : encrypt_(encrypt), context_(EVP_CIPHER_CTX_new()) {
    const bool ready = cipher != nullptr && context_ != nullptr &&
                       EVP_CipherInit_ex2(context_, cipher, nullptr, nullptr, encrypt ? 1 : 0, nullptr) == 1;
    if (ready) return;
    EVP_CIPHER_CTX_free(context_);
    throw std::runtime_error("psp::Aead: OpenSSL has no AES-GCM");
  }
  EvpContext(const EvpContext&) = delete;
  EvpContext& operator=(const EvpContext&) = delete;
  ~EvpContext() { EVP_CIPHER_CTX_free(context_); }

  EVP_CIPHER_CTX* get() const { return context_; }

  bool has(const SessionKey& key) const noexcept {
    return key_.size == key.size && std::memcmp(key_.bytes.data(), key.bytes.data(), key.size) == 0;
  }

  // Sets the nonce, and the key when it is another one than last time.
  bool start(const SessionKey& key, Nonce nonce) noexcept {
    const bool same = has(key);
    const uint8_t* fresh = same ? nullptr : key.bytes.data();
    const int done = encrypt_ ? EVP_EncryptInit_ex2(context_, nullptr, fresh, nonce.data(), nullptr)
                              : EVP_DecryptInit_ex2(context_, nullptr, fresh, nonce.data(), nullptr);
    if (!same) {
      key_ = key;
      expanded_ = true;
    }
    return done == 1;
  }

  // The expanded key inside OpenSSL goes when another one takes its place.
  void overwrite_key() noexcept {
    key_.wipe();
    if (!expanded_) return;
    const std::array<uint8_t, kMaxSessionKeyBytes> zeros{};
    EVP_CipherInit_ex2(context_, nullptr, zeros.data(), zeros.data(), -1, nullptr);
    expanded_ = false;
  }

 private:
  bool encrypt_;
  bool expanded_ = false;  // OpenSSL has been given a key
  EVP_CIPHER_CTX* context_;
  SessionKey key_;
};

// The contexts of a key size and a direction: flows that take turns find their keys expanded. A set has
// kWays keys, whose first byte chooses it; a newcomer takes the place of the one that came first.
class EvpContexts {
 public:
  EvpContexts(const char* cipher_name, bool encrypt) {
    const std::unique_ptr<EVP_CIPHER, FreeCipher> cipher(EVP_CIPHER_fetch(nullptr, cipher_name, nullptr));
    for (auto& context : contexts_) context = std::make_unique<EvpContext>(cipher.get(), encrypt);
  }

  EvpContext& of(const SessionKey& key) noexcept {
    std::unique_ptr<EvpContext>* const first = set_of(key);
    for (size_t way = 0; way < kWays; ++way) {
      if (first[way]->has(key)) return *first[way];
    }
    return *first[oldest_[number_of(key)]++ % kWays];
  }

  void forget() noexcept {
    for (auto& context : contexts_) context->overwrite_key();
  }

  void forget(const SessionKey& key) noexcept {
    std::unique_ptr<EvpContext>* const first = set_of(key);
    for (size_t way = 0; way < kWays; ++way) {
      if (first[way]->has(key)) first[way]->overwrite_key();
    }
  }

 private:
  static constexpr size_t kSets = 8;
  static constexpr size_t kWays = 4;
  static size_t number_of(const SessionKey& key) noexcept { return key.bytes[0] % kSets; }
  std::unique_ptr<EvpContext>* set_of(const SessionKey& key) noexcept {
    return &contexts_[number_of(key) * kWays];
  }
  std::array<std::unique_ptr<EvpContext>, kSets * kWays> contexts_;
  std::array<uint8_t, kSets> oldest_{};
};

class OpensslAead final : public Aead {
 public:
  bool seal(const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad, std::span<uint8_t> text,
            std::span<uint8_t, kIcvBytes> tag) noexcept override {
    EvpContext* context = select(key, seal_128_, seal_256_);
    if (context != nullptr && encrypt(*context, key, nonce, aad, text, tag)) return true;
    if (context != nullptr) context->overwrite_key();  // its state is not relied on
    std::fill(text.begin(), text.end(), uint8_t{0});
    std::fill(tag.begin(), tag.end(), uint8_t{0});
    return false;
  }

  bool open(const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad, std::span<uint8_t> text,
            std::span<const uint8_t, kIcvBytes> tag) noexcept override {
    EvpContext* context = select(key, open_128_, open_256_);
    if (context != nullptr && decrypt(*context, key, nonce, aad, text, tag)) return true;
    if (context != nullptr) context->overwrite_key();
    std::fill(text.begin(), text.end(), uint8_t{0});
    return false;
  }

  void forget() noexcept override {
    for (EvpContexts* contexts : {&seal_128_, &seal_256_, &open_128_, &open_256_}) contexts->forget();
  }

  void forget(const SessionKey& key) noexcept override {
    if (key.size == 0) return;
    for (EvpContexts* contexts : {&seal_128_, &seal_256_, &open_128_, &open_256_}) contexts->forget(key);
  }

  const char* name() const noexcept override { return "openssl"; }

 private:
  static EvpContext* select(const SessionKey& key, EvpContexts& small, EvpContexts& large) noexcept {
    if (key.size == 16) return &small.of(key);
    return key.size == 32 ? &large.of(key) : nullptr;
  }

  static bool encrypt(EvpContext& context, const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad,
                      std::span<uint8_t> text, std::span<uint8_t, kIcvBytes> tag) noexcept {
    EVP_CIPHER_CTX* evp = context.get();
    int written = 0;
    if (!context.start(key, nonce)) return false;
    if (!aad.empty() && EVP_EncryptUpdate(evp, nullptr, &written, aad.data(), length(aad)) != 1) return false;
    if (!text.empty() && EVP_EncryptUpdate(evp, text.data(), &written, text.data(), length(text)) != 1)
      return false;
    uint8_t none[1];
    if (EVP_EncryptFinal_ex(evp, none, &written) != 1) return false;
    const OSSL_PARAM end = OSSL_PARAM_construct_end();
    OSSL_PARAM get_tag[2] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag.data(), kIcvBytes), end};
    return EVP_CIPHER_CTX_get_params(evp, get_tag) == 1;
  }

  // The tag is compared by EVP_DecryptFinal_ex, in constant time; it runs for an empty text as well.
  static bool decrypt(EvpContext& context, const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad,
                      std::span<uint8_t> text, std::span<const uint8_t, kIcvBytes> tag) noexcept {
    EVP_CIPHER_CTX* evp = context.get();
    int written = 0;
    if (!context.start(key, nonce)) return false;
    std::array<uint8_t, kIcvBytes> expected;  // OSSL_PARAM wants a pointer to non-const
    std::copy(tag.begin(), tag.end(), expected.begin());
    const OSSL_PARAM end = OSSL_PARAM_construct_end();
    const OSSL_PARAM set_tag[2] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, expected.data(), kIcvBytes), end};
    if (EVP_CIPHER_CTX_set_params(evp, set_tag) != 1) return false;
    if (!aad.empty() && EVP_DecryptUpdate(evp, nullptr, &written, aad.data(), length(aad)) != 1) return false;
    if (!text.empty() && EVP_DecryptUpdate(evp, text.data(), &written, text.data(), length(text)) != 1)
      return false;
    uint8_t none[1];
    return EVP_DecryptFinal_ex(evp, none, &written) == 1;
  }

  static int length(std::span<const uint8_t> bytes) noexcept { return static_cast<int>(bytes.size()); }

  EvpContexts seal_128_{"AES-128-GCM", true};
  EvpContexts seal_256_{"AES-256-GCM", true};
  EvpContexts open_128_{"AES-128-GCM", false};
  EvpContexts open_256_{"AES-256-GCM", false};
};

}  // namespace

std::unique_ptr<Aead> make_openssl_aead() {
  return std::make_unique<OpensslAead>();
}

}  // namespace pspnic::psp
