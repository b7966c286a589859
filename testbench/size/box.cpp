// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/box.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace pspnic::size {

Box::Box(const GridPoint& least, const std::vector<size_t>& sizes, const Cost& cost) {
  auto shape = std::make_shared<Shape>();
  shape->least = least;
  shape->cost = cost;
  size_t places = 1;
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    shape->extents.push_back(sizes[axis] - least[axis]);
    places *= shape->extents.back();
    if (places > kMaxOpenPoints) {
      throw std::length_error(fmt::format("more than {} configurations are left", kMaxOpenPoints));
    }
  }
  shape->strides.assign(sizes.size(), 1);
  for (size_t axis = sizes.size(); axis-- > 1;) {
    shape->strides[axis - 1] = shape->strides[axis] * shape->extents[axis];
  }
  for (size_t place = 0; place < places; ++place) {
    GridPoint point = least;
    for (size_t axis = 0; axis < sizes.size(); ++axis) {
      const size_t step = place / shape->strides[axis] % shape->extents[axis];
      point[axis] = static_cast<uint16_t>(point[axis] + step);
    }
    shape->costs.push_back(cost(point));
    shape->points.push_back(std::move(point));
  }
  shape->order.resize(places);
  std::iota(shape->order.begin(), shape->order.end(), 0u);
  // Places are in the order of coordinates, which decides among equal costs.
  std::ranges::stable_sort(shape->order, {}, [&](uint32_t place) { return shape->costs[place]; });
  shape->rank.resize(places);
  for (uint32_t rank = 0; rank < places; ++rank) shape->rank[shape->order[rank]] = rank;
  shape_ = std::move(shape);
  open_.assign(places, 1);
}

void Box::tell(const GridPoint& point, Quality quality) {
  const double cost = quality == Quality::kGood ? shape_->cost(point) : 0;
  for (size_t place = 0; place < open_.size(); ++place) {
    const GridPoint& each = shape_->points[place];
    const double own = shape_->costs[place];
    const bool decided = quality == Quality::kGood  ? own > cost || (own == cost && each >= point)
                         : quality == Quality::kBad ? is_below(each, point)
                                                    : each == point;
    if (decided) open_[place] = 0;
  }
}

std::vector<uint32_t> Box::open_below() const {
  std::vector<uint32_t> sums(open_.begin(), open_.end());
  for (size_t axis = 0; axis < shape_->extents.size(); ++axis) {
    const size_t stride = shape_->strides[axis];
    for (size_t place = 0; place < sums.size(); ++place) {
      if (place / stride % shape_->extents[axis] > 0) sums[place] += sums[place - stride];
    }
  }
  return sums;
}

std::optional<GridPoint> Box::best_question() const {
  const std::vector<uint32_t> if_bad = open_below();
  std::optional<uint32_t> best;
  uint32_t best_score = 0;
  uint32_t not_cheaper = 0;
  for (size_t rank = shape_->order.size(); rank-- > 0;) {
    const uint32_t place = shape_->order[rank];
    if (open_[place] == 0) continue;
    ++not_cheaper;
    const uint32_t score = std::min(if_bad[place], not_cheaper);
    if (best && score < best_score) continue;
    best = place;  // of equal ones the cheapest
    best_score = score;
  }
  if (!best) return std::nullopt;
  return shape_->points[*best];
}

}  // namespace pspnic::size
