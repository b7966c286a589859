// SPDX-License-Identifier: Apache-2.0
// One packet at a time by the library's direct functions: its jobs of many packets would not help, as the
// model wants each packet's bytes at once. The library writes a tag and compares none.
#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

#include "model/net/wipe.h"
#include "model/psp/ipsec_mb.h"
#include "model/psp/ipsec_mb_manager.h"

namespace pspnic::psp {
namespace {

using Tag = std::array<uint8_t, kIcvBytes>;

template <class T>
void wipe_object(T& object) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  net::wipe({reinterpret_cast<uint8_t*>(&object), sizeof object});
}

// Looks at every byte, whatever the first ones say.
bool equal(const Tag& computed, std::span<const uint8_t, kIcvBytes> given) noexcept {
  unsigned difference = 0;
  for (size_t i = 0; i < kIcvBytes; ++i) difference |= static_cast<unsigned>(computed[i] ^ given[i]);
  return difference == 0;
}

// The functions for one size of keys and one direction, and the key of the last packet, expanded.
class IpsecMbContext {
 public:
  IpsecMbContext(IMB_MGR* manager, aes_gcm_pre_t expand, aes_gcm_enc_dec_t gcm)
      : manager_(manager), expand_(expand), gcm_(gcm) {}
  IpsecMbContext(const IpsecMbContext&) = delete;
  IpsecMbContext& operator=(const IpsecMbContext&) = delete;
  ~IpsecMbContext() { overwrite_key(); }

  bool has(const SessionKey& key) const noexcept {
    return key_.size == key.size && std::memcmp(key_.bytes.data(), key.bytes.data(), key.size) == 0;
  }

  bool process(const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad, std::span<uint8_t> text,
               std::span<uint8_t, kIcvBytes> tag) noexcept {
    if (!has(key)) {
      key_ = key;
      expand_(key.bytes.data(), &expanded_);
      if (failed()) return false;
    }
    gcm_(&expanded_, &state_, text.data(), text.data(), text.size(), nonce.data(), aad.data(), aad.size(),
         tag.data(), tag.size());
    return !failed();
  }

  void overwrite_key() noexcept {
    key_.wipe();
    wipe_object(expanded_);
    wipe_object(state_);  // has key stream of the last packet
  }

 private:
  bool failed() const noexcept { return imb_get_errno(manager_) != 0; }

  IMB_MGR* manager_;
  aes_gcm_pre_t expand_;
  aes_gcm_enc_dec_t gcm_;
  SessionKey key_;
  alignas(64) gcm_key_data expanded_{};  // the library reads it so and its header does not say so
  alignas(64) gcm_context_data state_{};
};

class IpsecMbAead final : public Aead {
 public:
  bool seal(const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad, std::span<uint8_t> text,
            std::span<uint8_t, kIcvBytes> tag) noexcept override {
    IpsecMbContext* context = select(key, seal_128_, seal_256_);
    if (context != nullptr && context->process(key, nonce, aad, text, tag)) return true;
    if (context != nullptr) context->overwrite_key();
    std::fill(text.begin(), text.end(), uint8_t{0});
    std::fill(tag.begin(), tag.end(), uint8_t{0});
    return false;
  }

  bool open(const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad, std::span<uint8_t> text,
            std::span<const uint8_t, kIcvBytes> tag) noexcept override {
    IpsecMbContext* context = select(key, open_128_, open_256_);
    Tag computed{};
    const bool done = context != nullptr && context->process(key, nonce, aad, text, computed);
    const bool right = done && equal(computed, tag);
    net::wipe(computed);  // the right one for a forged packet must not stay
    if (right) return true;
    if (context != nullptr && !done) context->overwrite_key();
    std::fill(text.begin(), text.end(), uint8_t{0});
    return false;
  }

  void forget() noexcept override {
    for (IpsecMbContext* context : {&seal_128_, &seal_256_, &open_128_, &open_256_}) context->overwrite_key();
  }

  void forget(const SessionKey& key) noexcept override {
    if (key.size == 0) return;
    for (IpsecMbContext* context : {&seal_128_, &seal_256_, &open_128_, &open_256_}) {
      if (context->has(key)) context->overwrite_key();
    }
  }

  const char* name() const noexcept override { return "ipsec_mb"; }

 private:
  static IpsecMbContext* select(const SessionKey& key, IpsecMbContext& small,
                                IpsecMbContext& large) noexcept {
    if (key.size == 16) return &small;
    return key.size == 32 ? &large : nullptr;
  }

  IpsecMbManager manager_ = make_ipsec_mb_manager();
  IpsecMbContext seal_128_{manager_.get(), manager_->gcm128_pre, manager_->gcm128_enc};
  IpsecMbContext seal_256_{manager_.get(), manager_->gcm256_pre, manager_->gcm256_enc};
  IpsecMbContext open_128_{manager_.get(), manager_->gcm128_pre, manager_->gcm128_dec};
  IpsecMbContext open_256_{manager_.get(), manager_->gcm256_pre, manager_->gcm256_dec};
};

}  // namespace

std::unique_ptr<Aead> make_ipsec_mb_aead() {
  return std::make_unique<IpsecMbAead>();
}

}  // namespace pspnic::psp
