// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pspnic::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

XyChart two_lines() {
  return {
      "two",
      Axis::linear("x, us", 0, 10),
      Axis::linear("y, Gb/s", 0, 5),
      {{.name = "one", .marks = {{1, 1}, {2, 3}}, .colour = 0},
       {.name = "two", .marks = {{1, 2}, {2, 4, "the tip", true}}, .dashed = true, .colour = 1, .shape = 1}}};
}

TEST(Charts, LinesHaveAxesWithUnitsALegendAndTips) {
  const std::string text = draw(two_lines(), kWide).inline_text("");
  for (const char* part :
       {"x, us", "y, Gb/s", ">one<", ">two<", "<title>the tip</title>", "l1 dashed", "faint"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_EQ(count(text, "<circle"), 3u) << "two marks, and one in the legend";
}

TEST(Charts, ASingleSeriesNeedsNoLegend) {
  XyChart chart = two_lines();
  chart.series.resize(1);
  EXPECT_THAT(draw(chart, kWide).inline_text(""), Not(HasSubstr(">one<")));
}

TEST(Charts, ALongLegendTakesMoreLinesOnANarrowScreen) {
  XyChart chart = two_lines();
  const double before = draw(chart, kNarrow).height();
  chart.series[1].name = std::string(40, 'x');
  EXPECT_GT(draw(chart, kNarrow).height(), before);
}

BarChart bars(const std::string& label) {
  return {
      "bars", "share, %", 100, {{"busy", "busy"}}, {{label, "75 %", {{0, 75, "busy"}, {75, 25, "pale"}}}}};
}

TEST(Charts, BarsStandBesideTheirLabelsOrBelowThem) {
  const Svg wide = draw(bars("nic_a.tx.stages.crypto"), kWide);
  const Svg narrow = draw(bars("nic_a.tx.stages.crypto"), kNarrow);
  EXPECT_THAT(wide.inline_text(""), HasSubstr("text-anchor=\"end\" class=\"label\">nic_a.tx.stages.crypto<"));
  EXPECT_THAT(narrow.inline_text(""),
              HasSubstr("text-anchor=\"start\" class=\"label\">nic_a.tx.stages.crypto<"));
  EXPECT_GT(narrow.height(), wide.height());
}

}  // namespace
}  // namespace pspnic::report
