// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/speed.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "model/base/config_error.h"
#include "model/net/bytes.h"
#include "model/psp/aead.h"
#include "model/psp/engine.h"
#include "model/psp/kdf.h"
#include "model/psp/seal.h"
#include "testbench/bench/measure.h"
#include "testbench/bench/parameters.h"

namespace pspnic::bench {

namespace {

constexpr unsigned kFrameSizes[] = {64, 256, 1500, 9000};
constexpr unsigned kHeaderBytes = 14 + 20 + 20;  // Ethernet, IPv4, TCP without options
constexpr unsigned kClearHeaderBytes = 14 + 20;  // what transport mode leaves outside
constexpr unsigned kTsoBytes = 64'000;
constexpr uint16_t kMtu = 9216;
// Descriptors of a ring: what a host needs for these flows. The bursts of TSO frames want more buffers.
constexpr unsigned kPacketRing = 128;
constexpr unsigned kTsoRing = 640;

// The cryptography of a packet and nothing else: the key from the device key, seal, open.
class BareCrypto {
 public:
  explicit BareCrypto(const psp::Engine& engine)
      : aead_(engine.make_aead()), kdf_(engine.make_kdf(psp::DeviceKey(std::array<uint8_t, 32>{1, 2, 3}))) {}

  double measure(unsigned frame_bytes, uint64_t packets) {
    const size_t size = psp::kMinPacketBytes + frame_bytes - kClearHeaderBytes;
    std::vector<uint8_t> packet(size, 0x5a);
    psp::Header header;
    header.next_header = net::kProtocolTcp;
    const double before = cpu_ns();
    for (uint64_t i = 0; i < packets; ++i) {
      header.spi = static_cast<uint32_t>(i + 1);
      header.iv = ++iv_;
      psp::encode_header(header, packet.data());
      const psp::SessionKey key = kdf_.derive(header.spi, psp::Version::kAesGcm128);
      if (!psp::seal(*aead_, key, packet) || !psp::open(*aead_, key, packet)) {
        throw std::runtime_error("bench: the engine does not open what it sealed");
      }
    }
    return (cpu_ns() - before) / static_cast<double>(packets);
  }

 private:
  std::unique_ptr<psp::Aead> aead_;
  psp::Kdf kdf_;
  uint64_t iv_ = 0;
};

constexpr uint64_t kDerivations = 1'000'000;  // of each measurement: long beside the clock's resolution

double measure_derivations(const psp::Kdf& kdf, psp::Version version) {
  unsigned seen = 0;
  const double before = cpu_ns();
  for (uint64_t i = 0; i < kDerivations; ++i) seen += kdf.derive(static_cast<uint32_t>(i + 1), version).size;
  const double spent = cpu_ns() - before;
  if (seen != kDerivations * psp::key_bytes(version))
    throw std::runtime_error("bench: the engine derives no keys");
  return spent / static_cast<double>(kDerivations);
}

// The default card behind PCIe 5.0: at 4.0 small packets at 200 Gb/s overrun the receiver's link, and a
// packet that is dropped has made no journey.
PlatformParams card(unsigned ring, const nic::CryptoParams& crypto) {
  PlatformParams params;
  params.nic.crypto = crypto;
  params.nic.pcie.generation = 5;
  params.nic.pcie.max_payload_bytes = 512;
  params.host.ring = ring;
  params.host.itr = base::Duration{2 * base::kUs};
  params.host.interrupt_latency = base::Duration{200 * base::kNs};
  return params;
}

class Journey {
 public:
  Journey(const char* name, unsigned ring, const nic::CryptoParams& crypto)
      : platform_(name, card(ring, crypto), DriverSetup{kMtu, true, 0xf}, 1) {}

  // Only when all platforms are there: SystemC elaborates once.
  void start() {
    platform_.run([this] {
      for (const Side side : {kA, kB}) platform_.driver(side).start(stacks_[side]);
    });
  }

  double measure(unsigned frame_bytes, unsigned tso_bytes, uint64_t packets) {
    StreamParams params;
    params.payload_bytes = frame_bytes - kHeaderBytes;
    params.tcp_timestamps = false;
    params.tso = base::ByteSize{tso_bytes};
    params.window = base::ByteSize{256 * base::kKiB};  // enough for this card, and stays in the cache
    KeyLog keys;
    StreamWorkload workload(params, packets, keys);
    for (const Side side : {kA, kB}) stacks_[side].set(&workload.stack(side));
    platform_.run([&] { workload.prepare(platform_); });
    const double before = cpu_ns();
    platform_.run([&] { workload.start(platform_); });
    const double spent = cpu_ns() - before;
    for (const Side side : {kA, kB}) stacks_[side].set(nullptr);
    if (workload.outcome(kA).verified != packets) {
      throw std::runtime_error(fmt::format("bench: {} of {} packets of {} bytes arrived",
                                           workload.outcome(kA).verified, packets, frame_bytes));
    }
    return spent / static_cast<double>(packets);
  }

 private:
  SwitchedStack stacks_[kSides];
  Platform platform_;
};

std::vector<DerivationRow> measure_derivations(const psp::Engine& engine, unsigned rounds) {
  const psp::Kdf kdf(engine.make_kdf(psp::DeviceKey(std::array<uint8_t, 32>{1, 2, 3})));
  std::vector<DerivationRow> rows;
  for (const psp::Version version : {psp::Version::kAesGcm128, psp::Version::kAesGcm256}) {
    std::vector<double> times;
    for (unsigned round = 0; round < rounds; ++round) times.push_back(measure_derivations(kdf, version));
    rows.push_back({psp::key_bytes(version) * 8u, median(times)});
  }
  return rows;
}

}  // namespace

SpeedReport measure_speed(const SpeedOptions& options) {
  struct Series {
    SpeedRow row;
    std::vector<double> crypto;
    std::vector<double> journey;
  };
  Parameters parameters;
  try {
    parameters.tree.set("nic.crypto.engine", options.engine);
  } catch (const base::ConfigError& error) {
    throw base::ConfigError("--engine", error.what());
  }
  const nic::CryptoParams& params = parameters.platform.nic.crypto;
  std::vector<Series> all;
  for (const unsigned tso : {0u, kTsoBytes}) {
    for (const unsigned size : kFrameSizes) all.push_back({{options.engine, size, tso, 0, 0}, {}, {}});
  }
  BareCrypto crypto(nic::engine_of(params));
  Journey packets("packets", kPacketRing, params);
  Journey frames("tso_frames", kTsoRing, params);
  packets.start();
  frames.start();
  Progress progress(options.rounds * all.size());
  for (unsigned round = 0; round < options.rounds; ++round) {
    for (Series& series : all) {
      series.crypto.push_back(crypto.measure(series.row.packet_bytes, options.packets));
      Journey& journey = series.row.tso_bytes == 0 ? packets : frames;
      series.journey.push_back(
          journey.measure(series.row.packet_bytes, series.row.tso_bytes, options.packets));
    }
  }
  std::vector<SpeedRow> rows;
  for (Series& series : all) {
    series.row.crypto_ns = median(series.crypto);
    series.row.journey_ns = median(series.journey);
    rows.push_back(series.row);
  }
  return {std::move(rows), measure_derivations(nic::engine_of(params), options.rounds)};
}

void print_speed(std::ostream& out, const SpeedReport& report) {
  const std::vector<SpeedRow>& rows = report.packets;
  fmt::print(out, "CPU time of one packet, median; engine {}, AES-GCM-128\n\n", rows.front().engine);
  fmt::print(out, "{:>7}  {:>9}  {:>14}  {:>12}  {:>6}  {:>18}\n", "bytes", "TSO", "bare crypto ns",
             "journey ns", "ratio", "packets/CPU second");
  for (const SpeedRow& row : rows) {
    fmt::print(out, "{:>7}  {:>9}  {:>14.0f}  {:>12.0f}  {:>6.2f}  {:>18.0f}\n", row.packet_bytes,
               row.tso_bytes == 0 ? "no" : fmt::format("{} B", row.tso_bytes), row.crypto_ns, row.journey_ns,
               row.ratio(), row.packets_per_cpu_second());
  }
  fmt::print(
      out,
      "\nbare crypto: derive the key, another one each packet, seal, open. journey: transmit() of driver A "
      "to\n"
      "the stack of host B, 16 flows; timing, DMA, completions, interrupts, the key of each packet and the\n"
      "comparison of every byte included.\n");
  fmt::print(out, "\n{:>16}  {:>8}  {:>8}  {:>15}\n", "key derivations", "key bits", "ns", "keys/CPU second");
  for (const DerivationRow& row : report.derivations) {
    fmt::print(out, "{:>16}  {:>8}  {:>8.1f}  {:>15.0f}\n", "", row.key_bits, row.ns,
               row.keys_per_cpu_second());
  }
}

void print_speed_json(std::ostream& out, const SpeedReport& report) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const SpeedRow& row : report.packets) {
    json.push_back({{"engine", row.engine},
                    {"packet_bytes", row.packet_bytes},
                    {"tso", row.tso_bytes},
                    {"crypto_ns", row.crypto_ns},
                    {"journey_ns", row.journey_ns},
                    {"ratio", row.ratio()},
                    {"packets_per_cpu_second", row.packets_per_cpu_second()}});
  }
  for (const DerivationRow& row : report.derivations) {
    json.push_back({{"engine", report.packets.front().engine},
                    {"key_derivation_bits", row.key_bits},
                    {"derivation_ns", row.ns},
                    {"keys_per_cpu_second", row.keys_per_cpu_second()}});
  }
  out << json.dump(2) << "\n";
}

}  // namespace pspnic::bench
