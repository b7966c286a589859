// SPDX-License-Identifier: Apache-2.0
// What one direction of a card has counted for one vport since power-on. The same events count in the card's
// statistics; here they are told apart by whose they are, for drivers that ask.
#pragma once

#include <array>
#include <cstdint>

#include "model/base/drop_reason.h"

namespace pspnic::base {

struct VportBook {
  uint64_t bytes = 0, unicast = 0, multicast = 0, broadcast = 0;
  // Of PSP; what a direction does not know stays 0.
  uint64_t psp_packets = 0, psp_bytes = 0, psp_error = 0, psp_bad_sa = 0;
  uint64_t psp_auth_fail = 0, psp_bad = 0, psp_bad_version = 0, psp_stale_key = 0, psp_bypass = 0;
  std::array<uint64_t, static_cast<size_t>(DropReason::kCount)> drops{};

  void add_drop(DropReason reason, uint64_t count = 1) { drops[static_cast<size_t>(reason)] += count; }
  uint64_t dropped(DropReason reason) const { return drops[static_cast<size_t>(reason)]; }
};

}  // namespace pspnic::base
