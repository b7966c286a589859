// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/flow_match.h"

namespace pspnic::bench {

namespace {

constexpr uint8_t kIpv4Family = 4;
constexpr uint16_t kVlanIdBits = 0xfff;

bool fits(const FlowEnd& end, bool is_v6, const std::array<uint8_t, 16>& address, uint16_t port) {
  if (end.family != 0 && (end.family == kIpv4Family) == is_v6) return false;
  for (unsigned bit = 0; bit < end.bits; ++bit) {
    const unsigned mask = 0x80u >> bit % 8;
    if ((end.address[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
  }
  return !end.port || *end.port == port;
}

}  // namespace

bool belongs_to(const FlowSpec& flow, Side from, const net::FlowKey& key, const net::Parsed& parsed) {
  if (flow.protocol && *flow.protocol != key.protocol) return false;
  if (flow.vlan) {
    const uint16_t vlan = parsed.vlan_tags > 0 ? parsed.vlan_tci[0] & kVlanIdBits : 0;
    if (*flow.vlan != vlan) return false;
  }
  return fits(flow.ends[from], key.is_v6, key.source, key.source_port) &&
         fits(flow.ends[other(from)], key.is_v6, key.destination, key.destination_port);
}

}  // namespace pspnic::bench
