// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/frame_fields.h"

#include "model/net/bytes.h"
#include "model/net/parse.h"
#include "model/psp/header.h"
#include "model/psp/layout.h"
#include "testbench/playback/fields.h"

namespace pspnic::playback {

namespace {

constexpr Field kEthernet[] = {{0, "destination"}, {6, "source"}, {12, "type, tags"}};
constexpr Field kIpv4[] = {{0, "version, header length"},
                           {1, "type of service"},
                           {2, "total length"},
                           {4, "identification"},
                           {6, "flags, fragment offset"},
                           {8, "time to live"},
                           {9, "protocol"},
                           {10, "checksum"},
                           {12, "source"},
                           {16, "destination"},
                           {20, "options"}};
constexpr Field kIpv6[] = {{0, "version, class, flow label"},
                           {4, "payload length"},
                           {6, "next header"},
                           {7, "hop limit"},
                           {8, "source"},
                           {24, "destination"},
                           {40, "extension headers"}};
constexpr Field kUdp[] = {{0, "source port"}, {2, "destination port"}, {4, "length"}, {6, "checksum"}};
constexpr Field kTcp[] = {{0, "source port"},     {2, "destination port"}, {4, "sequence number"},
                          {8, "acknowledgement"}, {12, "offset, flags"},   {14, "window"},
                          {16, "checksum"},       {18, "urgent pointer"},  {20, "options"}};
constexpr Field kPsp[] = {{0, "next header"},        {1, "header length"}, {2, "crypt offset"},
                          {3, "S, D, version, V"},   {4, "SPI"},           {8, "IV"},
                          {16, "cookie, extensions"}};

}  // namespace

std::optional<PspFields> psp_fields(std::span<const uint8_t> frame) {
  const net::Parsed parsed = net::parse_frame(frame);
  if (!parsed.ok() || parsed.l4 != net::L4::kUdp || parsed.l4_header_bytes == 0) return std::nullopt;
  if (net::load_be16(&frame[parsed.l4_offset + 2u]) != psp::kUdpPort) return std::nullopt;
  const size_t begin = parsed.payload_offset;
  const psp::Layout layout = psp::layout(frame.subspan(begin, parsed.l4_end - begin));
  if (!layout.valid()) return std::nullopt;
  return PspFields{begin, begin + psp::kIvOffset, begin + layout.aad_bytes, parsed.l4_end - psp::kIcvBytes,
                   parsed.l4_end};
}

std::string frame_field(std::span<const uint8_t> frame, size_t offset) {
  if (const auto psp = psp_fields(frame); psp && offset >= psp->header) {
    if (offset >= psp->end) return "padding";
    if (offset >= psp->icv) return "PSP ICV";
    if (offset >= psp->ciphertext) return "PSP ciphertext";
    return "PSP " + field_at(kPsp, offset - psp->header);
  }
  const net::Parsed parsed = net::parse_frame(frame);
  if (offset < parsed.l3_offset || !parsed.is_ip()) return "Ethernet " + field_at(kEthernet, offset);
  if (parsed.l4_offset == 0 || offset < parsed.l4_offset) {
    const size_t place = offset - parsed.l3_offset;
    return parsed.is_v6() ? "IPv6 " + field_at(kIpv6, place) : "IPv4 " + field_at(kIpv4, place);
  }
  if (offset >= parsed.payload_offset) return offset >= parsed.ip_end ? "padding" : "payload";
  const size_t place = offset - parsed.l4_offset;
  if (parsed.l4 == net::L4::kTcp) return "TCP " + field_at(kTcp, place);
  return parsed.l4 == net::L4::kUdp ? "UDP " + field_at(kUdp, place) : "L4 header";
}

}  // namespace pspnic::playback
