// SPDX-License-Identifier: Apache-2.0
// The frames of the workload churn: UDP datagrams whose addresses and ports name the connection, with a stamp
// in front of a payload of which every byte depends on connection, direction and place in the sequence.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/base/time.h"
#include "model/net/ethernet.h"
#include "model/net/payload.h"
#include "testbench/bench/card_pair.h"
#include "testbench/traffic/size_distribution.h"

namespace pspnic::bench {

struct ChurnStamp {
  // Of frames in clear, which belong to no connection.
  static constexpr uint32_t kClear = 0xffff'ffff;

  uint32_t connection = 0;
  uint32_t sequence = 0;  // of its direction, from 0
  base::Time sent = 0;
};

class ChurnFrames {
 public:
  struct Shape {
    unsigned frame_bytes;  // of the largest
    net::Payload payload;
    Shape(unsigned bytes, net::Payload carried = net::Payload::kBytes)
        : frame_bytes(bytes), payload(carried) {}
  };
  // Frames of one direction.
  ChurnFrames(const Shape& shape, Side from, const net::MacAddress& source,
              const net::MacAddress& destination);

  // A frame of so many bytes; valid until the next call.
  std::span<const uint8_t> make(const ChurnStamp& stamp, size_t frame_bytes);
  std::span<const uint8_t> make(const ChurnStamp& stamp) { return make(stamp, frame_.size()); }
  // Nothing unless the frame is what make() gave for the stamp in it, but for the checksums that the card
  // fills in. Overwrites what make() gave.
  std::optional<ChurnStamp> read(std::span<const uint8_t> frame);

  static const traffic::SizeLimits& limits();       // of frames without VLAN tags
  static size_t payload_bytes(size_t frame_bytes);  // of UDP
  static size_t frame_bytes(size_t payload_bytes);
  static uint32_t flow_hash(const ChurnStamp& stamp) { return (stamp.connection + 1) * 0x9e3779b9u; }

 private:
  std::vector<uint8_t> frame_;
  std::vector<uint8_t> noise_;
  Side from_;
  size_t compared_;  // bytes of a frame, from the first on
};

}  // namespace pspnic::bench
