// SPDX-License-Identifier: Apache-2.0
#include "model/flow/rule.h"

#include "model/net/ethernet.h"
#include "model/net/ipv4.h"

namespace pspnic::flow {

namespace {

constexpr uint16_t kMaxVlan = 4094;
constexpr uint32_t kMaxFlowLabel = 0xfffff;

unsigned address_bits(uint8_t family) {
  return family == 4 ? 32 : family == 6 ? 128 : 0;
}

}  // namespace

bool valid(const Match& match) {
  if (match.family != 0 && match.family != 4 && match.family != 6) return false;
  const unsigned bits = address_bits(match.family);
  if (match.source_bits > bits || match.destination_bits > bits) return false;
  if (match.vlan && *match.vlan > kMaxVlan) return false;
  const bool ports = match.source_port || match.destination_port;
  return !ports || (match.protocol && net::protocol_has_ports(*match.protocol));
}

bool valid(const Encapsulation& encapsulation) {
  using Mode = Encapsulation::Mode;
  const bool known = encapsulation.mode == Mode::kTransport || encapsulation.mode == Mode::kTunnelV4 ||
                     encapsulation.mode == Mode::kTunnelV6;
  return known && encapsulation.crypt_offset <= psp::kMaxCryptOffset &&
         encapsulation.first_port <= encapsulation.last_port && encapsulation.first_port != 0 &&
         encapsulation.flow_label <= kMaxFlowLabel &&
         (encapsulation.mode == Mode::kTransport || encapsulation.ttl != 0);
}

}  // namespace pspnic::flow
