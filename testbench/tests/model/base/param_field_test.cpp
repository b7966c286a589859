// SPDX-License-Identifier: Apache-2.0
#include "model/base/param_field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/base/config_error.h"
#include "model/base/params.h"

namespace pspnic::base {
namespace {

TEST(NumberField, MayBeHexadecimal) {
  ParamTree tree;
  struct Number {
    uint64_t number = 1;
    void describe(ParamVisitor& v) { v.value("number", number, uint64_t{0}, ~uint64_t{0}, "Any", "Assumed"); }
  };
  Number n;
  tree.add("a", n);
  tree.set("a.number", "0xDEADbeef00000001");
  EXPECT_EQ(n.number, 0xdeadbeef00000001u);
  for (const char* bad : {"0x", "x1", "0x1g", "0x10000000000000000", "-1", "-", "0x-1"}) {
    EXPECT_THROW(tree.set("a.number", bad), ConfigError) << bad;
  }
  try {
    tree.set("a.number", "-5");
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("must lie in")) << error.what();
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("not an integer")));
  }
}

}  // namespace
}  // namespace pspnic::base
