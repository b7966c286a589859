// SPDX-License-Identifier: Apache-2.0
#include "testbench/traffic/alias_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "testbench/traffic/random.h"

namespace pspnic::traffic {
namespace {

constexpr unsigned kDraws = 1'000'000;

// Pearson's statistic of draws against the weights; its mean is the degrees of freedom.
double chi_square(const std::vector<double>& weights, uint64_t seed) {
  const AliasTable table(weights);
  RandomWords random(seed, 0);
  std::vector<unsigned> counts(weights.size());
  for (unsigned i = 0; i < kDraws; ++i) ++counts[table.draw(random.next())];
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  double chi = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const double expected = weights[i] / sum * kDraws;
    if (expected == 0) {
      EXPECT_EQ(counts[i], 0u) << "drawn without a weight";
    } else {
      chi += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
  }
  return chi;
}

// 99.9 % of a chi-square distribution lie below, by Wilson and Hilferty's approximation.
double bound(double degrees) {
  const double part = 2 / (9 * degrees);
  return degrees * std::pow(1 - part + 3.09 * std::sqrt(part), 3);
}

TEST(AliasTable, DrawsByWeight) {
  EXPECT_LT(chi_square({7, 4, 1}, 1), bound(2));
  EXPECT_LT(chi_square({1, 0, 3, 0.25, 100}, 2), bound(3));
  EXPECT_EQ(chi_square({5}, 3), 0);
}

TEST(AliasTable, DrawsFlowsByZipf) {
  EXPECT_LT(chi_square(zipf_weights(1000, 1.0), 4), bound(999));
  EXPECT_LT(chi_square(zipf_weights(1000, 0.0), 5), bound(999));
}

TEST(AliasTable, OtherWeightsAreToldApart) {
  const AliasTable table(std::vector<double>{7, 4, 2});
  RandomWords random(1, 0);
  unsigned last = 0;
  for (unsigned i = 0; i < kDraws; ++i) last += table.draw(random.next()) == 2 ? 1 : 0;
  EXPECT_NEAR(last, kDraws * 2.0 / 13, 5 * std::sqrt(kDraws * 2.0 / 13));
}

TEST(AliasTable, ZipfWeightsFallAsThePower) {
  const std::vector<double> weights = zipf_weights(4, 2);
  EXPECT_DOUBLE_EQ(weights[0], 1);
  EXPECT_DOUBLE_EQ(weights[1], 1.0 / 4);
  EXPECT_DOUBLE_EQ(weights[3], 1.0 / 16);
}

TEST(AliasTable, RefusesWhatNothingCanBeDrawnFrom) {
  EXPECT_THROW(AliasTable(std::vector<double>{}), std::logic_error);
  EXPECT_THROW(AliasTable(std::vector<double>{0, 0}), std::logic_error);
  EXPECT_THROW(AliasTable(std::vector<double>{1, -1}), std::logic_error);
  EXPECT_THROW(AliasTable(std::vector<double>{std::numeric_limits<double>::infinity()}), std::logic_error);
}

TEST(RandomWords, AreKnownByTheirNumber) {
  RandomWords words(1, 2, 3);
  const RandomWords same(1, 2, 3);
  for (uint64_t i = 0; i < 10; ++i) EXPECT_EQ(words.next(), same.at(i));
}

TEST(RandomWords, DifferByEachPartOfTheirName) {
  const uint64_t word = RandomWords(1, 2, 3).at(0);
  EXPECT_NE(word, RandomWords(2, 2, 3).at(0));
  EXPECT_NE(word, RandomWords(1, 3, 3).at(0));
  EXPECT_NE(word, RandomWords(1, 2, 4).at(0));
}

}  // namespace
}  // namespace pspnic::traffic
