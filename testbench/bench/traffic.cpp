// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <stdexcept>

#include "model/base/config_error.h"
#include "model/psp/header.h"
#include "testbench/bench/churn.h"
#include "testbench/bench/lengths.h"
#include "testbench/bench/param_steps.h"
#include "testbench/bench/stream_headers.h"
#include "testbench/bench/traffic_workload.h"

namespace pspnic::bench {

namespace {

constexpr uint32_t kEthernet = static_cast<uint32_t>(net::kEthernetHeaderBytes);
constexpr uint32_t kPspOverhead = static_cast<uint32_t>(psp::kTransportOverheadBytes);

// What is in the servers counts as well.
void check_queue(const char* queue, unsigned packets, const char* servers, unsigned count) {
  if (packets >= count) return;
  throw base::ConfigError(queue, fmt::format("{} packets leave some of {} = {} without work; {} at least",
                                             packets, servers, count, count));
}

// The parameter that says how many queue pairs the vports have.
const char* pairs_parameter(const HostParams& host) {
  return host.vport_queue_pairs == "0" ? "host.queue_pairs" : "host.vport_queue_pairs";
}

void check_vports(const HostParams& host, const nic::DeviceParams& device) {
  if (host.vports > device.vports) {
    throw base::ConfigError(
        "host.vports", fmt::format("{} is more than nic.device.vports = {}", host.vports, device.vports));
  }
  const std::vector<unsigned> pairs = queue_pairs_of_vports(host);
  const unsigned sum = std::accumulate(pairs.begin(), pairs.end(), 0u);
  if (sum <= device.queues) return;
  const std::string of = host.vports == 1 ? "" : fmt::format(" of {} vports", host.vports);
  throw base::ConfigError(pairs_parameter(host),
                          fmt::format("{}{} is more than nic.device.queues = {}", sum, of, device.queues));
}

// Each virtual function has as many vports and queues as the physical one, in the same order.
void check_functions(const HostParams& host, const nic::DeviceParams& device) {
  if (host.vfs > device.vfs) {
    throw base::ConfigError("host.vfs",
                            fmt::format("{} is more than nic.device.vfs = {}", host.vfs, device.vfs));
  }
  if (host.vfs == 0) return;
  const auto check = [](const char* parameter, unsigned wanted, const char* of_card, unsigned most) {
    if (wanted <= most) return;
    throw base::ConfigError(
        parameter, fmt::format("{} is more than nic.device.{} = {}; each function's driver has as many",
                               wanted, of_card, most));
  };
  const std::vector<unsigned> pairs = queue_pairs_of_vports(host);
  const unsigned each = std::accumulate(pairs.begin(), pairs.end(), 0u);
  check("host.vports", host.vports, "vf_vports", device.vf_vports);
  check(pairs_parameter(host), each, "vf_queues", device.vf_queues);
  const std::vector<host::KeyMode> modes = key_modes_of_queues(host);
  for (unsigned queue = each; queue < each * (host.vfs + 1); ++queue) {
    if (modes[queue % modes.size()] != host::KeyMode::kConfigQueue) continue;
    throw base::ConfigError(
        host.psp.queue_key_modes == "default" ? "host.psp.key_mode" : "host.psp.queue_key_modes",
        "config_queue for a virtual function; only the physical one has such queues (see host.vfs)");
  }
}

// Only streams exchange keys function by function.
void check_one_function(const HostParams& host, const char* traffic) {
  if (host.vfs == 0) return;
  throw base::ConfigError(
      "host.vfs", fmt::format("{}, but {} uses the physical function alone; streams use virtual ones as well",
                              host.vfs, traffic));
}

// Only streams and captures exchange new keys after a reset, and only their frames may come back to the
// sender: flows that the cards protect have a key for each direction.
void check_goes_on(const PlatformParams& platform, const char* traffic) {
  if (platform.faults.reset.after.ps > 0) {
    throw base::ConfigError("faults.reset.after",
                            fmt::format("{} does not go on after a reset; streams and captures do", traffic));
  }
  if (platform.cable.comes_back()) {
    throw base::ConfigError("cable.topology", fmt::format("{} needs a peer: pair", traffic));
  }
}

// Packets of a capture and TCP's connections know one address a host.
void check_one_vport(const HostParams& host, const char* traffic) {
  if (host.vports == 1) return;
  throw base::ConfigError(
      "host.vports",
      fmt::format("{}, but {} uses one vport; streams and the mix use more", host.vports, traffic));
}

void check_platform(const PlatformParams& platform) {
  if (platform.host.ring % kRingStep != 0) {
    throw base::ConfigError("host.ring",
                            fmt::format("{} is not a multiple of {}", platform.host.ring, kRingStep));
  }
  if (platform.host.itr.ps % kItrStep != 0) {
    throw base::ConfigError("host.itr", fmt::format("{} is not a multiple of {}, the unit of the device",
                                                    base::to_string(platform.host.itr),
                                                    base::to_string(base::Duration{kItrStep})));
  }
  check_vports(platform.host, platform.nic.device);
  check_functions(platform.host, platform.nic.device);
  check_queue("nic.crypto.gcm.queue_packets", platform.nic.crypto.gcm.queue_packets, "nic.crypto.gcm.lanes",
              platform.nic.crypto.gcm.lanes);
  check_queue("nic.crypto.kdf.queue_packets", platform.nic.crypto.kdf.queue_packets, "nic.crypto.kdf.units",
              platform.nic.crypto.kdf.units);
  nic::engine_of(platform.nic.crypto);
  const rx::GroParams& gro = platform.nic.rx.gro;
  if (gro.contexts % gro.ways != 0) {
    throw base::ConfigError("nic.rx.gro.contexts",
                            fmt::format("{} is no multiple of nic.rx.gro.ways = {}", gro.contexts, gro.ways));
  }
}

// What the drivers need to know of the traffic.
struct Traffic {
  uint32_t frame = 0;     // the largest, as the stack has it, without VLAN tags
  uint32_t overhead = 0;  // what PSP adds
  bool psp = false;
  unsigned psp_version = 0;
  const char* version_parameter = "";
  const char* size_parameter = nullptr;  // decides `frame`; null: a capture does
};

// Who may rotate keys and how often: what the cards would refuse while the run is under way.
void check_rotations(const RunOptions& options, const control::ControlParams& control, const char* parameter,
                     base::Duration period) {
  if (period.ps == 0) return;
  if (!options.protect.empty()) {
    throw base::ConfigError(parameter,
                            "with --protect the management port holds the keys, and drivers may not "
                            "rotate them");
  }
  if (period.ps >= control.min_rotate_interval.ps) return;
  throw base::ConfigError(
      parameter, fmt::format("{} is less than nic.control.min_rotate_interval = {}: the cards refuse "
                             "such rotations",
                             base::to_string(period), base::to_string(control.min_rotate_interval)));
}

// Without a driver's leave keys have no age; without new SAs each end of a key is the end of all packets.
void check_key_age(const RunOptions& options, const PlatformParams& platform, bool renews) {
  const bool aged = platform.nic.control.key_max_age.ps > 0;
  if (aged && !platform.host.psp.device_rotates) {
    throw base::ConfigError("nic.control.key_max_age",
                            "nothing happens at that age unless host.psp.device_rotates is set");
  }
  if (!platform.host.psp.device_rotates) return;
  if (!renews) {
    throw base::ConfigError("host.psp.device_rotates",
                            "this workload goes on with its first keys; churn renews them");
  }
  if (!options.protect.empty()) {
    throw base::ConfigError("host.psp.device_rotates",
                            "with --protect the management port holds the keys, and the device may not "
                            "rotate them");
  }
}

std::unique_ptr<Workload> make_replay(const RunOptions& options, const Parameters& parameters, KeyLog& keys,
                                      Traffic& traffic) {
  const ReplayParams& params = parameters.replay;
  check_one_vport(parameters.platform.host, "a capture");
  check_one_function(parameters.platform.host, "a capture");
  traffic = {0,      psp_overhead_bytes(params.mode), params.psp, params.psp_version, "replay.psp_version",
             nullptr};
  if (parameters.platform.host.gro) {
    throw base::ConfigError("host.gro",
                            "packets of a capture are compared one by one, so none may be merged");
  }
  if (std::error_code error; !std::filesystem::is_regular_file(options.pcap, error) &&
                             !std::filesystem::is_fifo(options.pcap, error)) {
    const bool there = std::filesystem::exists(options.pcap, error);
    throw base::ConfigError("--pcap " + options.pcap,
                            there ? "is no file" : std::string("cannot be read: No such file or directory"));
  }
  ReplayInput input = read_replay(options.pcap, options.packets.value_or(UINT64_MAX),
                                  parameters.platform.nic.mac.mtu, params.mode);
  if (input.packets.empty() && !input.error.empty()) throw std::runtime_error(input.error);
  traffic.frame = input.largest_frame;
  return std::make_unique<ReplayWorkload>(params, std::move(input), keys);
}

// A driver leaves less in clear where a packet ends before; a card's template is the same for all packets.
void check_templates(const StreamParams& params) {
  check_device_built(params.mode, "stream.");
  const StreamLayout layout(params);
  const uint32_t begin = params.mode.tunnel ? layout.l3_offset : layout.l4_offset;
  const auto more = static_cast<uint32_t>(params.mode.vc ? psp::kVcBytes : 0);
  const uint32_t most = (stream_frame_bytes(params) - begin + more) / psp::kCryptOffsetUnitBytes;
  if (psp::is_gmac(static_cast<psp::Version>(params.psp_version)) || params.mode.crypt_offset <= most) return;
  throw base::ConfigError(
      "stream.crypt_offset",
      fmt::format(
          "{} reaches beyond packets of stream.payload_bytes = {}, which a card that builds the headers "
          "drops; {} at most",
          params.mode.crypt_offset, params.payload_bytes, most));
}

std::unique_ptr<Workload> make_stream(const RunOptions& options, const StreamParams& params, KeyLog& keys,
                                      Traffic& traffic) {
  const auto tags = static_cast<uint32_t>(params.vlan_tags * net::kVlanTagBytes);
  if (params.psp && params.device_built) check_templates(params);
  traffic = {stream_frame_bytes(params) - tags,
             psp_overhead_bytes(params.mode),
             params.psp,
             params.psp_version,
             "stream.psp_version",
             "stream.payload_bytes"};
  return std::make_unique<StreamWorkload>(params, options.packets.value_or(kDefaultPackets), keys);
}

std::unique_ptr<Workload> make_tcp(const RunOptions& options, const Parameters& parameters, KeyLog& keys,
                                   Traffic& traffic) {
  const TcpParams& params = parameters.tcp;
  check_one_vport(parameters.platform.host, "TCP");
  check_one_function(parameters.platform.host, "TCP");
  check_goes_on(parameters.platform, "TCP");
  if (options.packets) {
    throw base::ConfigError("--packets", "TCP connections carry bytes; set tcp.bytes and tcp.connections");
  }
  if (params.rotation_period.ps > 0 && params.psp != TcpParams::Psp::kUpgrade) {
    throw base::ConfigError("tcp.rotation_period",
                            "only connections that are upgraded are rekeyed; set "
                            "tcp.psp=upgrade");
  }
  check_rotations(options, parameters.platform.nic.control, "tcp.rotation_period", params.rotation_period);
  // A connection that is upgraded gets shorter segments then.
  const uint32_t overhead = params.psp == TcpParams::Psp::kUpgrade ? 0 : kPspOverhead;
  traffic = {tcp_frame_bytes(params), overhead,          params.psp != TcpParams::Psp::kOff,
             params.psp_version,      "tcp.psp_version", "tcp.mss"};
  return std::make_unique<TcpWorkload>(params, keys, parameters.platform.simulation.payload);
}

std::unique_ptr<Workload> make_mix(const RunOptions& options, const Parameters& parameters, KeyLog& keys,
                                   Traffic& traffic) {
  if (options.packets) {
    throw base::ConfigError("--packets", "this workload offers rates for a time; set mix.duration");
  }
  check_one_function(parameters.platform.host, "the mix");
  check_goes_on(parameters.platform, "the mix");
  for (const unsigned pairs : queue_pairs_of_vports(parameters.platform.host)) {
    if (pairs >= 2) continue;
    throw base::ConfigError(
        pairs_parameter(parameters.platform.host),
        fmt::format("a mix needs 2 for each vport, one for each kind of traffic; one has {}", pairs));
  }
  const MixParams& params = parameters.mix;
  const auto tags = static_cast<uint32_t>(params.vlan ? net::kVlanTagBytes : 0);
  traffic = {params.frame_bytes - tags, kPspOverhead,      params.psp_rate.bps > 0,
             params.psp_version,        "mix.psp_version", "mix.frame_bytes"};
  return std::make_unique<MixWorkload>(params, parameters.platform.host.vports, options.seed, keys);
}

std::unique_ptr<Workload> make_churn(const RunOptions& options, const Parameters& parameters, KeyLog& keys,
                                     Traffic& traffic) {
  if (options.packets) {
    throw base::ConfigError("--packets", "this workload offers rates for a time; set churn.duration");
  }
  check_one_vport(parameters.platform.host, "churn");
  check_one_function(parameters.platform.host, "churn");
  check_goes_on(parameters.platform, "churn");
  const ChurnParams& params = parameters.churn;
  const nic::NicParams& nic = parameters.platform.nic;
  const nic::DeviceParams& device = nic.device;
  check_rotations(options, nic.control, "churn.rotation_period", params.rotation_period);
  if (params.rotation_period.ps > 0 && nic.control.key_max_age.ps > 0 &&
      nic.control.min_rotate_interval.ps == 0) {
    throw base::ConfigError("churn.rotation_period",
                            "with nic.control.key_max_age the device rotates as well, and two rotations in a "
                            "row end all keys; set nic.control.min_rotate_interval");
  }
  if (params.connections > device.spi_count) {
    throw base::ConfigError("churn.connections",
                            fmt::format("{} need as many receive SPIs, nic.device.spi_count is {}",
                                        params.connections, device.spi_count));
  }
  const std::vector<host::KeyMode> ways = key_modes_of_queues(parameters.platform.host);
  const bool by_table =
      std::ranges::any_of(ways, [](host::KeyMode way) { return way != host::KeyMode::kDescriptor; });
  if (by_table && params.connections > device.sa_slots) {
    throw base::ConfigError("churn.connections",
                            fmt::format("{} need as many transmit SAs, nic.device.sa_slots is {}",
                                        params.connections, device.sa_slots));
  }
  if (params.arrival_rate == 0 && params.connections == 0 && params.clear_rate.bps == 0) {
    throw base::ConfigError("churn.connections",
                            "0, and churn.arrival_rate is 0 as well: nothing would happen");
  }
  const bool fixed = params.sizes.kind == traffic::SizeSourceParams::Kind::kFixed;
  traffic = {static_cast<uint32_t>(ChurnFrames::frame_bytes(churn_sizes(params).largest())),
             kPspOverhead,
             true,
             params.psp_version,
             "churn.psp_version",
             fixed ? "churn.frame_bytes" : "churn.sizes"};
  return std::make_unique<ChurnWorkload>(params, options.seed, keys, nic.control.key_max_age);
}

std::unique_ptr<Workload> make_generated(const RunOptions& options, const Parameters& parameters,
                                         KeyLog& keys, Traffic& traffic) {
  const TrafficParams& params = parameters.traffic;
  if (params.rpc.outstanding > 0) check_goes_on(parameters.platform, "request-response");
  check_traffic(params);
  const TrafficSizes sizes(params);
  const auto tags = static_cast<uint32_t>(params.vlan_tags * net::kVlanTagBytes);
  traffic = {traffic_frame_bytes(params, sizes) - tags,
             psp_overhead_bytes(params.mode),
             params.psp,
             params.psp_version,
             "traffic.psp_version",
             "traffic.mss"};
  return std::make_unique<TrafficWorkload>(params, sizes, options.packets, options.seed, keys);
}

}  // namespace

void check_version(const nic::CryptoParams& crypto, const char* parameter, unsigned version) {
  if ((crypto::GcmLanes(crypto.gcm).versions() >> version & 1) != 0) return;
  throw base::ConfigError(
      parameter, fmt::format("PSP version {} has 256-bit keys, nic.crypto.gcm.lane={} has not", version,
                             crypto::timing_of(crypto.gcm).name));
}

std::unique_ptr<Workload> make_workload(const RunOptions& options, const Parameters& parameters, KeyLog& keys,
                                        DriverSetup& setup) {
  check_lengths(options, parameters);
  check_platform(parameters.platform);
  Traffic traffic;
  std::unique_ptr<Workload> workload;
  const bool churn = options.pcap.empty() && find_preset(options.workload).kind == Preset::Kind::kChurn;
  const bool tcp = options.pcap.empty() && find_preset(options.workload).kind == Preset::Kind::kTcp;
  check_key_age(options, parameters.platform, churn);
  if (!options.pcap.empty()) {
    workload = make_replay(options, parameters, keys, traffic);
  } else if (tcp) {
    workload = make_tcp(options, parameters, keys, traffic);
    setup.tso = parameters.tcp.tso.bytes > 0;
    setup.byte_queues = parameters.tcp.psp == TcpParams::Psp::kUpgrade;  // keys are deleted behind them
  } else if (find_preset(options.workload).kind == Preset::Kind::kMix) {
    workload = make_mix(options, parameters, keys, traffic);
  } else if (churn) {
    workload = make_churn(options, parameters, keys, traffic);
  } else if (find_preset(options.workload).kind == Preset::Kind::kTraffic) {
    workload = make_generated(options, parameters, keys, traffic);
    setup.tso = parameters.traffic.tso;
  } else {
    workload = make_stream(options, parameters.stream, keys, traffic);
    setup.tso = parameters.stream.tso.bytes > 0;
  }
  // Without PSP the cards pass what looks like it up as the UDP that it is.
  if (!traffic.psp) setup.psp_versions = 0;
  if (traffic.psp) {
    check_version(parameters.platform.nic.crypto, traffic.version_parameter, traffic.psp_version);
  }
  const uint32_t card_mtu = parameters.platform.nic.mac.mtu;
  const uint32_t overhead = traffic.psp ? traffic.overhead : 0;
  const uint32_t wanted = traffic.frame > kEthernet ? traffic.frame - kEthernet + overhead : 0;
  if (traffic.size_parameter != nullptr && wanted > card_mtu) {
    throw base::ConfigError(
        traffic.size_parameter,
        fmt::format("packets of {} bytes on the wire exceed nic.mac.mtu = {}", wanted, card_mtu));
  }
  setup.mtu = static_cast<uint16_t>(std::min(card_mtu, std::max(net::kStandardMtu, wanted)));
  return workload;
}

}  // namespace pspnic::bench
