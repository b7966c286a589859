// SPDX-License-Identifier: Apache-2.0
// Transmit SAs by index, and the one place that knows which slots are taken and whose they are: the control
// plane asks it, and a config queue changes it without the control plane.
//
// A slot is used by a packet from the moment its descriptors have been fetched until its last byte is out of
// the AES-GCM lanes; while that lasts, the slot can be closed, but its key is wiped only at the end.
//
// The lanes' times are computed ahead, when a packet's data has come: release() says until when the packet
// holds the key, and whoever closed the slot calls wipe() then.
//
// Memory: 64 bytes a slot in pieces of 4096 slots that are made when the first of them is written, and some
// bits a slot. Every operation but reset() and partition() takes constant time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/base/time.h"
#include "model/crypto/slot_set.h"
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
      false;              // of the flow table's owner: no descriptor may name it, a function reset leaves it
  uint16_t function = 0;  // whose range the slot is in
};

// The slots that a function may use.
struct SaRange {
  uint32_t first = 0;
  uint32_t count = 0;

  uint32_t end() const { return first + count; }
  bool contains(uint32_t index) const { return index - first < count; }
};

enum class SaState : uint8_t {
  kFree,
  kUsed,
  kErasing  // closed, and packets in flight still need the key
};

// Told when the last packet of a closed slot has its times: wipe() may be called at `sealed`.
class SaListener {
 public:
  virtual ~SaListener() = default;
  virtual void on_sa_released(uint32_t index, base::Time sealed) = 0;
};

class SaTable {
 public:
  // `engine` forgets each key that is wiped here. All slots, at most SlotSet::kMaxSize, are function 0's.
  SaTable(uint32_t slots, psp::Aead& engine);
  void set_listener(SaListener* listener) { listener_ = listener; }
  // Function f has ranges[f], which must lie in the table and not overlap. Only while all slots are free.
  void partition(std::vector<SaRange> ranges);

  uint32_t slots() const { return free_.size(); }
  const SaRange& range(uint16_t function) const { return functions_[function].range; }

  // State of a slot below slots(). Tag, function and flows_only are of one that is not free.
  SaState state(uint32_t index) const;
  const Sa& at(uint32_t index) const { return find(index)->sa; }
  bool empty(uint32_t index) const { return state(index) == SaState::kFree; }
  // Slots that are not free, those being erased included; of flows' owner or of all others.
  uint32_t used(uint16_t function, bool flows_only) const { return functions_[function].used[flows_only]; }
  uint32_t free_slots(uint16_t function) const;
  // The next free slot of the function's range after the one written last, so that a slot is reused as late
  // as possible.
  std::optional<uint32_t> find_free(uint16_t function) const;
  // The next slot in [from, end) that is not free.
  std::optional<uint32_t> next_used(uint32_t from, uint32_t end) const { return used_.next(from, end); }

  // False, and nothing changed, while the slot is in use or closing: what is under way keeps its key.
  bool write(uint32_t index, const Sa& sa, base::Time now);
  // Allows no new use. The answer is when to call wipe(): 0: it is wiped already; kNever: the listener hears.
  base::Time close(uint32_t index, base::Time now);
  void wipe(uint32_t index);
  // Has the engine forget a key that is not the table's.
  void forget(const psp::SessionKey& key) { engine_.forget(key); }
  // Wipes all, in use or not; what is in flight then finds nothing. But for those of the flow table's owner
  // that are not closing: whatever used them is gone.
  void reset();

  // Starts a use: null if the slot is empty, closed, out of range, or of another owner. release() must follow
  // a use. The SA stays where it is until then.
  const Sa* acquire(uint32_t index, uint16_t tag);
  // Ends a use, whose packet is out of the lanes at `sealed`.
  void release(uint32_t index, base::Time sealed);

 private:
  static constexpr uint32_t kPieceSlots = 4096;

  struct Slot {
    Sa sa;
    uint32_t uses = 0;
    base::Time sealed = 0;  // the last packet of a use that has ended is out of the lanes
    bool taken = false;
    bool closing = false;
  };
  struct Function {
    SaRange range;
    uint32_t next = 0;               // where find_free() begins
    std::array<uint32_t, 2> used{};  // by flows_only
  };

  Slot* find(uint32_t index) {
    if (index >= slots()) return nullptr;
    Slot* const piece = pieces_[index / kPieceSlots].get();
    return piece != nullptr && piece[index % kPieceSlots].taken ? &piece[index % kPieceSlots] : nullptr;
  }
  const Slot* find(uint32_t index) const { return const_cast<SaTable*>(this)->find(index); }
  void take(uint32_t index, const Sa& sa);
  void free(uint32_t index, Slot& slot);

  SlotSet free_;
  SlotSet used_;  // the others
  std::vector<std::unique_ptr<Slot[]>> pieces_;
  std::vector<Function> functions_;
  psp::Aead& engine_;
  SaListener* listener_ = nullptr;
};

}  // namespace pspnic::crypto
