// SPDX-License-Identifier: Apache-2.0
#include "testbench/fuzz/firmware_target.h"

#include "testbench/tests/testbench/fuzz/inputs.h"

namespace pspnic::fuzz {
namespace {

TEST(FuzzFirmware, SavedInputs) {
  for (const SavedInput& input : saved_inputs("firmware"))
    EXPECT_EQ(fuzz_firmware(input.bytes), "") << input.name;
}

TEST(FuzzFirmware, MutatedInputs) {
  const std::vector<SavedInput> saved = saved_inputs("firmware");
  std::mt19937_64 random(30);
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(fuzz_firmware(mutated(saved, random)), "") << i;
    ASSERT_FALSE(HasFailure()) << i;
  }
}

TEST(FuzzFirmware, NothingAtAll) {
  EXPECT_EQ(fuzz_firmware({}), "");
}

}  // namespace
}  // namespace pspnic::fuzz
