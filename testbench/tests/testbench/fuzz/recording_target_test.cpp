// SPDX-License-Identifier: Apache-2.0
#include "testbench/fuzz/recording_target.h"

#include <stdexcept>

#include "model/record/reader.h"
#include "testbench/tests/testbench/fuzz/inputs.h"

namespace pspnic::fuzz {
namespace {

bool can_be_read(const SavedInput& input) {
  try {
    (void)record::parse(input.bytes, input.name);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

TEST(FuzzRecording, SavedInputs) {
  for (const SavedInput& input : saved_inputs("recording")) {
    EXPECT_EQ(fuzz_recording(input.bytes), "") << input.name;
    const bool whole = input.name.find("broken") == std::string::npos;
    EXPECT_EQ(whole, can_be_read(input)) << input.name;
  }
}

TEST(FuzzRecording, MutatedInputs) {
  const std::vector<SavedInput> saved = saved_inputs("recording");
  std::mt19937_64 random(32);
  for (int i = 0; i < 20000; ++i) ASSERT_EQ(fuzz_recording(mutated(saved, random)), "") << i;
}

}  // namespace
}  // namespace pspnic::fuzz
