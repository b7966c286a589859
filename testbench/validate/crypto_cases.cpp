// SPDX-License-Identifier: Apache-2.0
// AES-GCM lanes: what long streams of packets get through them, and what the last block costs short ones.
#include <fmt/format.h>

#include <algorithm>

#include "model/base/stretch.h"
#include "model/crypto/gcm_lanes.h"
#include "testbench/validate/card_run.h"
#include "testbench/validate/plain_memory.h"
#include "testbench/validate/target.h"

namespace pspnic::validate {

namespace {

constexpr uint32_t kHeaderBytes = 16;  // authenticated only

// Packets back to back through the lanes, as a card has them. Gigabits of text a second.
double lanes_gbps(const crypto::GcmParams& params, uint32_t text_bytes) {
  constexpr unsigned kPackets = 20'000;
  crypto::GcmLanes lanes(params);
  base::Stretch stretch("lanes", {{"crypto", params.lanes, 4ull * params.lanes}});
  base::Time first = 0;
  base::Time last = 0;
  for (unsigned i = 0; i < kPackets; ++i) {
    const std::array service{lanes.service(psp::Version::kAesGcm128, kHeaderBytes, text_bytes)};
    last = stretch.pass(0, service).departure();
    if (i == kPackets / 2) first = last;
  }
  return gbps(static_cast<double>(text_bytes) * (kPackets / 2 - 1), last - first);
}

crypto::GcmParams custom(unsigned cycles_a_block, unsigned blocks_at_once, base::Frequency clock) {
  crypto::GcmParams params;
  params.lane = crypto::GcmLaneKind::kCustom;
  params.lanes = 1;
  params.clock = clock;
  params.custom = {.base_cycles = 0,
                   .aad_block_cycles = 0,
                   .text_block_cycles = cycles_a_block,
                   .latency_more_cycles = 0,
                   .blocks_at_once = blocks_at_once};
  return params;
}

std::vector<Row> iterative_engines() {
  constexpr uint32_t kLong = 8192;
  struct Engine {
    unsigned cycles;
    double gbps;
  };
  std::vector<Row> rows;
  for (const Engine& engine :
       {Engine{11, 11.636}, {13, 9.846}, {15, 8.533}, {44, 2.909}, {52, 2.4615}, {60, 2.1333}}) {
    rows.push_back({fmt::format("{} cycles a block, 1 GHz", engine.cycles), "Gb/s", engine.gbps,
                    lanes_gbps(custom(engine.cycles, 1, base::Frequency{base::kGHz}), kLong), 0.001});
  }
  return rows;
}

std::vector<Row> wide_engine() {
  return {{"512 bits a cycle, 400 MHz", "Gb/s", 200,
           lanes_gbps(custom(1, 4, base::Frequency{400 * base::kMHz}), 8192), 0.03}};
}

// Of a packet of T blocks of text the default lane is taken T + 2 cycles: one for the header, one for the
// length block. min(wire, lanes).
std::vector<Row> card_with_lanes(unsigned lanes, unsigned payload_bytes) {
  constexpr double kTcpHeader = 32;  // inside, encrypted
  constexpr double kOverhead = 130;
  constexpr double kWireBps = 200e9;
  const CardRates rates = run_cards(
      "tso", 20'000,
      {fmt::format("nic.crypto.gcm.lanes={}", lanes), fmt::format("stream.payload_bytes={}", payload_bytes),
       "nic.pcie.generation=5", "nic.crypto.gcm.queue_packets=64", "nic.rx.psp_buffer=4MiB",
       "nic.rx.buffer=4MiB", "host.queue_pairs=8", "stream.flows=32"});
  const double cycles = std::ceil((kTcpHeader + payload_bytes) / 16) + 2;
  const double by_lanes = lanes * 1e9 / cycles;
  const double by_wire = kWireBps / (8 * (payload_bytes + kOverhead));
  return {
      {fmt::format("{} lane{} at 1 GHz, payload of {} bytes", lanes, lanes == 1 ? "" : "s", payload_bytes),
       "million/s", std::min(by_lanes, by_wire) / 1e6, rates.wire_packets_per_second / 1e6, 0.005,
       rates.all_well ? "" : "the run was not well"}};
}

}  // namespace

void add_crypto_cases(std::vector<Case>& cases) {
  for (const unsigned lanes : {1u, 2u}) {
    for (const unsigned payload : {64u, 1408u, 8900u}) {
      cases.push_back({"V11", "AES-GCM lanes against the wire of 200 Gb/s", "cycles of rtl/gcm",
                       [lanes, payload] { return card_with_lanes(lanes, payload); }});
    }
  }
  cases.push_back(
      {"V13", "Engines of several cycles a block", "CAST AES-GCM, data sheet", iterative_engines});
  cases.push_back({"V14", "An engine of 512 bits", "Intel Agilex crypto IP, document 714305", wide_engine});
}

}  // namespace pspnic::validate
