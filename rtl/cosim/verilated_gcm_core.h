// SPDX-License-Identifier: Apache-2.0
// GcmCore for a class that Verilator made of rtl/gcm/gcm_lane.sv.
#pragma once

#include <verilated.h>

#include <algorithm>
#include <cstdint>

#include "rtl/cosim/gcm_core.h"

namespace pspnic::rtl {

inline constexpr uint64_t kHalfCyclePs = 500;  // in waveforms the clock is one of 1 GHz

template <class Top>
class VerilatedGcmCore : public GcmCore {
 public:
  VerilatedGcmCore() : top_(&context_) { reset(); }
  // Of a class made with RANDOM_START: what no reset sets starts at random.
  explicit VerilatedGcmCore(int random_seed) : top_(&randomized(random_seed)) { reset(); }
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
  VerilatedContext& randomized(int seed) {
    context_.randReset(2);
    context_.randSeed(seed);
    Verilated::threadContextp(&context_);  // constructors of models look here
    return context_;
  }

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
    dump(context_.time());
    context_.timeInc(kHalfCyclePs);
  }
  virtual void dump(uint64_t) {}

 protected:
  VerilatedContext context_;
  Top top_;
};

}  // namespace pspnic::rtl
