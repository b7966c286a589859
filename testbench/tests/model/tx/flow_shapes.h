// SPDX-License-Identifier: Apache-2.0
// Flows of every shape of headers that a driver may build.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "testbench/tests/model/tx/reference_segments.h"

namespace pspnic::test {

inline constexpr size_t kMaxSegmentedHeaders = 255;  // the field of a descriptor

// Any of them: families, VLAN tags, options, extension headers, TCP options, UDP, PSP's modes and versions,
// cookie, extension, Crypt Offset up to where the payload begins. Headers of at most `most` bytes.
inline TcpFlow random_flow(std::mt19937& random, size_t most = kMaxSegmentedHeaders) {
  const auto below = [&random](unsigned end) { return static_cast<unsigned>(random() % end); };
  const auto bytes = [&](size_t count) {
    std::vector<uint8_t> all(count);
    for (uint8_t& byte : all) byte = static_cast<uint8_t>(random());
    return all;
  };
  const auto options = [&] {
    std::vector<uint8_t> padding(4 * (below(3) == 0 ? 1 + below(10) : 0), 1);
    return padding;
  };
  const auto extensions = [&] {
    static constexpr uint8_t kTypes[] = {0, 60, 43, 60};  // in the order of RFC 8200
    std::vector<uint8_t> types;
    for (const uint8_t type : kTypes) {
      if (below(5) == 0) types.push_back(type);
    }
    return types;
  };
  TcpFlow flow;
  do {
    flow = {};
    flow.outer_v6 = below(2) != 0;
    flow.inner_v6 = below(2) != 0;
    flow.udp = below(3) == 0;
    flow.psp = below(4) != 0;
    flow.tunnel = flow.psp && below(2) != 0;
    flow.vc = below(3) == 0;
    flow.version = static_cast<uint8_t>(below(4));
    flow.sample_bits = static_cast<uint8_t>(below(4) << 6);
    flow.psp_extension = bytes(8 * (below(4) == 0 ? 1 + below(4) : 0));
    flow.spi = static_cast<uint32_t>(random()) | 1;
    flow.ip_id = static_cast<uint16_t>(random());
    flow.inner_ip_id = static_cast<uint16_t>(random());
    flow.sequence = static_cast<uint32_t>(random());
    flow.flags = static_cast<uint8_t>(random());
    flow.vlan_tags = below(3);
    flow.tcp_options = std::vector<uint8_t>(4 * below(11), 1);
    flow.ip_options = options();
    flow.ip_extensions = extensions();
    flow.inner_options = options();
    flow.inner_extensions = extensions();
    const size_t clear = flow.psp ? (flow.header_bytes() - flow.psp_offset() - 16) / 4 : 0;
    flow.crypt_offset = static_cast<uint8_t>(below(static_cast<unsigned>(std::min<size_t>(clear, 63) + 1)));
  } while (flow.header_bytes() > most);
  return flow;
}

}  // namespace pspnic::test
