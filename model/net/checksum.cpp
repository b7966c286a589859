// SPDX-License-Identifier: Apache-2.0
#include "model/net/checksum.h"

#include <bit>

#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"

namespace pspnic::net {
namespace {

// Four 64-bit lanes: 32-bit words are added in 64 bits, so no carry is lost and none has to be handled.
using Lanes = uint64_t __attribute__((vector_size(32)));

template <typename T>
inline T load_native(const uint8_t* bytes) noexcept {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

inline uint64_t add_halves(uint64_t word) noexcept {
  return (word & 0xffffffff) + (word >> 32);
}

constexpr size_t kBlockBytes = 64;

// Sum of `blocks` times kBlockBytes, in the processor's widest registers. Sanitizers do not go with run-time
// dispatch.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("avx2", "default")))
#endif
uint64_t
sum_blocks(const uint8_t* bytes, size_t blocks) noexcept {
  const Lanes mask = {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};
  Lanes low_a{}, high_a{}, low_b{}, high_b{};
  for (; blocks > 0; --blocks, bytes += kBlockBytes) {
    Lanes a, b;
    std::memcpy(&a, bytes, sizeof a);
    std::memcpy(&b, bytes + sizeof a, sizeof b);
    low_a += a & mask;
    high_a += a >> 32;
    low_b += b & mask;
    high_b += b >> 32;
  }
  const Lanes total = (low_a + high_a) + (low_b + high_b);
  return total[0] + total[1] + total[2] + total[3];
}

// Sum of words in host order. By RFC 1071 §2 (B) the byte order of the words may be changed after the
// folding.
inline uint64_t sum_native(const uint8_t* bytes, size_t count) noexcept {
  uint64_t sum = 0;
  if (count >= kBlockBytes) {
    sum = sum_blocks(bytes, count / kBlockBytes);
    bytes += count / kBlockBytes * kBlockBytes;
    count %= kBlockBytes;
  }
  for (; count >= 8; count -= 8, bytes += 8) sum += add_halves(load_native<uint64_t>(bytes));
  if (count >= 4) {
    sum += load_native<uint32_t>(bytes);
    bytes += 4;
    count -= 4;
  }
  if (count >= 2) {
    sum += load_native<uint16_t>(bytes);
    bytes += 2;
    count -= 2;
  }
  if (count != 0) {
    sum += std::endian::native == std::endian::little ? uint64_t{bytes[0]} : uint64_t{bytes[0]} << 8;
  }
  return sum;
}

// Headers are a handful of 32-bit words. The sum may be taken and stored in host order (RFC 1071 §2 (B)).
inline uint64_t sum_header_words(const uint8_t* header, size_t bytes) noexcept {
  if (bytes == kIpv4HeaderBytes) [[likely]] {
    return add_halves(load_native<uint64_t>(header)) + add_halves(load_native<uint64_t>(header + 8)) +
           load_native<uint32_t>(header + 16);
  }
  uint64_t sum = 0;
  for (size_t at = 0; at + 4 <= bytes; at += 4) sum += load_native<uint32_t>(header + at);
  return sum;
}

inline uint64_t sum_big_endian(const uint8_t* bytes, size_t count) noexcept {
  const uint16_t folded = checksum_fold(sum_native(bytes, count));
  return std::endian::native == std::endian::little ? swap_bytes(folded) : folded;
}

// Offset of the checksum field in the L4 header; 0 for an L4 without Internet checksum.
size_t checksum_field_offset(L4 l4) noexcept {
  switch (l4) {
    case L4::kTcp:
      return kTcpChecksumOffset;
    case L4::kUdp:
      return kUdpChecksumOffset;
    case L4::kIcmp:
    case L4::kIcmp6:
      return 2;
    default:
      return 0;
  }
}

bool has_whole_datagram(const Parsed& parsed) noexcept {
  return parsed.ok() && !parsed.fragment && parsed.l4_header_bytes != 0 &&
         checksum_field_offset(parsed.l4) != 0;
}

// Over pseudo header (ICMP has none) and datagram, checksum field included.
uint64_t datagram_sum(std::span<const uint8_t> frame, const Parsed& parsed) noexcept {
  const uint64_t pseudo = parsed.l4 == L4::kIcmp ? 0 : pseudo_header_sum(frame, parsed);
  return checksum_add(frame.subspan(parsed.l4_offset, parsed.l4_end - parsed.l4_offset), pseudo);
}

}  // namespace

uint64_t checksum_add(std::span<const uint8_t> data, uint64_t sum) noexcept {
  return sum + sum_big_endian(data.data(), data.size());
}

uint16_t ipv4_header_checksum(std::span<const uint8_t> header) noexcept {
  // Adding the inverse of a word takes it out of a ones' complement sum.
  const uint16_t field = ipv4_checksum(header.data());
  return static_cast<uint16_t>(~checksum_fold(checksum_add(header, uint16_t(~field))));
}

bool ipv4_checksum_ok(std::span<const uint8_t> header) noexcept {
  return checksum_fold(sum_header_words(header.data(), header.size())) == 0xffff;
}

void update_ipv4_checksum(uint8_t* header) noexcept {
  set_ipv4_checksum(header, 0);
  const auto checksum =
      static_cast<uint16_t>(~checksum_fold(sum_header_words(header, ipv4_header_bytes(header))));
  std::memcpy(header + kIpv4ChecksumOffset, &checksum, sizeof checksum);
}

void adjust_ipv4_checksum(uint8_t* header, uint16_t from, uint16_t to) noexcept {
  const uint64_t sum = uint64_t{uint16_t(~ipv4_checksum(header))} + uint16_t(~from) + to;
  set_ipv4_checksum(header, static_cast<uint16_t>(~checksum_fold(sum)));
}

uint64_t ipv4_pseudo_header_sum(const uint8_t* header, uint8_t protocol, uint32_t l4_bytes) noexcept {
  const uint8_t* addresses = header + kIpv4SourceOffset;
  return uint64_t{load_be32(addresses)} + load_be32(addresses + kIpv4AddressBytes) + protocol + l4_bytes;
}

uint64_t ipv6_pseudo_header_sum(const uint8_t* header, uint8_t protocol, uint32_t l4_bytes) noexcept {
  return sum_big_endian(header + kIpv6SourceOffset, 2 * kIpv6AddressBytes) + protocol + l4_bytes;
}

uint64_t pseudo_header_sum(std::span<const uint8_t> frame, const Parsed& parsed) noexcept {
  return pseudo_header_sum(frame, parsed, parsed.ip_protocol, parsed.l4_end - parsed.l4_offset);
}

uint64_t pseudo_header_sum(std::span<const uint8_t> frame, const Parsed& parsed, uint8_t protocol,
                           uint32_t l4_bytes) noexcept {
  const uint8_t* header = frame.data() + parsed.l3_offset;
  return parsed.is_v6() ? ipv6_pseudo_header_sum(header, protocol, l4_bytes)
                        : ipv4_pseudo_header_sum(header, protocol, l4_bytes);
}

L4Checksum check_l4_checksum(std::span<const uint8_t> frame, const Parsed& parsed, Payload payload) noexcept {
  if (!has_whole_datagram(parsed) || parsed.ipv6_segments_left) return L4Checksum::kNotChecked;
  if (parsed.l4 == L4::kUdp && udp_checksum(frame.data() + parsed.l4_offset) == 0) {
    return L4Checksum::kAbsent;
  }
  if (payload == Payload::kLengths) return L4Checksum::kGood;
  return checksum_fold(datagram_sum(frame, parsed)) == 0xffff ? L4Checksum::kGood : L4Checksum::kBad;
}

bool l4_checksum_ok(std::span<const uint8_t> frame, const Parsed& parsed) noexcept {
  const L4Checksum state = check_l4_checksum(frame, parsed);
  return state == L4Checksum::kGood || (state == L4Checksum::kAbsent && parsed.l3 == L3::kIpv4);
}

uint16_t l4_checksum(std::span<const uint8_t> frame, const Parsed& parsed) noexcept {
  if (!has_whole_datagram(parsed)) return 0;
  const uint16_t field = load_be16(frame.data() + parsed.l4_offset + checksum_field_offset(parsed.l4));
  const auto value = static_cast<uint16_t>(~checksum_fold(datagram_sum(frame, parsed) + uint16_t(~field)));
  return value == 0 && parsed.l4 == L4::kUdp ? uint16_t{0xffff} : value;
}

bool update_l4_checksum(std::span<uint8_t> frame, const Parsed& parsed, Payload payload) noexcept {
  if (!has_whole_datagram(parsed) || parsed.ipv6_segments_left) return false;
  const uint16_t value = payload == Payload::kBytes ? l4_checksum(frame, parsed) : kUncomputedChecksum;
  store_be16(frame.data() + parsed.l4_offset + checksum_field_offset(parsed.l4), value);
  return true;
}

}  // namespace pspnic::net
