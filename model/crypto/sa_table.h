// SPDX-License-Identifier: Apache-2.0
// Transmit SAs by index. A slot is used by a packet from the moment its job is taken until its last byte is
// out of the AES-GCM lanes; while that lasts, the slot can be closed, but its key is wiped only at the end.
//
// The lanes' times are computed ahead, when a packet's data has come: release() says until when the packet
// holds the key, and whoever closed the slot calls wipe() then.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/base/time.h"
#include "model/psp/aead.h"
#include "model/psp/header.h"
#include "model/psp/key.h"

namespace pspnic::crypto {

struct Sa {
  uint32_t spi = 0;
  psp::Version version = psp::Version::kAesGcm128;
  uint16_t tag = 0;  // slots are used again: a descriptor written for the last owner has another tag
  psp::SessionKey key;
  bool flows_only =
      false;  // of the flow table's owner: no descriptor may name it, a function reset leaves it
};

// Told when the last packet of a closed slot has its times: wipe() may be called at `sealed`.
class SaListener {
 public:
  virtual ~SaListener() = default;
  virtual void on_sa_released(uint32_t index, base::Time sealed) = 0;
};

class SaTable {
 public:
  // `engine` forgets each key that is wiped here.
  SaTable(uint32_t slots, psp::Aead& engine) : slots_(slots), engine_(engine) {}
  void set_listener(SaListener* listener) { listener_ = listener; }

  uint32_t slots() const { return static_cast<uint32_t>(slots_.size()); }
  // False, and nothing changed, while the slot is in use or closing: what is under way keeps its key.
  bool write(uint32_t index, const Sa& sa, base::Time now);
  // Allows no new use. The answer is when to call wipe(): 0: it is wiped already; kNever: the listener hears.
  base::Time close(uint32_t index, base::Time now);
  void wipe(uint32_t index);
  // Wipes all, in use or not; what is in flight then finds nothing. But for those of the flow table's owner
  // that are not closing: whatever used them is gone.
  void reset();

  // Starts a use: null if the slot is empty, closed, out of range, or of another owner. release() must follow
  // a use.
  const Sa* acquire(uint32_t index, uint16_t tag);
  bool empty(uint32_t index) const { return !slots_[index]; }
  // Ends a use, whose packet is out of the lanes at `sealed`.
  void release(uint32_t index, base::Time sealed);

 private:
  struct Slot {
    Sa sa;
    uint32_t uses = 0;
    base::Time sealed = 0;  // the last packet of a use that has ended is out of the lanes
    bool closing = false;
  };
  std::vector<std::unique_ptr<Slot>> slots_;
  psp::Aead& engine_;
  SaListener* listener_ = nullptr;
};

}  // namespace pspnic::crypto
