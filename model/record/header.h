// SPDX-License-Identifier: Apache-2.0
// What a recording says of the card it was made with: all that another one needs to be the same card.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/base/params.h"

namespace pspnic::record {

inline constexpr char kMagic[] = "pspnic recording";  // the first 16 bytes
inline constexpr uint32_t kFormat = 1;
inline constexpr uint8_t kFailed = 0x80;  // of the first byte of an entry

struct Header {
  std::string source;      // what was recorded, in words
  std::string build;       // of the program or library that recorded: build_id()
  std::string parameters;  // JSON, {"nic": {...}}, all of them
  // Full names of those that differ from what they are without being set. Nothing: nobody knows.
  std::optional<std::vector<std::string>> changed;
  std::string mac;  // "02:50:53:50:00:0a"
  uint64_t seed = 1;
  uint64_t stream = 0;
  uint32_t spi_first = 1;
  uint64_t interrupt_base = 0;
  uint64_t interrupt_bytes = 0;
};

// Of a card that this program makes: source, build, parameters and `mac`; the rest is to be filled in.
Header header_of(std::string source, const base::ParamTree& parameters, std::span<const uint8_t, 6> mac);

// As text of a recording, and back. from_json() throws std::runtime_error that names `origin` and the rule.
std::string to_json(const Header& header);
Header from_json(const std::string& text, const std::string& origin);

// What the linker has written into the program or library that this code is in, in hexadecimal; "none" if it
// was told not to.
std::string build_id();

}  // namespace pspnic::record
