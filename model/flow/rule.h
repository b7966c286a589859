// SPDX-License-Identifier: Apache-2.0
// What a privileged function says about a flow: whose packets they are, what they are sealed with, how they
// are encapsulated, and which SPIs its peer may use. Data only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/psp/encapsulate.h"
#include "model/psp/header.h"

namespace pspnic::flow {

// The packets of one direction, as they are without PSP. What is not set matches anything; IPv4 addresses are
// the first four bytes.
struct Match {
  uint8_t family = 0;       // 4, 6, or 0: both
  uint8_t source_bits = 0;  // of the prefix: 0..32 or 128, 0 without family
  uint8_t destination_bits = 0;
  std::array<uint8_t, 16> source{};
  std::array<uint8_t, 16> destination{};
  std::optional<uint8_t> protocol;
  std::optional<uint16_t> source_port;  // with protocol TCP, UDP or SCTP
  std::optional<uint16_t> destination_port;
  std::optional<uint16_t> vlan;  // VLAN id of the outermost tag, 1..4094; 0: none
  std::optional<uint16_t> vport;

  bool operator==(const Match&) const = default;
};
bool valid(const Match& match);

// How the device builds the headers of a packet for one SA.
struct Encapsulation {
  enum class Mode : uint8_t { kTransport = 1, kTunnelV4 = 2, kTunnelV6 = 3 };
  Mode mode = Mode::kTransport;
  uint8_t crypt_offset = 0;  // 4-byte units behind the IV, 0..63
  bool sample = false;
  bool drop_after_sample = false;
  std::optional<uint64_t> vc;  // virtualization cookie
  // The source port: from the flow's hash, in [first_port, last_port]; equal: fixed.
  uint16_t first_port = 49152;
  uint16_t last_port = 65535;
  // Of a tunnel's outer IP header.
  std::array<uint8_t, 16> source{};
  std::array<uint8_t, 16> destination{};
  uint8_t ttl = 64;
  uint8_t traffic_class = 0;
  uint32_t flow_label = 0;  // IPv6, 20 bits

  bool operator==(const Encapsulation&) const = default;

  // What a frame grows by, ICV included.
  size_t overhead_bytes() const {
    const size_t ip = mode == Mode::kTunnelV4 ? 20 : mode == Mode::kTunnelV6 ? 40 : 0;
    return ip + net::kUdpHeaderBytes + psp::kHeaderBytes + (vc ? psp::kVcBytes : 0) + psp::kIcvBytes;
  }
};
bool valid(const Encapsulation& encapsulation);

// An SA of crypto::SaTable.
struct SaName {
  static constexpr uint32_t kNone = 0xffffffff;
  uint32_t index = kNone;
  uint16_t tag = 0;
  bool operator==(const SaName&) const = default;
};

struct Rule {
  Match match;  // of packets sent; those received match reversed
  SaName sa;    // none, or one that is gone: nothing is sent
  // SPIs of this device that the peer may use: the present one and the next, so that a key can be exchanged
  // without loss. 0: none.
  std::array<uint32_t, 2> rx_spis{};
};

// Since the rule was made. Bytes are those of the plain packets.
struct Counters {
  uint64_t tx_packets = 0;  // sealed
  uint64_t tx_bytes = 0;
  uint64_t tx_dropped = 0;  // could not be protected
  uint64_t rx_packets = 0;  // from the peer
  uint64_t rx_bytes = 0;
  uint64_t rx_clear = 0;     // dropped: in clear
  uint64_t rx_mismatch = 0;  // dropped: authentic, but not the peer's

  bool operator==(const Counters&) const = default;
};

enum class AddStatus : uint8_t { kAdded, kReplaced, kExists, kFull, kTooManyMasks };
struct Added {
  AddStatus status = AddStatus::kFull;
  uint32_t id = 0;  // never that of a rule removed lately
};

}  // namespace pspnic::flow
