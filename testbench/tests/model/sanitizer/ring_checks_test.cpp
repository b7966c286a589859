// SPDX-License-Identifier: Apache-2.0
// Which rings are in use, and so may not overlap: those that are enabled.
#include "model/sanitizer/ring_checks.h"

#include <gtest/gtest.h>

namespace pspnic::sanitizer {
namespace {

using base::DriverRule;
using base::Site;

class RingChecksTest : public testing::Test {
 protected:
  static constexpr Site kFirst{Site::Kind::kTxQueue, 0};
  static constexpr Site kSecond{Site::Kind::kTxQueue, 1};

  void configure(Site site) {
    checks_.configured({.site = site, .address = 0x1000, .length = 64, .descriptor_bytes = 16});
  }

  base::EventQueue events_{"events"};
  base::ViolationLog log_{"device"};
  Reporter reporter_{events_, log_};
  RingChecks checks_{reporter_, base::kMs};
};

TEST_F(RingChecksTest, ARingThatWasNeverEnabledTakesNoMemory) {
  configure(kFirst);  // and is given up without a word, with its vport
  configure(kSecond);
  checks_.enabled(kSecond);
  EXPECT_EQ(log_.count(), 0u);
}

TEST_F(RingChecksTest, RingsThatAreEnabledMustNotOverlap) {
  configure(kFirst);
  checks_.enabled(kFirst);
  configure(kSecond);
  EXPECT_EQ(log_.count(), 0u);
  checks_.enabled(kSecond);
  ASSERT_EQ(log_.count(), 1u);
  EXPECT_EQ(log_.first()[0].rule, DriverRule::kRingOverlap);
  EXPECT_EQ(log_.first()[0].site, kSecond);
}

TEST_F(RingChecksTest, AnEndedRingTakesNone) {
  configure(kFirst);
  checks_.enabled(kFirst);
  checks_.ended(kFirst);
  configure(kSecond);
  checks_.enabled(kSecond);
  EXPECT_EQ(log_.count(), 0u);
}

TEST_F(RingChecksTest, RingsOfDifferentFunctionsMayHaveTheSameAddresses) {
  RingChecks checks{reporter_, base::kMs, [](Site site) { return static_cast<uint16_t>(site.number / 2); }};
  for (const uint32_t queue : {0u, 2u, 1u}) {
    const Site site{Site::Kind::kTxQueue, queue};
    EXPECT_EQ(log_.count(), 0u) << queue;
    checks.configured({.site = site, .address = 0x1000, .length = 64, .descriptor_bytes = 16});
    checks.enabled(site);
  }
  ASSERT_EQ(log_.count(), 1u) << "queues 0 and 1 are of one function";
  EXPECT_NE(log_.first()[0].seen.find("tx queue 0"), std::string::npos) << log_.first()[0].seen;
}

}  // namespace
}  // namespace pspnic::sanitizer
