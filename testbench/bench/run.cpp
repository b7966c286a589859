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
#include "model/crypto/device_keys.h"
#include "testbench/bench/checked_stack.h"
#include "testbench/bench/lengths.h"
#include "testbench/bench/parameters.h"
#include "testbench/bench/protect.h"
#include "testbench/bench/recorder.h"
#include "testbench/bench/recordings.h"
#include "testbench/bench/report.h"
#include "testbench/bench/steady.h"
#include "testbench/bench/stream_headers.h"
#include "testbench/bench/summary.h"
#include "testbench/bench/timeline.h"
#include "testbench/bench/traffic.h"

namespace pspnic::bench {

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// A long run must not end in an error here. What an earlier one has left stays until there is more.
void check_writable(const std::string& path) {
  if (!std::ofstream(path, std::ios::binary | std::ios::app)) {
    throw std::runtime_error(path + ": cannot be written");
  }
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(path + ": cannot be written");
}

// A driver that gives wrong buffers away reads packets that never came.
bool opens_by_default(const PlatformParams& params) {
  return faults_wanted(params) && params.faults.descriptor_flipped == 0 &&
         params.simulation.payload == net::Payload::kBytes;
}

std::vector<FlowSpec> read_protected_flows(const RunOptions& options, const Parameters& parameters) {
  if (options.protect.empty()) return {};
  if (parameters.platform.cable.comes_back()) {
    throw base::ConfigError("cable.topology", "flows that the cards protect need a peer: pair");
  }
  if (const unsigned vfs = parameters.platform.host.vfs; vfs > 0) {
    throw base::ConfigError(
        "host.vfs", fmt::format("{}, but --protect is of the physical function alone; what virtual ones send "
                                "would be in clear",
                                vfs));
  }
  std::vector<FlowSpec> flows = read_flows(options.protect);
  for (size_t i = 0; i < flows.size(); ++i) {
    const std::string place = fmt::format("{}: flow {}: version", flows_origin(options.protect), i + 1);
    check_version(parameters.platform.nic.crypto, place.c_str(), static_cast<unsigned>(flows[i].version));
  }
  return flows;
}

// A card cuts TCP segments shorter that PSP would make too long, and drops such datagrams. This workload
// knows its packets by their size.
void check_segments(const std::vector<FlowSpec>& flows, const RunOptions& options,
                    const Parameters& parameters) {
  const bool stream = options.pcap.empty() && find_preset(options.workload).kind == Preset::Kind::kStream;
  if (flows.empty() || !stream || parameters.stream.psp || parameters.stream.tso.bytes == 0) return;
  const uint32_t mtu = parameters.platform.nic.mac.mtu;
  size_t overhead = 0;
  for (const FlowSpec& flow : flows) overhead = std::max(overhead, flow.encapsulation.overhead_bytes());
  const size_t wanted = stream_frame_bytes(parameters.stream) - StreamLayout(parameters.stream).l3_offset;
  if (wanted + overhead <= mtu) return;
  throw base::ConfigError("stream.payload_bytes",
                          fmt::format("segments become IP packets of {} bytes with the flows' PSP headers, "
                                      "nic.mac.mtu is {}: the card would cut them anew, or drop datagrams",
                                      wanted + overhead, mtu));
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

bool captures_psp(const HostParams& host) {
  return host.psp_capture || host.psp_sample;
}

// Makes the folder and takes away what an earlier run has left there, which would pass for this one's.
// Null without a folder, and where packets have no payload, as captures would show nothing.
std::unique_ptr<Recorder> make_recorder(const RunOptions& options, const PlatformParams& platform) {
  if (options.out.empty()) return nullptr;
  std::filesystem::create_directories(options.out);
  for (const char* name : {"report.json", "keys.log", "host.json", "wire.pcap", "host_a.pcap", "host_b.pcap",
                           "captured_a.pcap", "captured_b.pcap"}) {
    std::filesystem::remove(options.out + "/" + name);
  }
  if (platform.simulation.payload == net::Payload::kLengths) return nullptr;
  return std::make_unique<Recorder>(options.out, captures_psp(platform.host));
}

// Between drivers and workload: what is said to either passes them.
struct Observers {
  std::unique_ptr<host::Stack> recording[kSides];
  std::unique_ptr<CheckedStack> stacks[kSides];

  Observers(Platform& platform, Workload& workload, WireChecker& checker, Recorder* recorder) {
    for (const Side side : {kA, kB}) {
      if (recorder != nullptr) {
        recording[side] = recorder->recording(side, workload.stack(side));
        platform.cable(side).set_tap(recorder);
      }
      host::Stack& stack = recorder != nullptr ? *recording[side] : workload.stack(side);
      stacks[side] = std::make_unique<CheckedStack>(checker, side, stack);
      platform.cable(side).set_observer(&checker);
      platform.drivers(side).set_transmit_observer(stacks[side].get());
    }
  }
  // What only they have seen.
  void report(const Platform& platform, Summary& summary) const {
    for (const Side side : {kA, kB}) summary.queues[side] = stacks[side]->queues();
    summary.explanation = explain(platform, {stacks[kA]->deliveries(), stacks[kB]->deliveries()}, summary);
  }
};

// A workload may belong to the drivers, which it leaves before they go.
struct WorkloadEnd {
  std::unique_ptr<Workload>& workload;
  ~WorkloadEnd() { workload.reset(); }
};

// A card that does not answer any more must not hide what the run has found. The physical function's driver,
// which takes the others away, is the last.
void stop_drivers(Platform& platform, Side side, Summary& summary) {
  const HostDrivers& drivers = platform.drivers(side);
  const nic::Nic& nic = platform.nic(side);
  bool failed = false;
  for (unsigned function = drivers.functions(); function-- > 0;) {
    try {
      drivers.driver(function).stop();
    } catch (const host::DriverError& error) {
      const std::string name = HostDrivers::full_name(nic.violations().device(), function);
      summary.given_up.push_back(name + ": " + error.what());
      failed = true;
    }
  }
  if (failed) summary.stall += nic.explain_stall();
}

void pause_script() {
  sc_core::wait(sc_core::sc_time::from_value(5 * base::kUs));
}

FlowUse flow_use(const FlowCounts& counts) {
  FlowUse use;
  for (const Side side : {kA, kB}) {
    const idpf::PspFlowCounts& count = counts[side];
    use.sealed[side] = count.tx_packets;
    use.taken[side] = count.rx_packets;
    use.dropped[side] = count.tx_dropped + count.rx_clear + count.rx_mismatch;
  }
  return use;
}

void count_flow_use(Platform& platform, const std::vector<FlowIds>& flows, Summary& summary) {
  try {
    for (const FlowCounts& counts : count_flows(platform, flows, pause_script)) {
      summary.flows.push_back(flow_use(counts));
    }
  } catch (const std::runtime_error& error) {
    summary.given_up.push_back(error.what());
  }
}

// Of what came to each side.
struct MarkedArrivals {
  ArrivalMarks marks[kSides];

  explicit MarkedArrivals(Platform& platform) {
    for (const Side side : {kA, kB}) platform.nic(side).set_journey_listener(&marks[side]);
  }
  ArrivalMarks& operator[](Side side) { return marks[side]; }
  void restart() {
    for (ArrivalMarks& each : marks) each.restart();
  }
  void report(Platform& platform, Summary& summary) const {
    for (const Side side : {kA, kB}) {
      DirectionSummary& direction = summary.directions[side];
      direction.steady = steady_rate(platform.cable(side).wire_bytes(), marks[platform.peer(side)].times(),
                                     direction.outcome->payload_bytes);
    }
  }
};

// The first packets of both directions, if somebody asked for them.
class Timelines {
 public:
  Timelines(MarkedArrivals& arrivals, const RunOptions& options) : path_(options.timeline) {
    if (path_.empty()) return;
    check_writable(path_);
    for (const Side side : {kA, kB}) {
      arrived_[side] = std::make_unique<Timeline>(options.timeline_packets);
      arrivals[side].set_next(arrived_[side].get());
    }
  }
  void write() const {
    if (path_.empty()) return;
    write_file(path_, timeline_json(*arrived_[kA], *arrived_[kB]));
    std::cout << "\nTimeline in " << path_ << ": opens in https://ui.perfetto.dev\n";
  }

 private:
  std::string path_;
  std::unique_ptr<Timeline> arrived_[kSides];
};

// What is checked before anything is built.
struct PreparedRun {
  std::vector<FlowSpec> flows;
  KeyLog keys;
  DriverSetup setup;
  std::unique_ptr<Workload> workload;

  PreparedRun(const RunOptions& options, const Parameters& parameters)
      : flows(read_protected_flows(options, parameters)),
        workload(make_workload(options, parameters, keys, setup)) {
    check_segments(flows, options, parameters);
  }
};

// `report` gets what was found and the CPU seconds of the simulation.
int simulate(const RunOptions& options, const Parameters& parameters, PreparedRun& prepared,
             Recorder* recorder, const std::function<void(const Finished&, double)>& report) {
  const std::vector<FlowSpec>& flows = prepared.flows;
  std::unique_ptr<Workload>& workload = prepared.workload;
  Recordings recordings(options, parameters);
  Platform platform("bench", parameters.platform, prepared.setup, options.seed, recordings.listeners());
  MarkedArrivals arrivals(platform);
  const Timelines timelines(arrivals, options);
  // What the cards protect by themselves gets longer than the driver's packets.
  const uint16_t wire_mtu = flows.empty() ? prepared.setup.mtu : parameters.platform.nic.mac.mtu;
  WireChecker checker(checks_of(parameters), {opens_by_default(parameters.platform), wire_mtu},
                      platform.events());
  prepared.keys.set_listener(&checker);
  checker.protect(flows);
  const Observers observers(platform, *workload, checker, recorder);
  recordings.watch(platform, checker);
  const WorkloadEnd workload_end{workload};
  const double cpu_before = cpu_seconds();
  std::vector<FlowIds> flow_ids;
  platform.run([&] {
    // Before the drivers come up: their resets leave the flows.
    flow_ids = protect_flows(platform, flows, flows_origin(options.protect), prepared.keys, pause_script);
    checker.end_of_flow_keys();
    for (const Side side : {kA, kB}) platform.drivers(side).start(*observers.stacks[side]);
    workload->prepare(platform);
    platform.begin_window();
    arrivals.restart();
    platform.arm_faults([&](Side side) {
      platform.drivers(side).recover(*observers.stacks[side]);
      workload->recover(platform, side);
    });
    workload->start(platform);
  });
  platform.finish();
  // Before the tear-down, which would end what waits for a driver.
  for (const Side side : {kA, kB}) platform.nic(side).end_of_run();
  platform.disarm_faults();
  const double cpu = cpu_seconds() - cpu_before;
  workload->conclude();

  Summary summary = summarize(platform, *workload, parameters.platform);
  observers.report(platform, summary);
  arrivals.report(platform, summary);
  // Tear-down belongs to the run: what a driver or a device does wrong there is reported as well.
  platform.run([&] {
    count_flow_use(platform, flow_ids, summary);
    for (const Side side : {kA, kB}) stop_drivers(platform, side, summary);
  });
  recordings.finish(platform.now());
  add_findings(summary, platform, checker);
  report({platform, checker, summary}, cpu);
  timelines.write();
  return summary.all_well() ? 0 : 1;
}

void write_files(const RunOptions& options, const Parameters& parameters, const KeyLog& keys,
                 Recorder* recorder, const Finished& found, double cpu) {
  if (recorder != nullptr) {
    recorder->close();
    write_file(options.out + "/keys.log", keys.text());
  }
  write_file(options.out + "/report.json",
             report_json(parameters, options, found.platform, found.checker, found.summary));
  write_file(options.out + "/host.json",
             host_json(parameters, cpu, found.summary.packets_simulated(), found.platform.events().fired()));
  std::cout << "\nWritten to " << options.out << ": report.json ";
  if (recorder != nullptr) {
    const bool captured = captures_psp(parameters.platform.host);
    std::cout << "wire.pcap host_a.pcap host_b.pcap " << (captured ? "captured_a.pcap captured_b.pcap " : "")
              << "keys.log ";
  }
  std::cout << "host.json\n";
}

}  // namespace

// Unless they are told otherwise the drivers send plain packets where the cards protect flows; what the flows
// leave out crosses the cable in clear.
void resolve(const RunOptions& options, Parameters& parameters) {
  if (options.pcap.empty()) apply_preset(parameters, options.workload);
  if (!options.protect.empty()) {
    parameters.stream.psp = parameters.replay.psp = parameters.traffic.psp = false;
    parameters.tcp.psp = TcpParams::Psp::kOff;
  }
  for (const std::string& file : options.config_files) parameters.tree.load_file(file);
  for (const std::string& setting : options.settings) parameters.tree.set_assignment(setting);
}

int run(const RunOptions& options) {
  Parameters parameters;
  resolve(options, parameters);
  PreparedRun prepared(options, parameters);
  if (!options.trace.empty()) start_trace(parameters.platform.nic.crypto, options.trace);
  const std::unique_ptr<Recorder> recorder = make_recorder(options, parameters.platform);
  if (!options.report.empty()) check_writable(options.report);

  const int status =
      simulate(options, parameters, prepared, recorder.get(), [&](const Finished& found, double cpu) {
        print_summary(std::cout, found.summary);
        if (!options.report.empty()) {
          write_file(options.report,
                     report_json(parameters, options, found.platform, found.checker, found.summary));
        }
        if (!options.out.empty()) write_files(options, parameters, prepared.keys, recorder.get(), found, cpu);
      });
  if (!options.trace.empty()) {
    std::cout << "\nWaveforms in " << options.trace << ": card_1.fst of nic_a, card_2.fst of nic_b\n";
  }
  return status;
}

int run(const RunOptions& options, const Parameters& parameters,
        const std::function<void(const Finished&)>& report) {
  PreparedRun prepared(options, parameters);
  return simulate(options, parameters, prepared, nullptr,
                  [&report](const Finished& found, double) { report(found); });
}

void prepare_process() {
  crypto::DeviceKeys keys(0, 0);
  keys.make(0);
  keys.activate(0, 0);
  keys.derive(0, psp::Version::kAesGcm128);
}

void check_run(const RunOptions& options, const Parameters& parameters) {
  const PreparedRun prepared(options, parameters);
}

}  // namespace pspnic::bench
