// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pspnic::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Svg, TextIsEscaped) {
  Svg svg(10, 20, "x<y");
  svg.text({1, 2}, "p & q", "label");
  svg.rect({0, 0}, 5, 5, "c0", "<tip>");
  const std::string text = svg.inline_text("wide");
  EXPECT_THAT(text, HasSubstr("p &amp; q"));
  EXPECT_THAT(text, HasSubstr("<title>&lt;tip&gt;</title>"));
  EXPECT_THAT(text, HasSubstr("aria-label=\"x&lt;y\""));
  EXPECT_THAT(text, HasSubstr("viewBox=\"0 0 10 20\""));
}

TEST(Svg, NothingIsDrawnOfWhatHasNoSize) {
  Svg svg(10, 10, "");
  svg.rect({0, 0}, 0, 5, "c0");
  svg.polyline({{1, 1}}, "l0");
  EXPECT_THAT(svg.inline_text(""), Not(HasSubstr("<rect")));
  EXPECT_THAT(svg.inline_text(""), Not(HasSubstr("<polyline")));
}

TEST(Svg, AFileOfItsOwnNeedsNoCustomProperties) {
  Svg svg(10, 10, "");
  const std::string text = svg.file_text();
  EXPECT_THAT(text, HasSubstr("xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(text, Not(HasSubstr("var(")));
  EXPECT_THAT(text, HasSubstr("#0072b2"));
}

TEST(Svg, WidthCountsCharactersNotBytes) {
  EXPECT_DOUBLE_EQ(text_width("\xc2\xb5s"), text_width("us"));
}

TEST(Svg, LightAndDarkGiveTheSameColoursValues) {
  const auto names = [](const std::string& values) {
    std::string found;
    for (size_t at = 0; at < values.size(); at = values.find(';', at) + 1)
      found += values.substr(at, values.find(':', at) - at) + " ";
    return found;
  };
  EXPECT_EQ(names(light_colours()), names(dark_colours()));
}

}  // namespace
}  // namespace pspnic::report
