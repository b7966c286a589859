// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace pspnic::sweep {
namespace {

TEST(Program, GetsItsInputAndGivesBothOutputs) {
  const std::string long_text(200'000, 'x');  // more than a pipe holds
  const ProgramEnd end = run_program({"sh", "-c", "cat; echo \"$1\" >&2; exit 3", "sh", "a 'b'"}, long_text);
  EXPECT_EQ(end.status, 3);
  EXPECT_EQ(end.output, long_text);
  EXPECT_EQ(end.errors, "a 'b'\n");
}

TEST(Program, EndedByASignalSaysSo) {
  EXPECT_EQ(run_program({"sh", "-c", "kill -9 $$"}).status, 137);
}

TEST(Program, ThatIsNotThereIsNamed) {
  try {
    run_program({"no-such-program"});
    FAIL() << "ran";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "no-such-program: cannot be run: No such file or directory");
  }
}

}  // namespace
}  // namespace pspnic::sweep
