// SPDX-License-Identifier: Apache-2.0
#include "rtl/measure/gcm_meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "model/psp/header.h"

namespace pspnic::rtl {
namespace {

constexpr unsigned kBlockBytes = 16;
constexpr unsigned kStalledPackets = 20;
constexpr uint32_t kStallSeed = 1;

uint32_t blocks(unsigned bytes) {
  return (bytes + kBlockBytes - 1) / kBlockBytes;
}

GcmResult next_result(GcmLane& lane) {
  return lane.take_result().value();
}

}  // namespace

GcmLoad psp_load(unsigned version, unsigned crypt_offset, unsigned payload_bytes) {
  const auto offset_bytes = static_cast<unsigned>(crypt_offset * psp::kCryptOffsetUnitBytes);
  const unsigned clear = psp::is_gmac(static_cast<psp::Version>(version))
                             ? payload_bytes
                             : std::min(payload_bytes, offset_bytes);
  return {version, static_cast<unsigned>(psp::kHeaderBytes) + clear, payload_bytes - clear};
}

GcmCycles cycles_of(const crypto::GcmCycleFormula& formula, const GcmLoad& load) {
  const uint64_t occupancy = formula.occupancy(blocks(load.aad_bytes), blocks(load.text_bytes));
  return {occupancy, occupancy + formula.latency_more};
}

const crypto::GcmCycleFormula& formula_of(crypto::GcmLaneKind kind, unsigned version) {
  const crypto::GcmLaneTiming& timing = crypto::timing_of(kind);
  return psp::key_bytes(static_cast<psp::Version>(version)) == 16 ? timing.key_128 : timing.key_256;
}

GcmPacket GcmMeter::packet(const GcmLoad& load) {
  GcmPacket packet;
  packet.version = load.version;
  packet.key.fill(++next_key_);
  packet.aad.assign(load.aad_bytes, 0x5a);
  packet.text.assign(load.text_bytes, 0xa5);
  return packet;
}

GcmCycles GcmMeter::measure(const GcmLoad& load) {
  const uint64_t now = lane_.cycle();
  for (int i = 0; i < 2; ++i) lane_.submit(packet(load), now);
  lane_.drain();
  const GcmResult first = next_result(lane_);
  const GcmResult second = next_result(lane_);
  return {second.result_offered - first.result_offered, first.result_offered - now};
}

double GcmMeter::measure_stalled(const GcmLoad& load, unsigned packets, uint32_t seed) {
  std::mt19937 random(seed);
  lane_.stall = [&](GcmStream) { return random() % 4 == 0; };
  const uint64_t now = lane_.cycle();
  for (unsigned i = 0; i <= packets; ++i) lane_.submit(packet(load), now);
  lane_.drain();
  lane_.stall = nullptr;
  const uint64_t first = next_result(lane_).result_taken;
  uint64_t last = first;
  for (unsigned i = 0; i < packets; ++i) last = next_result(lane_).result_taken;
  return static_cast<double>(last - first) / packets;
}

uint64_t GcmMeter::send(const GcmLoad& load, unsigned packets) {
  constexpr size_t kWaiting = 4;
  const uint64_t now = lane_.cycle();
  const GcmPacket one = packet(load);
  for (unsigned i = 0; i < packets; ++i) {
    lane_.submit(one, now);
    while (lane_.packets() > kWaiting) {
      lane_.step();
      lane_.take_result();
    }
  }
  lane_.drain();
  while (lane_.packets() > 0) next_result(lane_);
  return lane_.cycle() - now;
}

crypto::GcmCycleFormula GcmMeter::fit(unsigned version) {
  const GcmCycles small = measure({version, kBlockBytes, 0});
  const GcmCycles more_aad = measure({version, 2 * kBlockBytes, 0});
  crypto::GcmCycleFormula formula;
  formula.per_aad_block = static_cast<uint32_t>(more_aad.occupancy - small.occupancy);
  if (!psp::is_gmac(static_cast<psp::Version>(version))) {
    const GcmCycles text = measure({version, kBlockBytes, kBlockBytes});
    formula.per_text_block = static_cast<uint32_t>(text.occupancy - small.occupancy);
  }
  formula.base = static_cast<uint32_t>(small.occupancy - formula.per_aad_block);
  formula.latency_more = static_cast<uint32_t>(small.latency - small.occupancy);
  return formula;
}

std::vector<unsigned> versions_of(const GcmShape& shape) {
  if (shape.max_key_bits == 128) return {0, 2};
  return {0, 1, 2, 3};
}

std::string gcm_lane_table() {
  std::string text =
      "// SPDX-License-Identifier: Apache-2.0\n"
      "// Cycles of the AES-GCM lanes of rtl/gcm, as measured. Written by `rtl_measure --write`; a test\n"
      "// compares it with the RTL.\n"
      "#pragma once\n\n"
      "#include \"model/crypto/gcm_timing.h\"\n\n"
      "namespace pspnic::crypto {\n\n"
      "// Of 128-bit and of 256-bit keys: base, per_aad_block, per_text_block, latency_more.\n"
      "inline constexpr GcmLaneTiming kGcmLaneTable[] = {\n";
  for (const GcmShape& shape : kGcmShapes) {
    GcmMeter meter(shape);
    const auto row = [&](unsigned version) {
      const crypto::GcmCycleFormula formula = meter.fit(version);
      return fmt::format("{{{}, {}, {}, {}}}", formula.base, formula.per_aad_block, formula.per_text_block,
                         formula.latency_more);
    };
    text += fmt::format("    {{\"{}\", {}, {}, {}}},\n", name_of(shape), shape.max_key_bits, row(0),
                        shape.max_key_bits == 256 ? row(1) : std::string("{}"));
  }
  return text + "};\n\n}  // namespace pspnic::crypto\n";
}

std::string gcm_cycles_csv() {
  std::string text = "lane,version,crypt_offset,payload_bytes,occupancy,latency,occupancy_stalled\n";
  for (const GcmShape& shape : kGcmShapes) {
    GcmMeter meter(shape);
    for (const unsigned version : versions_of(shape)) {
      for (const unsigned offset : {0u, 1u, 5u, 63u}) {
        if (offset > 0 && psp::is_gmac(static_cast<psp::Version>(version))) continue;
        for (const unsigned bytes : {0u, 1u, 16u, 64u, 256u, 1500u, 9000u}) {
          const GcmLoad load = psp_load(version, offset, bytes);
          const GcmCycles cycles = meter.measure(load);
          text += fmt::format("{},{},{},{},{},{},{:.1f}\n", name_of(shape), version, offset, bytes,
                              cycles.occupancy, cycles.latency,
                              meter.measure_stalled(load, kStalledPackets, kStallSeed));
        }
      }
    }
  }
  return text;
}

}  // namespace pspnic::rtl
