// SPDX-License-Identifier: Apache-2.0
#include "model/flow/cell.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "model/net/bytes.h"
#include "model/net/ethernet.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/unparsed_ip.h"

namespace pspnic::flow {

namespace {

using Address = std::array<uint8_t, 16>;
constexpr uint64_t kPortMask = 0xffff;
constexpr uint16_t kVlanIdMask = 0xfff;

struct Fields {
  Address source{};
  Address destination{};
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint16_t vlan = 0;
  uint16_t vport = 0;
  uint8_t protocol = 0;
  uint8_t family = 0;
};

Cell pack(const Fields& fields) {
  Cell cell;
  std::memcpy(&cell.words[0], fields.source.data(), fields.source.size());
  std::memcpy(&cell.words[2], fields.destination.data(), fields.destination.size());
  cell.words[4] = fields.source_port | uint64_t{fields.destination_port} << 16 | uint64_t{fields.vlan} << 32 |
                  uint64_t{fields.vport} << 48;
  cell.words[5] = fields.protocol | uint64_t{fields.family} << 8;
  return cell;
}

Address prefix(unsigned bits) {
  Address mask{};
  for (unsigned i = 0; i < bits; ++i) mask[i / 8] |= static_cast<uint8_t>(0x80 >> i % 8);
  return mask;
}

Headers::Lacks lacks_of(const net::Parsed& parsed) {
  using Lacks = Headers::Lacks;
  switch (parsed.error) {
    case net::ParseError::kNone:
    case net::ParseError::kTruncatedL4:
    case net::ParseError::kBadUdpLength:
    case net::ParseError::kBadTcpDataOffset:
      break;
    default:
      return Lacks::kProtocolAndPorts;
  }
  const bool knows_protocol = !parsed.fragment || !parsed.is_v6() ||
                              net::protocol_has_ports(parsed.ip_protocol) ||
                              parsed.ip_protocol == net::kProtocolIcmp6;
  if (!knows_protocol) return Lacks::kProtocolAndPorts;  // extension headers may follow in the first fragment
  const bool without_ports = parsed.fragment || !parsed.has_ports();
  return without_ports && net::protocol_has_ports(parsed.ip_protocol) ? Lacks::kPorts : Lacks::kNothing;
}

uint16_t outer_vlan(const net::Parsed& parsed) {
  return parsed.vlan_tags > 0 ? parsed.vlan_tci[0] & kVlanIdMask : 0;
}

// Of a frame that has not been parsed as IP.
std::optional<Headers> unparsed_headers(std::span<const uint8_t> frame, const net::Parsed& parsed,
                                        uint16_t vport) {
  const net::UnparsedIp unparsed = net::unparsed_ip(frame, parsed);
  if (unparsed == net::UnparsedIp::kNone) return std::nullopt;
  const bool vlan_known = unparsed == net::UnparsedIp::kPossible;
  Headers headers;
  headers.cell = pack({.vlan = outer_vlan(parsed), .vport = vport});
  headers.lacks = vlan_known ? Headers::Lacks::kAllOfIp : Headers::Lacks::kAllButVport;
  return headers;
}

}  // namespace

Cell Cell::operator&(const Cell& other) const {
  Cell result;
  for (size_t i = 0; i < words.size(); ++i) result.words[i] = words[i] & other.words[i];
  return result;
}

Cell Cell::operator~() const {
  Cell result;
  for (size_t i = 0; i < words.size(); ++i) result.words[i] = ~words[i];
  return result;
}

bool Cell::any() const {
  return std::any_of(words.begin(), words.end(), [](uint64_t word) { return word != 0; });
}

unsigned Cell::bits() const {
  unsigned count = 0;
  for (const uint64_t word : words) count += static_cast<unsigned>(std::popcount(word));
  return count;
}

size_t CellHash::operator()(const Cell& cell) const noexcept {
  constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;  // 2^64 divided by the golden ratio
  uint64_t state = kOdd;
  for (const uint64_t word : cell.words) {
    const auto product = static_cast<unsigned __int128>(state ^ word) * kOdd;
    state = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  return static_cast<size_t>(state);
}

Headers Headers::reversed() const {
  Headers other = *this;
  std::swap_ranges(other.cell.words.begin(), other.cell.words.begin() + 2, other.cell.words.begin() + 2);
  const uint64_t ports = cell.words[4];
  other.cell.words[4] =
      (ports & ~uint64_t{0xffffffff}) | (ports >> 16 & kPortMask) | (ports & kPortMask) << 16;
  return other;
}

std::optional<Headers> headers_of(std::span<const uint8_t> frame, const net::Parsed& parsed, uint16_t vport) {
  if (!parsed.is_ip()) return unparsed_headers(frame, parsed, vport);
  const uint8_t* ip = frame.data() + parsed.l3_offset;
  Fields fields;
  const bool v6 = parsed.is_v6();
  const size_t bytes = v6 ? net::kIpv6AddressBytes : net::kIpv4AddressBytes;
  std::copy_n(ip + (v6 ? net::kIpv6SourceOffset : net::kIpv4SourceOffset), bytes, fields.source.begin());
  std::copy_n(ip + (v6 ? net::kIpv6DestinationOffset : net::kIpv4DestinationOffset), bytes,
              fields.destination.begin());
  fields.family = v6 ? 6 : 4;
  fields.protocol = parsed.ip_protocol;
  fields.vlan = outer_vlan(parsed);
  fields.vport = vport;
  Headers headers;
  headers.lacks = lacks_of(parsed);
  if (headers.lacks == Headers::Lacks::kNothing && parsed.has_ports()) {
    fields.source_port = net::load_be16(&frame[parsed.l4_offset]);
    fields.destination_port = net::load_be16(&frame[parsed.l4_offset + 2u]);
  }
  headers.cell = pack(fields);
  return headers;
}

const Cell& lacking(Headers::Lacks lacks) {
  static const std::array<Cell, kLackKinds> kFields = [] {
    Fields fields;
    std::array<Cell, kLackKinds> cells;
    fields.source_port = fields.destination_port = 0xffff;
    cells[1] = pack(fields);
    fields.protocol = 0xff;
    cells[2] = pack(fields);
    fields.source = fields.destination = prefix(128);
    fields.family = 0xff;
    cells[3] = pack(fields);
    fields.vlan = kVlanIdMask;
    cells[4] = pack(fields);
    return cells;
  }();
  return kFields[static_cast<size_t>(lacks)];
}

Cell mask_of(const Match& match) {
  const auto all = [](bool set) { return static_cast<uint16_t>(set ? 0xffff : 0); };
  return pack({.source = prefix(match.source_bits),
               .destination = prefix(match.destination_bits),
               .source_port = all(match.source_port.has_value()),
               .destination_port = all(match.destination_port.has_value()),
               .vlan = match.vlan ? kVlanIdMask : uint16_t{0},
               .vport = all(match.vport.has_value()),
               .protocol = static_cast<uint8_t>(all(match.protocol.has_value())),
               .family = static_cast<uint8_t>(all(match.family != 0))});
}

Cell cell_of(const Match& match) {
  return pack({.source = match.source,
               .destination = match.destination,
               .source_port = match.source_port.value_or(0),
               .destination_port = match.destination_port.value_or(0),
               .vlan = match.vlan.value_or(0),
               .vport = match.vport.value_or(0),
               .protocol = match.protocol.value_or(0),
               .family = match.family}) &
         mask_of(match);
}

}  // namespace pspnic::flow
