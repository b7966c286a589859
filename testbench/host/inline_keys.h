// SPDX-License-Identifier: Apache-2.0
// The driver's own table of transmit keys, for packets that bring theirs along in descriptors. Handles have
// the shape of those of the device's table.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/idpf/tx_descriptors.h"
#include "testbench/host/driver.h"

namespace pspnic::host {

class InlineKeys {
 public:
  std::vector<SaHandle> add(std::span<const TxSaRequest> requests);
  // What has been posted has a copy: the key is wiped here at once. False: no such SA.
  bool remove(const SaHandle& handle);
  void clear();

  // Null: there is none. Valid until the next add() or remove().
  const psp::SessionKey* find(const SaHandle& handle) const {
    if (handle.index >= slots_.size()) return nullptr;
    const Slot& slot = slots_[handle.index];
    return slot.key.size != 0 && slot.tag == handle.tag ? &slot.key : nullptr;
  }

 private:
  struct Slot {
    psp::SessionKey key;
    uint16_t tag = 0;
  };
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
};

// Descriptor `index` of those that carry the key.
void encode_key_part(const psp::SessionKey& key, unsigned index, idpf::TxDescriptorOut out);

}  // namespace pspnic::host
