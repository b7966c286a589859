// SPDX-License-Identifier: Apache-2.0
#include "model/rx/steering.h"

#include <algorithm>
#include <cstring>

namespace pspnic::rx {

namespace {

// rss_caps: bits 0-3 TCP, UDP, SCTP, other over IPv4; 4-7 the same over IPv6.
unsigned rss_type(const net::Parsed& parsed) {
  const unsigned family = parsed.is_v6() ? 4 : 0;
  switch (parsed.l4) {
    case net::L4::kTcp:
      return family;
    case net::L4::kUdp:
      return family + 1;
    case net::L4::kSctp:
      return family + 2;
    default:
      return family + 3;
  }
}

}  // namespace

void Steering::configure(const VportFilter& filter) {
  filter_ = filter;
  toeplitz_.emplace(filter_.rss_key);
}

idpf::RxCast Steering::cast(std::span<const uint8_t> frame) {
  if ((frame[0] & 1) == 0) return idpf::RxCast::kUnicast;
  const bool all = std::all_of(frame.begin(), frame.begin() + 6, [](uint8_t byte) { return byte == 0xff; });
  return all ? idpf::RxCast::kBroadcast : idpf::RxCast::kMulticast;
}

bool Steering::accepts(std::span<const uint8_t> frame, idpf::RxCast cast) const {
  if (!filter_.enabled) return false;
  if (cast == idpf::RxCast::kBroadcast) return true;
  if (cast == idpf::RxCast::kUnicast && filter_.promiscuous_unicast) return true;
  if (cast == idpf::RxCast::kMulticast && filter_.promiscuous_multicast) return true;
  return std::any_of(filter_.addresses.begin(), filter_.addresses.end(), [&](const net::MacAddress& address) {
    return std::memcmp(address.bytes.data(), frame.data(), address.bytes.size()) == 0;
  });
}

Steering::Target Steering::steer(std::span<const uint8_t> frame, const net::Parsed& parsed) const {
  Target target;
  target.queue = static_cast<uint16_t>(filter_.default_queue);
  if (!parsed.is_ip() || (filter_.rss_types >> rss_type(parsed) & 1) == 0 || !toeplitz_) return target;
  target.hash = net::rss_hash(*toeplitz_, frame, parsed);
  target.hashed = true;
  if (!filter_.rss_queues.empty()) {
    target.queue = static_cast<uint16_t>(filter_.rss_queues[target.hash % filter_.rss_queues.size()]);
  }
  return target;
}

std::optional<uint16_t> Steering::queue(uint16_t number) const {
  if (number >= filter_.rx_queues.size()) return std::nullopt;
  return static_cast<uint16_t>(filter_.rx_queues[number]);
}

}  // namespace pspnic::rx
