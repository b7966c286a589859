// SPDX-License-Identifier: Apache-2.0
// AES-GCM as PSP uses it: 96-bit nonce, 128-bit tag, text in place. GMAC is the same with everything in `aad`
// and an empty text.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "model/psp/header.h"
#include "model/psp/key.h"

namespace pspnic::psp {

using Nonce = std::span<const uint8_t, kNonceBytes>;

class Aead {
 public:
  virtual ~Aead() = default;

  // Encrypts `text` in place and writes the tag. False when the engine failed: text and tag are zeroed, so
  // that no cleartext can go out.
  virtual bool seal(const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad, std::span<uint8_t> text,
                    std::span<uint8_t, kIcvBytes> tag) noexcept = 0;

  // Decrypts `text` in place. False when the tag does not match (also for an empty text) or the engine
  // failed: text is zeroed, so that nothing unauthenticated is seen.
  virtual bool open(const SessionKey& key, Nonce nonce, std::span<const uint8_t> aad, std::span<uint8_t> text,
                    std::span<const uint8_t, kIcvBytes> tag) noexcept = 0;

  // Overwrites what is left of the last keys in the engine; the next packet brings its own.
  virtual void forget() noexcept {}
  // The same for one key, if it is among them.
  virtual void forget(const SessionKey&) noexcept {}

  virtual const char* name() const noexcept = 0;
};

// The reference body, on OpenSSL's EVP interface. Throws std::runtime_error when OpenSSL has no AES-GCM. One
// object serves one thread.
std::unique_ptr<Aead> make_openssl_aead();

}  // namespace pspnic::psp
