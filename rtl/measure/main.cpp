// SPDX-License-Identifier: Apache-2.0
// rtl_measure: measures the Verilated AES-GCM lanes and key derivation units. Every payload length of 0 to
// 9000 bytes in every version, and every crypt offset with some lengths, back to back, must take the cycles
// of the model's table. Also their speed as programs, and a waveform to look at.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "rtl/measure/gcm_meter.h"
#include "rtl/measure/kdf_meter.h"

namespace pspnic::rtl {
namespace {

constexpr unsigned kMaxPayload = 9000;
constexpr unsigned kMaxCryptOffset = 63;

class Survey {
 public:
  Survey(const MeasuredLane& lane, unsigned version)
      : name_(name_of(lane.shape)),
        version_(version),
        meter_(lane.shape),
        formula_(formula_of(lane.kind, version)) {}

  uint64_t run() {
    for (unsigned bytes = 0; bytes <= kMaxPayload; ++bytes) {
      if (isatty(2) != 0 && bytes % 100 == 0) {
        fmt::print(stderr, "\r{} version {}: {} of {} bytes ", name_, version_, bytes, kMaxPayload);
      }
      check(0, bytes);
    }
    for (unsigned offset = 1; offset <= kMaxCryptOffset; ++offset) {
      for (const unsigned bytes : {0u, 1u, 4 * offset - 1, 4 * offset, 4 * offset + 1, 1500u}) {
        check(offset, bytes);
      }
    }
    if (isatty(2) != 0) fmt::print(stderr, "\r{:70}\r", "");
    fmt::print("{:28} {:>7} {:>5} {:>8} {:>9} {:>13} {:>8}\n", name_, version_, formula_.base,
               formula_.per_aad_block, formula_.per_text_block, formula_.latency_more, measured_);
    std::fflush(stdout);
    return measured_;
  }

 private:
  void check(unsigned offset, unsigned bytes) {
    const GcmLoad load = psp_load(version_, offset, bytes);
    const GcmCycles cycles = meter_.measure(load);
    ++measured_;
    const GcmCycles modelled = cycles_of(formula_, load);
    if (cycles == modelled) return;
    throw std::runtime_error(
        fmt::format("{}, version {}, crypt offset {}, {} bytes: occupancy {} and latency {} cycles, the "
                    "model has {} and {}",
                    name_, version_, offset, bytes, cycles.occupancy, cycles.latency, modelled.occupancy,
                    modelled.latency));
  }

  std::string name_;
  unsigned version_;
  GcmMeter meter_;
  const crypto::GcmCycleFormula& formula_;
  uint64_t measured_ = 0;
};

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw std::runtime_error(path + ": cannot be written");
}

void survey_lanes() {
  fmt::print("{:28} {:>7} {:>5} {:>8} {:>9} {:>13} {:>8}\n", "lane", "version", "base", "per AAD", "per text",
             "latency more", "measured");
  uint64_t measured = 0;
  for (const MeasuredLane& lane : kMeasuredLanes) {
    for (const unsigned version : versions_of(lane.shape)) measured += Survey(lane, version).run();
  }
  fmt::print("{} packets measured, all as the model has them\n", measured);
}

void survey_units() {
  fmt::print("\n{:28} {:>7} {:>9} {:>7}\n", "key derivation unit", "version", "occupancy", "latency");
  for (const KdfForm form : {KdfForm::kPipelined, KdfForm::kIterative}) {
    for (unsigned version = 0; version < 4; ++version) {
      const KdfCycles cycles = measure_kdf(form, version);
      const KdfCycles modelled = modelled_kdf(form, version);
      if (cycles != modelled) {
        throw std::runtime_error(fmt::format(
            "{} unit, version {}: occupancy {} and latency {} cycles, the model has {} and {}", name_of(form),
            version, cycles.occupancy, cycles.latency, modelled.occupancy, modelled.latency));
      }
      fmt::print("{:28} {:>7} {:>9} {:>7}\n", name_of(form), version, cycles.occupancy, cycles.latency);
    }
  }
  fmt::print("all as the model has them\n");
}

// A packet of 1500 bytes after the other, on one processor.
void speed() {
  constexpr unsigned kPackets = 5000;
  constexpr unsigned kPayload = 1500;
  fmt::print("{:28} {:>8} {:>18} {:>18}\n", "lane", "key bits", "blocks/CPU second", "cycles/CPU second");
  for (const GcmShape& shape : kGcmShapes) {
    for (const unsigned version : versions_of(shape)) {
      if (version > 1) continue;
      GcmMeter meter(shape);
      const GcmLoad load = psp_load(version, 0, kPayload);
      const uint64_t blocks = kPackets * uint64_t{(load.aad_bytes + 15) / 16 + (load.text_bytes + 15) / 16};
      const std::clock_t begin = std::clock();
      const uint64_t cycles = meter.send(load, kPackets);
      const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
      fmt::print("{:28} {:>8} {:>18.0f} {:>18.0f}\n", name_of(shape), version == 0 ? 128 : 256,
                 static_cast<double>(blocks) / seconds, static_cast<double>(cycles) / seconds);
    }
  }
}

// Packets of several lengths and versions, back to back, then with stalls on every stream.
void trace(const std::string& path) {
  GcmLane lane(make_traced_gcm_core(path));
  std::mt19937 random(1);
  for (const bool stalls : {false, true}) {
    if (stalls) lane.stall = [&](GcmStream) { return random() % 4 == 0; };
    for (const GcmLoad& load : {psp_load(0, 0, 48), psp_load(1, 0, 20), psp_load(2, 0, 40),
                                psp_load(1, 5, 100), psp_load(0, 0, 0)}) {
      GcmPacket packet;
      packet.version = load.version;
      packet.key.fill(static_cast<uint8_t>(random()));
      packet.aad.assign(load.aad_bytes, static_cast<uint8_t>(random()));
      packet.text.assign(load.text_bytes, static_cast<uint8_t>(random()));
      lane.submit(std::move(packet), lane.cycle());
    }
    lane.drain();
  }
  fmt::print("{}: {} cycles of a lane {}\n", path, lane.cycle(), name_of(kGcmShapes[0]));
}

const char* const kUsage =
    "usage: rtl_measure                  compares the RTL with the model (minutes)\n"
    "       rtl_measure --speed          how fast the Verilated lanes run\n"
    "       rtl_measure --trace FILE     writes a waveform (FST) of a few packets\n"
    "       rtl_measure --write FOLDER   writes the tables of the repository in FOLDER\n";

// Whether the words were understood.
bool dispatch(const std::vector<std::string>& words) {
  if (words.empty()) {
    survey_lanes();
    survey_units();
  } else if (words.size() == 1 && words[0] == "--speed") {
    speed();
  } else if (words.size() == 2 && words[0] == "--trace") {
    trace(words[1]);
  } else if (words.size() == 2 && words[0] == "--write") {
    write(words[1] + "/model/crypto/gcm_lane_table.h", gcm_lane_table());
    write(words[1] + "/model/crypto/kdf_unit_table.h", kdf_unit_table());
    write(words[1] + "/rtl/gcm/cycles.csv", gcm_cycles_csv());
  } else {
    return false;
  }
  return true;
}

}  // namespace
}  // namespace pspnic::rtl

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words == std::vector<std::string>{"--help"}) {
      fmt::print("{}", pspnic::rtl::kUsage);
    } else if (!pspnic::rtl::dispatch(words)) {
      fmt::print(stderr, "{}", pspnic::rtl::kUsage);
      return 2;
    }
    if (std::fflush(stdout) != 0) throw std::runtime_error("standard output: cannot be written");
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "rtl_measure: {}\n", error.what());
    return 1;
  }
}
