// SPDX-License-Identifier: Apache-2.0
// What is said of a key that no parameter has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/base/config_error.h"
#include "model/base/params.h"

namespace pspnic::base {
namespace {

TEST(ParamHints, NameAllThatEndSo) {
  ParamTree tree;
  struct Lanes {
    unsigned lanes = 1;
    void describe(ParamVisitor& v) { v.value("lanes", lanes, 1u, 8u, "Lanes", "Assumed"); }
  };
  Lanes a;
  Lanes b;
  tree.add("pcie", a);
  tree.add("crypto", b);
  const auto explain = [&tree](const char* key) -> std::string {
    try {
      tree.set(key, "2");
      return "no error";
    } catch (const ConfigError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(explain("lanes"),
            "lanes: is an unknown parameter; those that end so are pcie.lanes, crypto.lanes");
  EXPECT_EQ(explain("lane"), "lane: is an unknown parameter; the nearest one is pcie.lanes");
  EXPECT_EQ(explain("zzz"), "zzz: is an unknown parameter; no parameter has a name like it");
}

}  // namespace
}  // namespace pspnic::base
