// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/gcm_core.h"

#include <Vgcm_lane_128.h>
#include <Vgcm_lane_256.h>
#include <Vgcm_lane_256_digit32.h>
#include <Vgcm_lane_256_iterative.h>
#include <verilated.h>

#include <algorithm>
#include <stdexcept>

namespace pspnic::rtl {
namespace {

template <class Top>
class VerilatedGcmCore final : public GcmCore {
 public:
  VerilatedGcmCore() : top_(&context_) { reset(); }
  ~VerilatedGcmCore() override {
    Verilated::threadContextp(&context_);
    top_.final();
  }
  VerilatedGcmCore(const VerilatedGcmCore&) = delete;
  VerilatedGcmCore& operator=(const VerilatedGcmCore&) = delete;

  void settle(const GcmInputs& inputs, GcmOutputs& outputs) override {
    drive(inputs);
    top_.clk_i = 0;
    evaluate();
    outputs.cmd_ready = top_.cmd_ready_o;
    outputs.in_ready = top_.in_ready_o;
    outputs.out_valid = top_.out_valid_o;
    outputs.res_valid = top_.res_valid_o;
    if (outputs.out_valid) {
      std::copy_n(&top_.out_data_o[0], outputs.out_data.size(), outputs.out_data.begin());
      outputs.out_bytes = top_.out_bytes_o;
      outputs.out_last = top_.out_last_o;
    }
    if (outputs.res_valid) {
      outputs.res_status = top_.res_status_o;
      std::copy_n(&top_.res_tag_o[0], outputs.res_tag.size(), outputs.res_tag.begin());
    }
  }

  void tick() override {
    top_.clk_i = 1;
    evaluate();
  }

  void reset() override {
    drive({});
    top_.rst_ni = 0;
    for (int half_cycle = 0; half_cycle < 4; ++half_cycle) {
      top_.clk_i = half_cycle % 2 != 0;
      evaluate();
    }
    top_.rst_ni = 1;
  }

  void survive_assertions() override { context_.fatalOnError(false); }
  bool take_failure() override {
    const bool failed = context_.gotError();
    context_.gotError(false);
    context_.gotFinish(false);
    return failed;
  }

 private:
  void drive(const GcmInputs& inputs) {
    top_.cmd_valid_i = inputs.cmd_valid;
    top_.cmd_open_i = inputs.cmd_open;
    top_.cmd_version_i = inputs.cmd_version;
    std::copy(inputs.cmd_key.begin(), inputs.cmd_key.end(), &top_.cmd_key_i[0]);
    std::copy(inputs.cmd_nonce.begin(), inputs.cmd_nonce.end(), &top_.cmd_nonce_i[0]);
    top_.cmd_aad_bytes_i = inputs.cmd_aad_bytes;
    top_.cmd_text_bytes_i = inputs.cmd_text_bytes;
    top_.in_valid_i = inputs.in_valid;
    std::copy(inputs.in_data.begin(), inputs.in_data.end(), &top_.in_data_i[0]);
    top_.out_ready_i = inputs.out_ready;
    top_.res_ready_i = inputs.res_ready;
  }

  void evaluate() {
    // Assertions and the model's destructor look here; another core of this thread may have been the last
    // one.
    Verilated::threadContextp(&context_);
    top_.eval();
    context_.timeInc(1);
  }

  VerilatedContext context_;
  Top top_;
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
         "_digit" + std::to_string(shape.ghash_digit);
}

std::unique_ptr<GcmCore> make_gcm_core(const GcmShape& shape) {
  const auto* const found = std::find(kGcmShapes.begin(), kGcmShapes.end(), shape);
  if (found == kGcmShapes.end()) throw std::invalid_argument("no Verilated lane " + name_of(shape));
  return kMakers[static_cast<size_t>(found - kGcmShapes.begin())]();
}

}  // namespace pspnic::rtl
