// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::sweep {
namespace {

using testing::HasSubstr;

Plan plan_over(std::vector<std::string> keys, std::vector<std::vector<std::string>> values) {
  Plan plan;
  plan.workload = "stream";
  plan.points = {std::move(keys), std::move(values)};
  return plan;
}

TEST(Configuration, SetsEachPointFromTheSameValues) {
  Plan plan = plan_over({"workload", "nic.crypto.gcm.lanes"}, {{"tso", "3"}, {"stream", "5"}, {"tso", "7"}});
  plan.workload.clear();
  plan.configs = {{"card.json", R"({"cable": {"delay": "70ns"}})"}};
  plan.settings = {"stream.flows=4"};
  Configuration configuration(plan);
  for (const size_t point : {2, 0, 1, 2}) {
    const bench::RunOptions options = configuration.apply(point);
    const bench::Parameters& parameters = configuration.parameters();
    EXPECT_EQ(options.workload, point == 1 ? "stream" : "tso");
    EXPECT_EQ(parameters.stream.tso.bytes > 0, point != 1) << "the preset of the workload";
    EXPECT_EQ(parameters.platform.nic.crypto.gcm.lanes, 3 + 2 * point);
    EXPECT_EQ(parameters.platform.cable.delay.ps, 70'000u);
    EXPECT_EQ(parameters.stream.flows, 4u);
  }
}

TEST(Configuration, VariesPacketsAndSeed) {
  const Plan plan = plan_over({"packets", "seed"}, {{"12", "34"}});
  const bench::RunOptions options = Configuration(plan).apply(0);
  EXPECT_EQ(options.packets, 12u);
  EXPECT_EQ(options.seed, 34u);
}

TEST(Configuration, ChecksEveryPoint) {
  const auto refused = [](const Plan& plan) { return refusal([&] { Configuration(plan).check_all(); }); };
  EXPECT_EQ(refused(plan_over({"seed"}, {{"1"}, {"2"}})), "");
  EXPECT_THAT(refused(plan_over({"seed"}, {{"1"}, {"-2"}})),
              HasSubstr("point 1 (seed=-2): seed: \"-2\" is no"));
  EXPECT_THAT(refused(plan_over({"workload"}, {{"strean"}})), HasSubstr("--workload strean: unknown"));
  EXPECT_THAT(refused(plan_over({"nic.crypto.gcm.lanes"}, {{"1"}, {"65"}})),
              HasSubstr("point 1 (nic.crypto.gcm.lanes=65): nic.crypto.gcm.lanes: \"65\" must lie in 1..64"));
  EXPECT_THAT(refused(plan_over({"nic.mac.mtu"}, {{"9000"}, {"1280"}})),
              HasSubstr("point 1 (nic.mac.mtu=1280): stream.payload_bytes: "))
      << "what parameters do together";
  Plan tcp = plan_over({"workload"}, {{"stream"}, {"tcp"}});
  tcp.packets = 3;
  EXPECT_THAT(refused(tcp), HasSubstr("point 1 (workload=tcp): --packets: TCP"));
}

TEST(Configuration, RefusesWhatCouldNotCount) {
  Plan plan = plan_over({"nic.crypto.gcm.lanes"}, {{"1"}});
  plan.settings = {"crypto.gcm.lanes=3"};
  EXPECT_EQ(refusal([&] { Configuration{plan}; }),
            "--set crypto.gcm.lanes=3: nic.crypto.gcm.lanes varies, so this has no effect");
  plan.settings = {"nic.crypto.gcm.lanes"};
  EXPECT_THAT(refusal([&] { Configuration{plan}; }), HasSubstr("has no value"));
  plan.settings.clear();
  plan.workload.clear();
  EXPECT_THAT(refusal([&] { Configuration{plan}; }), HasSubstr("needs --workload NAME"));
}

TEST(Configuration, KnowsAllParametersThatNameFiles) {
  bench::Parameters parameters;
  for (std::string* name : file_parameters(parameters)) *name = "sizes.csv";
  for (const base::ParamInfo& info : parameters.tree.list()) {
    EXPECT_EQ(info.value_text == "sizes.csv", info.name.ends_with(".file")) << info.name;
  }
}

TEST(Configuration, NamesFilesOfAllPointsOrTheirCopies) {
  Plan plan = plan_over({"traffic.a.sizes.file"}, {{"a.csv"}, {"none"}, {"b.pcap"}});
  plan.workload = "poisson";
  plan.settings = {"churn.sizes.file=c.csv"};
  plan.files = {{"a.csv", ""}, {"b.pcap", ""}};
  Configuration configuration(plan);
  EXPECT_THAT(configuration.files_named(), testing::ElementsAre("a.csv", "b.pcap", "c.csv"));
  const bench::Parameters& parameters = configuration.parameters();
  configuration.apply(2);
  configuration.name_copies("out");
  EXPECT_EQ(parameters.traffic.a.sizes.file, "out/inputs/01");
  EXPECT_EQ(parameters.churn.sizes.file, "c.csv") << "there is no copy";
  configuration.name_files();
  EXPECT_EQ(parameters.traffic.a.sizes.file, "b.pcap");
  configuration.name_copies("out");
  configuration.apply(1);
  configuration.name_files();
  EXPECT_EQ(parameters.traffic.a.sizes.file, "none") << "copies of another point are forgotten";
}

TEST(CompleteKeys, GivesFullNamesAndFindsTwoOfOneParameter) {
  Points points{{"gcm.lanes", "seed"}, {}};
  complete_keys(points);
  EXPECT_THAT(points.keys, testing::ElementsAre("nic.crypto.gcm.lanes", "seed"));
  points.keys = {"gcm.lanes", "crypto.gcm.lanes"};
  EXPECT_EQ(refusal([&] { complete_keys(points); }), "nic.crypto.gcm.lanes: varies twice");
  points.keys = {"nic.crypto.gcm.lans"};
  EXPECT_THAT(refusal([&] { complete_keys(points); }), HasSubstr("nearest one is nic.crypto.gcm.lanes"));
}

}  // namespace
}  // namespace pspnic::sweep
