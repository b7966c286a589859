// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/lengths.h"

#include <fmt/format.h>

#include "model/base/config_error.h"
#include "model/net/payload.h"
#include "testbench/bench/stream_headers.h"

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

void check_headers(const StreamParams& stream) {
  constexpr size_t kStamp = 8;
  const size_t bytes = StreamLayout(stream).header_bytes + psp_overhead_bytes(stream.mode) + kStamp;
  if (bytes <= net::kCarriedBytes) return;
  throw base::ConfigError("stream.extension_words",
                          fmt::format("headers of {} bytes; with payload=lengths the first {} of "
                                      "a packet are carried",
                                      bytes, net::kCarriedBytes));
}

}  // namespace

void check_lengths(const RunOptions& options, const Parameters& parameters) {
  if (parameters.platform.simulation.payload == net::Payload::kBytes) return;
  if (!options.pcap.empty()) refuse("--pcap", "packets of a capture are compared byte by byte");
  if (!options.out.empty()) {
    refuse("--out", "captures of packets without payload would show nothing; --report FILE has the report");
  }
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
  if (kind == Preset::Kind::kStream) check_headers(parameters.stream);
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
