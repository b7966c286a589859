// SPDX-License-Identifier: Apache-2.0
#include "model/net/flow.h"

#include <algorithm>

#include "model/net/ipv4.h"
#include "model/net/ipv6.h"

namespace pspnic::net {
namespace {

// Multiply and fold the high half back: every input bit reaches every output bit within two rounds.
inline uint64_t mix(uint64_t state, uint64_t word) noexcept {
  constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;  // 2^64 divided by the golden ratio
  const auto product = static_cast<unsigned __int128>(state ^ word) * kOdd;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

std::string print_v4(const uint8_t* address) {
  std::string text;
  for (size_t i = 0; i < kIpv4AddressBytes; ++i) {
    if (i != 0) text += '.';
    text += std::to_string(address[i]);
  }
  return text;
}

// All eight groups, no shortening with "::".
std::string print_v6(const uint8_t* address) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "[";
  for (size_t i = 0; i < kIpv6AddressBytes; i += 2) {
    if (i != 0) text += ':';
    const unsigned group = load_be16(address + i);
    bool started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
      const unsigned digit = (group >> shift) & 15;
      started = started || digit != 0 || shift == 0;
      if (started) text += kDigits[digit];
    }
  }
  return text + "]";
}

}  // namespace

std::optional<FlowKey> FlowKey::from_frame(std::span<const uint8_t> frame, const Parsed& parsed) noexcept {
  if (!parsed.is_ip()) return std::nullopt;
  FlowKey key;
  const uint8_t* header = frame.data() + parsed.l3_offset;
  key.is_v6 = parsed.is_v6();
  if (key.is_v6) {
    std::memcpy(key.source.data(), header + kIpv6SourceOffset, kIpv6AddressBytes);
    std::memcpy(key.destination.data(), header + kIpv6DestinationOffset, kIpv6AddressBytes);
  } else {
    std::memcpy(key.source.data(), header + kIpv4SourceOffset, kIpv4AddressBytes);
    std::memcpy(key.destination.data(), header + kIpv4DestinationOffset, kIpv4AddressBytes);
  }
  key.protocol = parsed.ip_protocol;
  if (parsed.has_ports() && !parsed.fragment) {
    key.source_port = load_be16(frame.data() + parsed.l4_offset);
    key.destination_port = load_be16(frame.data() + parsed.l4_offset + 2);
  }
  return key;
}

FlowKey FlowKey::reversed() const noexcept {
  FlowKey key = *this;
  std::swap(key.source, key.destination);
  std::swap(key.source_port, key.destination_port);
  return key;
}

uint64_t FlowKey::hash() const noexcept {
  const uint64_t tail = (uint64_t{source_port} << 48) | (uint64_t{destination_port} << 32) |
                        (uint64_t{protocol} << 8) | (is_v6 ? 1U : 0U);
  uint64_t state = mix(0x243f6a8885a308d3, tail);  // start value: fraction of pi
  state = mix(state, load_le64(source.data()));
  state = mix(state, load_le64(destination.data()));
  if (is_v6) {
    state = mix(state, load_le64(source.data() + 8));
    state = mix(state, load_le64(destination.data() + 8));
  }
  return mix(state, 0);
}

std::string FlowKey::print() const {
  const auto address = [this](const std::array<uint8_t, 16>& bytes) {
    return is_v6 ? print_v6(bytes.data()) : print_v4(bytes.data());
  };
  return std::to_string(protocol) + " " + address(source) + ":" + std::to_string(source_port) + " > " +
         address(destination) + ":" + std::to_string(destination_port);
}

}  // namespace pspnic::net
