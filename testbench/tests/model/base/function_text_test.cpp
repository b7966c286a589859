// SPDX-License-Identifier: Apache-2.0
#include "model/base/function_text.h"

#include <gtest/gtest.h>

namespace pspnic::base {
namespace {

TEST(FunctionText, NamesVirtualFunctionsFromZero) {
  EXPECT_EQ(function_text(0), "");
  EXPECT_EQ(function_text(1), "VF 0 ");
  EXPECT_EQ(function_text(16), "VF 15 ");
}

}  // namespace
}  // namespace pspnic::base
