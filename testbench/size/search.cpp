// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "testbench/size/box.h"

namespace pspnic::size {

bool is_below(const GridPoint& a, const GridPoint& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
  }
  return true;
}

Search::Search(std::vector<size_t> sizes, Cost cost, Ask ask, Confirm confirm)
    : sizes_(std::move(sizes)),
      cost_(std::move(cost)),
      ask_(std::move(ask)),
      confirm_(std::move(confirm)),
      least_(sizes_.size(), 0) {}

GridPoint Search::largest() const {
  GridPoint point;
  for (const size_t size : sizes_) point.push_back(static_cast<uint16_t>(size - 1));
  return point;
}

bool Search::cheaper(const GridPoint& a, const GridPoint& b) const {
  const double of_a = cost_(a), of_b = cost_(b);
  return of_a != of_b ? of_a < of_b : a < b;
}

std::vector<Quality> Search::ask(std::vector<GridPoint> points) {
  std::vector<GridPoint> open;
  for (const GridPoint& point : points) {
    if (!answers_.contains(point) && std::ranges::find(open, point) == open.end()) open.push_back(point);
  }
  if (!open.empty()) {
    const std::vector<Quality> found = ask_(open);
    for (size_t i = 0; i < open.size(); ++i) answers_[open[i]] = found.at(i);
  }
  std::vector<Quality> list;
  for (const GridPoint& point : points) list.push_back(answers_.at(point));
  return list;
}

std::optional<GridPoint> Search::cheapest_good() const {
  std::optional<GridPoint> best;
  for (const auto& [point, quality] : answers_) {
    if (quality == Quality::kGood && (!best || cheaper(point, *best))) best = point;
  }
  return best;
}

// Each axis by halving, all of them in the same rounds, the others at their largest.
void Search::find_least() {
  GridPoint good = largest();  // of each axis, not known to be too little
  least_.assign(sizes_.size(), 0);
  while (least_ != good) {
    std::vector<GridPoint> round;
    std::vector<size_t> axes;
    for (size_t axis = 0; axis < sizes_.size(); ++axis) {
      if (least_[axis] == good[axis]) continue;
      GridPoint point = largest();
      point[axis] = static_cast<uint16_t>((least_[axis] + good[axis]) / 2);
      round.push_back(point);
      axes.push_back(axis);
    }
    const std::vector<Quality> found = ask(round);
    for (size_t i = 0; i < axes.size(); ++i) {
      const uint16_t middle = round[i][axes[i]];
      if (found[i] != Quality::kBad) {
        good[axes[i]] = middle;
      } else {
        least_[axes[i]] = static_cast<uint16_t>(middle + 1);
      }
    }
  }
}

// Until nothing that is cheaper than the cheapest good point is undecided.
void Search::close_in() {
  Box box(least_, sizes_, cost_);
  for (const auto& [point, quality] : answers_) box.tell(point, quality);
  while (const auto first = box.best_question()) {
    // What would be asked next, whichever the answer: computed meanwhile.
    std::vector<GridPoint> round{*first};
    for (const Quality quality : {Quality::kBad, Quality::kGood}) {
      Box then = box;
      then.tell(*first, quality);
      if (const auto next = then.best_question()) round.push_back(*next);
    }
    const std::vector<Quality> found = ask(round);
    for (size_t i = 0; i < round.size(); ++i) box.tell(round[i], found[i]);
  }
}

// False: one of them is good, though it is cheaper.
bool Search::ask_neighbours(const GridPoint& answer) {
  std::vector<GridPoint> round;
  for (size_t axis = 0; axis < answer.size(); ++axis) {
    if (answer[axis] == 0) continue;
    round.push_back(answer);
    --round.back()[axis];
  }
  const std::vector<Quality> found = ask(round);
  return std::ranges::find(found, Quality::kGood) == found.end();
}

bool Search::confirmed(const GridPoint& answer) {
  if (!confirm_ || confirm_(answer)) return true;
  answers_[answer] = Quality::kNear;
  return false;
}

std::optional<GridPoint> Search::run(bool prove) {
  if (ask({largest()}).front() != Quality::kGood) return std::nullopt;
  find_least();
  if (ask({least_}).front() != Quality::kGood) close_in();
  std::optional<GridPoint> answer = cheapest_good();
  while (answer) {
    if (prove && !ask_neighbours(*answer)) {
      answer = cheapest_good();
    } else if (confirmed(*answer)) {
      break;
    } else {
      close_in();
      answer = cheapest_good();
    }
  }
  return answer;
}

std::optional<Search::Contradiction> Search::contradiction() const {
  for (const auto& [good, quality] : answers_) {
    if (quality != Quality::kGood) continue;
    for (const auto& [bad, other] : answers_) {
      if (other == Quality::kBad && is_below(good, bad)) return Contradiction{good, bad};
    }
  }
  return std::nullopt;
}

std::optional<GridPoint> Search::just_below(const GridPoint& answer) const {
  std::optional<GridPoint> nearest;
  for (const auto& [point, quality] : answers_) {
    if (quality == Quality::kGood || !cheaper(point, answer)) continue;
    if (!nearest || cheaper(*nearest, point)) nearest = point;
  }
  return nearest;
}

std::optional<GridPoint> Search::brute_force() {
  std::vector<GridPoint> all;
  GridPoint point(sizes_.size(), 0);
  while (true) {
    all.push_back(point);
    size_t axis = sizes_.size();
    while (axis > 0 && point[axis - 1] + 1u == sizes_[axis - 1]) point[--axis] = 0;
    if (axis == 0) break;
    ++point[axis - 1];
  }
  ask(std::move(all));
  std::optional<GridPoint> answer = cheapest_good();
  while (answer && !confirmed(*answer)) answer = cheapest_good();
  return answer;
}

}  // namespace pspnic::size
