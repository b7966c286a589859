// SPDX-License-Identifier: Apache-2.0
// The main job: build the bench, run a workload to its end, write what was found.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pspnic::bench {

struct Parameters;
struct Summary;
class Platform;
class WireChecker;

struct RunOptions {
  std::vector<std::string> config_files;
  std::vector<std::string> settings;  // key=value
  std::string pcap;                   // exactly one of the two
  std::string workload;
  std::optional<uint64_t> packets;  // capture: at most; stream: this many, default kDefaultPackets
  uint64_t seed = 1;
  // Flows that the cards protect, their drivers knowing nothing (flow_file.h): a file or its text; empty:
  // none
  std::string protect;
  std::string out;                // folder; empty: nothing is written
  std::string report;             // file for report.json alone; empty: none
  std::string timeline;           // file of the first packets' timeline (timeline.h); empty: none
  size_t timeline_packets = 200;  // each direction
  std::string record[2];          // file of what crosses card A's and card B's border; empty: none
  std::string trace;              // folder for waveforms of the crypto engine; empty: none
};
inline constexpr uint64_t kDefaultPackets = 100'000;

// Exit status: 0 all received bytes equal the sent ones, 1 not, or the input broke off.
// Throws base::ConfigError for bad options, std::runtime_error for files, host::DriverError.
int run(const RunOptions& options);

// Parameters as preset, files and settings of the options have them. Throws base::ConfigError.
void resolve(const RunOptions& options, Parameters& parameters);

// What a run has found, while its platform still stands.
struct Finished {
  Platform& platform;
  const WireChecker& checker;
  const Summary& summary;
};

// The same with parameters that are resolved already: config_files and settings are not read, nothing is
// printed or written.
int run(const RunOptions& options, const Parameters& parameters,
        const std::function<void(const Finished&)>& report);

// Has OpenSSL look up its algorithms, which it does once a process: processes forked behind it need not.
void prepare_process();

// What run() checks before it builds anything: whether such a run could start.
void check_run(const RunOptions& options, const Parameters& parameters);

}  // namespace pspnic::bench
