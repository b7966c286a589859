// SPDX-License-Identifier: Apache-2.0
// Who makes a crypto engine stop for a time while it works on a packet: a thermal throttle, a scrub of its
// key memory, a fault. The engine is occupied that much longer and the result is that much later; no byte
// changes.
#pragma once

#include "model/base/server.h"

namespace pspnic::crypto {

class StallSource {
 public:
  virtual ~StallSource() = default;
  // For the next packet; 0: none. In ps.
  virtual base::Time next_stall() = 0;
};

// A service that `source` may stop; null: it never does.
inline base::Service stalled(base::Service service, StallSource* source) {
  if (source == nullptr) return service;
  const base::Time stall = source->next_stall();
  return {service.occupancy + stall, service.latency + stall};
}

}  // namespace pspnic::crypto
