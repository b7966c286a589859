// SPDX-License-Identifier: Apache-2.0
// Which session keys have been installed, without keeping any: 64-bit digests under a secret of the card
// (SipHash-2-4, Aumasson and Bernstein 2012). Two keys in 2^32 may look the same.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_set>

namespace pspnic::sanitizer {

uint64_t sip_hash(const std::array<uint64_t, 2>& secret, std::span<const uint8_t> message);

class KeyDigests {
 public:
  explicit KeyDigests(const std::array<uint64_t, 2>& secret) : secret_(secret) {}

  // False: it has been seen before.
  bool add(std::span<const uint8_t> key) { return digests_.insert(sip_hash(secret_, key)).second; }
  void clear() { digests_.clear(); }

 private:
  std::array<uint64_t, 2> secret_;
  std::unordered_set<uint64_t> digests_;
};

}  // namespace pspnic::sanitizer
