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
      {"traffic",
       "what traffic.* says: sizes, arrivals and popularity of flows, each way",
       {},
       Preset::Kind::kTraffic},
      {"imix",
       "host A offers frames of 64, 594 and 1518 bytes as 7:4:1, at half of a 200 Gb/s port",
       {"traffic.a.sizes.kind=imix", "traffic.a.arrivals.kind=poisson"},
       Preset::Kind::kTraffic},
      {"poisson",
       "host A offers packets as a Poisson process, at half of a 200 Gb/s port",
       {"traffic.a.arrivals.kind=poisson"},
       Preset::Kind::kTraffic},
      {"onoff",
       "host A offers bursts at the rate of a 200 Gb/s port, half of the time",
       {"traffic.a.arrivals.kind=on_off", "traffic.a.arrivals.rate=200Gbps"},
       Preset::Kind::kTraffic},
      {"rpc",
       "host A sends requests of 128 bytes, host B answers with 4 KiB after 1 us",
       {"traffic.rpc.outstanding=4", "traffic.rpc.think=1us", "traffic.a.sizes.bytes=128B",
        "traffic.b.sizes.bytes=4KiB"},
       Preset::Kind::kTraffic},
      {"many",
       "both hosts offer IMIX as Poisson processes on 4096 flows, few of them popular",
       {"traffic.flows=4096", "traffic.zipf=1", "traffic.a.sizes.kind=imix", "traffic.b.sizes.kind=imix",
        "traffic.a.arrivals.kind=poisson", "traffic.b.arrivals.kind=poisson",
        "traffic.a.arrivals.rate=50Gbps", "traffic.b.arrivals.rate=50Gbps"},
       Preset::Kind::kTraffic},
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
