// SPDX-License-Identifier: Apache-2.0
// A frame on its way through the device: bytes, owned by one place at a time, taken from a pool and
// returned to it when the last owner lets go. Nothing is allocated once the pool has grown to the run's need.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/base/journey.h"
#include "model/base/time.h"

namespace pspnic::base {

class Packet;
class PacketPool;

struct PacketReturn {
  void operator()(Packet* packet) const;  // and what is chained to it
};
using PacketPtr = std::unique_ptr<Packet, PacketReturn>;

// What is known of a frame stands in front of it; its first byte begins a line of the cache.
class alignas(64) Packet {
 public:
  static constexpr uint16_t kMaxIpBytes = 9216;  // jumbo limit of 200 Gb/s cards
  // The largest frame: IP packet, Ethernet header, two VLAN tags.
  static constexpr uint32_t kMaxFrameBytes = kMaxIpBytes + 14 + 8;

  // Room for headers that the device puts in front, 72 bytes at most: outer IPv6, UDP, PSP with its cookie.
  // What stands behind them stays where it is.
  static constexpr uint32_t kHeadroom = 128;

  uint8_t* data() { return storage_.data() + begin_; }
  const uint8_t* data() const { return storage_.data() + begin_; }
  uint32_t size() const { return size_; }
  // At most kMaxFrameBytes, less what keep() left out in front.
  void resize(uint32_t size) { size_ = static_cast<uint16_t>(size); }
  // Of its bytes only [begin, end) count from now on; begin <= end <= size().
  void keep(uint32_t begin, uint32_t end) { place(begin_ + begin, begin_ + end); }
  std::span<uint8_t> bytes() { return {data(), size_}; }
  std::span<const uint8_t> bytes() const { return {data(), size_}; }
  // The frame inside its room: for those who put headers in front or take them off.
  std::span<uint8_t> room() { return storage_; }
  uint32_t begin() const { return begin_; }  // of the frame in room(); kHeadroom when taken from the pool
  void place(size_t begin, size_t end) {
    begin_ = static_cast<uint16_t>(begin);
    size_ = static_cast<uint16_t>(end - begin);
  }

  Time created = 0;             // when the descriptor's data was asked for
  Time wire_start = 0;          // first bit on the wire
  Time wire_end = 0;            // last bit on the wire
  Time coalescing_since = 0;    // of a received frame: when the coalescer got it
  uint32_t buffered_bytes = 0;  // what the frame holds of the card's packet buffer, whatever its size is now
  uint32_t psp_bytes = 0;       // of its PSP packet, header to ICV, when this card has sealed it; else 0
  uint8_t traffic_class = 0;    // whose share of the packet buffer it holds
  bool fcs_ok = true;           // its frame check sequence would match at the receiver
  uint8_t vport = 0;            // of the card: whose it is on the way to the wire, or from it to the host
  bool loopback = false;        // it comes back to its vport instead of going to the wire

  static constexpr uint8_t kNoVport = 0xff;  // the card's own

 private:
  friend class PacketPool;
  friend struct PacketReturn;
  static_assert(kHeadroom + kMaxFrameBytes <= UINT16_MAX);
  uint16_t begin_ = kHeadroom;
  uint16_t size_ = 0;
  PacketPool* home_ = nullptr;

 public:
  // Coalesced frames: the bytes of `next` follow these. They go where this one goes.
  PacketPtr next;
  Journey journey;

 private:
  alignas(64) std::array<uint8_t, kHeadroom + kMaxFrameBytes> storage_;  // not cleared: written before read
};

// Hands out packets, last returned first so that they are still in the cache. Must outlive all of them.
class PacketPool {
 public:
  PacketPool() = default;
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  PacketPtr take(uint32_t size);
  size_t in_use() const { return all_.size() - free_.size(); }

 private:
  friend struct PacketReturn;
  [[gnu::cold]] void grow();
  std::vector<std::unique_ptr<Packet>> all_;
  std::vector<Packet*> free_;
};

}  // namespace pspnic::base
