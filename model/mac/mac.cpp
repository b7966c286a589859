// SPDX-License-Identifier: Apache-2.0
#include "model/mac/mac.h"

#include <algorithm>

namespace pspnic::mac {

Time Mac::duration(uint64_t bytes) const {
  return (bytes * 8 * base::kSec + params_.speed.bps / 2) / params_.speed.bps;
}

base::Service Mac::service(uint32_t frame_bytes) const {
  const uint64_t sent =
      net::kPreambleBytes + std::max<uint64_t>(frame_bytes, net::kMinFrameBytes) + net::kFcsBytes;
  return {duration(sent + net::kInterFrameGapBytes), duration(sent)};
}

}  // namespace pspnic::mac
