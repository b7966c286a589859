// SPDX-License-Identifier: Apache-2.0
// How unlike two words are, for "the nearest one is ..." in error messages.
#pragma once

#include <cstddef>
#include <string_view>

namespace pspnic::base {

// Smallest number of insertions, deletions, replacements and swaps of two neighbouring characters that turn
// `a` into `b`, no character being edited twice (optimal string alignment).
size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace pspnic::base
