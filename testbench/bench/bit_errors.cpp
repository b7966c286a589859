// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/bit_errors.h"

#include <algorithm>
#include <utility>

#include "model/net/bytes.h"
#include "model/net/parse.h"
#include "model/net/udp.h"
#include "model/psp/header.h"

namespace pspnic::bench {

namespace {

constexpr const char* kNames[kRegions] = {"ethernet", "outer_ip", "udp", "psp_header", "spi",
                                          "iv",       "payload",  "icv", "plain"};

template <size_t... I>
std::array<FaultStream, kRegions> streams(uint64_t seed, const std::string& name, std::index_sequence<I...>) {
  return {FaultStream(seed, name + "." + kNames[I])...};
}

bool is_psp(std::span<const uint8_t> frame, const net::Parsed& parsed) {
  if (!parsed.ok() || parsed.l4 != net::L4::kUdp || parsed.l4_header_bytes == 0) return false;
  if (net::load_be16(&frame[parsed.l4_offset + 2]) != psp::kUdpPort) return false;
  return parsed.l4_end >= parsed.payload_offset + psp::kMinPacketBytes;
}

Extents psp_region(std::span<const uint8_t> frame, const net::Parsed& parsed, Region region) {
  const uint32_t psp = parsed.payload_offset;
  const auto icv = static_cast<uint32_t>(parsed.l4_end - psp::kIcvBytes);
  const auto clear =
      std::min(icv, static_cast<uint32_t>(psp + psp::clear_bytes(&frame[psp])));  // as Crypt Offset says
  switch (region) {
    case Region::kUdp:
      return {{{parsed.l4_offset, psp}}};
    case Region::kPspHeader:
      return {{{psp, psp + 4}, {psp + 16, clear}}};
    case Region::kSpi:
      return {{{psp + 4, psp + 8}}};
    case Region::kIv:
      return {{{psp + 8, psp + 16}}};
    case Region::kPayload:
      return {{{clear, icv}}};
    case Region::kIcv:
      return {{{icv, parsed.l4_end}}};
    default:
      return {};
  }
}

}  // namespace

const char* region_name(Region region) {
  return kNames[static_cast<size_t>(region)];
}

Extents find_region(std::span<const uint8_t> frame, Region region) {
  const net::Parsed parsed = net::parse_frame(frame);
  const auto size = static_cast<uint32_t>(frame.size());
  const uint32_t l3 =
      parsed.is_ip() ? parsed.l3_offset : std::min(size, static_cast<uint32_t>(net::kEthernetHeaderBytes));
  if (region == Region::kEthernet) return {{{0, l3}}};
  const uint32_t l4 = parsed.is_ip() ? l3 + parsed.l3_header_bytes : l3;
  if (region == Region::kOuterIp) return {{{l3, l4}}};
  const bool psp = is_psp(frame, parsed);
  if (psp) return psp_region(frame, parsed, region);
  if (region == Region::kPlain) return {{{l4, size}}};
  return {};
}

BitErrors::BitErrors(const BitErrorParams& params, uint64_t seed, const std::string& name)
    : params_(params), streams_(streams(seed, name, std::make_index_sequence<kRegions>())) {}

unsigned BitErrors::damage(uint64_t n, std::span<uint8_t> frame) {
  std::array<Extents, kRegions> where;
  unsigned hit = 0;
  // All are found before the first bit flips, as that may hide the others.
  for (size_t i = 0; i < kRegions; ++i) {
    if (!streams_[i].happens(n, params_.probability[i])) continue;
    where[i] = find_region(frame, static_cast<Region>(i));
  }
  for (size_t i = 0; i < kRegions; ++i) {
    if (where[i][0].bytes() + where[i][1].bytes() == 0) continue;
    flip(streams_[i], n, frame, where[i]);
    ++hits_[i];
    ++hit;
  }
  return hit;
}

// Different bits, by drawing each from those that are left: the k-th one not taken yet.
void BitErrors::flip(const FaultStream& stream, uint64_t n, std::span<uint8_t> frame, const Extents& where) {
  const uint64_t all = 8 * (uint64_t{where[0].bytes()} + where[1].bytes());
  const auto count = static_cast<unsigned>(std::min<uint64_t>(params_.bits, all));
  std::array<uint64_t, 64> taken{};  // in order
  for (unsigned i = 0; i < count; ++i) {
    uint64_t bit = stream.below(n, all - i, i);
    unsigned place = 0;
    while (place < i && taken[place] <= bit) {
      ++bit;
      ++place;
    }
    std::copy_backward(taken.begin() + place, taken.begin() + i, taken.begin() + i + 1);
    taken[place] = bit;
    const uint64_t byte = bit / 8;
    const uint64_t offset =
        byte < where[0].bytes() ? where[0].begin + byte : where[1].begin + byte - where[0].bytes();
    frame[offset] ^= static_cast<uint8_t>(1u << bit % 8);
  }
}

}  // namespace pspnic::bench
