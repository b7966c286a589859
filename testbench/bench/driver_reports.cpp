// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/driver_reports.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "model/base/violation_json.h"
#include "model/nic/nic.h"
#include "testbench/bench/ledger.h"

namespace pspnic::bench {

namespace {

constexpr size_t kReportsShown = 10;

}  // namespace

void add_driver_reports(Summary& summary, const nic::Nic& nic, FaultKinds faults) {
  const std::string& device = nic.violations().device();
  if (nic.sanitized()) summary.rules_checked = base::driver_rules().size();
  for (const base::Violation& violation : nic.violations().first()) {
    const bool counts = nic.fails(violation);
    const bool fails = counts && !explains(faults, violation.rule);
    summary.driver_reports.push_back({device, violation, fails});
    const std::string text = device + ": " + to_string(violation);
    if (counts) summary.violations.push_back(text);
    if (fails) summary.failures.push_back(text);
  }
}

void print_driver_reports(std::ostream& out, const Summary& summary) {
  if (summary.driver_reports.empty()) {
    if (summary.rules_checked > 0)
      fmt::print(out, "\nDrivers: {} rules checked, none broken.\n", summary.rules_checked);
    return;
  }
  fmt::print(out, "\n{}\n",
             summary.faults.empty() ? "What the drivers did wrong"
                                    : "What the drivers did wrong, or faults made of what they did");
  const size_t shown = std::min(kReportsShown, summary.driver_reports.size());
  for (size_t i = 0; i < shown; ++i) {
    const DriverReport& report = summary.driver_reports[i];
    out << explain(report.violation, report.device);
  }
  if (summary.driver_reports.size() > shown)
    fmt::print(out, "  and {} more\n", summary.driver_reports.size() - shown);
}

nlohmann::ordered_json driver_reports_json(const Summary& summary) {
  nlohmann::ordered_json reports = nlohmann::ordered_json::array();
  for (const DriverReport& report : summary.driver_reports) {
    reports.push_back(base::to_json(report.violation, report.device));
    reports.back()["fails"] = report.fails;
  }
  return reports;
}

}  // namespace pspnic::bench
