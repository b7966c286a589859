// SPDX-License-Identifier: Apache-2.0
// Two byte strings that should be the same, for people.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "testbench/vectors/fields.h"

namespace pspnic::vectors {

// Empty if they are equal. Else where they first differ, with the name of the field, the lines there with
// marks under the bytes that differ, and the other fields that do:
//
//   at 004a: ICV, byte 1 of 16
//     expected 0040  8e 12 40 00 11 22 33 44 55 66 97 b1 ...
//     got      0040  8e 12 40 00 11 22 33 44 55 66 1f b1 ...
//                                                  ^^
//
// `fields` are those of `expected`.
std::string annotated_diff(std::span<const uint8_t> expected, std::span<const uint8_t> got,
                           const std::vector<Field>& fields);

}  // namespace pspnic::vectors
