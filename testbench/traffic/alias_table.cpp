// SPDX-License-Identifier: Apache-2.0
#include "testbench/traffic/alias_table.h"

#include <cmath>
#include <stdexcept>

namespace pspnic::traffic {

AliasTable::AliasTable(std::span<const double> weights) : slots_(weights.size()) {
  constexpr size_t kMost = size_t{1} << 24;
  double sum = 0;
  for (const double weight : weights) {
    if (!std::isfinite(weight) || weight < 0) throw std::logic_error("AliasTable: no weight");
    sum += weight;
  }
  if (weights.size() > kMost || !(sum > 0)) throw std::logic_error("AliasTable: nothing to draw from");
  std::vector<double> left(weights.size());  // in slots
  std::vector<uint32_t> small;
  std::vector<uint32_t> large;
  for (uint32_t i = 0; i < weights.size(); ++i) {
    left[i] = weights[i] / sum * static_cast<double>(weights.size());
    (left[i] < 1 ? small : large).push_back(i);
    slots_[i] = {~uint32_t{0}, i};
  }
  while (!small.empty() && !large.empty()) {
    const uint32_t short_of = small.back();
    const uint32_t giver = large.back();
    small.pop_back();
    slots_[short_of] = {static_cast<uint32_t>(left[short_of] * 0x1p32), giver};
    left[giver] -= 1 - left[short_of];
    if (left[giver] >= 1) continue;
    large.pop_back();
    small.push_back(giver);
  }
}

std::vector<double> zipf_weights(size_t count, double exponent) {
  std::vector<double> weights(count);
  for (size_t i = 0; i < count; ++i) weights[i] = std::pow(static_cast<double>(i + 1), -exponent);
  return weights;
}

}  // namespace pspnic::traffic
