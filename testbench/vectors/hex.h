// SPDX-License-Identifier: Apache-2.0
// Byte strings as hexadecimal text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pspnic::vectors {

using Bytes = std::vector<uint8_t>;

// Two digits a byte, upper or lower case; nothing for any other text.
std::optional<Bytes> parse_hex(std::string_view text);
// Lower case.
std::string to_hex(std::span<const uint8_t> bytes);

}  // namespace pspnic::vectors
