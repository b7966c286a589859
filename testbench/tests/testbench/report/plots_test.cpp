// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/plots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "testbench/tests/testbench/report/example_report.h"

namespace pspnic::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> names(const std::vector<Plot>& plots) {
  std::vector<std::string> found;
  for (const Plot& plot : plots) found.push_back(plot.name);
  return found;
}

TEST(Plots, ARunShowsItsTimeItsBlocksItsLatencyAndTheWire) {
  const RunView run = read_run(example_report(), "r");
  EXPECT_THAT(names(plots_of_run(run)), ElementsAre("time_a_to_b", "blocks", "latency"));
  EXPECT_THAT(names(plots_of_runs({run})), ElementsAre("throughput"));
  const std::string time = plots_of_run(run)[0].draw(kWide).inline_text("");
  EXPECT_THAT(time, HasSubstr("1.500 us"));
  EXPECT_THAT(time, HasSubstr("all others")) << "the key derivation is too short for a row";
}

TEST(Plots, RunsShowWhatVariedAndAreaIfItDiffers) {
  const RunView one = read_run(example_report("1", "5e10", "300000"), "1");
  const RunView two = read_run(example_report("2"), "2");
  const RunView same = read_run(example_report("4"), "4");
  const Varied differ = varied({one, two});
  EXPECT_THAT(differ.keys, ElementsAre("nic.lanes"));
  EXPECT_THAT(differ.values, ElementsAre(ElementsAre("1"), ElementsAre("2")));
  EXPECT_THAT(names(plots_of_runs({one, two})),
              ElementsAre("sweep_goodput", "sweep_p99", "throughput", "area_goodput", "area_p99"));
  EXPECT_THAT(names(plots_of_runs({two, same})), ElementsAre("sweep_goodput", "sweep_p99", "throughput"));
}

TEST(Plots, RunsWithRequestsShowThemToo) {
  std::vector<RunView> runs(2, read_run(example_report(), "r"));
  runs[0].config["x"] = "1";
  runs[1].requests = {.rate = 2e6, .p99 = 7e6};
  const std::vector<Plot> plots = plots_of_runs(runs);
  EXPECT_THAT(names(plots),
              ElementsAre("sweep_goodput", "sweep_p99", "sweep_requests", "sweep_request_p99", "throughput"));
  EXPECT_EQ(plots[3].title, "Latency of requests against x");
}

TEST(Plots, TheKeyWithMostValuesComesFirst) {
  RunView run = read_run(example_report(), "r");
  std::vector<RunView> runs(3, run);
  runs[1].config["b.two"] = runs[2].config["b.two"] = "x";
  for (size_t i = 0; i < 3; ++i) runs[i].config["z.three"] = std::to_string(i);
  EXPECT_THAT(varied(runs).keys, ElementsAre("z.three", "b.two"));
  EXPECT_EQ(varied(runs).values[0][1], "-") << "one has it, another does not";
}

TEST(Plots, LabelsAreAsShortAsTellsParametersApart) {
  EXPECT_THAT(short_names({"nic.pcie.lanes", "nic.crypto.gcm.lanes", "seed", "nic.mac.mtu"}),
              ElementsAre("pcie.lanes", "gcm.lanes", "seed", "mtu"));
  EXPECT_THAT(short_names({"traffic.a.arrivals.rate", "traffic.b.arrivals.rate"}),
              ElementsAre("a.arrivals.rate", "b.arrivals.rate"));
  EXPECT_THAT(short_names({"x", "a.x"}), ElementsAre("x", "a.x")) << "a whole name may end another";
  std::vector<RunView> runs(2, read_run(example_report(), "r"));
  runs[0].config["nic.pcie.lanes"] = "8";
  runs[0].config["nic.crypto.gcm.lanes"] = "1";
  const std::string chart = plots_of_runs(runs)[2].draw(kWide).inline_text("");
  EXPECT_THAT(chart, HasSubstr("gcm.lanes=1, pcie.lanes=8"));
}

TEST(Plots, RunsThatAreNotWellAreHollowAndNeverBest) {
  RunView cheap = read_run(example_report("1", "9e10", "300000"), "1");
  const RunView sound = read_run(example_report("2", "5e10", "500000"), "2");
  const auto chart = [&](const char* name) {
    const std::vector<Plot> plots = plots_of_runs({cheap, sound});
    const auto found = std::ranges::find(plots, name, &Plot::name);
    return found->note + found->draw(kWide).inline_text("");
  };
  for (const char* name : {"sweep_goodput", "throughput", "area_goodput"}) {
    EXPECT_THAT(chart(name), Not(HasSubstr("hollow"))) << name;
    EXPECT_THAT(chart(name), Not(HasSubstr("Hollow"))) << name;
  }
  EXPECT_THAT(chart("area_goodput"), HasSubstr("c0 faint\"><title>lanes=2")) << "beaten in both";
  cheap.well = false;
  for (const char* name : {"sweep_goodput", "throughput", "area_goodput"}) {
    EXPECT_THAT(chart(name), HasSubstr(" hollow\"><title>lanes=1")) << name;
    EXPECT_THAT(chart(name), HasSubstr("NOT WELL, 3 packets dropped</title>")) << name;
    EXPECT_THAT(chart(name), HasSubstr("Hollow points are")) << name;
  }
  EXPECT_THAT(chart("area_goodput"), HasSubstr("\"c0\"><title>lanes=2")) << "who loses packets beats nobody";
}

TEST(Plots, SayWhichRunsTheyLeaveOut) {
  std::vector<RunView> runs;
  for (int size = 1; size <= 13; ++size) {
    for (const char* lanes : {"1", "2"}) {
      RunView run = read_run(example_report(lanes, "5e10", std::string(lanes) + "00000"), "r");
      run.config["stream.size"] = std::to_string(size % 12);
      run.config["z"] = std::to_string(size);
      runs.push_back(run);
    }
  }
  for (const Plot& plot : plots_of_runs(runs)) {
    EXPECT_THAT(plot.note, HasSubstr("NOT ALL RUNS ARE SHOWN")) << plot.name;
  }
  EXPECT_THAT(plots_of_runs(runs)[0].note, HasSubstr("of 24 combinations the first 8 are, without "));
  EXPECT_THAT(plots_of_runs(runs)[0].note, HasSubstr("; and 13 more."));
  runs.resize(8);
  for (const Plot& plot : plots_of_runs(runs)) EXPECT_THAT(plot.note, Not(HasSubstr("NOT ALL"))) << plot.name;
}

TEST(Plots, TheWireAllowsWhatIsLeftBesideHeadersPreambleAndGap) {
  EXPECT_DOUBLE_EQ(line_rate_goodput(1408, 106, 200e9), 200e9 * 1408 / 1538);
  EXPECT_DOUBLE_EQ(line_rate_goodput(1, 54, 100e9), 100e9 / 84) << "frames are padded";
}

TEST(Plots, APointIsBestUnlessOneIsNoWorseInBothAndBetterInOne) {
  EXPECT_THAT(best_of({1, 2, 3, 3}, {10, 20, 20, 30}, true), ElementsAre(true, true, false, true));
  EXPECT_THAT(best_of({1, 2, 3}, {10, 20, 5}, false), ElementsAre(true, false, true));
  EXPECT_THAT(best_of({1, 1}, {10, 10}, true), ElementsAre(true, true)) << "equals do not beat each other";
}

}  // namespace
}  // namespace pspnic::report
