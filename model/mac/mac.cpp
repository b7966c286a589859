// SPDX-License-Identifier: Apache-2.0
#include "model/mac/mac.h"

#include "model/mac/wire_bytes.h"

namespace pspnic::mac {

Time Mac::duration(uint64_t bytes) const {
  return (bytes * 8 * base::kSec + params_.speed.bps / 2) / params_.speed.bps;
}

base::Service Mac::service(uint32_t frame_bytes) const {
  const uint64_t all = wire_bytes(frame_bytes);
  return {duration(all), duration(all - net::kInterFrameGapBytes)};
}

}  // namespace pspnic::mac
