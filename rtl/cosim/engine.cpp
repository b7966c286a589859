// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/engine.h"

#include <algorithm>
#include <exception>

#include "rtl/cosim/gcm_lane.h"
#include "rtl/cosim/kdf_unit.h"

namespace pspnic::rtl {
namespace {

constexpr size_t kMaxBytes = 16383;  // what a lane takes

std::string trace_folder;
unsigned cards = 0;

GcmLane make_lane() {
  if (trace_folder.empty()) return GcmLane(GcmShape{});
  return GcmLane(make_traced_gcm_core(trace_folder + "/card_" + std::to_string(++cards) + ".fst"));
}

class RtlAead final : public psp::Aead {
 public:
  ~RtlAead() override { RtlAead::forget(); }

  bool seal(const psp::SessionKey& key, psp::Nonce nonce, std::span<const uint8_t> aad,
            std::span<uint8_t> text, std::span<uint8_t, psp::kIcvBytes> tag) noexcept override {
    const bool sealed = run(key, nonce, aad, text, nullptr, tag.data());
    if (!sealed) {
      std::fill(text.begin(), text.end(), uint8_t{0});
      std::fill(tag.begin(), tag.end(), uint8_t{0});
    }
    return sealed;
  }

  bool open(const psp::SessionKey& key, psp::Nonce nonce, std::span<const uint8_t> aad,
            std::span<uint8_t> text, std::span<const uint8_t, psp::kIcvBytes> tag) noexcept override {
    const bool opened = run(key, nonce, aad, text, tag.data(), nullptr);
    if (!opened) std::fill(text.begin(), text.end(), uint8_t{0});
    return opened;
  }

  // A packet under a key of zeros: each block of AES overwrites its registers, the text those of the output.
  void forget() noexcept override {
    GcmPacket wipe;
    wipe.version = static_cast<unsigned>(psp::Version::kAesGcm256);
    wipe.text.resize(psp::kIcvBytes);
    lane_.run(std::move(wipe));
    last_.wipe();
  }
  void forget(const psp::SessionKey& key) noexcept override {
    if (key.size != 0 && key.size == last_.size && key.bytes == last_.bytes) forget();
  }

  const char* name() const noexcept override { return "rtl"; }

 private:
  // Opens if there is an expected tag. An RTL that does not answer is a fault of this program: the exception
  // ends it, as a failed assertion of the RTL does.
  bool run(const psp::SessionKey& key, psp::Nonce nonce, std::span<const uint8_t> aad,
           std::span<uint8_t> text, const uint8_t* expected, uint8_t* tag) noexcept {
    if (key.size != 16 && key.size != 32) return false;
    if (aad.size() > kMaxBytes || text.size() > kMaxBytes) return false;
    last_ = key;
    GcmPacket packet;
    packet.open = expected != nullptr;
    packet.version =
        static_cast<unsigned>(key.size == 16 ? psp::Version::kAesGcm128 : psp::Version::kAesGcm256);
    std::copy_n(key.bytes.begin(), key.size, packet.key.begin());
    std::copy(nonce.begin(), nonce.end(), packet.nonce.begin());
    packet.aad.assign(aad.begin(), aad.end());
    packet.text.assign(text.begin(), text.end());
    if (expected != nullptr) std::copy_n(expected, psp::kIcvBytes, packet.icv.begin());
    const GcmResult result = lane_.run(std::move(packet));
    if (result.status == GcmStatus::kIllegal) std::terminate();  // a legal packet was refused
    if (result.status != GcmStatus::kOk) return false;
    std::copy(result.text.begin(), result.text.end(), text.begin());
    if (tag != nullptr) std::copy(result.tag.begin(), result.tag.end(), tag);
    return true;
  }

  GcmLane lane_ = make_lane();
  psp::SessionKey last_;
};

// One device key; it stands in both slots, because all bits of the SPI are the caller's.
class RtlKdf final : public psp::KdfBody {
 public:
  explicit RtlKdf(const psp::DeviceKey& key) {
    for (const unsigned slot : {0u, 1u}) unit_.load(slot, key.secret());
  }
  ~RtlKdf() override {
    for (const unsigned slot : {0u, 1u}) unit_.drop(slot);
  }

  psp::SessionKey derive(uint32_t spi, psp::Version version) const noexcept override {
    const KdfRequest request{spi, static_cast<unsigned>(version)};
    const std::vector<KdfAnswer> answers = unit_.run({&request, 1});
    // A refused request goes through AES as zeros and takes the place of the session key and of what the
    // device key was expanded to.
    const KdfRequest refused{spi, psp::kMaxVersionField};
    unit_.run({&refused, 1});
    if (answers[0].status != KdfStatus::kOk) return {};
    return psp::SessionKey(std::span<const uint8_t>(answers[0].key).first(psp::key_bytes(version)));
  }

 private:
  // The small unit: keys come one at a time. Its clock moves; its answers depend on nothing but key and
  // request.
  mutable KdfUnit unit_{KdfForm::kIterative};
};

}  // namespace

const psp::Engine& engine() {
  static const psp::Engine rtl{
      .name = "rtl",
      .meaning = "the RTL of this project, translated by Verilator",
      .make_aead = [] { return std::unique_ptr<psp::Aead>(std::make_unique<RtlAead>()); },
      .make_kdf =
          [](const psp::DeviceKey& key) {
            return std::unique_ptr<psp::KdfBody>(std::make_unique<RtlKdf>(key));
          },
      .trace =
          [](const std::string& folder) {
            trace_folder = folder;
            cards = 0;
          }};
  return rtl;
}

}  // namespace pspnic::rtl
