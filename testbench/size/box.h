// SPDX-License-Identifier: Apache-2.0
// The points of a grid that may still be the cheapest good one, and which question leaves the fewest.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "testbench/size/search.h"

namespace pspnic::size {

class Box {
 public:
  // From `least` upwards. Throws std::length_error for more than kMaxOpenPoints.
  Box(const GridPoint& least, const std::vector<size_t>& sizes, const Cost& cost);

  // A bad point rules out all below it, a good one itself and all that are not cheaper, one that is near only
  // itself. Points outside the box may be told as well.
  void tell(const GridPoint& point, Quality quality);

  // The undecided point whose answer, whichever it is, decides the most; nothing if all are decided.
  std::optional<GridPoint> best_question() const;

 private:
  // What never changes, common to copies.
  struct Shape {
    GridPoint least;
    std::vector<size_t> extents;
    std::vector<size_t> strides;
    std::vector<GridPoint> points;  // by place: the last axis varies fastest
    std::vector<double> costs;      // by place
    std::vector<uint32_t> order;    // places, cheapest first
    std::vector<uint32_t> rank;     // by place
    Cost cost;
  };
  // Of each place, how many undecided points are below it, itself included.
  std::vector<uint32_t> open_below() const;

  std::shared_ptr<const Shape> shape_;
  std::vector<uint8_t> open_;  // by place
};

}  // namespace pspnic::size
