// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "testbench/explain/sensitivity.h"

namespace pspnic::explain {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Measured measured(double rate, double mean, double p99, uint64_t drops = 0) {
  return {.ways = {{"A to B", rate, mean, p99}}, .drops = drops, .well = drops == 0};
}

Effect effect(const char* name, const char* to, bool more, const Measured& found) {
  return {.variant = {name, "2", to, more}, .measured = found, .reason = {}};
}

std::string printed(const Sensitivity& result) {
  std::ostringstream out;
  print_sensitivity(out, result);
  return out.str();
}

TEST(PrintSensitivity, TheLargestEffectIsFirstAndWhatHasNoneIsNamed) {
  const std::string text = printed({measured(100e9, 8e6, 10e6),
                                    {effect("idle", "1", false, measured(100e9, 8e6, 10e6)),
                                     effect("late", "1", false, measured(100e9, 9e6, 15e6)),
                                     effect("lanes", "1", false, measured(50e9, 9e6, 20e6)),
                                     effect("lanes", "3", true, measured(110e9, 7e6, 9e6))}});
  EXPECT_LT(text.find("\nlanes"), text.find("\nlate"));
  EXPECT_THAT(text, HasSubstr("-50.0 %"));
  EXPECT_THAT(text, HasSubstr("+100.0 %"));
  EXPECT_THAT(text, HasSubstr("+10.0 %"));
  EXPECT_THAT(text, HasSubstr("below 1.6 %): idle\n"));
}

TEST(PrintSensitivity, ABucketOfThePercentileIsNoEffectButAChangeOfTheMeanIs) {
  const std::string text = printed({measured(100e9, 8e6, 10e6),
                                    {effect("bucket", "1", false, measured(100e9, 8e6, 10.15e6)),
                                     effect("real", "1", false, measured(100e9, 8.1e6, 10e6))}});
  EXPECT_THAT(text, HasSubstr("below 1.6 %): bucket\n"));
  EXPECT_THAT(text, HasSubstr("\nreal "));
}

TEST(PrintSensitivity, DropsAreAnEffectAndOnlyAWrongConfigurationIsRefused) {
  Sensitivity result{measured(100e9, 8e6, 10e6),
                     {effect("buffer", "1", false, measured(100e9, 8e6, 10e6, 7))}};
  result.effects.push_back({.variant = {"odd", "2", "3", true},
                            .outcome = Outcome::kRefused,
                            .measured = {},
                            .reason = "no multiple"});
  const std::string text = printed(result);
  EXPECT_THAT(text, HasSubstr("        7  NOT WELL\n"));
  EXPECT_THAT(text, HasSubstr("Refused: such a card cannot be\n  odd=3: no multiple\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nodd")));
  EXPECT_THAT(text, Not(HasSubstr("Broke off")));
}

TEST(PrintSensitivity, WaysStandApart) {
  Sensitivity result{measured(100e9, 8e6, 10e6), {}};
  result.base.ways.push_back({"B to A", 10e9, 4e6, 5e6});
  Measured half = result.base;
  half.ways[1].rate = 5e9;
  result.effects.push_back(effect("lanes", "1", false, half));
  const std::string text = printed(result);
  EXPECT_THAT(text, HasSubstr("A to B    100.00 Gb/s"));
  EXPECT_THAT(text, HasSubstr("B to A    10.00 Gb/s"));
  EXPECT_THAT(text, HasSubstr("+0.0 %    +0.0 %    +0.0 %    -50.0 %"));
}

}  // namespace
}  // namespace pspnic::explain
