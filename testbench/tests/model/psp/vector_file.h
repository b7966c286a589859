// SPDX-License-Identifier: Apache-2.0
// Test vectors from JSON files, and a receiver put together from the functions under test.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/psp/check.h"
#include "model/psp/engine.h"
#include "model/psp/kdf.h"
#include "testbench/vectors/hex.h"

namespace pspnic::psp::test {

using Bytes = std::vector<uint8_t>;

Bytes from_hex(const std::string& hex);
using vectors::to_hex;
uint32_t hex32(const nlohmann::json& text);
uint64_t hex64(const nlohmann::json& text);
DeviceKey device_key(const std::string& hex);

// The frame with other bytes before and behind it.
Bytes surround(const Bytes& frame, size_t headroom, size_t tailroom);

// vectors/psp/<name> of the repository.
nlohmann::json read_own(const std::string& name);

struct Received {
  Verdict verdict = Verdict::kNotPsp;
  Reason reason = Reason::kNone;
  Bytes cleartext;  // decapsulated; empty unless delivered
};

// A whole receiver: classifies, derives, opens, decapsulates.
class Receiver {
 public:
  Receiver(const std::string& key_0, const std::string& key_1, const Engine& engine);
  Received receive(const Bytes& frame);

 private:
  Kdf kdf_[2];
  std::unique_ptr<Aead> aead_;
};

}  // namespace pspnic::psp::test
