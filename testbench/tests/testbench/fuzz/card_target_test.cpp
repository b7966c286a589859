// SPDX-License-Identifier: Apache-2.0
#include "testbench/fuzz/card_target.h"

#include <cstdio>
#include <cstdlib>

#include "testbench/tests/model/nic/card_bench.h"
#include "testbench/tests/testbench/fuzz/inputs.h"

namespace pspnic::fuzz {
namespace {

// scripts/fuzz asks for more than the default run.
uint64_t steps_wanted() {
  const char* wanted = std::getenv("PSPNIC_FUZZ_MESSAGES");
  return wanted == nullptr ? 0 : std::strtoull(wanted, nullptr, 10);
}

class FuzzCard : public testing::Test {
 protected:
  void run(const std::function<void()>& body) {
    pspnic::test::Script script("script", body);
    sc_core::sc_start();
    EXPECT_TRUE(script.finished) << "it hangs";
    EXPECT_EQ(script.failure, "");
  }
  FuzzedCard card_;
};

TEST_F(FuzzCard, SavedInputs) {
  run([&] {
    for (const SavedInput& input : saved_inputs("card")) EXPECT_EQ(card_.run(input.bytes), "") << input.name;
  });
}

TEST_F(FuzzCard, MutatedInputs) {
  run([&] {
    const std::vector<SavedInput> saved = saved_inputs("card");
    std::mt19937_64 random(31);
    for (int i = 0; i < 300 || card_.steps() < steps_wanted(); ++i) {
      ASSERT_EQ(card_.run(mutated(saved, random)), "") << i;
    }
    std::printf("%llu messages, register and memory writes\n",
                static_cast<unsigned long long>(card_.steps()));
  });
}

}  // namespace
}  // namespace pspnic::fuzz
