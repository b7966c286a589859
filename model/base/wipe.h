// SPDX-License-Identifier: Apache-2.0
// Overwrites bytes that held a key, in a way the compiler may not leave out.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace pspnic::base {

inline void wipe(std::span<uint8_t> bytes) {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

}  // namespace pspnic::base
