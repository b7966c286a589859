// SPDX-License-Identifier: Apache-2.0
// Every parameter of a run, in one tree.
#pragma once

#include <string>
#include <vector>

#include "model/base/params.h"
#include "testbench/bench/platform.h"
#include "testbench/bench/replay.h"
#include "testbench/bench/stream.h"
#include "testbench/bench/wire_checker.h"

namespace pspnic::bench {

struct Parameters {
  PlatformParams platform;
  StreamParams stream;
  ReplayParams replay;
  CheckParams check;
  base::ParamTree tree;

  Parameters() {
    platform.add_to(tree);
    tree.add("stream", stream);
    tree.add("replay", replay);
    tree.add("check", check);
  }
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;
};

// Named starting points of the stream workload.
struct Preset {
  const char* name;
  const char* meaning;
  std::vector<std::string> settings;  // key=value
};
const std::vector<Preset>& presets();
// Throws ConfigError that lists the presets.
void apply_preset(Parameters& parameters, const std::string& name);

}  // namespace pspnic::bench
