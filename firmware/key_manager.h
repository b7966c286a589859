// SPDX-License-Identifier: Apache-2.0
// Device keys of one function: two slots, one active. SPI bit 31 names the slot, so the slot is the SPI's
// phase. A rotation replaces the key of the slot that is not active and makes it the active one; the key
// active until then goes on decrypting, and dies with the next rotation. The keys themselves stay in the
// device.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "firmware/digest.h"
#include "firmware/hardware.h"
#include "model/idpf/virtchnl2_opcodes.h"
#include "model/psp/spi.h"

namespace pspnic::firmware {

inline constexpr uint8_t kGenerations = 128;  // 7 bits, as Linux counts them

class KeyManager {
 public:
  // Has the device make keys in both slots and activate `phase` under `generation`.
  KeyManager(Hardware& hardware, unsigned phase, uint8_t generation);

  // A generation that no longer decrypts.
  struct Retired {
    uint8_t generation;
    unsigned phase;
  };
  // One rotation; tells which generation it ended, if the slot had one.
  std::optional<Retired> rotate();

  struct Issued {
    uint32_t spi;
    uint8_t generation;
  };
  // The next SPI of the active key; nothing when its range is used up.
  std::optional<Issued> allocate();

  // Accounting only: an SPI is not given out again under the same key, and goes on decrypting. kEsrch: not
  // given out or already released; kPspStaleGeneration: of a generation that its slot no longer holds.
  idpf::Status release(uint32_t spi, uint8_t generation);
  // The others count as released: their owner is gone.
  void release_all_but(const std::set<uint32_t>& spis);

  unsigned phase() const { return allocator_.phase(); }
  uint8_t generation() const { return slots_[phase()].generation; }
  std::optional<uint8_t> previous_generation() const;
  uint64_t rotations() const { return rotations_; }  // since reset
  uint32_t first_spi() const { return first_; }
  uint32_t capacity() const { return allocator_.capacity(); }
  uint32_t remaining() const { return allocator_.remaining(); }
  uint32_t in_use() const { return slots_[0].in_use + slots_[1].in_use; }

  void digest(Digest& digest) const;

 private:
  struct Slot {
    bool was_active = false;  // a key that never was has no generation
    uint8_t generation = 0;
    std::vector<bool> live;  // SPIs in use, by their place in the range
    uint32_t in_use = 0;
  };

  Hardware& hardware_;
  uint32_t first_;
  psp::SpiAllocator allocator_;
  std::array<Slot, 2> slots_;
  uint64_t rotations_ = 0;
};

}  // namespace pspnic::firmware
