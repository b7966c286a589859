// SPDX-License-Identifier: Apache-2.0
// Drives a verilated core with valid/ready streams, cycle by cycle. A cycle of a test: set inputs, settle(),
// look at the handshakes, tick(). A failed assertion of the RTL ends the test as failed, unless it was
// expected.
#pragma once

#include <gtest/gtest.h>
#include <verilated.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pspnic::rtl_test {

// Bytes to a wide port, byte 0 at the top, as the RTL writes blocks and keys; and back.
inline void to_port(std::span<const uint8_t> bytes, EData* words) {
  const size_t count = bytes.size() / 4;
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* p = bytes.data() + 4 * (count - 1 - i);
    words[i] = static_cast<EData>(p[0]) << 24 | static_cast<EData>(p[1]) << 16 |
               static_cast<EData>(p[2]) << 8 | p[3];
  }
}

inline void from_port(const EData* words, std::span<uint8_t> bytes) {
  const size_t count = bytes.size() / 4;
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(words[count - 1 - i / 4] >> (24 - 8 * (i % 4)));
  }
}

template <size_t Bytes>
std::array<uint8_t, Bytes> from_port(const EData* words) {
  std::array<uint8_t, Bytes> bytes;
  from_port(words, bytes);
  return bytes;
}

inline std::vector<uint8_t> from_hex(const std::string& hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// Random numbers of a test: the same ones in every run.
class Random {
 public:
  explicit Random(uint64_t seed) : generator_(seed) {}
  uint64_t word() { return generator_(); }
  uint64_t below(uint64_t count) { return generator_() % count; }
  bool chance(unsigned percent) { return below(100) < percent; }
  void fill(std::span<uint8_t> bytes) {
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(generator_());
  }
  template <size_t Bytes>
  std::array<uint8_t, Bytes> bytes() {
    std::array<uint8_t, Bytes> result;
    fill(result);
    return result;
  }

 private:
  std::mt19937_64 generator_;
};

// A core with its clock. Top is a class made by Verilator with the ports clk_i and rst_ni.
template <class Top>
class Bench {
 public:
  // With a seed, of a Top made with RANDOM_START: inputs and what no reset sets start at random.
  explicit Bench(std::optional<int> random_seed = {}) {
    context_->fatalOnError(false);
    context_->randReset(random_seed ? 2 : 0);
    if (random_seed) context_->randSeed(*random_seed);
    choose_context();
    top_ = std::make_unique<Top>(context_.get());
    // A reset begins with an edge of rst_ni, so the model has to see it high first.
    top_->clk_i = 0;
    top_->rst_ni = 1;
    top_->eval();
    reset();
  }
  ~Bench() {
    EXPECT_FALSE(context_->gotError()) << "an assertion of the RTL failed";
    choose_context();
    top_->final();
    top_.reset();
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  Top* operator->() { return top_.get(); }
  Top& top() { return *top_; }
  uint64_t cycle() const { return cycle_; }  // clock edges since the last reset

  void reset() {
    choose_context();
    top_->clk_i = 0;
    top_->rst_ni = 0;
    top_->eval();
    top_->rst_ni = 1;
    top_->eval();
    cycle_ = 0;
  }
  // Outputs follow the inputs set since the last edge.
  void settle() {
    choose_context();
    top_->eval();
  }
  // The rising edge. Inputs have been settled.
  void tick() {
    choose_context();
    top_->clk_i = 1;
    top_->eval();
    top_->clk_i = 0;
    ++cycle_;
  }
  // Lets time pass with the inputs as they are.
  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) {
      settle();
      tick();
    }
  }

  // Whether an assertion of the RTL has failed since the last call; the test goes on.
  bool take_failure() {
    const bool failed = context_->gotError();
    context_->gotError(false);
    context_->gotFinish(false);
    return failed;
  }

 private:
  // Assertions and destructors look here; another core may have been the last.
  void choose_context() { Verilated::threadContextp(context_.get()); }

  std::unique_ptr<VerilatedContext> context_ = std::make_unique<VerilatedContext>();
  std::unique_ptr<Top> top_;
  uint64_t cycle_ = 0;
};

}  // namespace pspnic::rtl_test
