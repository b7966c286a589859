// SPDX-License-Identifier: Apache-2.0
#include "firmware/counters.h"

#include <array>

namespace pspnic::firmware {
namespace {

constexpr std::array kVportCounters = {
    &VportCounters::rx_bytes,
    &VportCounters::rx_unicast,
    &VportCounters::rx_multicast,
    &VportCounters::rx_broadcast,
    &VportCounters::rx_discards,
    &VportCounters::rx_errors,
    &VportCounters::tx_bytes,
    &VportCounters::tx_unicast,
    &VportCounters::tx_multicast,
    &VportCounters::tx_broadcast,
    &VportCounters::tx_discards,
    &VportCounters::tx_errors,
    &VportCounters::rx_unknown_protocol,
    &VportCounters::rx_invalid_frame_length,
    &VportCounters::rx_overflow_drop,
};

constexpr std::array kPspCounters = {
    &PspCounters::rx_packets,     &PspCounters::rx_bytes,     &PspCounters::rx_auth_fail,
    &PspCounters::rx_error,       &PspCounters::rx_bad,       &PspCounters::tx_packets,
    &PspCounters::tx_bytes,       &PspCounters::tx_error,     &PspCounters::tx_bad_sa,
    &PspCounters::rx_bad_version, &PspCounters::rx_stale_key, &PspCounters::rx_bypass,
};

// A start above the present value means that the hardware was reset in between.
template <class T, size_t kCount>
T difference(const T& now, const T& start, const std::array<uint64_t T::*, kCount>& members) {
  static_assert(sizeof(T) == kCount * sizeof(uint64_t), "every counter is listed");
  T result;
  for (const auto member : members)
    result.*member = now.*member >= start.*member ? now.*member - start.*member : now.*member;
  return result;
}

}  // namespace

VportCounters since(const VportCounters& now, const VportCounters& start) {
  return difference(now, start, kVportCounters);
}

PspCounters since(const PspCounters& now, const PspCounters& start) {
  return difference(now, start, kPspCounters);
}

}  // namespace pspnic::firmware
