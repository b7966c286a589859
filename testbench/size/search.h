// SPDX-License-Identifier: Apache-2.0
// Finds the cheapest point of a grid that is good, with few questions. Knows nothing of cards.
//
// Assumes that more is never much worse: that a point above a good one (none of its coordinates smaller) is
// not bad; and that no step up an axis is cheaper. What contradicts the first is found where two answers show
// it.
//
// Which points are asked, and in which rounds, depends on answers alone, not on how many are computed at a
// time; none is asked twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace pspnic::size {

// An index on each axis, 0 the cheapest.
using GridPoint = std::vector<uint16_t>;
using Cost = std::function<double(const GridPoint&)>;

// near: not good, but so little is missing that it says nothing of other points.
enum class Quality : uint8_t { kBad, kNear, kGood };

// None of its coordinates is larger.
bool is_below(const GridPoint& a, const GridPoint& b);

// Points that may stay undecided once each axis has its least value; beyond, std::length_error.
inline constexpr size_t kMaxOpenPoints = 500'000;

class Search {
 public:
  // Answers a round of points that were not asked before.
  using Ask = std::function<std::vector<Quality>(const std::vector<GridPoint>&)>;
  // Whether a point that would be the answer is good by a second look as well.
  using Confirm = std::function<bool(const GridPoint&)>;

  Search(std::vector<size_t> sizes, Cost cost, Ask ask, Confirm confirm = {});

  // The cheapest good point, of equal ones the first in the order of coordinates; nothing if not even the
  // largest point is good. One that is not confirmed counts as kNear. With `prove` each of its neighbours one
  // step below has been asked, and none is good. Throws std::length_error where more than kMaxOpenPoints stay
  // undecided.
  std::optional<GridPoint> run(bool prove = true);

  // All that were asked.
  const std::map<GridPoint, Quality>& answers() const { return answers_; }
  GridPoint largest() const;
  // Of each axis the least value with which the largest of all others are not bad.
  const GridPoint& least() const { return least_; }
  // A good point and a bad one above it, if answers show that.
  struct Contradiction {
    GridPoint good, bad;
  };
  std::optional<Contradiction> contradiction() const;
  // The costliest point that was asked, is cheaper than `answer` and not good.
  std::optional<GridPoint> just_below(const GridPoint& answer) const;
  // Asks all points that were not, and gives the cheapest good one of all.
  std::optional<GridPoint> brute_force();

 private:
  bool cheaper(const GridPoint& a, const GridPoint& b) const;
  std::vector<Quality> ask(std::vector<GridPoint> points);
  std::optional<GridPoint> cheapest_good() const;
  void find_least();
  void close_in();
  bool ask_neighbours(const GridPoint& answer);
  bool confirmed(const GridPoint& answer);

  std::vector<size_t> sizes_;
  Cost cost_;
  Ask ask_;
  Confirm confirm_;
  std::map<GridPoint, Quality> answers_;
  GridPoint least_;
};

}  // namespace pspnic::size
