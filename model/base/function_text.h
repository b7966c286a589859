// SPDX-License-Identifier: Apache-2.0
// Whose something is, in front of its name in messages: nothing for the physical function.
#pragma once

#include <cstdint>
#include <string>

namespace pspnic::base {

// `function`: 0 is the physical one, 1 the first virtual one.
inline std::string function_text(uint16_t function) {
  return function == 0 ? "" : "VF " + std::to_string(function - 1) + " ";
}

}  // namespace pspnic::base
