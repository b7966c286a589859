// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testbench/sweep/files.h"
#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::sweep {
namespace {

using namespace std::string_literals;

TEST(Inputs, AreCopiedAsTheyAre) {
  const TestFolder folder;
  const std::string name = folder.path() + "/sizes.pcap";
  const std::string bytes = "\xd4\xc3\0\xff"s;
  write_whole(name, bytes);
  Plan plan;
  plan.files = read_inputs({name, folder.path() + "/none.csv", folder.path()});
  ASSERT_EQ(plan.files.size(), 1u) << "what is no file is left to those who need it";
  const std::string out = folder.path() + "/out";
  keep_inputs(out, plan);
  write_whole(name, "another");
  Plan again;
  again.files = {{name, ""}};
  load_inputs(out, again);
  EXPECT_EQ(again.files[0].text, bytes);
}

TEST(Inputs, ACopyThatIsGoneIsNamed) {
  const TestFolder folder;
  Plan plan;
  plan.files = {{"sizes.csv", ""}};
  EXPECT_EQ(refusal([&] { load_inputs(folder.path(), plan); }),
            folder.path() + "/inputs/00: does not exist; it is the copy of sizes.csv");
}

TEST(Inputs, WithoutAnyNoFolderIsMade) {
  const TestFolder folder;
  keep_inputs(folder.path() + "/out", Plan{});
  EXPECT_FALSE(is_there(folder.path() + "/out"));
}

}  // namespace
}  // namespace pspnic::sweep
