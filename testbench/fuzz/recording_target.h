// SPDX-License-Identifier: Apache-2.0
// A file that calls itself a recording. Checked: it is read or refused with its name and place; what is read
// keeps the ranges that its header promises; and all that looks at recordings without a card stands it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace pspnic::fuzz {

// The first rule that was broken, or nothing.
std::string fuzz_recording(std::span<const uint8_t> bytes);

}  // namespace pspnic::fuzz
