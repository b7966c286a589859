// SPDX-License-Identifier: Apache-2.0
#include "model/base/packet.h"

namespace pspnic::base {

void PacketReturn::operator()(Packet* packet) const {
  while (packet != nullptr) {
    Packet* const next = packet->next.release();  // a long chain must not recurse
    packet->home_->free_.push_back(packet);
    packet = next;
  }
}

void PacketPool::grow() {
  all_.push_back(std::make_unique_for_overwrite<Packet>());
  all_.back()->home_ = this;
  free_.reserve(all_.capacity());
  free_.push_back(all_.back().get());
}

PacketPtr PacketPool::take(uint32_t size) {
  if (free_.empty()) grow();
  Packet* packet = free_.back();
  free_.pop_back();
  packet->created = packet->wire_start = packet->wire_end = 0;
  packet->begin_ = Packet::kHeadroom;
  packet->fcs_ok = true;
  packet->vport = 0;
  packet->loopback = false;
  packet->resize(size);
  return PacketPtr(packet);
}

}  // namespace pspnic::base
