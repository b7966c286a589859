// SPDX-License-Identifier: Apache-2.0
// The bytes of a packet and of those chained to it (base::Packet::next), as one run of bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "model/base/packet.h"

namespace pspnic::queue {

inline uint32_t chain_bytes(const base::Packet& first) {
  uint32_t bytes = 0;
  for (const base::Packet* packet = &first; packet != nullptr; packet = packet->next.get())
    bytes += packet->size();
  return bytes;
}

// Reads them from the beginning, a packet's at a time, and owns them until the last one has been read.
class ChainReader {
 public:
  explicit ChainReader(base::PacketPtr first) : at_(first.get()), first_(std::move(first)) { skip_ends(); }

  bool done() const { return at_ == nullptr; }
  // The next bytes that lie together, at most `most`; not when done().
  std::span<const uint8_t> take(uint32_t most) {
    const uint32_t bytes = std::min(most, at_->size() - offset_);
    const std::span<const uint8_t> taken = std::as_const(*at_).bytes().subspan(offset_, bytes);
    offset_ += bytes;
    skip_ends();
    return taken;
  }
  // For whoever writes the last bytes, null before them.
  base::PacketPtr owner() { return done() ? std::move(first_) : nullptr; }

 private:
  void skip_ends() {
    for (; at_ != nullptr && offset_ == at_->size(); at_ = at_->next.get()) offset_ = 0;
  }

  base::Packet* at_;
  base::PacketPtr first_;
  uint32_t offset_ = 0;
};

}  // namespace pspnic::queue
