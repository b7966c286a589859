// SPDX-License-Identifier: Apache-2.0
// A UDP datagram in an Ethernet frame.
#pragma once

#include <cstdint>
#include <vector>

namespace pspnic::embed {

using Bytes = std::vector<uint8_t>;

// With so much payload; UDP checksum 0, that is none.
inline Bytes udp_frame(uint16_t payload, uint8_t fill = 7) {
  const auto ip = static_cast<uint16_t>(payload + 28);
  const auto udp = static_cast<uint16_t>(payload + 8);
  Bytes frame{2,
              0x50,
              0x53,
              0x50,
              0,
              0x0a,
              2,
              0x50,
              0x53,
              0x50,
              0,
              0x0b,
              8,
              0,  //
              0x45,
              0,
              static_cast<uint8_t>(ip >> 8),
              static_cast<uint8_t>(ip),
              0,
              0,
              0x40,
              0,
              64,
              17,
              0,
              0,
              10,
              0,
              0,
              1,
              10,
              0,
              0,
              2,  //
              0x30,
              0x39,
              0,
              9,
              static_cast<uint8_t>(udp >> 8),
              static_cast<uint8_t>(udp),
              0,
              0};
  uint32_t sum = 0;
  for (size_t i = 14; i < 34; i += 2) sum += static_cast<uint32_t>(frame[i] << 8 | frame[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  frame[24] = static_cast<uint8_t>(~sum >> 8);
  frame[25] = static_cast<uint8_t>(~sum);
  frame.resize(frame.size() + payload, fill);
  return frame;
}

}  // namespace pspnic::embed
