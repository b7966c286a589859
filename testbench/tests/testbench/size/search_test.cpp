// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>

namespace pspnic::size {
namespace {

// A grid with an answer for each point, and how often it was asked.
struct Oracle {
  std::vector<size_t> sizes;
  std::vector<double> prices;  // of a step of each axis
  std::function<Quality(const GridPoint&)> quality;
  std::multiset<GridPoint> asked;
  size_t rounds = 0;

  Cost cost() const {
    return [this](const GridPoint& point) {
      double sum = 1;
      for (size_t i = 0; i < point.size(); ++i) sum += prices[i] * point[i];
      return sum;
    };
  }
  Search search(Search::Confirm confirm = {}) {
    return {sizes, cost(),
            [this](const std::vector<GridPoint>& points) {
              ++rounds;
              std::vector<Quality> list;
              for (const GridPoint& point : points) {
                asked.insert(point);
                list.push_back(quality(point));
              }
              return list;
            },
            std::move(confirm)};
  }
  size_t grid() const {
    size_t size = 1;
    for (const size_t each : sizes) size *= each;
    return size;
  }
  bool any_asked_twice() const {
    return std::ranges::any_of(asked, [this](const GridPoint& point) { return asked.count(point) > 1; });
  }
};

Quality good_if(bool good) {
  return good ? Quality::kGood : Quality::kBad;
}

// Good is what is above one of a few points.
Oracle random_oracle(std::mt19937& random) {
  Oracle oracle;
  const auto below = [&](size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random); };
  const size_t axes = 1 + below(4);
  for (size_t i = 0; i < axes; ++i) {
    oracle.sizes.push_back(1 + below(6));
    oracle.prices.push_back(static_cast<double>(below(5)));
  }
  std::vector<GridPoint> corners;
  for (size_t i = 0; i < 1 + below(5); ++i) {
    GridPoint corner;
    for (const size_t size : oracle.sizes) corner.push_back(static_cast<uint16_t>(below(size)));
    corners.push_back(corner);
  }
  oracle.quality = [corners](const GridPoint& point) {
    return good_if(
        std::ranges::any_of(corners, [&](const GridPoint& corner) { return is_below(corner, point); }));
  };
  return oracle;
}

TEST(Search, FindsWhatBruteForceFindsInRandomMonotoneGrids) {
  std::mt19937 random(1);
  size_t asked = 0, all = 0;
  for (int grid = 0; grid < 2000; ++grid) {
    Oracle oracle = random_oracle(random);
    Search search = oracle.search();
    const auto answer = search.run();
    asked += oracle.asked.size();
    all += oracle.grid();
    EXPECT_FALSE(search.contradiction());
    EXPECT_EQ(answer, search.brute_force()) << "grid " << grid;
    EXPECT_FALSE(oracle.any_asked_twice());
    EXPECT_EQ(oracle.asked.size(), oracle.grid());
  }
  EXPECT_LT(asked, all / 3) << "it hardly asks less than brute force";
}

// A second look is stricter than the first: the cheapest that is good by both.
TEST(Search, TakesTheNextWhereTheCheapestIsNotConfirmed) {
  std::mt19937 random(2);
  size_t refused = 0;
  for (int grid = 0; grid < 500; ++grid) {
    Oracle oracle = random_oracle(random);
    std::vector<GridPoint> looked_at;
    const auto strict = [](const GridPoint& point) {
      return std::accumulate(point.begin(), point.end(), 0) % 3 != 0;
    };
    Search search = oracle.search([&](const GridPoint& point) {
      looked_at.push_back(point);
      refused += strict(point) ? 0 : 1;
      return strict(point);
    });
    const auto answer = search.run();
    const size_t looks = looked_at.size();
    EXPECT_EQ(answer, search.brute_force()) << "grid " << grid;
    if (answer) {
      EXPECT_TRUE(strict(*answer));
    }
    EXPECT_LE(looks, oracle.grid());
    Search other = oracle.search();
    other.brute_force();
    for (const auto& [point, quality] : other.answers()) {
      if (quality != Quality::kGood || !strict(point)) continue;
      ASSERT_TRUE(answer) << "grid " << grid;
      EXPECT_LE(oracle.cost()(*answer), oracle.cost()(point)) << "grid " << grid;
    }
  }
  EXPECT_GT(refused, 100u);
}

TEST(Search, IsImpossibleAfterOneQuestionIfTheLargestIsBad) {
  Oracle oracle{{5, 7, 3}, {1, 1, 1}, [](const GridPoint&) { return Quality::kBad; }, {}};
  Search search = oracle.search();
  EXPECT_FALSE(search.run());
  EXPECT_EQ(oracle.asked, (std::multiset<GridPoint>{{4, 6, 2}}));
}

TEST(Search, ProvesItsAnswerByTheNeighbours) {
  Oracle oracle{{5, 7, 3}, {1, 1, 1}, nullptr, {}};
  oracle.quality = [](const GridPoint& p) { return good_if(p[0] >= 2 && p[1] >= 5); };
  Search search = oracle.search();
  const GridPoint answer{2, 5, 0};
  EXPECT_EQ(search.run(), answer);
  EXPECT_EQ(search.least(), answer);
  EXPECT_TRUE(oracle.asked.contains({1, 5, 0}));
  EXPECT_TRUE(oracle.asked.contains({2, 4, 0}));
  EXPECT_EQ(search.just_below(answer), (GridPoint{2, 4, 0}));
}

TEST(Search, TakesTheFirstOfThoseThatCostTheSame) {
  Oracle oracle{{4, 4}, {1, 1}, [](const GridPoint& p) { return good_if(p[0] + p[1] >= 3); }, {}};
  EXPECT_EQ(oracle.search().run(), (GridPoint{0, 3}));
}

TEST(Search, FindsWayAcrossAxesOfVeryDifferentPrices) {
  // Four cheap axes do not help where the expensive one has to go up.
  Oracle oracle{{8, 8, 8, 8, 8}, {1000, 1, 1, 1, 1}, nullptr, {}};
  oracle.quality = [](const GridPoint& p) { return good_if(p[0] >= 5 || (p[0] >= 3 && p[1] + p[2] >= 11)); };
  EXPECT_EQ(oracle.search().run(), (GridPoint{3, 4, 7, 0, 0}));
  EXPECT_LT(oracle.asked.size(), 100u) << "of 32768";
}

TEST(Search, PointsThatAreNearRuleOutNothingElse) {
  // More of the second axis makes it a little worse.
  Oracle oracle{{4, 4}, {10, 1}, nullptr, {}};
  oracle.quality = [](const GridPoint& p) {
    if (p[0] == 3) return Quality::kGood;
    if (p[0] < 2) return Quality::kBad;
    return p[1] == 1 ? Quality::kGood : Quality::kNear;
  };
  Search search = oracle.search();
  EXPECT_EQ(search.run(), (GridPoint{2, 1}));
  EXPECT_FALSE(search.contradiction());
}

TEST(Search, SaysWhereMoreIsWorse) {
  Oracle oracle{{3, 3}, {1, 1}, nullptr, {}};
  oracle.quality = [](const GridPoint& p) { return good_if(p != GridPoint{1, 2}); };
  Search search = oracle.search();
  search.brute_force();
  const auto found = search.contradiction();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bad, (GridPoint{1, 2}));
  EXPECT_TRUE(is_below(found->good, found->bad));
}

TEST(Search, BruteForceFindsWhatTheAssumptionHides) {
  Oracle oracle{{5, 5}, {1, 1}, nullptr, {}};
  oracle.quality = [](const GridPoint& p) {
    return good_if(p == GridPoint{1, 0} || (p[0] == 4 && p[1] == 4));
  };
  Search search = oracle.search();
  EXPECT_EQ(search.run(), (GridPoint{4, 4}));
  EXPECT_EQ(search.brute_force(), (GridPoint{1, 0}));
}

TEST(Search, RefusesMoreThanItCanKeep) {
  Oracle oracle{{100, 100, 100}, {1, 1, 1}, nullptr, {}};
  oracle.quality = [](const GridPoint& p) { return good_if(p[0] + p[1] + p[2] > 200); };
  EXPECT_THROW(oracle.search().run(), std::length_error);
}

}  // namespace
}  // namespace pspnic::size
