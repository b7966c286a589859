// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/parameters.h"

#include "model/base/config_error.h"

namespace pspnic::bench {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> list{
      {"stream", "host A sends full packets of a 1500-byte MTU", {}},
      {"bidir", "both hosts send full packets, so many each as --packets says", {"stream.both_ways=true"}},
      {"tso", "host A sends TSO frames of 44 segments", {"stream.tso=61952B"}},
      {"small", "host A sends packets of 64 bytes payload", {"stream.payload_bytes=64"}},
      {"jumbo", "host A sends packets of 8900 bytes payload", {"stream.payload_bytes=8900"}},
      {"clear", "host A sends full packets without PSP", {"stream.psp=false"}},
      {"tcp", "host A sends over TCP connections, from SYN to FIN", {}, Preset::Kind::kTcp},
      {"tcp_tso", "the same with TSO frames", {"tcp.tso=61952B"}, Preset::Kind::kTcp},
      {"tcp_bidir", "both hosts send, on the same connections", {"tcp.both_ways=true"}, Preset::Kind::kTcp},
      {"mix",
       "host A offers packets in clear and packets to protect, at rates of their own",
       {"host.queue_pairs=2"},
       Preset::Kind::kMix},
      {"churn",
       "connections come and go on both hosts, each with keys of its own, while data flows",
       {},
       Preset::Kind::kChurn},
  };
  return list;
}

const Preset& find_preset(const std::string& name) {
  std::string names;
  for (const Preset& preset : presets()) {
    if (preset.name == name) return preset;
    names += std::string(names.empty() ? "" : ", ") + preset.name;
  }
  throw base::ConfigError("--workload " + name, "unknown; there are " + names);
}

void apply_preset(Parameters& parameters, const std::string& name) {
  for (const std::string& setting : find_preset(name).settings) parameters.tree.set_assignment(setting);
}

}  // namespace pspnic::bench
