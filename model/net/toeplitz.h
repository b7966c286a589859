// SPDX-License-Identifier: Apache-2.0
// Receive side scaling: the Toeplitz hash and its inputs. The hash function, the order of its input (source
// address, destination address, source port, destination port) and known answers are Microsoft's "RSS Hashing
// Functions" and "Verifying the RSS Hash Calculation" (Windows driver documentation).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/net/parse.h"

namespace pspnic::net {

inline constexpr size_t kRssKeyBytes = 52;       // what an IDPF device offers
inline constexpr size_t kRssMaxInputBytes = 36;  // IPv6 addresses and ports

class Toeplitz {
 public:
  // The key, 8 bytes or more; 40 suffice for kRssMaxInputBytes. Throws std::invalid_argument when shorter.
  // Builds one table of 256 words per input byte, 1 KiB each, for at most kRssMaxInputBytes bytes.
  explicit Toeplitz(std::span<const uint8_t> key);

  // Input bytes beyond max_input_bytes() are ignored.
  uint32_t hash(std::span<const uint8_t> input) const noexcept;

  size_t max_input_bytes() const noexcept { return tables_.size(); }  // key bytes - 4, at most 36

 private:
  std::vector<std::array<uint32_t, 256>> tables_;
};

// What is hashed of one packet. `bytes` is 0 when there is nothing to hash.
struct RssInput {
  std::array<uint8_t, kRssMaxInputBytes> data;
  size_t bytes = 0;  // 0, 8, 12, 32 or 36
  bool ports = false;

  std::span<const uint8_t> view() const noexcept { return {data.data(), bytes}; }
};

// Hash input by values; ports in host order.
RssInput rss_input_v4(uint32_t source, uint32_t destination) noexcept;
RssInput rss_input_v4(uint32_t source, uint32_t destination, uint16_t source_port,
                      uint16_t destination_port) noexcept;
RssInput rss_input_v6(std::span<const uint8_t, 16> source, std::span<const uint8_t, 16> destination) noexcept;
RssInput rss_input_v6(std::span<const uint8_t, 16> source, std::span<const uint8_t, 16> destination,
                      uint16_t source_port, uint16_t destination_port) noexcept;

// Hash input of a frame: addresses, and ports when `with_ports` and the packet is TCP, UDP or SCTP with a
// valid L4 header and no fragment (so that all fragments of a datagram meet the same queue). Empty for
// non-IP.
RssInput rss_input(std::span<const uint8_t> frame, const Parsed& parsed, bool with_ports = true) noexcept;

// 0 for non-IP.
uint32_t rss_hash(const Toeplitz& toeplitz, std::span<const uint8_t> frame, const Parsed& parsed,
                  bool with_ports = true) noexcept;

}  // namespace pspnic::net
