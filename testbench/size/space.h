// SPDX-License-Identifier: Apache-2.0
// The configurations among which a sizing looks: for each parameter a few values, the cheapest first. Which
// parameters and values there are by default stands in docs/sizing.md.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "model/nic/area.h"
#include "testbench/bench/parameters.h"
#include "testbench/size/search.h"

namespace pspnic::size {

struct Axis {
  std::vector<std::string> keys;                 // full names, which vary together
  std::vector<std::vector<std::string>> values;  // each as long as keys
  size_t shown = 1;                              // keys that a reader sees; the others follow from them

  size_t size() const { return values.size(); }
  std::string name() const;             // "nic.crypto.kdf.unit:units"
  std::string text(size_t step) const;  // "iterative:2"
};

struct SpaceRequest {
  std::vector<std::string> lists = {};  // as behind --over
  bool only = false;                    // nothing but these
  std::set<std::string> fixed = {};     // full names of what the user has set: no axes
  double wire_bps = 0;                  // what the lanes shall carry about
};

// `parameters` are those of the workload, the configuration files and the settings. Throws ConfigError for
// keys that are unknown, repeated or fixed, and for a space of nothing.
std::vector<Axis> make_space(const SpaceRequest& request, const bench::Parameters& parameters);

// Configurations; saturates.
size_t grid_size(const std::vector<Axis>& axes);
// Of all keys, axis after axis: what a point of a sweep has.
std::vector<std::string> keys_of(const std::vector<Axis>& axes);
std::vector<std::string> values_of(const std::vector<Axis>& axes, const GridPoint& point);
// "nic.crypto.gcm.lanes=3, nic.pcie.tags=64".
std::string describe(const std::vector<Axis>& axes, const GridPoint& point);

// What each configuration costs.
class SpaceCost {
 public:
  // All must outlive this; `parameters` are changed.
  SpaceCost(const std::vector<Axis>& axes, bench::Parameters& parameters, double gates_per_bit);

  double operator()(const GridPoint& point);
  nic::CardArea area(const GridPoint& point);
  // Throws ConfigError if a step up an axis is cheaper.
  void check_order();

 private:
  void set(const GridPoint& point);

  const std::vector<Axis>& axes_;
  bench::Parameters& parameters_;
  double gates_per_bit_;
  GridPoint at_;  // what the parameters have; empty: none
};

}  // namespace pspnic::size
