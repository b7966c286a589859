// SPDX-License-Identifier: Apache-2.0
// A report.json with no more in it than pages need.
#pragma once

#include <string>

namespace pspnic::report {

inline std::string example_report(const std::string& lanes = "2", const std::string& goodput = "1e11",
                                  const std::string& gates = "500000") {
  return R"({"input": {"workload": "stream"}, "seed": 1,
    "config": {"nic": {"mac": {"speed": "200Gbps"}, "lanes": )" +
         lanes + R"(}, "stream": {"payload_bytes": 1000}},
    "crypto": {"gates": )" +
         gates + R"(},
    "summary": {"all_well": true, "window_ps": 5e6,
      "a_to_b": {"received": 10, "goodput_bps": )" +
         goodput + R"(, "packets_per_second": 1e7, "payload_bytes": 10000,
        "latency": {"mean": 2e6, "p50": 2e6, "p99": 3e6, "p99.9": 3e6, "max": 3e6},
        "latency_buckets": {"upto": [2000000, 3000000], "count": [9, 1]}},
      "b_to_a": {"received": 0, "payload_bytes": 0, "latency": null, "latency_buckets": null},
      "waits": [{"name": "nic_a.pcie.tags", "waited": 0.25}], "drops": {"nic_b.rx_overflow": 3}},
    "explanation": {"conclusion": ["Limited by <lanes>."], "b_to_a": null,
      "a_to_b": {"mean": 2e6, "other": 0,
        "parts": [{"name": "ring", "waits": 1500000, "takes": 0}, 
                  {"name": "fetch", "waits": 0, "takes": 495000},
                  {"name": "kdf", "waits": 0, "takes": 5000}]},
      "blocks": [{"name": "nic_a.tx.stages.crypto", "busy": 0.75, "blocked": 0.05, 
                  "blocked_by": "nic_a.tx.stages.mac",
                  "starved": 0.2, "starved_by": "host_a"}, {"name": "nic_a.pcie.upstream", "busy": 0.5}]},
    "statistics": {"cable_a_to_b": {"frames": {"value": 10}, "bytes": {"value": 11000}},
                   "cable_b_to_a": {"frames": {"value": 0}, "bytes": {"value": 0}}}})";
}

}  // namespace pspnic::report
