// SPDX-License-Identifier: Apache-2.0
// What a report says of a packet that the transmit path refuses: which of its descriptors to look at, what
// stood there, and what had to. Asked for when one has been refused, so that packets pay nothing for it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "model/tx/transform.h"

namespace pspnic::tx {

struct Refusal {
  // Context: the packet's first descriptor. Headers: that of the data they stand in.
  enum class Part : uint8_t { kContext, kHeaders, kLast };
  Part part = Part::kLast;
  std::string field;
  std::string seen;
  std::string expected;  // empty: the rule says it
};

struct RefusedFrame {
  const queue::TxJob& job;
  const HeaderMap& map;            // as far as find_headers() came
  std::span<const uint8_t> frame;  // from its first byte, as far as it was looked at
  const crypto::Sa* sa = nullptr;
  uint32_t max_frame_bytes = 0;  // of the port
};

Refusal explain_refusal(TransformError error, const RefusedFrame& refused);

}  // namespace pspnic::tx
