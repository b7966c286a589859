// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "model/base/config_error.h"
#include "testbench/bench/parameters.h"
#include "testbench/bench/protect.h"
#include "testbench/bench/recorder.h"
#include "testbench/bench/report.h"
#include "testbench/bench/summary.h"

namespace pspnic::bench {

namespace {

constexpr uint32_t kStandardMtu = 1500;
constexpr uint32_t kEthernet = static_cast<uint32_t>(net::kEthernetHeaderBytes);
constexpr uint32_t kPspOverhead = static_cast<uint32_t>(psp::kTransportOverheadBytes);

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(path + ": cannot be written");
}

// A lane that does not know the keys of the traffic would have the driver refused at its first SA.
void check_version(const nic::CryptoParams& crypto, const char* parameter, unsigned version) {
  if ((crypto::GcmLanes(crypto.gcm).versions() >> version & 1) != 0) return;
  throw base::ConfigError(
      parameter, fmt::format("PSP version {} has 256-bit keys, nic.crypto.gcm.lane={} has not", version,
                             crypto::timing_of(crypto.gcm.lane).name));
}

// What is in the servers counts as well.
void check_queue(const char* queue, unsigned packets, const char* servers, unsigned count) {
  if (packets >= count) return;
  throw base::ConfigError(queue, fmt::format("{} packets leave some of {} = {} without work; {} at least",
                                             packets, servers, count, count));
}

std::unique_ptr<Workload> make_workload(const RunOptions& options, const Parameters& parameters, KeyLog& keys,
                                        DriverSetup& setup) {
  const uint32_t card_mtu = parameters.platform.nic.mac.mtu;
  uint32_t frame = 0;
  if (parameters.platform.host.ring % 32 != 0) {
    throw base::ConfigError("host.ring",
                            fmt::format("{} is not a multiple of 32", parameters.platform.host.ring));
  }
  if (parameters.platform.host.queue_pairs > parameters.platform.nic.device.queues) {
    throw base::ConfigError("host.queue_pairs", fmt::format("{} is more than nic.device.queues = {}",
                                                            parameters.platform.host.queue_pairs,
                                                            parameters.platform.nic.device.queues));
  }
  check_queue("nic.crypto.gcm.queue_packets", parameters.platform.nic.crypto.gcm.queue_packets,
              "nic.crypto.gcm.lanes", parameters.platform.nic.crypto.gcm.lanes);
  check_queue("nic.crypto.kdf.queue_packets", parameters.platform.nic.crypto.kdf.queue_packets,
              "nic.crypto.kdf.units", parameters.platform.nic.crypto.kdf.units);
  nic::engine_of(parameters.platform.nic.crypto);
  // Without PSP the cards pass what looks like it up as the UDP that it is.
  const bool psp = options.pcap.empty() ? parameters.stream.psp : parameters.replay.psp;
  if (!psp) setup.psp_versions = 0;
  if (psp && options.pcap.empty()) {
    check_version(parameters.platform.nic.crypto, "stream.psp_version", parameters.stream.psp_version);
  } else if (psp) {
    check_version(parameters.platform.nic.crypto, "replay.psp_version", parameters.replay.psp_version);
  }
  const uint32_t overhead = psp ? kPspOverhead : 0;
  std::unique_ptr<Workload> workload;
  if (!options.pcap.empty()) {
    ReplayInput input = read_replay(options.pcap, options.packets.value_or(UINT64_MAX), card_mtu);
    if (input.packets.empty() && !input.error.empty()) throw std::runtime_error(input.error);
    frame = input.largest_frame;
    workload = std::make_unique<ReplayWorkload>(parameters.replay, std::move(input), keys);
  } else {
    frame = stream_frame_bytes(parameters.stream);
    setup.tso = parameters.stream.tso.bytes > 0;
    workload =
        std::make_unique<StreamWorkload>(parameters.stream, options.packets.value_or(kDefaultPackets), keys);
    if (frame - kEthernet + overhead > card_mtu) {
      throw base::ConfigError("stream.payload_bytes",
                              fmt::format("packets of {} bytes on the wire exceed nic.mac.mtu = {}",
                                          frame - kEthernet + overhead, card_mtu));
    }
  }
  const uint32_t wanted = frame > kEthernet ? frame - kEthernet + overhead : 0;
  setup.mtu = static_cast<uint16_t>(std::min(card_mtu, std::max(kStandardMtu, wanted)));
  return workload;
}

// The drivers then send plain packets; what the flows leave out crosses the cable in clear.
std::vector<FlowSpec> read_protected_flows(const RunOptions& options, Parameters& parameters) {
  if (options.protect.empty()) return {};
  parameters.stream.psp = parameters.replay.psp = false;
  std::vector<FlowSpec> flows = read_flows(options.protect);
  for (size_t i = 0; i < flows.size(); ++i) {
    const std::string place = fmt::format("{}: flow {}: version", options.protect, i + 1);
    check_version(parameters.platform.nic.crypto, place.c_str(), static_cast<unsigned>(flows[i].version));
  }
  return flows;
}

void start_trace(const nic::CryptoParams& crypto, const std::string& folder) {
  const psp::Engine& engine = nic::engine_of(crypto);
  if (engine.trace == nullptr) {
    throw base::ConfigError("--trace",
                            fmt::format("nic.crypto.engine={} has no waveforms; rtl has", engine.name));
  }
  std::filesystem::create_directories(folder);
  engine.trace(folder);
}

}  // namespace

int run(const RunOptions& options) {
  Parameters parameters;
  if (options.pcap.empty()) apply_preset(parameters, options.workload);
  for (const std::string& file : options.config_files) parameters.tree.load_file(file);
  for (const std::string& setting : options.settings) parameters.tree.set_assignment(setting);

  const std::vector<FlowSpec> flows = read_protected_flows(options, parameters);
  KeyLog keys;
  DriverSetup setup;
  const std::unique_ptr<Workload> workload = make_workload(options, parameters, keys, setup);
  if (!options.trace.empty()) start_trace(parameters.platform.nic.crypto, options.trace);
  if (!options.out.empty()) std::filesystem::create_directories(options.out);
  const std::unique_ptr<Recorder> recorder =
      options.out.empty() ? nullptr : std::make_unique<Recorder>(options.out);

  Platform platform("bench", parameters.platform, setup, options.seed);
  std::unique_ptr<host::Stack> stacks[kSides];
  for (const Side side : {kA, kB}) {
    if (recorder) {
      stacks[side] = recorder->recording(side, workload->stack(side));
      platform.cable(side).set_tap(recorder.get());
    }
  }
  const double cpu_before = cpu_seconds();
  platform.run([&] {
    // Before the drivers come up: their resets leave the flows.
    protect_flows(platform, flows, options.protect, keys,
                  [] { sc_core::wait(sc_core::sc_time::from_value(5 * base::kUs)); });
    for (const Side side : {kA, kB})
      platform.driver(side).start(recorder ? *stacks[side] : workload->stack(side));
    workload->prepare(platform);
    platform.begin_window();
    workload->start(platform);
  });
  platform.finish();
  const double cpu = cpu_seconds() - cpu_before;

  Summary summary = summarize(platform, *workload, parameters.platform.nic.crypto);
  // Tear-down belongs to the run: what a driver or a device does wrong there is reported as well.
  platform.run([&] {
    for (const Side side : {kA, kB}) platform.driver(side).stop();
  });
  add_findings(summary, platform);
  print_summary(std::cout, summary);
  if (recorder) {
    recorder->close();
    write_file(options.out + "/keys.log", keys.text());
    write_file(options.out + "/report.json", report_json(parameters, options, platform, summary));
    write_file(options.out + "/host.json",
               host_json(parameters, cpu, summary.packets_simulated(), platform.events().fired()));
    std::cout << "\nWritten to " << options.out
              << ": report.json wire.pcap host_a.pcap host_b.pcap keys.log host.json\n";
  }
  if (!options.trace.empty()) {
    std::cout << "\nWaveforms in " << options.trace << ": card_1.fst of nic_a, card_2.fst of nic_b\n";
  }
  return summary.all_well() ? 0 : 1;
}

}  // namespace pspnic::bench
