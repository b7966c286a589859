// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/gcm_lanes.h"

#include <algorithm>

namespace pspnic::crypto {

namespace {

constexpr uint32_t kBlockBytes = 16;
constexpr uint32_t kHashKeyAndMask = 2;  // H = E(0), E(J0)
constexpr uint32_t kLengthBlock = 1;

constexpr uint32_t blocks(uint32_t bytes) {
  return (bytes + kBlockBytes - 1) / kBlockBytes;
}
constexpr uint32_t rounds(psp::Version version) {
  return psp::key_bytes(version) == 16 ? 10 : 14;
}

}  // namespace

base::Service GcmLanes::service(psp::Version version, uint32_t aad_bytes, uint32_t text_bytes) const {
  const uint32_t text = blocks(text_bytes);
  const uint32_t aes = text + kHashKeyAndMask;
  const uint32_t ghash = blocks(aad_bytes) + text + kLengthBlock;
  const uint32_t occupancy = std::max(aes, ghash);
  const uint32_t latency = rounds(version) + 1 + params_.key_cycles + occupancy + params_.ghash_cycles + 1;
  return {clock_.cycles(occupancy), clock_.cycles(latency)};
}

}  // namespace pspnic::crypto
