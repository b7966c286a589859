// SPDX-License-Identifier: Apache-2.0
// The headers of the UDP datagrams that workloads send: Ethernet, a VLAN tag or none, IPv4 without options,
// UDP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "model/net/ethernet.h"
#include "model/net/ipv4.h"
#include "model/net/udp.h"

namespace pspnic::bench {

// Offsets in bytes from the start of a frame.
struct UdpLayout {
  size_t ip;
  size_t udp;
  size_t payload;

  explicit constexpr UdpLayout(bool vlan)
      : ip(net::kEthernetHeaderBytes + (vlan ? net::kVlanTagBytes : 0)),
        udp(ip + net::kIpv4HeaderBytes),
        payload(udp + net::kUdpHeaderBytes) {}
};

struct UdpLink {
  net::MacAddress source;
  net::MacAddress destination;
  std::optional<uint16_t> vlan = std::nullopt;  // tag control information
};

struct UdpEnds {
  uint32_t source = 0;  // IPv4 addresses
  uint32_t destination = 0;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
};

// Writes all headers of `frame`, whose payload reaches to its end; the UDP checksum is 0, for the card to
// fill in.
void write_udp_headers(const UdpLink& link, const UdpEnds& ends, std::span<uint8_t> frame);

// Gives headers that have been written other ends. `ip` points at IPv4's, in front of UDP's.
void write_udp_ends(const UdpEnds& ends, uint8_t* ip);

}  // namespace pspnic::bench
