// SPDX-License-Identifier: Apache-2.0
// Flipped bits in frames, region by region of what a PSP packet is made of.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "model/base/packet.h"
#include "model/base/params.h"
#include "testbench/bench/fault_stream.h"

namespace pspnic::bench {

// Regions follow each other from the first byte of a frame to the last; only the last one is of frames
// without PSP.
enum class Region : uint8_t {
  kEthernet,   // addresses, VLAN tags, ether type
  kOuterIp,    // IPv4 or IPv6 header
  kUdp,        // of PSP
  kPspHeader,  // its 16 bytes but SPI and IV, and what Crypt Offset leaves in clear behind them
  kSpi,
  kIv,
  kPayload,  // encrypted; of a GMAC version: authenticated
  kIcv,
  kPlain,  // behind the IP header of a frame without PSP; without IP behind the Ethernet header
  kCount
};
inline constexpr size_t kRegions = static_cast<size_t>(Region::kCount);
const char* region_name(Region region);  // as in parameters: "outer_ip"

// Where a region lies; empty if the frame has none of it. A frame is taken for PSP by its UDP port.
struct Extent {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t bytes() const { return end - begin; }
  bool operator==(const Extent&) const = default;
};
// A region may be in two pieces (kPspHeader); the second is empty for all others.
using Extents = std::array<Extent, 2>;
Extents find_region(std::span<const uint8_t> frame, Region region);

struct BitErrorParams {
  std::array<double, kRegions> probability{};
  unsigned bits = 1;

  bool any() const {
    for (const double p : probability) {
      if (p > 0) return true;
    }
    return false;
  }

  template <class Visitor>
  void describe(Visitor& v) {
    for (size_t i = 0; i < kRegions; ++i) {
      v.value(region_name(static_cast<Region>(i)), probability[i], 0.0, 1.0,
              "Share of frames with flipped bits in this region", "A good cable: below 1e-12 a bit");
    }
    v.value("bits", bits, 1u, 64u, "Different bits flipped in a region that is hit, as far as it has so many",
            "A single bit is the hardest to find");
  }
};

class BitErrors {
 public:
  // Streams are called "<name>.<region>".
  BitErrors(const BitErrorParams& params, uint64_t seed, const std::string& name);

  // Damages the n-th frame, as the streams decide; the number of regions hit. Frames that have not a region
  // cannot be hit there.
  unsigned damage(uint64_t n, std::span<uint8_t> frame);
  uint64_t hits(Region region) const { return hits_[static_cast<size_t>(region)]; }

 private:
  void flip(const FaultStream& stream, uint64_t n, std::span<uint8_t> frame, const Extents& where);

  BitErrorParams params_;
  std::array<FaultStream, kRegions> streams_;
  std::array<uint64_t, kRegions> hits_{};
};

}  // namespace pspnic::bench
