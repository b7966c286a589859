// SPDX-License-Identifier: Apache-2.0
// What the simulation costs on this machine: the whole journey of a packet from driver to driver, beside the
// bare cryptography that it contains, measured in turns in one process.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace pspnic::bench {

struct SpeedOptions {
  uint64_t packets = 40'000;       // of each measurement
  unsigned rounds = 5;             // the median counts
  std::string engine = "openssl";  // a value of nic.crypto.engine
};

struct SpeedRow {
  std::string engine;         // of the cards and of the bare cryptography
  unsigned packet_bytes = 0;  // Ethernet frame as the sending stack has it, without PSP and check sequence
  unsigned tso_bytes = 0;     // payload of a TSO frame; 0: one packet a descriptor
  double crypto_ns = 0;       // derive a key, seal and open, CPU time
  double journey_ns = 0;      // driver to driver, CPU time
  double ratio() const { return journey_ns / crypto_ns; }
  double packets_per_cpu_second() const { return 1e9 / journey_ns; }
};

// Session keys from one device key whose schedule is kept, another SPI each.
struct DerivationRow {
  unsigned key_bits = 0;  // of the session key: 128 or 256
  double ns = 0;          // CPU time of one, median
  double keys_per_cpu_second() const { return 1e9 / ns; }
};

struct SpeedReport {
  std::vector<SpeedRow> packets;
  std::vector<DerivationRow> derivations;
};

// Throws base::ConfigError when there is no such engine.
SpeedReport measure_speed(const SpeedOptions& options);
void print_speed(std::ostream& out, const SpeedReport& report);
void print_speed_json(std::ostream& out, const SpeedReport& report);

}  // namespace pspnic::bench
