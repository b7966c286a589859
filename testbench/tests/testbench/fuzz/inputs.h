// SPDX-License-Identifier: Apache-2.0
// Inputs of fuzzers: the saved ones, and made ones that are the same each time.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace pspnic::fuzz {

using Bytes = std::vector<uint8_t>;

struct SavedInput {
  std::string name;
  Bytes bytes;
};

// Of this target, by name.
inline std::vector<SavedInput> saved_inputs(const std::string& target) {
  const std::string folder = PSPNIC_SOURCE_DIR "/testbench/fuzz/corpus/" + target;
  std::vector<SavedInput> inputs;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    inputs.push_back({entry.path().filename().string(), Bytes(std::istreambuf_iterator<char>(file), {})});
  }
  std::ranges::sort(inputs, {}, &SavedInput::name);
  EXPECT_GT(inputs.size(), 10u) << "where are they?";
  return inputs;
}

// A saved input with some bytes changed, taken out, or repeated from another.
inline Bytes mutated(const std::vector<SavedInput>& saved, std::mt19937_64& random) {
  Bytes bytes = saved[random() % saved.size()].bytes;
  const Bytes& other = saved[random() % saved.size()].bytes;
  for (uint64_t i = 1 + random() % 6; i > 0 && !bytes.empty(); --i) {
    const auto place = static_cast<std::ptrdiff_t>(random() % bytes.size());
    switch (random() % 4) {
      case 0:
        bytes[static_cast<size_t>(place)] = static_cast<uint8_t>(random());
        break;
      case 1:
        bytes[static_cast<size_t>(place)] ^= static_cast<uint8_t>(1u << random() % 8);
        break;
      case 2:
        bytes.erase(
            bytes.begin() + place,
            bytes.begin() + std::min<std::ptrdiff_t>(place + 1 + static_cast<std::ptrdiff_t>(random() % 8),
                                                     static_cast<std::ptrdiff_t>(bytes.size())));
        break;
      default:
        bytes.insert(bytes.begin() + place, other.begin(), other.end());
        break;
    }
  }
  return bytes;
}

}  // namespace pspnic::fuzz
