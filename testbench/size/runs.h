// SPDX-License-Identifier: Apache-2.0
// The runs of a sizing: as points of a sweep, each a process, kept in a folder under numbers that they get
// when they are first asked for, by this process or one before it. One that is finished is not run again.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "testbench/size/problem.h"
#include "testbench/size/search.h"
#include "testbench/sweep/signals.h"

namespace pspnic::size {

// Somebody wants the program to end; what is finished is kept.
struct Interrupted {};

struct Outcome {
  size_t number = 0;  // of its folder
  Measured measured;
};

class Runs {
 public:
  // Both must outlive this. Throws ConfigError for a list of points that is none of this space.
  Runs(const Problem& problem, sweep::Signals& signals, std::string folder, unsigned jobs);

  // Runs those that were not. Throws Interrupted, and std::runtime_error for a run that found a fault or did
  // not come to its end: it says nothing of the configuration.
  void run(const std::vector<GridPoint>& points);

  // Of one that was run.
  const Outcome& of(const GridPoint& point) const { return outcomes_.at(point); }
  bool has(const GridPoint& point) const { return outcomes_.contains(point); }
  // All that were, in that order.
  const std::vector<GridPoint>& order() const { return order_; }
  // The first sentence of its explanation; where it names the hosts, what the card waited for as well; and of
  // drops the most frequent.
  std::string limit_of(const GridPoint& point) const;

 private:
  void read_points();
  void write_points() const;
  size_t number_of(const GridPoint& point);
  void take(const GridPoint& point, size_t number);

  const Problem& problem_;
  sweep::Signals& signals_;
  std::string folder_;
  unsigned jobs_;
  sweep::Plan plan_;  // its points by number
  std::map<GridPoint, size_t> numbers_;
  std::map<GridPoint, Outcome> outcomes_;
  std::vector<GridPoint> order_;
};

}  // namespace pspnic::size
