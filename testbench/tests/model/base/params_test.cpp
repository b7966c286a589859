// SPDX-License-Identifier: Apache-2.0
// Registration, setting one parameter and loading configuration files. Tables, dumps and schema:
// params_text_test.cpp.
#include "model/base/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "model/base/edit_distance.h"
#include "testbench/tests/model/base/params_example.h"

namespace pspnic::base {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Params : public testing::Test {
 protected:
  Params() {
    tree.add("nic.pcie", link);
    tree.add("nic.mac", mac);
  }

  template <class Action>
  static std::string error_of(Action action) {
    try {
      action();
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no error";
  }
  std::string set_error(std::string_view key, std::string_view text) {
    return error_of([&] { tree.set(key, text); });
  }
  std::string load_error(std::string_view json) {
    return error_of([&] { tree.load_text(json, "a.json"); });
  }

  LinkParams link;
  MacParams mac;
  ParamTree tree;
};

// ---- set ----

TEST_F(Params, SetsEveryType) {
  tree.set("nic.pcie.generation", "5");
  tree.set("nic.pcie.round_trip", "1.5us");
  tree.set("nic.pcie.relaxed", "true");
  tree.set("nic.pcie.mode", "lengths");
  tree.set("nic.pcie.name", "upper link");
  tree.set("nic.pcie.lanes", "8");
  tree.set("nic.pcie.dma.tags", "4096");
  tree.set("nic.mac.rate", "400Gbps");
  tree.set("nic.mac.clock", "1GHz");
  tree.set("nic.mac.fifo", "64KiB");
  tree.set("nic.mac.skew", "-5");
  tree.set("nic.mac.loss", "2.5e-3");
  tree.set("nic.mac.port", "65535");
  tree.set("nic.mac.priority", "7");
  EXPECT_EQ(link.generation, 5u);
  EXPECT_EQ(link.round_trip, Duration{1'500 * kNs});
  EXPECT_TRUE(link.relaxed);
  EXPECT_EQ(link.mode, Mode::kLengths);
  EXPECT_EQ(link.name, "upper link");
  EXPECT_EQ(link.lanes, 8u);
  EXPECT_EQ(link.dma.tags, 4096u);
  EXPECT_EQ(mac.rate, Bandwidth{400 * kGbps});
  EXPECT_EQ(mac.clock, Frequency{kGHz});
  EXPECT_EQ(mac.fifo, ByteSize{64 * kKiB});
  EXPECT_EQ(mac.skew, -5);
  EXPECT_EQ(mac.loss, 2.5e-3);
  EXPECT_EQ(mac.port, 65535u);
  EXPECT_EQ(mac.priority, 7u);
}

TEST_F(Params, AssignmentSplitsAtTheFirstEquals) {
  tree.set_assignment("nic.pcie.name=a=b");
  EXPECT_EQ(link.name, "a=b");
  tree.set_assignment("nic.pcie.name=");
  EXPECT_EQ(link.name, "");
  EXPECT_EQ(error_of([&] { tree.set_assignment("nic.pcie.name"); }),
            "nic.pcie.name: has no value; write key=value");
}

TEST_F(Params, BoundsAreIncluded) {
  tree.set("nic.pcie.generation", "3");
  EXPECT_EQ(link.generation, 3u);
  tree.set("nic.pcie.round_trip", "1ms");
  tree.set("nic.pcie.round_trip", "1ns");
  tree.set("nic.mac.skew", "-10");
  tree.set("nic.mac.loss", "1");
  EXPECT_EQ(mac.loss, 1);
}

TEST_F(Params, OutOfRangeNamesKeyValueAndRange) {
  EXPECT_EQ(set_error("nic.pcie.generation", "6"), "nic.pcie.generation: \"6\" must lie in 3..5");
  EXPECT_EQ(set_error("nic.pcie.generation", "2"), "nic.pcie.generation: \"2\" must lie in 3..5");
  EXPECT_EQ(set_error("nic.pcie.generation", "99999999999999999999"),
            "nic.pcie.generation: \"99999999999999999999\" must lie in 3..5");
  EXPECT_EQ(set_error("nic.pcie.round_trip", "2ms"), "nic.pcie.round_trip: \"2ms\" must lie in 1ns..1ms");
  EXPECT_EQ(set_error("nic.mac.skew", "-11"), "nic.mac.skew: \"-11\" must lie in -10..10");
  EXPECT_EQ(set_error("nic.mac.loss", "1.01"), "nic.mac.loss: \"1.01\" must lie in 0..1");
  EXPECT_EQ(set_error("nic.mac.priority", "256"), "nic.mac.priority: \"256\" must lie in 0..7");
  EXPECT_EQ(link.generation, 4u);
}

TEST_F(Params, NonsenseNamesKeyValueAndRule) {
  for (const char* text : {"", "four", "4 ", " 4", "4.0", "4x", "+4"}) {
    EXPECT_EQ(set_error("nic.pcie.generation", text),
              "nic.pcie.generation: \"" + std::string(text) + "\" is not an integer; must lie in 3..5");
  }
  for (const char* text : {"", "x", "0.1x", "nan", "inf", "-inf"}) {
    EXPECT_THAT(set_error("nic.mac.loss", text), AllOf(StartsWith("nic.mac.loss: "), HasSubstr("0..1")));
  }
  for (const char* text : {"", "1", "True", "yes"}) {
    EXPECT_THAT(set_error("nic.pcie.relaxed", text), EndsWith("must be true or false"));
  }
  EXPECT_EQ(set_error("nic.pcie.mode", "byte"), "nic.pcie.mode: \"byte\" must be one of bytes | lengths");
  EXPECT_EQ(set_error("nic.pcie.lanes", "3"), "nic.pcie.lanes: \"3\" must be one of 1 | 8 | 16");
  EXPECT_EQ(set_error("nic.pcie.name", "\xff"), "nic.pcie.name: the value is not UTF-8 text");
}

TEST_F(Params, MissingUnit) {
  EXPECT_THAT(set_error("nic.pcie.round_trip", "700"),
              AllOf(StartsWith("nic.pcie.round_trip: \"700\" is a bare number"), HasSubstr("e.g. 700ns")));
  EXPECT_THAT(set_error("nic.mac.rate", "200"), HasSubstr("e.g. 200Gbps"));
}

// ---- short keys ----

TEST_F(Params, LeadingGroupsMayBeLeftOut) {
  tree.set("pcie.generation", "5");
  tree.set("dma.tags", "9");
  tree.set_assignment("pcie.dma.window=1KiB");
  EXPECT_EQ(link.generation, 5u);
  EXPECT_EQ(link.dma.tags, 9u);
  EXPECT_EQ(link.dma.window, ByteSize{kKiB});
  EXPECT_EQ(set_error("pcie.generation", "6"), "nic.pcie.generation: \"6\" must lie in 3..5")
      << "the full name";
  EXPECT_EQ(tree.full_name("pcie.generation"), "nic.pcie.generation");
  EXPECT_THROW(tree.full_name("pcie.generatoin"), ConfigError);
}

TEST_F(Params, AShortKeyThatFitsSeveralListsThem) {
  DmaParams second, third;
  tree.add("spare.dma", second);
  EXPECT_EQ(set_error("dma.tags", "9"), "dma.tags: may be any of nic.pcie.dma.tags, spare.dma.tags");
  tree.set("pcie.dma.tags", "9");
  EXPECT_EQ(link.dma.tags, 9u);
  tree.add("dma", third);
  tree.set("dma.tags", "10");
  EXPECT_EQ(third.tags, 10u) << "a full name is always itself";
  EXPECT_EQ(link.dma.tags, 9u);
  EXPECT_EQ(second.tags, 256u);
}

TEST_F(Params, AShortKeyHasWholeComponentsAndOneGroup) {
  for (const char* key : {"generation", "cie.generation", ".generation", "pcie.", "pcie.generation.",
                          "pcie.dma", "nic.generation"}) {
    EXPECT_THAT(set_error(key, "5"), HasSubstr("nic.pcie.")) << key;
  }
  EXPECT_EQ(link.generation, 4u);
  EXPECT_THAT(load_error(R"({"pcie.generation": 5})"), HasSubstr("no group pcie")) << "files say all of it";
}

// ---- unknown keys ----

TEST_F(Params, UnknownKeyNamesTheNearest) {
  EXPECT_EQ(set_error("nic.pcie.generatoin", "5"),
            "nic.pcie.generatoin: is an unknown parameter; the nearest one is nic.pcie.generation");
  EXPECT_EQ(set_error("generation", "5"),
            "generation: is an unknown parameter; the nearest one is nic.pcie.generation");
  EXPECT_EQ(set_error("nic.pcei.round_trip", "1us"),
            "nic.pcei.round_trip: is unknown: there is no group nic.pcei (the nearest is nic.pcie); "
            "the nearest one is nic.pcie.round_trip");
  EXPECT_THAT(set_error("nic.generation", "5"), EndsWith("nic.pcie.generation"));
  EXPECT_THAT(set_error("nic.mac.tags", "5"), EndsWith("nic.pcie.dma.tags"));
  EXPECT_THAT(set_error("mac.rat", "5"), EndsWith("nic.mac.rate"));
  EXPECT_THAT(set_error("", "5"), HasSubstr("unknown"));
  EXPECT_THAT(set_error("NIC.PCIE.GENERATION", "5"), HasSubstr("unknown"));
}

TEST_F(Params, GroupHasNoValue) {
  EXPECT_EQ(set_error("nic.mac", "5"),
            "nic.mac: is a group of parameters and has no value itself; inside is e.g. nic.mac.rate");
}

TEST_F(Params, NothingIsInsideAParameter) {
  EXPECT_THAT(set_error("nic.mac.rate.max", "5"),
              HasSubstr("nic.mac.rate is a parameter and nothing is inside"));
}

TEST(ParamsEmpty, UnknownKey) {
  ParamTree tree;
  EXPECT_THROW(tree.set("x", "1"), ConfigError);
  EXPECT_EQ(tree.nearest_key("x"), "");
  EXPECT_EQ(tree.to_json(), "{}\n");
}

TEST(EditDistance, KnownDistances) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("pcei", "pcie"), 1u);
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);
  EXPECT_EQ(edit_distance("flaw", "lawn"), 2u);
}

// ---- files ----

TEST_F(Params, LoadsNestedDottedAndMixedKeysWithComments) {
  tree.load_text(R"(// whole line
{
  "nic": {                       // nested
    "pcie": {"generation": 5, "dma": {"tags": 512}, "dma.window": "16KiB"},
    "mac.rate": "100Gbps",       /* mixed */
    "mac": {"loss": 0.5, "skew": -3}
  },
  "nic.pcie.relaxed": true,
  "nic.pcie.mode": "lengths",
  "nic.pcie.lanes": 8
})",
                 "a.json");
  EXPECT_EQ(link.generation, 5u);
  EXPECT_EQ(link.dma.tags, 512u);
  EXPECT_EQ(link.dma.window, ByteSize{16 * kKiB});
  EXPECT_EQ(mac.rate, Bandwidth{100 * kGbps});
  EXPECT_EQ(mac.loss, 0.5);
  EXPECT_EQ(mac.skew, -3);
  EXPECT_TRUE(link.relaxed);
  EXPECT_EQ(link.mode, Mode::kLengths);
  EXPECT_EQ(link.lanes, 8u);
  EXPECT_EQ(link.round_trip, Duration{700 * kNs}) << "what the file does not name stays";
}

TEST_F(Params, LaterWins) {
  tree.load_text(R"({"nic.pcie": {"generation": 3, "name": "first"}})", "a.json");
  tree.load_text(R"({"nic": {"pcie": {"generation": 5}}})", "b.json");
  EXPECT_EQ(link.generation, 5u);
  EXPECT_EQ(link.name, "first");
  tree.set("nic.pcie.generation", "4");
  EXPECT_EQ(link.generation, 4u);
}

TEST_F(Params, NullIsTheDefault) {
  tree.load_text(R"({"nic.pcie": {"generation": 3, "name": "first", "dma": {"tags": 9}}, "nic.mac.skew": 1})",
                 "a");
  tree.load_text(R"({"nic.pcie.generation": null})", "b");
  EXPECT_EQ(link.generation, 4u);
  EXPECT_EQ(link.name, "first");
  tree.load_text(R"({"nic": {"pcie": null}})", "c");
  EXPECT_EQ(link.name, "x");
  EXPECT_EQ(link.dma.tags, 256u);
  EXPECT_EQ(mac.skew, 1);
  EXPECT_THAT(load_error(R"({"nic.pci": null})"), HasSubstr("unknown"));
}

TEST_F(Params, EmptyObjectsOfGroupsAreFine) {
  tree.load_text("{}", "a");
  tree.load_text(R"({"nic": {}})", "a");
  tree.load_text(R"({"nic": {"pcie": {}}})", "a");
  EXPECT_EQ(link.generation, 4u);
}

TEST_F(Params, WrongJsonTypes) {
  EXPECT_EQ(load_error(R"({"nic.pcie.generation": "5"})"),
            "a.json:1:2: nic.pcie.generation: a text in quotes \"5\" is given; must be an integer without "
            "quotes in "
            "3..5");
  EXPECT_THAT(load_error(R"({"nic.pcie.generation": 5.0})"), HasSubstr("\"5.0\" is not an integer"));
  EXPECT_THAT(load_error(R"({"nic.pcie.generation": -1})"), HasSubstr("3..5"));
  EXPECT_THAT(load_error(R"({"nic.pcie.generation": 123456789012345678901234567890})"), HasSubstr("3..5"));
  EXPECT_THAT(load_error(R"({"nic.pcie.generation": true})"), HasSubstr("true or false \"true\" is given"));
  EXPECT_THAT(load_error(R"({"nic.pcie.generation": [4, {"a": {}}, [5]]})"), HasSubstr("a list is given"));
  EXPECT_THAT(load_error(R"({"nic.pcie.generation": {}})"), HasSubstr("an object is given"));
  EXPECT_THAT(load_error(R"({"nic.pcie.generation": {"a": 1}})"), HasSubstr("nothing is inside it"));
  EXPECT_THAT(load_error(R"({"nic.pcie.relaxed": 1})"), HasSubstr("must be true or false without quotes"));
  EXPECT_THAT(load_error(R"({"nic.pcie.relaxed": "true"})"),
              HasSubstr("must be true or false without quotes"));
  EXPECT_THAT(load_error(R"({"nic.pcie.name": 1})"), HasSubstr("must be a text in quotes"));
  EXPECT_THAT(load_error(R"({"nic.pcie.mode": true})"), HasSubstr("must be one of bytes | lengths"));
  EXPECT_THAT(load_error(R"({"nic.pcie.round_trip": true})"),
              HasSubstr("a duration in quotes such as \"700ns\""));
  EXPECT_THAT(load_error(R"({"nic.pcie.round_trip": 700})"),
              AllOf(HasSubstr("nic.pcie.round_trip: \"700\" is a bare number"), HasSubstr("e.g. 700ns")));
  EXPECT_THAT(load_error(R"({"nic.pcie": 5})"), HasSubstr("is a group of parameters"));
  EXPECT_THAT(load_error(R"({"nic.pcie": [{"generation": 5}]})"), HasSubstr("is a group of parameters"));
}

TEST_F(Params, ErrorsInFilesNameLineAndColumn) {
  const std::string_view json = R"({
  // generations
  "nic": {
    "pcie": {"relaxed": true,
             "generation": 9}
  }
})";
  EXPECT_EQ(load_error(json), "a.json:5:14: nic.pcie.generation: \"9\" must lie in 3..5");
  EXPECT_THAT(load_error("{\n\n  \"nic\": {\"pcie\":\n 5}}"), StartsWith("a.json:3:11: nic.pcie: "));
  EXPECT_THAT(load_error("{\"a\\\"b\": 1}"), StartsWith("a.json:1:2: a\"b: "));
}

TEST_F(Params, UnknownNestedObjectNamesTheNearestGroup) {
  EXPECT_EQ(
      load_error("{\"nic\": {\"pcei\": {\n  \"generation\": 5}}}"),
      "a.json:2:3: nic.pcei.generation: is unknown: there is no group nic.pcei (the nearest is nic.pcie); "
      "the nearest one is nic.pcie.generation");
  EXPECT_THAT(load_error(R"({"nci": {}})"), HasSubstr("nci: is an unknown parameter"));
  EXPECT_THAT(load_error(R"({"nic.pcie": {"": 5}})"), HasSubstr("a key is empty"));
  EXPECT_THAT(load_error(R"({"nic..generation": 5})"), HasSubstr("unknown"));
}

TEST_F(Params, DuplicateKeys) {
  EXPECT_EQ(load_error("{\"nic.pcie.generation\": 4,\n \"nic.pcie.generation\": 4}"),
            "a.json:2:2: nic.pcie.generation: is named twice; first in line 1");
  EXPECT_EQ(load_error("{\"nic\": {\"pcie\": {\"generation\": 4}},\n \"nic.pcie.generation\": 4}"),
            "a.json:2:2: nic.pcie.generation: is named twice; first in line 1");
  EXPECT_EQ(load_error("{\"nic\": {\"pcie\": {\"generation\": 4}},\n\n \"nic\": {\"mac\": {}}}"),
            "a.json:3:2: nic: is named twice; first in line 1");
  EXPECT_EQ(load_error(R"({"nic": {"pcie.name": "a"}, "nic.pcie": {"generation": 3}})"), "no error");
}

TEST_F(Params, BrokenJsonNamesLineColumnAndReason) {
  EXPECT_THAT(
      load_error("{\n  \"nic.pcie.generation\": 5,\n}"),
      AllOf(StartsWith("a.json:3:1: is not valid JSON: "), HasSubstr("'}'"), Not(HasSubstr("exception"))));
  EXPECT_THAT(load_error("{\"nic\": {\"pcie\": {}}"),
              AllOf(StartsWith("a.json:1:21: "), HasSubstr("end of input")));
  EXPECT_THAT(load_error(""), AllOf(StartsWith("a.json:1:1: "), HasSubstr("end of input")));
  EXPECT_THAT(load_error("{} {}"), StartsWith("a.json:1:4: is not valid JSON"));
  EXPECT_THAT(load_error("{\"nic.mac.loss\":\n 1e999}"),
              AllOf(StartsWith("a.json:2:"), HasSubstr("overflow")));
  EXPECT_THAT(load_error("{'nic': 1}"), StartsWith("a.json:1:2: is not valid JSON"));
  EXPECT_THAT(load_error("{\"nic.pcie.name\": \"\xff\"}"), HasSubstr("UTF-8"));
  EXPECT_THAT(load_error("{ /* open"), HasSubstr("comment"));
}

TEST_F(Params, TopLevelMustBeAnObject) {
  for (const char* json : {"5", "null", "\"x\"", "[]", "[{\"nic.pcie.generation\": 5}]", "true"}) {
    EXPECT_EQ(load_error(json), "a.json:1:1: must hold one JSON object { ... }") << json;
  }
}

TEST_F(Params, AFileWithAMistakeChangesNothing) {
  const std::string before = tree.to_json();
  EXPECT_THAT(load_error(R"({"nic.pcie.generation": 5, "nic.pcie.relaxed": true, "nic.mac.rat": "1Gbps"})"),
              HasSubstr("nic.mac.rate"));
  EXPECT_THAT(load_error(R"({"nic.pcie.generation": 5, )"), HasSubstr("valid JSON"));
  EXPECT_EQ(tree.to_json(), before);
}

TEST_F(Params, LoadsFiles) {
  const std::string path = testing::TempDir() + "pspnic_params_test.json";
  std::ofstream(path) << "{\"nic.pcie.generation\": 5} // done\n";
  tree.load_file(path);
  EXPECT_EQ(link.generation, 5u);
  std::ofstream(path) << "{\"nic.pcie.generation\": 7}";
  EXPECT_EQ(error_of([&] { tree.load_file(path); }),
            path + ":1:2: nic.pcie.generation: \"7\" must lie in 3..5");
}

TEST_F(Params, UnreadableFiles) {
  EXPECT_EQ(error_of([&] { tree.load_file("no/such/file.json"); }),
            "no/such/file.json: cannot be read: No such file or directory");
  EXPECT_THAT(error_of([&] { tree.load_file(testing::TempDir()); }),
              EndsWith("cannot be read: is a directory"));
}

TEST_F(Params, ErrorKeepsPlaceAndRuleApart) {
  try {
    tree.set("nic.pcie.generation", "6");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.place(), "nic.pcie.generation");
    EXPECT_EQ(error.rule(), "\"6\" must lie in 3..5");
  }
}

}  // namespace
}  // namespace pspnic::base
