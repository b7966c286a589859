// SPDX-License-Identifier: Apache-2.0
// Compares all that two Verilated models remember, which includes every register.
#pragma once

#include <cstddef>
#include <set>

namespace pspnic::rtl_test {

// Where the two differ. Pointers always do: compare with what it was when both had done the same. Root is the
// class that holds a model's signals, `*rootp`; modules are in it as far as Verilator has inlined them, and
// it inlines all of those that are compared here.
template <class Root>
std::set<size_t> differences(const Root& a, const Root& b) {
  const auto* const a_bytes = reinterpret_cast<const unsigned char*>(&a);
  const auto* const b_bytes = reinterpret_cast<const unsigned char*>(&b);
  std::set<size_t> places;
  for (size_t i = 0; i < sizeof(Root); ++i) {
    if (a_bytes[i] != b_bytes[i]) places.insert(i);
  }
  return places;
}

}  // namespace pspnic::rtl_test
