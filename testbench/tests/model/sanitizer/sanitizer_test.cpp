// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/sanitizer.h"

#include <gtest/gtest.h>

#include "model/base/hex.h"
#include "testbench/tests/model/sanitizer/card_kit.h"

namespace pspnic::misbehave {
namespace {

namespace pf = idpf::pf;
constexpr uint32_t kNoRegister = 0x0bad0000;

// One rule of each kind is broken.
void misbehave(CardKit& kit) {
  kit.write(pf::kOicrEna, 1);
  kit.write(pf::kPfgenRstat, 0);
  kit.write(kNoRegister, 0);
}

TEST(SanitizerTest, OffFindsOnlyWhatIsCheckedAlways) {
  CardKit kit(test::small_card());
  const Violations seen = kit.play(misbehave);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].rule, DriverRule::kRegUnknown);
  EXPECT_TRUE(seen[0].events.empty());
}

TEST(SanitizerTest, OnFindsBothAndTellsWhatHappenedThere) {
  const Violations seen = on_card(misbehave);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].rule, DriverRule::kRegReadOnly);
  EXPECT_EQ(seen[1].rule, DriverRule::kRegUnknown);
  ASSERT_EQ(seen[1].events.size(), 2u);
  EXPECT_NE(seen[1].events[0].find(base::hex(pf::kOicrEna)), std::string::npos) << seen[1].events[0];
}

TEST(SanitizerTest, AFunctionLevelResetIsAResetThatTheDriverAskedFor) {
  const Violations seen = on_card([](CardKit& kit) {
    using pcie::ConfigSpace;
    kit.host().write32(host::Space::kConfig, ConfigSpace::kExpressCapability + 8,
                       ConfigSpace::kInitiateReset);
    kit.write(pf::kOicrEna, 1);
  });
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].rule, DriverRule::kRegInReset);
}

}  // namespace
}  // namespace pspnic::misbehave
