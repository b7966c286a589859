// SPDX-License-Identifier: Apache-2.0
// Internet checksum (RFC 1071) of IPv4 headers, UDP, TCP and ICMPv6. A partial sum is a plain number: the sum
// of big-endian 16-bit words, so a field's value may be added as it is. No partial sum here comes near 2^64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/net/parse.h"
#include "model/net/payload.h"

namespace pspnic::net {

// Adds `data` to `sum`. An odd last byte counts as the high byte of a word, so only the last piece may be
// odd.
uint64_t checksum_add(std::span<const uint8_t> data, uint64_t sum = 0) noexcept;

// Folded to 16 bits with end-around carry, not inverted.
constexpr uint16_t checksum_fold(uint64_t sum) noexcept {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

// What must stand in the checksum field of this IPv4 header (options included, whatever the field holds now).
uint16_t ipv4_header_checksum(std::span<const uint8_t> header) noexcept;
// Stores it. `header` points at the version byte; its length is the IHL's.
void update_ipv4_checksum(uint8_t* header) noexcept;
// Makes it follow a 16-bit word of the header that changes (RFC 1624, equation 3): what was right stays
// right, and what was wrong stays wrong, by the same difference.
void adjust_ipv4_checksum(uint8_t* header, uint16_t from, uint16_t to) noexcept;
// The header with its options, a multiple of 4 bytes.
bool ipv4_checksum_ok(std::span<const uint8_t> header) noexcept;

// Pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1) of the IP header at `header`: addresses,
// protocol, L4 length.
uint64_t ipv4_pseudo_header_sum(const uint8_t* header, uint8_t protocol, uint32_t l4_bytes) noexcept;
uint64_t ipv6_pseudo_header_sum(const uint8_t* header, uint8_t protocol, uint32_t l4_bytes) noexcept;
// The same of a parsed frame; needs parsed.is_ip(). Protocol and length: parsed.ip_protocol and l4_end -
// l4_offset, or as given where another header stands between IP and L4.
uint64_t pseudo_header_sum(std::span<const uint8_t> frame, const Parsed& parsed) noexcept;
uint64_t pseudo_header_sum(std::span<const uint8_t> frame, const Parsed& parsed, uint8_t protocol,
                           uint32_t l4_bytes) noexcept;

enum class L4Checksum : uint8_t {
  kNotChecked,  // not TCP, UDP, ICMP or ICMPv6, a fragment, a parse error, or segments left in a routing
                // header
  kAbsent,      // UDP with checksum 0
  kGood,
  kBad,
};
// On receive. With Payload::kLengths a checksum that is there is good.
L4Checksum check_l4_checksum(std::span<const uint8_t> frame, const Parsed& parsed,
                             Payload payload = Payload::kBytes) noexcept;
// kGood, or kAbsent over IPv4. Over IPv6 a UDP checksum of 0 is only for tunnels that allow it (RFC 6935),
// which is for the caller to know.
bool l4_checksum_ok(std::span<const uint8_t> frame, const Parsed& parsed) noexcept;

// On transmit: what must stand in the checksum field of TCP, UDP (0 becomes 0xffff), ICMP or ICMPv6, whatever
// the field holds now. Needs a whole datagram without parse error; other L4 give 0.
uint16_t l4_checksum(std::span<const uint8_t> frame, const Parsed& parsed) noexcept;
// Stores it; false, frame untouched, for an L4 without Internet checksum, a fragment, a parse error, or
// segments left in a routing header, as the pseudo header has the final destination. With Payload::kLengths
// the field only says that there is one.
bool update_l4_checksum(std::span<uint8_t> frame, const Parsed& parsed,
                        Payload payload = Payload::kBytes) noexcept;

// What stands for a checksum that is not computed: not 0, which with UDP says that there is none.
inline constexpr uint16_t kUncomputedChecksum = 0xffff;

}  // namespace pspnic::net
