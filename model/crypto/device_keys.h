// SPDX-License-Identifier: Apache-2.0
// The two device keys and what may be done with them: make one, choose the active one, drop one, derive a
// session key. There is no way to read one; even the state of the generator they came from is overwritten as
// it is used. Published test vectors come with device keys of their own, which a test gives to the
// constructor; nothing else can set one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "model/psp/engine.h"
#include "model/psp/kdf.h"
#include "model/psp/key.h"

namespace pspnic::crypto {

// The device's generator of key material. A real device has a true random source; this one is a chain of
// SHA-256 values from a seed, so that a run can be repeated. It must never leave a simulation.
class SeededRandom {
 public:
  // Different streams of one seed, e.g. of two devices, have nothing in common.
  SeededRandom(uint64_t seed, uint64_t stream);
  ~SeededRandom();
  SeededRandom(const SeededRandom&) = delete;
  SeededRandom& operator=(const SeededRandom&) = delete;

  psp::DeviceKey device_key();

 private:
  std::array<uint8_t, 32> state_;
};

class DeviceKeys {
 public:
  // The keys of slots 0 and 1 in published test vectors.
  using VectorKeys = std::array<psp::DeviceKey, 2>;

  // `engine` derives; it decides no key. With `vector_keys`, which must outlive this, make() gives a slot the
  // same published key each time: only for packets that have been sealed under it already.
  explicit DeviceKeys(uint64_t seed, uint64_t stream, const psp::Engine& engine = psp::reference_engine(),
                      const VectorKeys* vector_keys = nullptr)
      : engine_(engine), random_(seed, stream), vector_keys_(vector_keys) {}

  // Slot = bit 31 of the SPIs that use it.
  void make(unsigned slot);
  void activate(unsigned slot, uint8_t generation);
  void drop(unsigned slot);

  bool present(uint32_t spi) const { return slots_[spi >> 31].kdf.has_value(); }
  // Of the key that this SPI's packets are opened with; taken at decryption, because a rotation may follow.
  uint8_t generation(uint32_t spi) const { return slots_[spi >> 31].generation; }
  // The slot must be present.
  psp::SessionKey derive(uint32_t spi, psp::Version version) const {
    return slots_[spi >> 31].kdf->derive(spi, version);
  }

 private:
  struct Slot {
    std::optional<psp::Kdf> kdf;
    uint8_t generation = 0;  // 7 bits
  };

  const psp::Engine& engine_;
  SeededRandom random_;
  const VectorKeys* vector_keys_;
  std::array<Slot, 2> slots_;
};

}  // namespace pspnic::crypto
