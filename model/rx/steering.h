// SPDX-License-Identifier: Apache-2.0
// Whether a frame is for this port's vport, and for which of its queues: address filter, RSS hash, look-up
// table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/idpf/rx_descriptors.h"
#include "model/net/ethernet.h"
#include "model/net/parse.h"
#include "model/net/toeplitz.h"

namespace pspnic::rx {

struct VportFilter {
  bool enabled = false;
  bool promiscuous_unicast = false;
  bool promiscuous_multicast = false;
  std::vector<net::MacAddress> addresses;
  uint64_t rss_types = 0;  // rss_caps bits
  std::array<uint8_t, 52> rss_key{};
  std::vector<uint32_t> rss_queues;  // look-up table of queue ids
  std::vector<uint32_t> rx_queues;   // queue ids by their number in the vport
  uint32_t default_queue = 0;
};

class Steering {
 public:
  struct Target {
    uint16_t queue = 0;
    uint32_t hash = 0;
    bool hashed = false;
  };

  void configure(const VportFilter& filter);

  static idpf::RxCast cast(std::span<const uint8_t> frame);
  bool accepts(std::span<const uint8_t> frame, idpf::RxCast cast) const;
  Target steer(std::span<const uint8_t> frame, const net::Parsed& parsed) const;
  // The queue of this number in the vport, if there is one.
  std::optional<uint16_t> queue(uint16_t number) const;

 private:
  VportFilter filter_;
  std::optional<net::Toeplitz> toeplitz_;
};

}  // namespace pspnic::rx
