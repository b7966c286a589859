// SPDX-License-Identifier: Apache-2.0
// Transmit SAs by index. A slot is used by a packet from its descriptor until it has been sealed; while that
// lasts, the slot can be closed, but its key is wiped, and the closing reported, only at the end.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/psp/header.h"
#include "model/psp/key.h"

namespace pspnic::crypto {

struct Sa {
  uint32_t spi = 0;
  psp::Version version = psp::Version::kAesGcm128;
  uint16_t tag = 0;  // slots are used again: a descriptor written for the last owner has another tag
  psp::SessionKey key;
};

// Told when a slot that was in use when it was closed has been wiped.
class SaListener {
 public:
  virtual ~SaListener() = default;
  virtual void on_sa_wiped(uint32_t index) = 0;
};

class SaTable {
 public:
  explicit SaTable(uint32_t slots) : slots_(slots) {}
  void set_listener(SaListener* listener) { listener_ = listener; }

  uint32_t slots() const { return static_cast<uint32_t>(slots_.size()); }
  // False, and nothing changed, while the slot is in use: what is under way keeps its key.
  bool write(uint32_t index, const Sa& sa);
  // True: wiped at once. False: in use; the listener hears of it.
  bool close(uint32_t index);
  void reset();  // wipes all, in use or not; what is in flight then finds nothing

  // Starts a use: null if the slot is empty, closed, out of range, or of another owner. release() must follow
  // a use.
  const Sa* acquire(uint32_t index, uint16_t tag);
  // The SA of a use that has been acquired; null after a reset.
  const Sa* find(uint32_t index) const { return slots_[index] ? &slots_[index]->sa : nullptr; }
  void release(uint32_t index);

 private:
  struct Slot {
    Sa sa;
    uint32_t uses = 0;
    bool closing = false;
  };
  std::vector<std::unique_ptr<Slot>> slots_;
  SaListener* listener_ = nullptr;
};

}  // namespace pspnic::crypto
