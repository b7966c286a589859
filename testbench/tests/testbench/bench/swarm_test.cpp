// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/swarm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "model/base/config_error.h"
#include "testbench/bench/flow_file.h"
#include "testbench/bench/parameters.h"

namespace pspnic::bench {
namespace {

using testing::HasSubstr;

constexpr SwarmKind kKinds[] = {SwarmKind::kAny, SwarmKind::kGro};

TEST(SwarmTest, ASeedDrawsTheSameRunAgainAndSeedsDiffer) {
  for (const SwarmKind kind : kKinds) {
    std::set<std::string> lines;
    for (uint64_t seed = 1; seed <= 200; ++seed) {
      const std::string line = command_line(draw_run(seed, kind));
      EXPECT_EQ(line, command_line(draw_run(seed, kind)));
      EXPECT_THAT(line, HasSubstr(" --seed " + std::to_string(seed) + " "));
      lines.insert(line);
    }
    EXPECT_EQ(lines.size(), 200u);
  }
}

TEST(SwarmTest, WhatIsDrawnIsKnownAndInRange) {
  for (const SwarmKind kind : kKinds) {
    for (uint64_t seed = 1; seed <= 500; ++seed) {
      const RunOptions options = draw_run(seed, kind);
      Parameters parameters;
      ASSERT_NO_THROW(apply_preset(parameters, options.workload));
      for (const std::string& setting : options.settings) {
        ASSERT_NO_THROW(parameters.tree.set_assignment(setting)) << command_line(options);
      }
      if (!options.protect.empty()) {
        ASSERT_EQ(read_flows(options.protect).size(), 1u);
      }
    }
  }
}

TEST(SwarmTest, AMergingRunHasAllThatACableDoesToOrder) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const std::string line = command_line(draw_run(seed, SwarmKind::kGro));
    EXPECT_THAT(line, HasSubstr("--workload tcp"));
    for (const char* setting : {"host.gro=true", "cable.loss=", "cable.duplicate=", "cable.reorder."}) {
      EXPECT_THAT(line, HasSubstr(setting));
    }
  }
}

TEST(SwarmTest, TheCommandLineIsQuoted) {
  RunOptions options;
  options.workload = "stream";
  options.packets = 7;
  options.settings = {"stream.flows=3"};
  options.protect = R"([{"version": 1}])";
  EXPECT_EQ(command_line(options),
            R"(pspnic run --workload stream --packets 7 --seed 1 --set stream.flows=3 )"
            R"(--protect '[{"version": 1}]')");
}

TEST(SwarmTest, KindsHaveNames) {
  EXPECT_EQ(parse_swarm_kind("any"), SwarmKind::kAny);
  EXPECT_EQ(parse_swarm_kind("gro"), SwarmKind::kGro);
  EXPECT_THROW(parse_swarm_kind("tcp"), base::ConfigError);
}

}  // namespace
}  // namespace pspnic::bench
