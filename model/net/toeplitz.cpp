// SPDX-License-Identifier: Apache-2.0
#include "model/net/toeplitz.h"

#include <algorithm>
#include <stdexcept>

#include "model/net/ipv4.h"
#include "model/net/ipv6.h"

namespace pspnic::net {
namespace {

constexpr size_t kMinKeyBytes = 8;

void append(RssInput& input, const uint8_t* bytes, size_t count) noexcept {
  std::memcpy(input.data.data() + input.bytes, bytes, count);
  input.bytes += count;
}

void append_ports(RssInput& input, uint16_t source_port, uint16_t destination_port) noexcept {
  store_be16(input.data.data() + input.bytes, source_port);
  store_be16(input.data.data() + input.bytes + 2, destination_port);
  input.bytes += 4;
  input.ports = true;
}

}  // namespace

Toeplitz::Toeplitz(std::span<const uint8_t> key) {
  if (key.size() < kMinKeyBytes) throw std::invalid_argument("Toeplitz key: at least 8 bytes");
  tables_.resize(std::min(key.size() - 4, kRssMaxInputBytes));
  for (size_t position = 0; position < tables_.size(); ++position) {
    // Input bit b (0 = most significant) of this byte selects the 32 key bits that start at its own position.
    const uint64_t window = (uint64_t{load_be32(key.data() + position)} << 8) | key[position + 4];
    auto& table = tables_[position];
    table[0] = 0;
    for (unsigned value = 1; value < 256; ++value) {
      const auto lowest = static_cast<unsigned>(std::countr_zero(value));
      const unsigned bit = 7 - lowest;
      const auto key_bits = static_cast<uint32_t>(window >> (8 - bit));
      table[value] = table[value & (value - 1)] ^ key_bits;
    }
  }
}

uint32_t Toeplitz::hash(std::span<const uint8_t> input) const noexcept {
  const size_t count = std::min(input.size(), tables_.size());
  uint32_t result = 0;
  for (size_t i = 0; i < count; ++i) result ^= tables_[i][input[i]];
  return result;
}

RssInput rss_input_v4(uint32_t source, uint32_t destination) noexcept {
  RssInput input;
  store_be32(input.data.data(), source);
  store_be32(input.data.data() + 4, destination);
  input.bytes = 8;
  return input;
}

RssInput rss_input_v4(uint32_t source, uint32_t destination, uint16_t source_port,
                      uint16_t destination_port) noexcept {
  RssInput input = rss_input_v4(source, destination);
  append_ports(input, source_port, destination_port);
  return input;
}

RssInput rss_input_v6(std::span<const uint8_t, 16> source,
                      std::span<const uint8_t, 16> destination) noexcept {
  RssInput input;
  append(input, source.data(), source.size());
  append(input, destination.data(), destination.size());
  return input;
}

RssInput rss_input_v6(std::span<const uint8_t, 16> source, std::span<const uint8_t, 16> destination,
                      uint16_t source_port, uint16_t destination_port) noexcept {
  RssInput input = rss_input_v6(source, destination);
  append_ports(input, source_port, destination_port);
  return input;
}

RssInput rss_input(std::span<const uint8_t> frame, const Parsed& parsed, bool with_ports) noexcept {
  RssInput input;
  if (!parsed.is_ip()) return input;
  // In both IP versions the addresses stand side by side in the order of the hash input, and so do the ports.
  const uint8_t* header = frame.data() + parsed.l3_offset;
  if (parsed.is_v6()) {
    append(input, header + kIpv6SourceOffset, 2 * kIpv6AddressBytes);
  } else {
    append(input, header + kIpv4SourceOffset, 2 * kIpv4AddressBytes);
  }
  if (with_ports && parsed.has_ports() && !parsed.fragment) {
    append(input, frame.data() + parsed.l4_offset, 4);
    input.ports = true;
  }
  return input;
}

uint32_t rss_hash(const Toeplitz& toeplitz, std::span<const uint8_t> frame, const Parsed& parsed,
                  bool with_ports) noexcept {
  return toeplitz.hash(rss_input(frame, parsed, with_ports).view());
}

}  // namespace pspnic::net
