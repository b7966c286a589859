// SPDX-License-Identifier: Apache-2.0
// The flows that two cards shall protect, from a JSON file: a list of objects. All keys may be left out:
//   a, b                    address, prefix ("10.0.0.0/8") or "any": at host A, at host B
//   protocol                "tcp", "udp" or "any"
//   a_port, b_port          0..65535, with a protocol
//   vlan                    VLAN id of the outermost tag, 0: none
//   version                 PSP version 0..3
//   mode                    "transport" or "tunnel"
//   outer                   with tunnel: {"a": address, "b": address, "ttl": 1..255, "traffic_class": 0..255}
//   crypt_offset            0..63, in 4 bytes
//   vc                      virtualization cookie, a number
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/flow/rule.h"
#include "model/psp/header.h"

namespace pspnic::bench {

struct FlowEnd {
  uint8_t family = 0;  // 0: any
  uint8_t bits = 0;
  std::array<uint8_t, 16> address{};
  std::optional<uint16_t> port;
  std::array<uint8_t, 16> outer{};  // of a tunnel
};

struct FlowSpec {
  std::array<FlowEnd, 2> ends;  // host A's, host B's
  std::optional<uint8_t> protocol;
  std::optional<uint16_t> vlan;
  psp::Version version = psp::Version::kAesGcm128;
  flow::Encapsulation encapsulation;  // but for the outer addresses
};

// `path` may also be the text itself, whose first character is '[' or '{'. Throws base::ConfigError naming
// file, entry, key and rule.
std::vector<FlowSpec> read_flows(const std::string& path);
bool is_flow_text(std::string_view path);
// What errors and reports call them: `path`, or the option's name.
std::string flows_origin(const std::string& path);
std::vector<FlowSpec> parse_flows(std::string_view text, const std::string& origin);

}  // namespace pspnic::bench
