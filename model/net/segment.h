// SPDX-License-Identifier: Apache-2.0
// Segmentation of TCP and UDP as a pure function: how many segments, which payload each has, and what their
// headers say.
// The caller copies the template headers and the payload; the headers are then corrected in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/net/payload.h"

namespace pspnic::net {

// Where the headers stand, the same in every segment. The pseudo header of the L4 checksum is made of the IP
// header at l3_offset, also when UDP and encapsulation headers stand between the two. A routing header in
// front of TCP or UDP has no segments left.
struct SegmentLayout {
  uint16_t l3_offset = 0;   // IPv4 or IPv6 header, told apart by its version
  uint16_t l4_offset = 0;   // TCP or UDP header
  bool udp = false;         // that is UDP: a datagram is cut into datagrams
  uint16_t udp_offset = 0;  // another UDP header, between IP and L4, whose length is to be corrected; 0: none
  uint16_t ip_id_step =
      1;  // IPv4 identification grows by this from segment to segment; 0 keeps the template's
  Payload payload = Payload::kBytes;  // kLengths: the L4 checksum is kUncomputedChecksum
};

struct SegmentFixup {
  SegmentLayout layout;
  uint32_t index = 0;           // of this segment, 0..count-1
  uint32_t payload_offset = 0;  // of its payload in the whole payload, bytes
  uint32_t payload_bytes = 0;
  bool first = true;
  bool last = true;
};

// Segments of a payload: ceil(payload_bytes / mss), 1 for an empty payload, 0 when mss is 0.
uint32_t segment_count(uint32_t payload_bytes, uint32_t mss) noexcept;

// The index-th of them; index < segment_count().
SegmentFixup segment_fixup(const SegmentLayout& layout, uint32_t payload_bytes, uint32_t mss,
                           uint32_t index) noexcept;

// `frame` is one segment: the template's headers unchanged, then its payload, nothing behind it. Sets
//   IPv4 total length, identification (+ index * step) and header checksum, or IPv6 payload length;
//   length of the other UDP header, when layout.udp_offset says so (its checksum stays);
//   TCP sequence (+ payload_offset), FIN and PSH only in the last, CWR only in the first segment, checksum;
//   or UDP length and checksum (0 becomes 0xffff).
// The frame must hold the fixed IP header and the TCP or UDP header at the offsets named.
void fix_segment_headers(std::span<uint8_t> frame, const SegmentFixup& fixup) noexcept;

// Only the IP part of it, for the outer header of a tunnel: the IP packet at l3_offset reaches to the frame's
// end.
void fix_ip_lengths(std::span<uint8_t> frame, size_t l3_offset, uint16_t ip_id_increment) noexcept;

}  // namespace pspnic::net
