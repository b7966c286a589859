// SPDX-License-Identifier: Apache-2.0
// AES-256 blocks by an ECB job, which the library does at once. Its own CMAC would gather several messages
// before it works on one.
#include <array>

#include "model/net/wipe.h"
#include "model/psp/ipsec_mb.h"
#include "model/psp/ipsec_mb_manager.h"
#include "model/psp/kdf_input.h"

namespace pspnic::psp {
namespace {

constexpr size_t kExpandedKeyBytes = 15 * 16;  // AES-256: 15 round keys

class IpsecMbKdf final : public KdfBody {
 public:
  explicit IpsecMbKdf(const DeviceKey& key) {
    IMB_AES_KEYEXP_256(manager_.get(), key.secret().data(), encryption_.data(), decryption_.data());
    net::wipe(decryption_);  // never needed; the function wants the room
    std::array<uint8_t, kKdfBlockBytes> zeros{};
    if (imb_get_errno(manager_.get()) != 0 || !encrypt(zeros.data(), zeros.data(), zeros.size())) {
      wipe();
      throw std::runtime_error("crypto engine ipsec_mb: no AES-256");
    }
    input_.set_subkey(zeros);
    net::wipe(zeros);
  }
  ~IpsecMbKdf() override { wipe(); }

  SessionKey derive(uint32_t spi, Version version) const noexcept override {
    SessionKey key;
    const auto input = input_.blocks(spi, version);
    const uint8_t bytes = key_bytes(version);
    if (encrypt(input.data(), key.bytes.data(), bytes)) {
      key.size = bytes;
    } else {
      key.wipe();
    }
    return key;
  }

 private:
  // Every field that the library would check is set here.
  bool encrypt(const uint8_t* input, uint8_t* output, size_t bytes) const noexcept {
    IMB_JOB* job = IMB_GET_NEXT_JOB(manager_.get());
    job->cipher_mode = IMB_CIPHER_ECB;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_CIPHER_HASH;
    job->hash_alg = IMB_AUTH_NULL;
    job->enc_keys = encryption_.data();
    job->dec_keys = decryption_.data();
    job->key_len_in_bytes = kDeviceKeyBytes;
    job->src = input;
    job->dst = output;
    job->cipher_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = bytes;
    job->iv = nullptr;
    job->iv_len_in_bytes = 0;
    const IMB_JOB* done = IMB_SUBMIT_JOB_NOCHECK(manager_.get());
    return done != nullptr && done->status == IMB_STATUS_COMPLETED;
  }

  void wipe() noexcept { net::wipe(encryption_); }

  IpsecMbManager manager_ = make_ipsec_mb_manager();
  alignas(64) std::array<uint8_t, kExpandedKeyBytes> encryption_{};
  alignas(64) std::array<uint8_t, kExpandedKeyBytes> decryption_{};
  KdfInput input_;
};

}  // namespace

std::unique_ptr<KdfBody> make_ipsec_mb_kdf(const DeviceKey& key) {
  return std::make_unique<IpsecMbKdf>(key);
}

}  // namespace pspnic::psp
