// SPDX-License-Identifier: Apache-2.0
// A capture as work for two hosts: who sends each packet, whether PSP can protect it, and why not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "testbench/bench/platform.h"
#include "testbench/bench/psp_mode.h"

namespace pspnic::bench {

// What happens to a packet of a capture.
enum class Treatment : uint8_t {
  kPsp,
  // in clear
  kNotIp,
  kMalformed,  // headers do not fit the frame
  kTruncated,  // the capture has only a part of it
  // the next four in transport mode only; a tunnel carries any IP packet as it is
  kFragment,
  kExtensionHeaders,  // IPv6 extension headers behind which nothing can be put
  kOtherProtocol,     // neither TCP nor UDP
  kBadIpChecksum,     // its receiver would get another header than was sent
  kNoRoomForPsp,      // longer than the MTU with what PSP adds
  // not sent
  kTooShort,        // less than an Ethernet frame can be handed to a device with
  kTooLong,         // longer than the MTU
  kClearToPspPort,  // UDP to port 1000 that PSP cannot carry: its receiver would take it for PSP
  kCount
};
const char* text(Treatment treatment);
constexpr bool is_sent(Treatment treatment) {
  return treatment < Treatment::kTooShort;
}

struct ReplayPacket {
  std::vector<uint8_t>
      bytes;  // as the receiving host must see it: no padding behind IP, at least 60 bytes in clear
  uint64_t time_ns = 0;  // since the first packet
  Side from = kA;
  Treatment treatment = Treatment::kPsp;
  uint32_t flow = 0;           // of its direction, counted from 0; of protected packets
  uint32_t payload_bytes = 0;  // L4 payload
};

struct ReplayInput {
  std::vector<ReplayPacket> packets;
  uint32_t flows[kSides] = {0, 0};
  uint32_t largest_frame = 0;
  std::string error;  // file, packet and reason when reading stopped early
  uint64_t padding_trimmed = 0;
};

// Reads at most `limit` packets. Packets from the source address seen first are host A's, the others host
// B's. `mtu`: longest IP packet a card takes. `mode`: how they are to be protected.
ReplayInput read_replay(const std::string& path, uint64_t limit, uint32_t mtu,
                        const PspModeParams& mode = {});

}  // namespace pspnic::bench
