// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/sa_cache.h"

#include <algorithm>
#include <string>

#include "model/base/config_error.h"

namespace pspnic::crypto {

SaCache::SaCache(const SaCacheParams& params) : ways_(params.ways), sets_(params.entries / params.ways) {
  if (params.entries % params.ways != 0) {
    throw base::ConfigError("nic.crypto.sa_cache.entries", "is " + std::to_string(params.entries) +
                                                               ", must be a multiple of ways, " +
                                                               std::to_string(params.ways));
  }
  slots_.assign(params.entries, kEmpty);
}

bool SaCache::touch(uint32_t slot) {
  uint32_t* set = set_of(slot);
  uint32_t* found = std::find(set, set + ways_, slot);
  if (found == set + ways_) return false;
  std::rotate(set, found, found + 1);
  return true;
}

std::optional<uint32_t> SaCache::insert(uint32_t slot) {
  uint32_t* set = set_of(slot);
  const uint32_t last = set[ways_ - 1];
  std::rotate(set, set + ways_ - 1, set + ways_);
  set[0] = slot;
  return last == kEmpty ? std::nullopt : std::optional(last);
}

void SaCache::erase(uint32_t slot) {
  uint32_t* set = set_of(slot);
  uint32_t* found = std::find(set, set + ways_, slot);
  if (found == set + ways_) return;
  std::rotate(found, found + 1, set + ways_);
  set[ways_ - 1] = kEmpty;
}

void SaCache::clear() {
  std::fill(slots_.begin(), slots_.end(), kEmpty);
}

}  // namespace pspnic::crypto
