// SPDX-License-Identifier: Apache-2.0
// Two byte strings that should be the same, for people.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "testbench/diff/frame_fields.h"

namespace pspnic::diff {

// What the two are called.
struct Sides {
  std::string_view first = "expected";
  std::string_view second = "got";
};

// Empty if they are equal. Else where they first differ, with the name of the field, the lines there with
// marks under the bytes that differ, and the other fields that do:
//
//   at 004a: ICV, byte 1 of 16
//     expected 0040  8e 12 40 00 11 22 33 44 55 66 97 b1 ...
//     got      0040  8e 12 40 00 11 22 33 44 55 66 1f b1 ...
//                                                  ^^
//
// `fields` are those of the first.
std::string annotated_diff(std::span<const uint8_t> first, std::span<const uint8_t> second,
                           const std::vector<Field>& fields, Sides sides = {});

// " 8e 12 40": the 16 bytes from `begin`, as far as there are any.
std::string hex_row(std::span<const uint8_t> bytes, size_t begin);

}  // namespace pspnic::diff
