// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/inline_keys.h"

#include <algorithm>

#include "model/net/wipe.h"

namespace pspnic::host {

std::vector<SaHandle> InlineKeys::add(std::span<const TxSaRequest> requests) {
  std::vector<SaHandle> handles;
  handles.reserve(requests.size());
  for (const TxSaRequest& request : requests) {
    if (free_.empty()) {
      free_.push_back(static_cast<uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const uint32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.key = request.key;
    ++slot.tag;
    handles.push_back({index, slot.tag, KeyMode::kDescriptor});
  }
  return handles;
}

bool InlineKeys::remove(const SaHandle& handle) {
  if (find(handle) == nullptr) return false;
  slots_[handle.index].key.wipe();
  free_.push_back(handle.index);
  return true;
}

void InlineKeys::clear() {
  slots_.clear();
  free_.clear();
}

void encode_key_part(const psp::SessionKey& key, unsigned index, idpf::TxDescriptorOut out) {
  constexpr size_t kPart = idpf::PspKeyDescriptor::kKeyBytes;
  net::Wiped<idpf::PspKeyDescriptor> part;
  const size_t at = index * kPart;
  std::copy_n(key.bytes.begin() + static_cast<std::ptrdiff_t>(at), std::min(kPart, key.size - at),
              part->key.begin());
  part->index = static_cast<uint8_t>(index);
  part->last = index + 1 == idpf::psp_key_descriptors(key.size);
  part->encode(out);
}

}  // namespace pspnic::host
