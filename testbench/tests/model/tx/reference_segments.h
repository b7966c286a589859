// SPDX-License-Identifier: Apache-2.0
// A segmenter written apart from the model: builds every segment of a TCP or UDP flow from its fields, byte
// by byte, with a checksum of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pspnic::test {

struct TcpFlow {
  bool outer_v6 = false;
  bool inner_v6 = false;  // of a tunnel; else as the outer
  bool udp = false;       // in place of TCP
  bool psp = false;
  bool tunnel = false;  // with psp
  bool vc = false;
  bool icv_room = true;  // with psp: sixteen zero bytes at the end of what segment() gives
  uint8_t version = 0;
  uint8_t crypt_offset = 0;
  uint8_t sample_bits = 0;             // S 0x80, D 0x40
  std::vector<uint8_t> psp_extension;  // behind the cookie, a multiple of 8
  uint32_t spi = 0x12345678;
  uint16_t ip_id = 0xfffe;        // turns over in the middle
  uint16_t inner_ip_id = 0x7ffe;  // of a tunnel
  uint32_t sequence = 0xffffff00;
  uint8_t flags = 0x99;    // CWR, ACK, PSH, FIN
  unsigned vlan_tags = 0;  // two: 0x88a8 in front
  std::vector<uint8_t> tcp_options;
  std::vector<uint8_t> ip_options;        // of the outer IPv4 header, a multiple of 4
  std::vector<uint8_t> ip_extensions;     // types of the outer IPv6 header's extension headers
  std::vector<uint8_t> inner_options;     // of a tunnel
  std::vector<uint8_t> inner_extensions;  //

  size_t psp_offset() const;    // of the PSP header in the frame
  size_t header_bytes() const;  // all of them, TCP or UDP included
};

// The frame that carries payload[offset, offset + length) as segment number `index`; `first` and `last`
// decide the flags.
std::vector<uint8_t> segment(const TcpFlow& flow, const std::vector<uint8_t>& payload, uint32_t index,
                             size_t offset, size_t length, bool first, bool last);

// All segments of the payload.
std::vector<std::vector<uint8_t>> segments(const TcpFlow& flow, const std::vector<uint8_t>& payload,
                                           size_t mss);

// What a driver hands over: all headers and the whole payload, with nonsense in each field the device has to
// write.
std::vector<uint8_t> tso_template(const TcpFlow& flow, const std::vector<uint8_t>& payload);

}  // namespace pspnic::test
