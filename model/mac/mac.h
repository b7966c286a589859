// SPDX-License-Identifier: Apache-2.0
// The Ethernet port: how long a frame occupies the wire, and where it goes.
//
// Takes, per frame: preamble and start delimiter 8, frame (padded to 60), frame check sequence 4, gap 12
// bytes at the port's speed (IEEE 802.3, clauses 3 and 4). The check sequence takes its time but is not
// computed: the wire says of each frame whether it would match (Packet::fcs_ok), and the receiving side drops
// those of which it would not (kRxBadFcs).
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/base/packet.h"
#include "model/base/params.h"
#include "model/base/server.h"
#include "model/base/time.h"
#include "model/net/ethernet.h"

namespace pspnic::mac {

using base::Time;

struct MacParams {
  base::Bandwidth speed{200 * base::kGbps};
  uint16_t mtu = 9216;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("speed", speed, base::Bandwidth{1 * base::kGbps}, base::Bandwidth{1600 * base::kGbps},
            "Bits a second on the wire", "Intel IPU E2100: 200 Gb/s");
    v.value("mtu", mtu, uint16_t{1280}, base::Packet::kMaxIpBytes,
            "Largest IP packet in bytes, PSP headers included", "Usual jumbo limit of 200 Gb/s cards");
  }
};

// Where frames go when they leave the port.
class Wire {
 public:
  virtual ~Wire() = default;
  // wire_start and wire_end of the packet say when, and never go back; wire_end may lie in the future.
  virtual void transmit(base::PacketPtr packet) = 0;
};

class Mac {
 public:
  explicit Mac(const MacParams& params) : params_(params) {}

  const MacParams& params() const { return params_; }
  // Room for two VLAN tags.
  uint32_t max_frame_bytes() const {
    return params_.mtu + static_cast<uint32_t>(net::kEthernetHeaderBytes + 2 * net::kVlanTagBytes);
  }
  // The same of a frame whose VLAN tags are known: its IP packet begins at `l3_offset`, 0 if it has none.
  uint32_t max_frame_bytes(uint32_t l3_offset) const {
    return l3_offset == 0 ? max_frame_bytes() : std::min(max_frame_bytes(), params_.mtu + l3_offset);
  }
  // Occupancy until the next frame may start; latency until the last bit of this one has left.
  base::Service service(uint32_t frame_bytes) const;

 private:
  Time duration(uint64_t bytes) const;
  MacParams params_;
};

}  // namespace pspnic::mac
