// SPDX-License-Identifier: Apache-2.0
#include "testbench/fuzz/readers_target.h"

#include "testbench/tests/testbench/fuzz/inputs.h"

namespace pspnic::fuzz {
namespace {

struct ReaderTarget {
  const char* name;  // of its corpus
  std::string (*run)(std::span<const uint8_t> bytes);
};

class FuzzReaders : public testing::TestWithParam<ReaderTarget> {};

TEST_P(FuzzReaders, SavedInputs) {
  for (const SavedInput& input : saved_inputs(GetParam().name)) {
    EXPECT_EQ(GetParam().run(input.bytes), "") << input.name;
  }
}

TEST_P(FuzzReaders, MutatedInputs) {
  const std::vector<SavedInput> saved = saved_inputs(GetParam().name);
  std::mt19937_64 random(32);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(GetParam().run(mutated(saved, random)), "") << i;
}

TEST_P(FuzzReaders, NothingAtAll) {
  EXPECT_EQ(GetParam().run({}), "");
}

INSTANTIATE_TEST_SUITE_P(, FuzzReaders,
                         testing::Values(ReaderTarget{"capture", fuzz_capture},
                                         ReaderTarget{"config", fuzz_config},
                                         ReaderTarget{"packet", fuzz_packet},
                                         ReaderTarget{"vectors", fuzz_vectors}),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace pspnic::fuzz
