// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>

#include "model/net/bytes.h"
#include "model/net/wipe.h"
#include "model/psp/engine.h"

namespace pspnic::psp {
namespace {

// Told apart by device key, SPI and version; nobody could not guess it.
class StandInKdf final : public KdfBody {
 public:
  explicit StandInKdf(const DeviceKey& key) : device_key_(net::load_be64(key.secret().data())) {}
  ~StandInKdf() override { net::wipe({reinterpret_cast<uint8_t*>(&device_key_), sizeof device_key_}); }

  SessionKey derive(uint32_t spi, Version version) const noexcept override {
    SessionKey key;
    net::store_be64(key.bytes.data(), device_key_);
    net::store_be64(key.bytes.data() + 8, uint64_t{spi} << 32 | static_cast<uint64_t>(version));
    key.size = key_bytes(version);
    return key;
  }

 private:
  uint64_t device_key_;
};

class StandInAead final : public Aead {
 public:
  bool seal(const SessionKey& key, Nonce, std::span<const uint8_t>, std::span<uint8_t>,
            std::span<uint8_t, kIcvBytes> tag) noexcept override {
    std::memcpy(tag.data(), key.bytes.data(), kIcvBytes);
    return key.size != 0;
  }
  bool open(const SessionKey& key, Nonce, std::span<const uint8_t>, std::span<uint8_t>,
            std::span<const uint8_t, kIcvBytes> tag) noexcept override {
    return key.size != 0 && std::memcmp(tag.data(), key.bytes.data(), kIcvBytes) == 0;
  }
  const char* name() const noexcept override { return "none"; }
};

}  // namespace

const Engine& stand_in_engine() {
  static constexpr Engine engine{
      "none", "Nothing is computed", [] { return std::unique_ptr<Aead>(std::make_unique<StandInAead>()); },
      [](const DeviceKey& key) { return std::unique_ptr<KdfBody>(std::make_unique<StandInKdf>(key)); }};
  return engine;
}

}  // namespace pspnic::psp
