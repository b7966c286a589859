// SPDX-License-Identifier: Apache-2.0
// A vector's device keys for a card.
#pragma once

#include <stdexcept>

#include "model/crypto/device_keys.h"
#include "testbench/vectors/case.h"

namespace pspnic::vectors {

// Both have 32 bytes; else throws std::runtime_error.
inline crypto::DeviceKeys::VectorKeys vector_keys(const DeviceKeyPair& keys) {
  const auto key = [](const Bytes& bytes) {
    if (bytes.size() != psp::kDeviceKeyBytes) throw std::runtime_error("a device key has 32 bytes");
    return psp::DeviceKey(std::span<const uint8_t, psp::kDeviceKeyBytes>(bytes.data(), psp::kDeviceKeyBytes));
  };
  return {key(keys[0]), key(keys[1])};
}

}  // namespace pspnic::vectors
