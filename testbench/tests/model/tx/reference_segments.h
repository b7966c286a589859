// SPDX-License-Identifier: Apache-2.0
// A segmenter written apart from the model: builds every segment of a TCP flow from its fields, byte by byte,
// with a checksum of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pspnic::test {

struct TcpFlow {
  bool outer_v6 = false;
  bool inner_v6 = false;  // of a tunnel; else as the outer
  bool psp = false;
  bool tunnel = false;  // with psp
  bool vc = false;
  bool icv_room = true;  // with psp: sixteen zero bytes at the end of what segment() gives
  uint8_t version = 0;
  uint8_t crypt_offset = 0;
  uint32_t spi = 0x12345678;
  uint16_t ip_id = 0xfffe;  // turns over in the middle
  uint32_t sequence = 0xffffff00;
  uint8_t flags = 0x99;  // CWR, ACK, PSH, FIN
  unsigned vlan_tags = 0;
  std::vector<uint8_t> tcp_options;

  size_t psp_offset() const;    // of the PSP header in the frame
  size_t header_bytes() const;  // all of them, TCP included
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
