// SPDX-License-Identifier: Apache-2.0
// Putting PSP around a packet and taking it off again, without cryptography. A packet lies in a buffer with
// room in front and behind; everything happens in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "model/net/parse.h"
#include "model/psp/header.h"

namespace pspnic::psp {

// A frame (Ethernet, no FCS) inside its buffer.
struct FrameBuffer {
  std::span<uint8_t> buffer;
  size_t begin = 0;  // the frame is buffer[begin, end)
  size_t end = 0;

  std::span<uint8_t> frame() const { return buffer.subspan(begin, end - begin); }
  size_t headroom() const { return begin; }
  size_t tailroom() const { return buffer.size() - end; }
};

enum class EncapStatus : uint8_t {
  kOk,
  kNotIp,             // no well-formed IPv4 or IPv6 packet in the frame
  kFragment,          // transport mode cannot carry a fragment's header over
  kIpInIp,            // in transport mode the receiver would take IP in IP for a tunnel
  kExtensionHeaders,  // IPv6 extension headers behind which nothing can be put: net::Parsed
  kNoRoom,            // not enough headroom or tailroom
  kTooLong,           // the IP length would pass 65535
  kBadParameter,      // Crypt Offset > 63, extension not in 8-byte units or too long
  kNotPsp,            // decapsulation: no UDP to port 1000
  kFraming,           // decapsulation: header or lengths do not fit
  kInnerFamily,       // decapsulation: the inner IP version is not what Next Header says
};
const char* text(EncapStatus status) noexcept;

// What the PSP and UDP headers shall say.
struct EncapParams {
  Version version = Version::kAesGcm128;
  uint32_t spi = 0;
  uint64_t iv = 0;           // a driver leaves it 0, the device writes it
  uint8_t crypt_offset = 0;  // 4-byte units, counted from the end of the IV: add 2 for the cookie
  bool sample = false;
  bool drop_after_sample = false;
  std::optional<uint64_t> vc;          // the virtualization cookie
  std::span<const uint8_t> extension;  // further header bytes behind the cookie, a multiple of 8
  uint16_t source_port = 0;            // constant per flow, see source_port()
};

// The outer IP header of tunnel mode.
struct TunnelParams {
  bool outer_v6 = false;
  std::span<const uint8_t> source;       // 4 or 16 bytes
  std::span<const uint8_t> destination;  // 4 or 16 bytes
  uint8_t ttl = 64;                      // or hop limit
  uint8_t traffic_class = 0;             // or TOS
  uint16_t identification = 0;           // IPv4
  bool dont_fragment = true;             // IPv4
  uint32_t flow_label = 0;               // IPv6, 20 bits
};

// A UDP source port from a flow hash, spread evenly over [first, last].
constexpr uint16_t source_port(uint32_t hash, uint16_t first = 49152, uint16_t last = 65535) {
  return static_cast<uint16_t>(first + ((uint64_t{hash} * (last - first + 1u)) >> 32));
}

// Bytes that encapsulation puts in front of the payload, without an outer IP header: 24 and the extensions.
constexpr size_t inserted_bytes(const EncapParams& params) {
  return net::kUdpHeaderBytes + kHeaderBytes + (params.vc ? kVcBytes : 0) + params.extension.size();
}

// Inserts UDP and PSP headers behind the IP header, its options and IPv6 extension headers (hop-by-hop,
// destination options, routing without segments left; the last one's Next Header becomes 17): all of these
// move into the headroom, the frame loses its Ethernet padding. The lengths do NOT count the ICV, IV is
// params.iv, the UDP checksum 0: this is what a driver hands to the device. See finish_lengths(). With
// kIgnore (a TSO template, whose lengths are redone for every segment) the packet reaches to the end of the
// frame and lengths above 65535 are cut to their low 16 bits.
EncapStatus transport_encapsulate(FrameBuffer& frame, const EncapParams& params,
                                  net::IpLength length = net::IpLength::kCheck) noexcept;

// The same for a caller that has parsed this frame, with that rule for lengths.
EncapStatus transport_encapsulate(FrameBuffer& frame, const net::Parsed& parsed, const EncapParams& params,
                                  net::IpLength length) noexcept;

// The same with the whole IP packet as payload of a new outer IP packet. Families are independent; VLAN tags
// stay.
EncapStatus tunnel_encapsulate(FrameBuffer& frame, const EncapParams& params, const TunnelParams& outer,
                               net::IpLength length = net::IpLength::kCheck) noexcept;
EncapStatus tunnel_encapsulate(FrameBuffer& frame, const net::Parsed& parsed, const EncapParams& params,
                               const TunnelParams& outer, net::IpLength length) noexcept;

// Adds the ICV's 16 bytes to the IP and UDP lengths and redoes the IPv4 header checksum. `headers` is at
// least the frame up to the end of its UDP header. False when a length would pass 65535; nothing is changed
// then.
bool finish_lengths(std::span<uint8_t> headers, const net::Parsed& parsed) noexcept;

// finish_lengths() on the frame and room for the ICV at its end. A sealed packet is this plus seal().
EncapStatus append_icv(FrameBuffer& frame) noexcept;

// Where the ICV is when a frame reaches decapsulate().
enum class IcvState : uint8_t {
  kInFrame,            // in the frame and in the lengths, as on the wire
  kStripped,           // neither in the frame nor in the lengths
  kStrippedButCounted  // not in the frame, still in the lengths
};

// Takes UDP, PSP header and ICV off a decrypted packet. Transport: IP protocol (behind extension headers the
// last one's Next Header), lengths and the IPv4 checksum become those of the inner packet; a checksum that
// was wrong stays wrong. Tunnel (Next Header 4 or 41): the outer IP header goes too and the EtherType follows
// the inner family. MAC header and VLAN tags move forward, begin and end of `frame` change. Nothing changes
// on failure.
EncapStatus decapsulate(FrameBuffer& frame, IcvState icv = IcvState::kInFrame) noexcept;
// The same for a caller that has parsed this frame, with any rule for lengths.
EncapStatus decapsulate(FrameBuffer& frame, const net::Parsed& parsed, IcvState icv) noexcept;

}  // namespace pspnic::psp
