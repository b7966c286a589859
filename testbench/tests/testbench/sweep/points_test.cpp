// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(PointLists, AreCombinedAndTheLastVariesFastest) {
  const Points points = combine({"a.b=1,2", "seed=7,8"});
  EXPECT_THAT(points.keys, ElementsAre("a.b", "seed"));
  EXPECT_THAT(points.values, ElementsAre(ElementsAre("1", "7"), ElementsAre("1", "8"), ElementsAre("2", "7"),
                                         ElementsAre("2", "8")));
}

TEST(PointLists, MayBeJsonForValuesWithCommas) {
  const Points points = combine({R"(w=["1,3", 2, true, 0.5])"});
  EXPECT_THAT(points.values,
              ElementsAre(ElementsAre("1,3"), ElementsAre("2"), ElementsAre("true"), ElementsAre("0.5")));
}

TEST(PointLists, MayHaveRangesOfWholeNumbers) {
  const auto values = [](const char* list) {
    std::vector<std::string> all;
    for (const auto& point : combine({list}).values) all.push_back(point.front());
    return all;
  };
  EXPECT_THAT(values("seed=8..11,20"), ElementsAre("8", "9", "10", "11", "20"));
  EXPECT_THAT(values("seed=18446744073709551614..18446744073709551615"),
              ElementsAre("18446744073709551614", "18446744073709551615"));
  EXPECT_THAT(values("a=3..3,1.5,1..x,..2"), ElementsAre("3", "1.5", "1..x", "..2"));
  EXPECT_THAT(refusal([] { combine({"a=2..1"}); }), HasSubstr("2..1 counts down"));
  EXPECT_THAT(refusal([] { combine({"a=0..1000000"}); }), HasSubstr("more than 1000000 points"));
}

TEST(PointLists, MayVaryKeysTogether) {
  const Points points = combine({"a,b=1:2,3:4", "c=5"});
  EXPECT_THAT(points.keys, ElementsAre("a", "b", "c"));
  EXPECT_THAT(points.values, ElementsAre(ElementsAre("1", "2", "5"), ElementsAre("3", "4", "5")));
}

TEST(PointLists, AreRefusedWithTheirText) {
  const auto refused = [](const std::vector<std::string>& lists) { return refusal([&] { combine(lists); }); };
  EXPECT_EQ(refused({"a"}), "--over a: has no values; write KEY=V1,V2,...");
  EXPECT_THAT(refused({"a=1,,2"}), HasSubstr("empty value"));
  EXPECT_THAT(refused({"a="}), HasSubstr("empty value"));
  EXPECT_THAT(refused({"=1"}), HasSubstr("empty key"));
  EXPECT_THAT(refused({"a=1", "a=2"}), HasSubstr("--over a=2: names a twice"));
  EXPECT_THAT(refused({"a,b=1:2,3"}), HasSubstr("\"3\" has 1 values for 2 keys"));
  EXPECT_THAT(refused({"a=[1,2"}), HasSubstr("no JSON list"));
  EXPECT_THAT(refused({"a=[[1]]"}), HasSubstr("[1] is no number"));
  EXPECT_THAT(refused({"a=[]"}), HasSubstr("has no values"));
}

TEST(PointLists, AreLimited) {
  std::string list = "=0";
  for (int i = 1; i < 1001; ++i) list += "," + std::to_string(i);
  EXPECT_THAT(refusal([&] { combine({"a" + list, "b" + list}); }), HasSubstr("more than 1000000 points"));
}

TEST(PointFiles, MayBeCsv) {
  const Points points = read_points(
      "\xEF\xBB\xBF"
      "a,\"b\"\r\n1,\"x,\"\"y\"\"\"\r\n\r\n2,\"two\nlines\"",
      "p.csv");
  EXPECT_THAT(points.keys, ElementsAre("a", "b"));
  EXPECT_THAT(points.values, ElementsAre(ElementsAre("1", "x,\"y\""), ElementsAre("2", "two\nlines")));
}

TEST(PointFiles, MayBeJson) {
  const Points points = read_points(R"( [{"a": 1, "b": "x"}, {"b": true, "a": 2.5}])", "p.json");
  EXPECT_THAT(points.keys, ElementsAre("a", "b"));
  EXPECT_THAT(points.values, ElementsAre(ElementsAre("1", "x"), ElementsAre("2.5", "true")));
}

TEST(PointFiles, AreRefusedWithTheirPlace) {
  const auto refused = [](const char* text) { return refusal([&] { read_points(text, "p"); }); };
  EXPECT_EQ(refused("a,b\n1,2\n3\n"), "p:3: has 1 values, the header names 2 keys");
  EXPECT_EQ(refused("a,b\n\"1\n\",2\n3,4,5\n"), "p:4: has 3 values, the header names 2 keys");
  EXPECT_EQ(refused("a\n\"1"), "p:2: has a quote that is not closed");
  EXPECT_EQ(refused("a\n\"1\"2\n"), "p:2: has text behind a closing quote");
  EXPECT_EQ(refused("a\n1\"2\n"), "p:2: has a quote inside a value that is not quoted");
  EXPECT_EQ(refused("a,a\n1,2\n"), "p: names a twice");
  EXPECT_EQ(refused("a,\n1,2\n"), "p: names an empty key");
  EXPECT_EQ(refused("a\n"), "p: has no point");
  EXPECT_EQ(refused(""), "p: has no point");
  EXPECT_EQ(refused("[{}]"), "p: names no key");
  EXPECT_EQ(refused(R"([{"a": 1}, {"b": 1}])"), "p: point 1: has b, which the first has not");
  EXPECT_EQ(refused(R"([{"a": 1, "b": 2}, {"b": 1}])"), "p: point 1: lacks a, which the first has");
  EXPECT_EQ(refused(R"([{"a": [1]}])"), "p: point 0: a: [1] is no number, text, true or false");
  EXPECT_EQ(refused("[1]"), "p: point 0: is no object of keys and values");
  EXPECT_THAT(refused("[{]"), HasSubstr("p: is no JSON: parse error at line 1"));
}

TEST(Csv, QuotesWhatWouldBeReadOtherwise) {
  EXPECT_EQ(csv_field("plain text"), "plain text");
  for (const char* text : {"a,b", "a\"b", "a\nb", "a\rb", "\"", ",", ""}) {
    const auto rows = read_csv(csv_field(text) + ",x\n", "p");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_THAT(rows[0].fields, ElementsAre(text, "x"));
  }
}

}  // namespace
}  // namespace pspnic::sweep
