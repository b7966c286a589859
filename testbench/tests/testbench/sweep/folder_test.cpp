// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "testbench/sweep/files.h"
#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::sweep {
namespace {

using ::testing::EndsWith;
using ::testing::ThrowsMessage;

class FolderTest : public ::testing::Test {
 protected:
  TestFolder folder_;
  std::string out_ = folder_.path() + "/out";
};

TEST_F(FolderTest, IsMadeWithItsPlan) {
  make_folder(out_, "plan.json", "one");
  EXPECT_EQ(read_if_there(out_ + "/plan.json"), "one");
  EXPECT_TRUE(std::filesystem::is_directory(out_ + "/points"));
  make_folder(out_, "plan.json", "two");
  EXPECT_EQ(read_if_there(out_ + "/plan.json"), "one") << "what it is for stays";
}

TEST_F(FolderTest, TwoDoNotBeginDifferentThingsInIt) {
  make_folder(out_, "plan.json", "one");
  { const FolderLock same(out_, "plan.json", "one"); }
  EXPECT_THAT(
      [&] { const FolderLock other(out_, "plan.json", "two"); },
      ThrowsMessage<std::runtime_error>(EndsWith("has begun something else in it; name another folder")));
}

}  // namespace
}  // namespace pspnic::sweep
