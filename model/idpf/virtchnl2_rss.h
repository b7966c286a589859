// SPDX-License-Identifier: Apache-2.0
// virtchnl2 receive-side scaling messages.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "model/idpf/wire.h"

namespace pspnic::idpf {

// GET_RSS_KEY, SET_RSS_KEY. The message is packed: vport_id, key_len, one reserved byte, and the key from
// byte 7, which no naturally aligned struct can express; hence the functions below in place of read_at.
inline constexpr size_t kRssKeyOffset = 7;

// A view of such a message. `key` points into the message and has key_len bytes.
struct RssKeyView {
  uint32_t vport_id = 0;
  std::span<const uint8_t> key;
};

constexpr size_t rss_key_message_size(size_t key_bytes) {
  return kRssKeyOffset + key_bytes;
}

// Nothing if the message is shorter than its key_len says.
inline std::optional<RssKeyView> read_rss_key(std::span<const uint8_t> message) {
  if (message.size() < kRssKeyOffset) return std::nullopt;
  uint32_t vport_id;
  uint16_t key_len;
  std::memcpy(&vport_id, message.data(), sizeof(vport_id));
  std::memcpy(&key_len, message.data() + 4, sizeof(key_len));
  if (message.size() - kRssKeyOffset < key_len) return std::nullopt;
  return RssKeyView{vport_id, message.subspan(kRssKeyOffset, key_len)};
}

// False, with nothing written, if the message does not fit or the key is longer than 65535 bytes.
[[nodiscard]] inline bool write_rss_key(std::span<uint8_t> message, const RssKeyView& value) {
  if (value.key.size() > 0xFFFF || message.size() < rss_key_message_size(value.key.size())) return false;
  const auto key_len = static_cast<uint16_t>(value.key.size());
  std::memcpy(message.data(), &value.vport_id, sizeof(value.vport_id));
  std::memcpy(message.data() + 4, &key_len, sizeof(key_len));
  message[6] = 0;
  if (key_len != 0) std::memcpy(message.data() + kRssKeyOffset, value.key.data(), key_len);
  return true;
}

// GET_RSS_LUT, SET_RSS_LUT. Each 32-bit element is an Rx queue's index within the vport, from 0.
struct RssLut {
  using Element = uint32_t;
  uint32_t vport_id = 0;
  uint16_t lut_entries_start = 0;
  uint16_t lut_entries = 0;
  uint32_t reserved = 0;
};
static_assert(WireStruct<RssLut> && sizeof(RssLut) == 12);

// GET_RSS_HASH, SET_RSS_HASH. DPDK 22.11 sends bits of another numbering in ptype_groups: accept any.
struct RssHash {
  uint64_t ptype_groups = 0;
  uint32_t vport_id = 0;
  uint32_t reserved = 0;
};
static_assert(WireStruct<RssHash> && sizeof(RssHash) == 16);

}  // namespace pspnic::idpf
