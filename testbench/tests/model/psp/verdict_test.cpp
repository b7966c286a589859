// SPDX-License-Identifier: Apache-2.0
#include "model/psp/verdict.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pspnic::psp {
namespace {

TEST(Verdict, EachHasATextOfItsOwn) {
  std::set<std::string> texts;
  for (unsigned i = 0; i <= static_cast<unsigned>(Verdict::kNotPsp); ++i) {
    EXPECT_TRUE(texts.insert(text(static_cast<Verdict>(i))).second) << i;
  }
  EXPECT_EQ(texts.count("unknown"), 0u);
  EXPECT_STREQ(text(static_cast<Verdict>(0xff)), "unknown");
}

TEST(Reason, EachHasATextOfItsOwn) {
  std::set<std::string> texts;
  for (unsigned i = 0; i <= static_cast<unsigned>(Reason::kIcvMismatch); ++i) {
    EXPECT_TRUE(texts.insert(text(static_cast<Reason>(i))).second) << i;
  }
  EXPECT_EQ(texts.count("unknown"), 0u);
  EXPECT_STREQ(text(static_cast<Reason>(0xff)), "unknown");
}

}  // namespace
}  // namespace pspnic::psp
