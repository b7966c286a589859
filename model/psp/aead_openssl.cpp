// SPDX-License-Identifier: Apache-2.0
// OpenSSL's fixed cost per packet is as large as the cryptography of a small one. What keeps it low: the
// cipher is fetched once, contexts are keyed again without naming the cipher, the last keys stay expanded,
// and tag and nonce are moved through parameters (EVP_*Init_ex2 would ask for the length of the nonce, and
// every question is a search by name).
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

  // Sets the key when it is another one than last time.
  bool take_key(const SessionKey& key) noexcept {
    if (has(key)) return true;
    key_ = key;
    expanded_ = true;
    return EVP_CipherInit_ex2(context_, nullptr, key.bytes.data(), nullptr, -1, nullptr) == 1;
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
    for (Set& set : sets_) {
      for (auto& context : set.contexts) context = std::make_unique<EvpContext>(cipher.get(), encrypt);
    }
  }

  EvpContext& of(const SessionKey& key) noexcept {
    Set& set = set_of(key);
    const uint64_t start = start_of(key);
    for (size_t way = 0; way < kWays; ++way) {
      if (set.starts[way] == start && set.contexts[way]->has(key)) return *set.contexts[way];
    }
    const size_t way = set.oldest++ % kWays;
    set.starts[way] = start;
    return *set.contexts[way];
  }

  void forget() noexcept {
    for (Set& set : sets_) {
      for (size_t way = 0; way < kWays; ++way) set.forget(way);
    }
  }

  void forget(const SessionKey& key) noexcept {
    Set& set = set_of(key);
    for (size_t way = 0; way < kWays; ++way) {
      if (set.contexts[way]->has(key)) set.forget(way);
    }
  }

 private:
  static constexpr size_t kSets = 8;
  static constexpr size_t kWays = 4;
  struct Set {
    ~Set() { OPENSSL_cleanse(starts.data(), sizeof(starts)); }
    void forget(size_t way) noexcept {
      contexts[way]->overwrite_key();
      OPENSSL_cleanse(&starts[way], sizeof(starts[way]));
    }
    std::array<uint64_t, kWays> starts{};  // of the keys: a look at one context is enough
    std::array<std::unique_ptr<EvpContext>, kWays> contexts;
    uint8_t oldest = 0;
  };

  static uint64_t start_of(const SessionKey& key) noexcept {
    uint64_t start = 0;
    std::memcpy(&start, key.bytes.data(), sizeof(start));
    return start;
  }
  Set& set_of(const SessionKey& key) noexcept { return sets_[key.bytes[0] % kSets]; }
  std::array<Set, kSets> sets_;
};

class OpensslAead final : public Aead {
 public:
  bool seal(const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad, std::span<uint8_t> text,
            std::span<uint8_t, kIcvBytes> tag) noexcept override {
    EvpContext* context = select(key, seal_128_, seal_256_);
    if (context != nullptr && encrypt(*context, key, nonce, aad, text, tag)) return true;
    forget(key);  // the context's state is not relied on
    std::fill(text.begin(), text.end(), uint8_t{0});
    std::fill(tag.begin(), tag.end(), uint8_t{0});
    return false;
  }

  bool open(const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad, std::span<uint8_t> text,
            std::span<const uint8_t, kIcvBytes> tag) noexcept override {
    EvpContext* context = select(key, open_128_, open_256_);
    if (context != nullptr && decrypt(*context, key, nonce, aad, text, tag)) return true;
    forget(key);
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
    const OSSL_PARAM end = OSSL_PARAM_construct_end();
    const OSSL_PARAM set_nonce[2] = {whole_nonce(nonce), end};
    if (!context.take_key(key) || EVP_CIPHER_CTX_set_params(evp, set_nonce) != 1) return false;
    if (!aad.empty() && EVP_EncryptUpdate(evp, nullptr, &written, aad.data(), length(aad)) != 1) return false;
    if (!text.empty() && EVP_EncryptUpdate(evp, text.data(), &written, text.data(), length(text)) != 1)
      return false;
    uint8_t none[1];
    if (EVP_EncryptFinal_ex(evp, none, &written) != 1) return false;
    OSSL_PARAM get_tag[2] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag.data(), kIcvBytes), end};
    return EVP_CIPHER_CTX_get_params(evp, get_tag) == 1;
  }

  // The tag is compared by EVP_DecryptFinal_ex, in constant time; it runs for an empty text as well.
  static bool decrypt(EvpContext& context, const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad,
                      std::span<uint8_t> text, std::span<const uint8_t, kIcvBytes> tag) noexcept {
    EVP_CIPHER_CTX* evp = context.get();
    int written = 0;
    std::array<uint8_t, kIcvBytes> expected;  // OSSL_PARAM wants a pointer to non-const
    std::copy(tag.begin(), tag.end(), expected.begin());
    const OSSL_PARAM end = OSSL_PARAM_construct_end();
    const OSSL_PARAM set_tag_and_nonce[3] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, expected.data(), kIcvBytes),
        whole_nonce(nonce), end};
    if (!context.take_key(key) || EVP_CIPHER_CTX_set_params(evp, set_tag_and_nonce) != 1) return false;
    if (!aad.empty() && EVP_DecryptUpdate(evp, nullptr, &written, aad.data(), length(aad)) != 1) return false;
    if (!text.empty() && EVP_DecryptUpdate(evp, text.data(), &written, text.data(), length(text)) != 1)
      return false;
    uint8_t none[1];
    return EVP_DecryptFinal_ex(evp, none, &written) == 1;
  }

  // EVP_CTRL_GCM_SET_IV_FIXED with length -1, which replaces all of the nonce, as a parameter.
  static OSSL_PARAM whole_nonce(Nonce nonce) noexcept {
    return OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED,
                                             const_cast<uint8_t*>(nonce.data()), SIZE_MAX);
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
