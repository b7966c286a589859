// SPDX-License-Identifier: Apache-2.0
// Registration and every text made from a description: list, resolved configuration, table, JSON Schema.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <stdexcept>

#include "model/base/params.h"
#include "testbench/tests/model/base/params_example.h"

namespace pspnic::base {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ParamsText : public testing::Test {
 protected:
  ParamsText() {
    tree.add("nic.pcie", link);
    tree.add("nic.mac", mac);
  }

  LinkParams link;
  MacParams mac;
  ParamTree tree;
};

// ---- list ----

TEST_F(ParamsText, ListHasEverythingInOrder) {
  std::vector<std::string> names;
  for (const ParamInfo& info : tree.list()) names.push_back(info.name);
  EXPECT_THAT(names, ElementsAre("nic.pcie.generation", "nic.pcie.round_trip", "nic.pcie.relaxed",
                                 "nic.pcie.mode", "nic.pcie.name", "nic.pcie.dma.tags", "nic.pcie.dma.window",
                                 "nic.pcie.lanes", "nic.mac.rate", "nic.mac.clock", "nic.mac.fifo",
                                 "nic.mac.skew", "nic.mac.loss", "nic.mac.port", "nic.mac.priority"));
  EXPECT_EQ(tree.size(), names.size());
  EXPECT_TRUE(tree.contains("nic.pcie.dma.tags"));
  EXPECT_FALSE(tree.contains("nic.pcie.dma"));
}

TEST_F(ParamsText, ListDescribesEachParameter) {
  tree.set("nic.pcie.round_trip", "1us");
  const ParamInfo info = tree.list()[1];
  EXPECT_EQ(info.kind, ParamKind::kQuantity);
  EXPECT_EQ(info.unit, "duration");
  EXPECT_EQ(info.default_text, "700ns");
  EXPECT_EQ(info.value_text, "1us");
  EXPECT_EQ(info.range_text, "1ns..1ms");
  EXPECT_EQ(info.meaning, "Read request to completion");
  EXPECT_EQ(info.source, "a measurement");
  EXPECT_TRUE(info.changed());
  EXPECT_FALSE(tree.list()[0].changed());
  EXPECT_THAT(tree.list()[3].choices, ElementsAre("bytes", "lengths"));
  EXPECT_EQ(tree.list()[2].range_text, "true | false");
  EXPECT_EQ(tree.list()[4].range_text, "");
}

// ---- registration ----

struct Anything {
  std::function<void(ParamVisitor&)> say;
  void describe(ParamVisitor& v) { say(v); }
};

void expect_logic_error(std::function<void(ParamVisitor&)> say, const std::string& text) {
  ParamTree tree;
  Anything params{std::move(say)};
  try {
    tree.add("a", params);
    ADD_FAILURE() << "no error: " << text;
  } catch (const std::logic_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(text));
  }
}

TEST_F(ParamsText, OneNameForTwoFieldsIsALogicError) {
  EXPECT_THROW(tree.add("nic.pcie", link), std::logic_error);
  MacParams other;
  EXPECT_THROW(tree.add("nic.pcie.generation", other), std::logic_error) << "inside a parameter";
  EXPECT_NO_THROW(tree.add("nic.mac1", other));
}

TEST(ParamsRegistration, MistakesOfTheProgramAreLogicErrors) {
  unsigned x = 4;
  bool b = false;
  Mode mode = Mode::kLengths;
  expect_logic_error([&](ParamVisitor& v) { v.value("x", x, 5, 6, "m", "s"); }, "default of parameter a.x");
  expect_logic_error([&](ParamVisitor& v) { v.value("x", x, 5, 3, "m", "s"); }, "a.x");
  expect_logic_error([&](ParamVisitor& v) { v.value("x", x, 0, 5, "", "s"); }, "a.x has no meaning");
  expect_logic_error([&](ParamVisitor& v) { v.value("b", b, "m", ""); }, "a.b has no source");
  expect_logic_error([&](ParamVisitor& v) { v.value("", b, "m", "s"); }, "bad name");
  expect_logic_error([&](ParamVisitor& v) { v.value("B", b, "m", "s"); }, "bad name");
  expect_logic_error([&](ParamVisitor& v) { v.value("b c", b, "m", "s"); }, "bad name");
  expect_logic_error(
      [&](ParamVisitor& v) {
        v.choice("m", mode, {{"bytes", Mode::kBytes}}, "m", "s");
      },
      "a.m");
  expect_logic_error(
      [&](ParamVisitor& v) {
        v.choice("m", mode, {{"bytes", Mode::kBytes}, {"bytes", Mode::kLengths}}, "m", "s");
      },
      "a.m offers \"bytes\" twice");
  expect_logic_error(
      [&](ParamVisitor& v) {
        v.value("c.d", b, "m", "s");
        v.value("c", x, 0, 9, "m", "s");
      },
      "a parameter and a group are named a.c");
}

TEST(ParamsRegistration, EmptyPrefixAddsNothing) {
  DmaParams dma;
  ParamTree tree;
  tree.add("", dma);
  tree.set("tags", "7");
  EXPECT_EQ(dma.tags, 7u);
  EXPECT_EQ(tree.to_json(), "{\n  \"tags\": 7,\n  \"window\": \"4KiB\"\n}\n");
}

// ---- resolved configuration ----

TEST_F(ParamsText, ToJsonIsNestedAndOrdered) {
  const std::string expected = R"({
    "nic": {
      "pcie": {"generation": 4, "round_trip": "700ns", "relaxed": false, "mode": "bytes", "name": "x",
               "dma": {"tags": 256, "window": "4KiB"}, "lanes": "16"},
      "mac": {"rate": "200Gbps", "clock": "800MHz", "fifo": "512B", "skew": 0, "loss": 0, "port": 1000,
              "priority": 0}
    }
  })";
  EXPECT_EQ(tree.to_json(), Json::parse(expected).dump(2) + "\n");
}

TEST_F(ParamsText, ToJsonRoundTripsRandomValues) {
  std::mt19937_64 random(31);
  for (int i = 0; i < 200; ++i) {
    link.generation = 3 + static_cast<unsigned>(random() % 3);
    link.round_trip = Duration{kNs + random() % (kMs - kNs)};
    link.relaxed = random() % 2 == 0;
    link.mode = random() % 2 == 0 ? Mode::kBytes : Mode::kLengths;
    link.name = std::string(random() % 8, static_cast<char>(' ' + random() % 95)) + "\n\t\"\\\u00e9";
    link.dma.tags = 1 + random() % 1000;
    mac.rate = Bandwidth{kGbps + random() % kGbps};
    mac.fifo = ByteSize{random() % kMiB};
    mac.skew = static_cast<int>(random() % 21) - 10;
    mac.loss = static_cast<double>(random()) / 18446744073709551616.0;
    const std::string dumped = tree.to_json();

    LinkParams link_again;
    MacParams mac_again;
    ParamTree again;
    again.add("nic.pcie", link_again);
    again.add("nic.mac", mac_again);
    again.load_text(dumped, "dump");
    ASSERT_EQ(again.to_json(), dumped);
    ASSERT_EQ(mac_again.loss, mac.loss) << "to the last bit";
    ASSERT_EQ(link_again.name, link.name);
    ASSERT_EQ(link_again.round_trip, link.round_trip);
  }
}

TEST(ParamsExtremes, RoundTrip) {
  struct Extremes {
    uint64_t large = ~uint64_t{0};
    int low = std::numeric_limits<int>::min();
    double tiny = 5e-324;
    double huge = 1.7976931348623157e308;
    void describe(ParamVisitor& v) {
      v.value("large", large, 0, ~uint64_t{0}, "m", "s");
      v.value("low", low, std::numeric_limits<int>::min(), 0, "m", "s");
      v.value("tiny", tiny, 0, 1, "m", "s");
      v.value("huge", huge, 0, 1.7976931348623157e308, "m", "s");
    }
  };
  Extremes extremes;
  ParamTree tree;
  tree.add("e", extremes);
  const std::string dumped = tree.to_json();
  EXPECT_THAT(dumped, HasSubstr("18446744073709551615"));
  extremes.large = 0;
  extremes.low = 0;
  extremes.tiny = 0;
  extremes.huge = 0;
  tree.load_text(dumped, "dump");
  EXPECT_EQ(extremes.large, ~uint64_t{0});
  EXPECT_EQ(extremes.low, std::numeric_limits<int>::min());
  EXPECT_EQ(extremes.tiny, 5e-324);
  EXPECT_EQ(extremes.huge, 1.7976931348623157e308);
  EXPECT_EQ(tree.to_json(), dumped);
}

// What changes no result stands apart, and a file may set it all the same.
TEST(ParamsScope, EachScopeHasADumpOfItsOwn) {
  struct Both {
    Mode engine = Mode::kBytes;
    DmaParams dma;
    void describe(ParamVisitor& v) {
      v.choice("engine", engine, {{"bytes", Mode::kBytes}, {"lengths", Mode::kLengths}}, "m", "s",
               ParamScope::kMachine);
      v.group("dma", dma);
    }
  };
  Both both;
  ParamTree tree;
  tree.add("nic", both);
  EXPECT_EQ(tree.list()[0].scope, ParamScope::kMachine);
  EXPECT_EQ(tree.list()[1].scope, ParamScope::kDesign);
  const std::string design = tree.to_json();
  tree.load_text(R"({"nic": {"engine": "lengths"}})", "a.json");
  EXPECT_EQ(tree.to_json(), design);
  EXPECT_THAT(design, Not(HasSubstr("engine")));
  EXPECT_EQ(Json::parse(tree.to_json(ParamScope::kMachine)),
            Json::parse(R"({"nic": {"engine": "lengths"}})"));
  EXPECT_THAT(params_table(tree), HasSubstr("engine"));
  EXPECT_THAT(params_json_schema(tree), HasSubstr("engine"));
}

// ---- table ----

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST_F(ParamsText, TableWithDefaults) {
  ParamTree small;
  small.add("nic.pcie.dma", link.dma);
  EXPECT_EQ(params_table(small),
            "  name    default  range       meaning [source of the default]\n"
            "\n"
            "nic.pcie.dma\n"
            "  tags    256      1..1048576  Requests in flight [what the bus allows]\n"
            "  window  4KiB     1B..1MiB    Bytes in flight [a guess]\n");
}

TEST_F(ParamsText, TableShowsChangedValues) {
  EXPECT_THAT(lines_of(params_table(tree))[0], Not(HasSubstr("value")));
  tree.set("nic.mac.rate", "400Gbps");
  const std::vector<std::string> lines = lines_of(params_table(tree));
  EXPECT_THAT(lines[0], HasSubstr("value"));
  const auto rate = std::find_if(lines.begin(), lines.end(),
                                 [](const std::string& line) { return line.starts_with("  rate"); });
  ASSERT_NE(rate, lines.end());
  EXPECT_THAT(*rate, HasSubstr("200Gbps"));
  EXPECT_THAT(*rate, HasSubstr("400Gbps"));
}

TEST_F(ParamsText, TableHasGroupsOnceAndStaysInItsColumns) {
  tree.set("nic.pcie.name", std::string(50, 'n'));
  for (const size_t columns : {100u, 120u, 200u}) {
    const std::vector<std::string> lines = lines_of(params_table(tree, columns));
    for (const char* group : {"nic.pcie", "nic.pcie.dma", "nic.mac"}) {
      EXPECT_EQ(std::count(lines.begin(), lines.end(), group), 1) << group;
    }
    for (const std::string& line : lines) {
      EXPECT_LE(line.size(), columns) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
}

TEST_F(ParamsText, TableLosesNoWordWhenWrapped) {
  struct Wordy {
    bool flag = false;
    std::string meaning;
    void describe(ParamVisitor& v) { v.value("flag", flag, meaning, "somewhere"); }
  };
  Wordy wordy;
  for (int i = 0; i < 60; ++i) wordy.meaning += (i == 0 ? "word" : " word") + std::to_string(i);
  ParamTree small;
  small.add("g", wordy);
  const std::string table = params_table(small);
  std::istringstream words(table);
  std::vector<std::string> seen;
  for (std::string word; words >> word;) {
    if (word.starts_with("word")) seen.push_back(word);
  }
  ASSERT_EQ(seen.size(), 60u);
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], "word" + std::to_string(i));
}

// ---- schema ----

TEST_F(ParamsText, SchemaDescribesEveryParameter) {
  const Json schema = Json::parse(params_json_schema(tree));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  for (const ParamInfo& info : tree.list()) {
    const Json* at = &schema;
    std::istringstream name(info.name);
    for (std::string component; std::getline(name, component, '.');) {
      ASSERT_TRUE(at->contains("properties")) << info.name;
      ASSERT_EQ((*at)["type"], "object");
      ASSERT_EQ((*at)["additionalProperties"], false);
      at = &(*at)["properties"][component];
    }
    EXPECT_THAT((*at)["description"].get<std::string>(), HasSubstr(info.meaning));
    EXPECT_THAT((*at)["description"].get<std::string>(), HasSubstr(info.source));
    EXPECT_TRUE(at->contains("default"));
  }
}

TEST_F(ParamsText, SchemaOfEachKind) {
  const Json nic = Json::parse(params_json_schema(tree))["properties"]["nic"]["properties"];
  const Json& pcie = nic["pcie"]["properties"];
  EXPECT_EQ(pcie["generation"]["type"], "integer");
  EXPECT_EQ(pcie["generation"]["minimum"], 3);
  EXPECT_EQ(pcie["generation"]["maximum"], 5);
  EXPECT_EQ(pcie["generation"]["default"], 4);
  EXPECT_EQ(pcie["round_trip"]["type"], "string");
  EXPECT_EQ(pcie["round_trip"]["pattern"], "^[0-9]+(\\.[0-9]+)? ?(ps|ns|us|ms|s)$");
  EXPECT_THAT(pcie["round_trip"]["description"].get<std::string>(), HasSubstr("(1ns..1ms)"));
  EXPECT_EQ(pcie["relaxed"]["type"], "boolean");
  EXPECT_EQ(pcie["mode"]["enum"], Json({"bytes", "lengths"}));
  EXPECT_EQ(pcie["name"]["type"], "string");
  EXPECT_EQ(nic["mac"]["properties"]["loss"]["type"], "number");
}

}  // namespace
}  // namespace pspnic::base
