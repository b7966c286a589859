// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/gcm_core.h"

#include <Vgcm_lane_128.h>
#include <Vgcm_lane_256.h>
#include <Vgcm_lane_256_digit32.h>
#include <Vgcm_lane_256_iterative.h>
#include <Vgcm_lane_256_traced.h>
#include <verilated_fst_c.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "rtl/cosim/verilated_gcm_core.h"

namespace pspnic::rtl {
namespace {

constexpr int kTraceDepth = 99;  // levels of hierarchy: all
constexpr uintmax_t kTraceRoomBytes = 64u << 20;

class TracedGcmCore final : public VerilatedGcmCore<Vgcm_lane_256_traced> {
 public:
  explicit TracedGcmCore(const std::string& path) {
    // Writing an FST file knows no errors: on a full disk it dies.
    const auto folder = std::filesystem::absolute(path).parent_path();
    std::error_code none;
    const std::filesystem::space_info space = std::filesystem::space(folder, none);
    if (!none && space.available < kTraceRoomBytes) {
      throw std::runtime_error(path + ": less than 64 MiB are free there");
    }
    context_.traceEverOn(true);
    top_.trace(&waveform_, kTraceDepth);
    waveform_.open(path.c_str());
    if (!waveform_.isOpen()) throw std::runtime_error(path + ": cannot be written");
  }
  ~TracedGcmCore() override { waveform_.close(); }

 private:
  void dump(uint64_t ps) override { waveform_.dump(ps); }

  VerilatedFstC waveform_;
};

template <class Top>
std::unique_ptr<GcmCore> make() {
  return std::make_unique<VerilatedGcmCore<Top>>();
}

using Make = std::unique_ptr<GcmCore> (*)();
// In the order of kGcmShapes.
constexpr std::array<Make, kGcmShapes.size()> kMakers{
    make<Vgcm_lane_256>, make<Vgcm_lane_128>, make<Vgcm_lane_256_digit32>, make<Vgcm_lane_256_iterative>};

}  // namespace

std::string name_of(const GcmShape& shape) {
  return std::string(shape.pipelined ? "pipelined" : "iterative") + "_" + std::to_string(shape.max_key_bits) +
         "_digit" + std::to_string(shape.ghash_digit) + (shape.gates ? "_gates" : "");
}

std::unique_ptr<GcmCore> make_gcm_core(const GcmShape& shape) {
  const auto* const found = std::find(kGcmShapes.begin(), kGcmShapes.end(), shape);
  if (found == kGcmShapes.end()) throw std::invalid_argument("no Verilated lane " + name_of(shape));
  return kMakers[static_cast<size_t>(found - kGcmShapes.begin())]();
}

std::unique_ptr<GcmCore> make_traced_gcm_core(const std::string& path) {
  return std::make_unique<TracedGcmCore>(path);
}

}  // namespace pspnic::rtl
