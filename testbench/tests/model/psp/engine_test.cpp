// SPDX-License-Identifier: Apache-2.0
#include "model/psp/engine.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pspnic::psp {
namespace {

TEST(Engines, TheReferenceIsOpensslAndTheFirst) {
  EXPECT_STREQ(reference_engine().name, "openssl");
  EXPECT_EQ(&engines().front(), &reference_engine());
  EXPECT_EQ(find_engine("openssl"), &reference_engine());
}

TEST(Engines, EachHasANameAMeaningAndBodies) {
  for (const Engine& engine : engines()) {
    SCOPED_TRACE(engine.name);
    EXPECT_EQ(find_engine(engine.name), &engine);
    EXPECT_STRNE(engine.meaning, "");
    EXPECT_STREQ(engine.make_aead()->name(), engine.name);
  }
}

TEST(Engines, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(find_engine("open"), nullptr);
  EXPECT_EQ(find_engine(""), nullptr);
}

TEST(Engines, OneThatIsAddedIsFoundAndTheOthersStay) {
  const Engine* before = &reference_engine();
  Engine mine = reference_engine();
  mine.name = "mine";
  add_engine(mine);
  ASSERT_NE(find_engine("mine"), nullptr);
  EXPECT_EQ(find_engine("mine"), &engines().back());
  EXPECT_EQ(&reference_engine(), before);
  EXPECT_THROW(add_engine(mine), std::logic_error);
  EXPECT_THROW(add_engine(reference_engine()), std::logic_error);
}

}  // namespace
}  // namespace pspnic::psp
