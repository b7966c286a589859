// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/driver_reports.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "testbench/bench/ledger.h"

namespace pspnic::bench {
namespace {

Summary with_reports(size_t count) {
  Summary summary;
  for (size_t i = 0; i < count; ++i) {
    base::Violation violation{.when = base::kUs,
                              .rule = base::DriverRule::kTxReserved,
                              .site = {base::Site::Kind::kTxQueue, static_cast<uint32_t>(i)},
                              .part = "descriptor 4",
                              .field = "mss",
                              .seen = "bits 0xc000",
                              .expected = "0",
                              .times = 3,
                              .events = {"900 ns  doorbell, tail 5"}};
    summary.driver_reports.push_back({"nic_a", violation, false});
  }
  return summary;
}

std::string printed_reports(const Summary& summary) {
  std::ostringstream out;
  print_driver_reports(out, summary);
  return out.str();
}

TEST(DriverReportsTest, NothingIsPrintedWithoutReports) {
  EXPECT_EQ(printed_reports({}), "");
  EXPECT_EQ(driver_reports_json({}), nlohmann::ordered_json::array());
}

TEST(DriverReportsTest, ACleanRunSaysWhatWasChecked) {
  Summary summary;
  summary.rules_checked = 90;
  EXPECT_EQ(printed_reports(summary), "\nDrivers: 90 rules checked, none broken.\n");
  Summary broken = with_reports(1);
  broken.rules_checked = 90;
  EXPECT_EQ(printed_reports(broken).find("none broken"), std::string::npos);
}

TEST(DriverReportsTest, AFaultExplainsOnlyWhatItCanMakeOfADriver) {
  using base::DriverRule;
  EXPECT_TRUE(explains(kReadFailed, DriverRule::kDmaAborted));
  EXPECT_FALSE(explains(kReadFailed, DriverRule::kTxReserved));
  EXPECT_FALSE(explains(kReadFailed, DriverRule::kRingUnmapped));
  EXPECT_TRUE(explains(kWriteFailed, DriverRule::kRingUnmapped));
  EXPECT_TRUE(explains(kWriteFailed, DriverRule::kIrqNotRearmed));
  EXPECT_TRUE(explains(kWriteFailed, DriverRule::kDmaAborted));
  EXPECT_FALSE(explains(kWriteFailed, DriverRule::kDmaPoisoned)) << "nobody sees what is lost";
  EXPECT_TRUE(explains(kDescriptorFlipped, DriverRule::kTxReserved));
  EXPECT_FALSE(explains(kDescriptorFlipped, DriverRule::kRegReadOnly)) << "no descriptor writes a register";
  EXPECT_FALSE(explains(kFrameLoss, DriverRule::kDmaAborted)) << "a cable does not break a driver's rules";
}

TEST(DriverReportsTest, IsPrintedAsCompilersWrite) {
  const std::string text = printed_reports(with_reports(1));
  EXPECT_NE(text.find("\nWhat the drivers did wrong\nnic_a: tx queue 0, descriptor 4: warning: "), text.npos)
      << text;
  EXPECT_NE(text.find("[tx-reserved]\n"), text.npos);
  EXPECT_NE(text.find("    last events of tx queue 0:\n      900 ns  doorbell, tail 5\n"), text.npos);
}

TEST(DriverReportsTest, ManyAreNotAllPrinted) {
  const std::string text = printed_reports(with_reports(13));
  EXPECT_NE(text.find("nic_a: tx queue 9,"), text.npos);
  EXPECT_EQ(text.find("nic_a: tx queue 10,"), text.npos);
  EXPECT_NE(text.find("  and 3 more\n"), text.npos);
}

TEST(DriverReportsTest, JsonHasAllThereIs) {
  const nlohmann::ordered_json reports = driver_reports_json(with_reports(1));
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].at("device"), "nic_a");
  EXPECT_EQ(reports[0].at("place"), "tx queue 0, descriptor 4");
  EXPECT_EQ(reports[0].at("rule"), "tx-reserved");
  EXPECT_EQ(reports[0].at("severity"), "warning");
  EXPECT_EQ(reports[0].at("time_ps"), 1'000'000);
  EXPECT_EQ(reports[0].at("times"), 3);
  EXPECT_EQ(reports[0].at("events").size(), 1u);
  EXPECT_EQ(reports[0].at("fails"), false);
}

}  // namespace
}  // namespace pspnic::bench
