// SPDX-License-Identifier: Apache-2.0
// What the transmit path does to the bytes of a frame: find its headers, make a segment of a TSO frame,
// correct lengths and checksums. When it happens is pipeline.h; sealing is model/psp/seal.h.
//
// A PSP frame comes with UDP and PSP headers built by the driver, in transport or tunnel mode, behind VLAN
// tags, IPv4 options and IPv6 extension headers as it likes (net::Parsed::takes_encapsulation()). The device
// writes IV, lengths, checksums and ICV, and, if the descriptor asks, SPI and version; in segments also IPv4
// identifications, TCP sequence numbers and flags. Nothing else changes. Lengths are computed, never taken
// from the template.
#pragma once

#include <cstdint>
#include <span>

#include "model/base/driver_rules.h"
#include "model/base/packet.h"
#include "model/crypto/sa_table.h"
#include "model/net/parse.h"
#include "model/net/payload.h"
#include "model/psp/layout.h"
#include "model/queue/tx_job.h"

namespace pspnic::tx {

// Where the headers of a frame are; the same for all segments of a TSO frame. Offsets in bytes from its
// start.
struct HeaderMap {
  net::Parsed outer;
  uint16_t psp_offset = 0;       // 0: no PSP
  uint16_t inner_l3_offset = 0;  // tunnel mode; else the outer IP header
  uint16_t inner_l4_offset = 0;  // of the L4 header whose checksum can be filled; 0: none known
  uint8_t inner_protocol = 0;
  bool tunnel = false;
};

enum class TransformError : uint8_t {
  kNone,
  kNoIp,              // a checksum or segments asked for, no IP header found
  kNoL4,              // segmentation of something else than TCP or UDP
  kNoSa,              // PSP asked for, no SA to seal with
  kNoPsp,             // PSP asked for, no PSP header found
  kPspHeader,         // version, SPI, fixed bit, cookie or crypt offset do not fit the SA or the packet
  kHeaderLength,      // the header length of a TSO frame is not where the payload begins
  kTooLong,           // longer than the port takes
  kControlFrame,      // MAC control, which would pause the port for all
  kProtectedTooLong,  // with the headers that the device adds
  kNotProtected,      // PSP cannot go around the frame, or the SA's crypt offset reaches beyond it
};
// The rule that the driver has broken; kCount: none, or it is not the driver's fault.
base::DriverRule rule_of(TransformError error);

// Headers of the first bytes of a job: the whole frame, or the headers of a TSO frame.
[[gnu::noinline]] TransformError find_headers(std::span<const uint8_t> frame, const queue::TxJob& job,
                                              HeaderMap& map);

// Which part of a job a frame is.
struct Segment {
  uint32_t index = 0;          // from 0
  uint32_t payload_bytes = 0;  // of the whole job
};

struct FinishedFrame {
  TransformError error = TransformError::kNone;
  psp::Layout psp;  // of the packet to be sealed
};

// Makes the frame what leaves the device, but for IV and ICV: `packet` holds the headers as the driver wrote
// them and this segment's payload; it is longer by 16 bytes afterwards if the ICV is to be appended.
// `sa` is looked at for a PSP job only, which is an error without one.
FinishedFrame finish_frame(base::Packet& packet, const HeaderMap& map, const queue::TxJob& job,
                           const Segment& segment, const crypto::Sa* sa,
                           net::Payload payload = net::Payload::kBytes);

// The outer UDP checksum of a PSP frame, over what was sealed.
[[gnu::noinline]] void fill_udp_checksum(std::span<uint8_t> frame, size_t l3_offset, size_t udp_offset,
                                         net::Payload payload = net::Payload::kBytes);

}  // namespace pspnic::tx
