// SPDX-License-Identifier: Apache-2.0
#include "testbench/fuzz/recording_target.h"

#include "model/record/reader.h"
#include "testbench/tests/testbench/fuzz/inputs.h"

namespace pspnic::fuzz {
namespace {

TEST(FuzzRecording, SavedInputs) {
  for (const SavedInput& input : saved_inputs("recording")) {
    EXPECT_EQ(fuzz_recording(input.bytes), "") << input.name;
    const bool whole = input.name.find("broken") == std::string::npos;
    if (whole) EXPECT_NO_THROW((void)record::parse(input.bytes, input.name));
    if (!whole) EXPECT_THROW((void)record::parse(input.bytes, input.name), std::runtime_error) << input.name;
  }
}

TEST(FuzzRecording, MutatedInputs) {
  const std::vector<SavedInput> saved = saved_inputs("recording");
  std::mt19937_64 random(32);
  for (int i = 0; i < 20000; ++i) ASSERT_EQ(fuzz_recording(mutated(saved, random)), "") << i;
}

}  // namespace
}  // namespace pspnic::fuzz
