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
    unsigned frame_bytes = 0;
    net::Payload payload = net::Payload::kBytes;
  };
  // Frames of one direction.
  ChurnFrames(const Shape& shape, Side from, const net::MacAddress& source,
              const net::MacAddress& destination);

  // Valid until the next call.
  std::span<const uint8_t> make(const ChurnStamp& stamp);
  // Nothing unless the frame is what make() gave for the stamp in it, but for the checksums that the card
  // fills in. Overwrites what make() gave.
  std::optional<ChurnStamp> read(std::span<const uint8_t> frame);

  static size_t payload_bytes(size_t frame_bytes);  // of UDP
  static uint32_t flow_hash(const ChurnStamp& stamp) { return (stamp.connection + 1) * 0x9e3779b9u; }

 private:
  std::vector<uint8_t> frame_;
  std::vector<uint8_t> noise_;
  Side from_;
  size_t compared_;  // bytes of a frame, from the first on
};

}  // namespace pspnic::bench
