// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/kdf_unit.h"

#include <Vpsp_kdf_iterative.h>
#include <Vpsp_kdf_pipelined.h>
#include <verilated.h>

#include <algorithm>
#include <stdexcept>

#include "model/net/wipe.h"

namespace pspnic::rtl {
namespace {

constexpr uint64_t kPatience = 1000;
constexpr size_t kKeyWords = 8;

}  // namespace

// Named as the ports; word 0 holds the lowest bits.
class KdfCore {
 public:
  struct Inputs {
    bool key_valid = false, key_slot = false, key_drop = false;
    std::array<uint32_t, kKeyWords> key{};
    bool req_valid = false;
    uint32_t req_spi = 0;
    uint8_t req_version = 0;
  };
  struct Outputs {
    bool key_ready = false, req_ready = false, rsp_valid = false;
    uint8_t rsp_status = 0;
    std::array<uint32_t, kKeyWords> rsp_key{};
  };
  virtual ~KdfCore() = default;
  // The outputs before the clock's edge, then the edge.
  virtual Outputs cycle(const Inputs& inputs) = 0;
};

namespace {

template <class Top>
class VerilatedKdf final : public KdfCore {
 public:
  VerilatedKdf() : top_(&context_) {
    top_.rst_ni = 0;
    cycle({});
    top_.rst_ni = 1;
  }
  ~VerilatedKdf() override {
    Verilated::threadContextp(&context_);
    top_.final();
  }

  Outputs cycle(const Inputs& inputs) override {
    top_.key_valid_i = inputs.key_valid;
    top_.key_slot_i = inputs.key_slot;
    top_.key_drop_i = inputs.key_drop;
    std::copy(inputs.key.begin(), inputs.key.end(), &top_.key_i[0]);
    top_.req_valid_i = inputs.req_valid;
    top_.req_spi_i = inputs.req_spi;
    top_.req_version_i = inputs.req_version;
    top_.rsp_ready_i = 1;
    evaluate(0);
    Outputs outputs;
    outputs.key_ready = top_.key_ready_o;
    outputs.req_ready = top_.req_ready_o;
    outputs.rsp_valid = top_.rsp_valid_o;
    outputs.rsp_status = top_.rsp_status_o;
    std::copy_n(&top_.rsp_key_o[0], kKeyWords, outputs.rsp_key.begin());
    evaluate(1);
    return outputs;
  }

 private:
  void evaluate(uint8_t clock) {
    Verilated::threadContextp(&context_);
    top_.clk_i = clock;
    top_.eval();
    context_.timeInc(1);
  }

  VerilatedContext context_;
  Top top_;
};

}  // namespace

const char* name_of(KdfForm form) {
  return form == KdfForm::kPipelined ? "pipelined" : "iterative";
}

KdfUnit::KdfUnit(KdfForm form) {
  if (form == KdfForm::kPipelined) {
    core_ = std::make_unique<VerilatedKdf<Vpsp_kdf_pipelined>>();
  } else {
    core_ = std::make_unique<VerilatedKdf<Vpsp_kdf_iterative>>();
  }
}

KdfUnit::~KdfUnit() = default;

void KdfUnit::load(unsigned slot, std::span<const uint8_t, 32> key) {
  change_key(slot, false, key);
}

void KdfUnit::drop(unsigned slot) {
  change_key(slot, true, {});
  // The unit overwrites what its AES core holds of the key.
  for (int i = 0; i < 64; ++i, ++cycle_) core_->cycle({});
}

void KdfUnit::change_key(unsigned slot, bool drop, std::span<const uint8_t> key) {
  {
    net::Wiped<KdfCore::Inputs> inputs;
    inputs->key_valid = true;
    inputs->key_slot = slot != 0;
    inputs->key_drop = drop;
    for (size_t i = 0; i < key.size(); ++i) {
      inputs->key[kKeyWords - 1 - i / 4] |= static_cast<uint32_t>(key[i]) << (24 - 8 * (i % 4));
    }
    for (const uint64_t start = cycle_; !core_->cycle(inputs.value).key_ready;) {
      if (++cycle_ - start > kPatience) throw std::runtime_error("the key derivation unit takes no key");
    }
  }
  core_->cycle({});  // nothing of the key stays at the pins
  cycle_ += 2;
}

std::vector<KdfAnswer> KdfUnit::run(std::span<const KdfRequest> requests) {
  std::vector<KdfAnswer> answers(requests.size());
  size_t next = 0;
  size_t answered = 0;
  uint64_t moved_at = cycle_;
  bool offered = false;
  for (; answered < answers.size(); ++cycle_) {
    KdfCore::Inputs inputs;
    inputs.req_valid = next < requests.size() && requests[next].at <= cycle_;
    if (inputs.req_valid) {
      if (!offered) answers[next].offered = cycle_;
      offered = true;
      inputs.req_spi = requests[next].spi;
      inputs.req_version = static_cast<uint8_t>(requests[next].version & 0xf);
    }
    const net::Wiped<KdfCore::Outputs> outputs{core_->cycle(inputs)};
    if (outputs->rsp_valid) {
      KdfAnswer& answer = answers[answered++];
      answer.status = static_cast<KdfStatus>(outputs->rsp_status);
      for (size_t i = 0; i < answer.key.size(); ++i) {
        answer.key[i] = static_cast<uint8_t>(outputs->rsp_key[kKeyWords - 1 - i / 4] >> (24 - 8 * (i % 4)));
      }
      answer.answered = cycle_;
      moved_at = cycle_;
    }
    if (inputs.req_valid && outputs->req_ready) {
      answers[next].taken = cycle_;
      moved_at = cycle_;
      ++next;
      offered = false;
    }
    const bool waits = next < requests.size() && requests[next].at > cycle_ && answered == next;
    if (waits) moved_at = cycle_;
    if (cycle_ - moved_at > kPatience) throw std::runtime_error("the key derivation unit is stuck");
  }
  return answers;
}

}  // namespace pspnic::rtl
