// SPDX-License-Identifier: Apache-2.0
// The key of a flow: addresses, ports, protocol.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "model/net/parse.h"

namespace pspnic::net {

struct FlowKey {
  std::array<uint8_t, 16> source{};       // IPv4: first four bytes, rest 0
  std::array<uint8_t, 16> destination{};  // likewise
  uint16_t source_port = 0;               // host order; 0 without ports
  uint16_t destination_port = 0;
  uint8_t protocol = 0;
  bool is_v6 = false;

  // Nothing for non-IP. Ports only for TCP, UDP and SCTP with a valid L4 header that are not fragments.
  static std::optional<FlowKey> from_frame(std::span<const uint8_t> frame, const Parsed& parsed) noexcept;

  FlowKey reversed() const noexcept;  // the other direction
  uint64_t hash() const noexcept;     // for tables inside the model; the same in every run
  std::string print() const;          // "6 10.0.0.1:40001 > 10.0.0.2:443"

  bool operator==(const FlowKey&) const noexcept = default;
};

struct FlowKeyHash {
  size_t operator()(const FlowKey& key) const noexcept { return static_cast<size_t>(key.hash()); }
};

}  // namespace pspnic::net
