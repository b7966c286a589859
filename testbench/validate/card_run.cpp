// SPDX-License-Identifier: Apache-2.0
#include "testbench/validate/card_run.h"

#include "testbench/bench/parameters.h"
#include "testbench/bench/run.h"
#include "testbench/bench/summary.h"

namespace pspnic::validate {

CardRates run_cards(const std::string& workload, uint64_t packets, const std::vector<std::string>& settings) {
  bench::Parameters parameters;
  bench::RunOptions options;
  options.workload = workload;
  options.settings = settings;
  options.packets = packets;
  bench::resolve(options, parameters);
  CardRates rates;
  bench::run(options, parameters, [&](const bench::Finished& found) {
    const bench::DirectionSummary& direction = found.summary.directions[bench::kA];
    rates.wire_packets_per_second = direction.wire_packets_per_second;
    rates.payload_gbps = direction.wire_packets_per_second * parameters.stream.payload_bytes * 8 / 1e9;
    rates.all_well = found.summary.all_well();
    for (const bench::BlockUse& block : found.summary.blocks) {
      if (block.name == "nic_a.tx.stages.crypto") rates.lanes_busy = block.utilisation;
    }
  });
  return rates;
}

}  // namespace pspnic::validate
