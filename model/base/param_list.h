// SPDX-License-Identifier: Apache-2.0
// Lists in parameters of kind text: "4,1,1". One value for each queue, class or the like; a shorter list
// starts again from its beginning, so that one value holds for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/units.h"

namespace pspnic::base {

// Whole numbers of min..max. Throws ConfigError that names `key`, the element and the rule.
std::vector<uint64_t> parse_numbers(std::string_view key, std::string_view text, uint64_t min, uint64_t max);
// Bandwidths; "0bps" stands for none.
std::vector<Bandwidth> parse_bandwidths(std::string_view key, std::string_view text);

template <class T>
const T& repeated(const std::vector<T>& list, size_t index) {
  return list[index % list.size()];
}

}  // namespace pspnic::base
