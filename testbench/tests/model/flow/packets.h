// SPDX-License-Identifier: Apache-2.0
// Packets and rules for the tests of the flow table.
#pragma once

#include <gtest/gtest.h>

#include "model/flow/flow_table.h"
#include "model/net/parse.h"
#include "testbench/tests/model/net/frames.h"

namespace pspnic::flow::test {

using net::test::Bytes;
using namespace net::test;

inline std::array<uint8_t, 16> v4(const char* text) {
  std::array<uint8_t, 16> bytes{};
  const uint32_t value = ipv4_address(text);
  for (size_t i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
  return bytes;
}

// 10.0.0.1:40001 > 10.0.0.2:443, and fd00::1 > fd00::2.
inline Bytes tcp_v4() {
  return ipv4_frame(net::kProtocolTcp, tcp(pattern(40)));
}
inline Bytes tcp_v6() {
  return ipv6_frame(net::kProtocolTcp, tcp(pattern(40)));
}

inline Match exact_v4() {
  Match match;
  match.family = 4;
  match.source_bits = match.destination_bits = 32;
  match.source = v4("10.0.0.1");
  match.destination = v4("10.0.0.2");
  match.protocol = net::kProtocolTcp;
  match.source_port = 40001;
  match.destination_port = 443;
  return match;
}

inline Rule rule(const Match& match, uint32_t sa = 1, uint32_t spi = 0) {
  return {match, {sa, 7}, {spi, 0}};
}

class TableTest : public testing::Test {
 protected:
  base::StatGroup root_{""};
  FlowTable table_{root_, {.entries = 8, .masks = 4}};

  FlowTable::Found sent(const Bytes& frame, uint16_t vport = 0) {
    return table_.find_sent(frame, net::parse_frame(frame), vport);
  }
  FlowTable::Found received(const Bytes& frame) {
    return table_.find_received(frame, net::parse_frame(frame), 0);
  }
  // The SA of the rule found; 0: none, 999: unclear.
  uint32_t sa(const FlowTable::Found& found) {
    if (found.kind == FlowTable::Found::Kind::kUnclear) return 999;
    return found.rule == nullptr ? 0 : found.rule->sa.index;
  }
};

}  // namespace pspnic::flow::test
