// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/lengths.h"

#include <fmt/format.h>

#include "model/base/config_error.h"
#include "model/net/payload.h"
#include "testbench/bench/stream_headers.h"
#include "testbench/bench/traffic_frames.h"

namespace pspnic::bench {

namespace {

[[noreturn]] void refuse(const char* place, const std::string& why) {
  throw base::ConfigError(place, why + "; set payload=bytes");
}

void check_faults(const PlatformParams& platform) {
  const FaultParams& faults = platform.faults;
  const auto check = [](const char* place, bool wanted) {
    if (wanted) refuse(place, "changes bytes, which nobody would notice without payload");
  };
  check("cable.bit_errors", platform.cable.bit_errors.any());
  check("faults.descriptor_flipped", faults.descriptor_flipped > 0);
  check("faults.descriptor_read.poisoned", faults.descriptor_read.poisoned > 0);
  check("faults.data_read.poisoned", faults.data_read.poisoned > 0);
  check("faults.mailbox_read.poisoned", faults.mailbox_read.poisoned > 0);
}

// Of generated packets, with what stands in the payload to tell them apart.
void check_headers(const HeaderParams& headers, const PspModeParams& mode, size_t stamp, const char* place) {
  const size_t bytes = StreamLayout(headers).header_bytes + psp_overhead_bytes(mode) + stamp;
  if (bytes <= net::kCarriedBytes) return;
  throw base::ConfigError(place, fmt::format("headers of {} bytes; with payload=lengths the first {} of "
                                             "a packet are carried",
                                             bytes, net::kCarriedBytes));
}

void check_traffic_lengths(const Parameters& parameters) {
  const TrafficParams& traffic = parameters.traffic;
  check_headers(traffic, traffic.mode, TrafficFrames::stamp_bytes(traffic), "traffic.extension_words");
  if (parameters.platform.host.gro && !traffic.udp) {
    refuse("host.gro", "of merged packets only the first one's payload tells when it was offered");
  }
}

}  // namespace

void check_lengths(const RunOptions& options, const Parameters& parameters) {
  if (parameters.platform.simulation.payload == net::Payload::kBytes) return;
  if (!options.pcap.empty()) refuse("--pcap", "packets of a capture are compared byte by byte");
  const nic::CryptoParams::Engine engine = parameters.platform.nic.crypto.engine;
  if (engine != nic::CryptoParams{}.engine) {
    refuse("nic.crypto.engine", "no engine computes anything without payload");
  }
  if (parameters.check.authentic == CheckParams::Authentic::kOn) {
    refuse("check.authentic", "without payload no packet can be opened");
  }
  const Preset::Kind kind = find_preset(options.workload).kind;
  if (kind == Preset::Kind::kTcp && parameters.tcp.psp == TcpParams::Psp::kUpgrade) {
    refuse("tcp.psp", "the hosts exchange keys in the payload of connections that are upgraded");
  }
  constexpr size_t kStreamStamp = 8;
  const StreamParams& stream = parameters.stream;
  if (kind == Preset::Kind::kStream) {
    check_headers(stream, stream.mode, kStreamStamp, "stream.extension_words");
  }
  if (kind == Preset::Kind::kTraffic) check_traffic_lengths(parameters);
  check_faults(parameters.platform);
}

CheckParams checks_of(const Parameters& parameters) {
  CheckParams checks = parameters.check;
  if (parameters.platform.simulation.payload == net::Payload::kLengths) {
    checks.payload_every = 0;
    checks.authentic = CheckParams::Authentic::kOff;
  }
  return checks;
}

}  // namespace pspnic::bench
