// SPDX-License-Identifier: Apache-2.0
// The headers of a stream's packets: Ethernet, VLAN tags, IP with options or extension headers, TCP or UDP.
#pragma once

#include <cstdint>
#include <span>

#include "model/net/ethernet.h"
#include "testbench/bench/header_params.h"
#include "testbench/bench/workload.h"

namespace pspnic::bench {

// Offsets in bytes from the start of a frame.
struct StreamLayout {
  uint32_t l3_offset;
  uint32_t l4_offset;
  uint32_t header_bytes;

  explicit StreamLayout(const HeaderParams& params);
};

struct StreamEnds {
  net::MacAddress source;
  net::MacAddress destination;
  uint8_t source_host;  // last byte of the IP address: 1 or 2
  uint16_t source_port;
  uint16_t destination_port = kService;
};

// Writes all headers of `frame`, whose payload reaches to its end; checksums but IPv4's are left 0.
void write_stream_headers(const HeaderParams& params, const StreamEnds& ends, std::span<uint8_t> frame);

}  // namespace pspnic::bench
