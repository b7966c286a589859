// SPDX-License-Identifier: Apache-2.0
// The receive SAs this driver was given, looked up once a received PSP packet. Holds no keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/psp/header.h"

namespace pspnic::host {

struct RxSaRecord {
  uint32_t spi = 0;  // 0: free entry; no SPI is 0
  psp::Version version = psp::Version::kAesGcm128;
  uint8_t generation = 0;
};

// Open addressing with linear probing, at most half full.
class RxSaRegistry {
 public:
  RxSaRegistry();

  // `spi` must not be 0. An SPI already there gets the new values.
  void insert(uint32_t spi, psp::Version version, uint8_t generation);
  void erase(uint32_t spi);
  // Drops every SA of another generation than these two.
  void keep_generations(uint8_t current, uint8_t previous);
  void drop_generation(uint8_t generation);
  void clear();
  // Id of the PSP device they belong to, for who looks at received packets; 0: none.
  void set_device(uint16_t id) { device_ = id; }
  uint16_t device() const { return device_; }

  const RxSaRecord* find(uint32_t spi) const noexcept {
    for (size_t i = start(spi);; i = (i + 1) & mask_) {
      if (records_[i].spi == spi) return spi == 0 ? nullptr : &records_[i];
      if (records_[i].spi == 0) return nullptr;
    }
  }
  size_t size() const { return size_; }

 private:
  size_t start(uint32_t spi) const noexcept {
    return static_cast<size_t>((spi * uint64_t{0x9e3779b97f4a7c15}) >> 32) & mask_;
  }
  void resize(size_t capacity);
  template <class Keep>
  void filter(Keep keep);

  std::vector<RxSaRecord> records_;  // a power of two
  size_t mask_ = 0;
  size_t size_ = 0;
  uint16_t device_ = 0;
};

}  // namespace pspnic::host
