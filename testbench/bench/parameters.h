// SPDX-License-Identifier: Apache-2.0
// Every parameter of a run, in one tree.
#pragma once

#include <string>
#include <vector>

#include "model/base/params.h"
#include "testbench/bench/churn_params.h"
#include "testbench/bench/mix.h"
#include "testbench/bench/platform.h"
#include "testbench/bench/replay.h"
#include "testbench/bench/stream.h"
#include "testbench/bench/tcp_workload.h"
#include "testbench/bench/traffic_params.h"
#include "testbench/bench/wire_checker.h"

namespace pspnic::bench {

// The values alone: can be copied, so that a sweep starts each of its points from the same ones.
struct ParameterValues {
  PlatformParams platform;
  StreamParams stream;
  ReplayParams replay;
  TcpParams tcp;
  MixParams mix;
  ChurnParams churn;
  TrafficParams traffic;
  CheckParams check;
};

struct Parameters : ParameterValues {
  base::ParamTree tree;

  Parameters() {
    platform.add_to(tree);
    tree.add("stream", stream);
    tree.add("replay", replay);
    tree.add("tcp", tcp);
    tree.add("mix", mix);
    tree.add("churn", churn);
    tree.add("traffic", traffic);
    tree.add("check", check);
  }
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  ParameterValues& values() { return *this; }
};

// Named starting points of generated traffic.
struct Preset {
  enum class Kind { kStream, kTcp, kMix, kChurn, kTraffic };  // whose parameters count
  const char* name;
  const char* meaning;
  std::vector<std::string> settings;  // key=value
  Kind kind = Kind::kStream;
};
const std::vector<Preset>& presets();
// Both throw ConfigError that lists the presets.
const Preset& find_preset(const std::string& name);
void apply_preset(Parameters& parameters, const std::string& name);

}  // namespace pspnic::bench
