// SPDX-License-Identifier: Apache-2.0
// Drives the key derivation and knows what it must answer: the model's psp::Kdf with the device key that a
// slot has in the cycle in which a request is taken.
#pragma once

#include <Vpsp_kdf_iterative.h>
#include <Vpsp_kdf_iterative_gates.h>
#include <Vpsp_kdf_pipelined.h>
#include <Vpsp_kdf_pipelined_gates.h>

#include <deque>
#include <optional>

#include "model/psp/kdf.h"
#include "testbench/tests/rtl/bench.h"

namespace pspnic::rtl_test {

enum KdfStatus : uint8_t { kOk = 0, kIllegalVersion = 1, kNoKey = 2 };

using DeviceKeyBytes = std::array<uint8_t, 32>;

struct KdfRequest {
  uint32_t spi = 0;
  uint8_t version = 0;
};

struct KdfAnswer {
  uint8_t status = kOk;
  std::array<uint8_t, 32> key{};
  bool operator==(const KdfAnswer&) const = default;
};

struct KdfKeyCommand {
  bool slot = false;
  bool drop = false;
  DeviceKeyBytes key{};
};

template <class T, unsigned Cycles>
struct KdfCore {
  using Top = T;
  static constexpr unsigned kBlockCycles = Cycles;  // a block of key each
};
using PipelinedKdf = KdfCore<Vpsp_kdf_pipelined, 1>;
using IterativeKdf = KdfCore<Vpsp_kdf_iterative, 14>;
using PipelinedGatesKdf = KdfCore<Vpsp_kdf_pipelined_gates, 1>;
using IterativeGatesKdf = KdfCore<Vpsp_kdf_iterative_gates, 14>;
using AllKdfCores = ::testing::Types<PipelinedKdf, IterativeKdf, PipelinedGatesKdf, IterativeGatesKdf>;

template <class Core>
class KdfBench {
 public:
  struct Done {
    KdfRequest request;
    KdfAnswer expected, answer;
    uint64_t offered = 0, taken = 0, shown = 0;
  };

  explicit KdfBench(std::optional<int> random_seed = {}) : bench_(random_seed) {
    withdraw();
    bench_->rsp_ready_i = 1;
  }

  void offer(const KdfRequest& request) {
    ASSERT_FALSE(request_);
    request_ = Done{request, {}, {}, bench_.cycle(), 0, 0};
    bench_->req_valid_i = 1;
    bench_->req_spi_i = request.spi;
    bench_->req_version_i = request.version;
  }
  void offer(const KdfKeyCommand& command) {
    ASSERT_FALSE(command_);
    command_ = command;
    bench_->key_valid_i = 1;
    bench_->key_slot_i = command.slot;
    bench_->key_drop_i = command.drop;
    to_port(command.key, bench_->key_i.data());
  }
  // As if nothing had been offered: for what still waits when a reset comes.
  void withdraw() {
    request_.reset();
    command_.reset();
    bench_->req_valid_i = 0;
    bench_->req_spi_i = 0;
    bench_->req_version_i = 0;
    bench_->key_valid_i = 0;
    bench_->key_slot_i = 0;
    bench_->key_drop_i = 0;
    to_port(DeviceKeyBytes{}, bench_->key_i.data());
  }
  bool request_waits() const { return request_.has_value(); }
  bool command_waits() const { return command_.has_value(); }

  void step() {
    bench_.settle();
    const bool request_taken = request_ && bench_->req_ready_o;
    if (request_taken) {
      request_->taken = bench_.cycle();
      request_->expected = answer_to(request_->request);
      under_way_.push_back(*request_);
      request_.reset();
    }
    const bool command_taken = command_ && bench_->key_ready_o;
    if (command_taken) obey();
    look_at_answer();
    if (bench_->rsp_valid_o) receive();
    bench_.tick();
    if (request_taken) bench_->req_valid_i = 0;
    if (command_taken) {
      bench_->key_valid_i = 0;
      to_port(DeviceKeyBytes{}, bench_->key_i.data());
    }
  }
  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) step();
  }
  // Until nothing waits and nothing is under way.
  void drain() {
    for (unsigned i = 0; i < 4000 && (request_ || command_ || !under_way_.empty()); ++i) step();
    EXPECT_TRUE(!request_ && !command_ && under_way_.empty()) << "no progress";
  }
  void load(bool slot, const DeviceKeyBytes& key) {
    offer(KdfKeyCommand{slot, false, key});
    drain();
  }
  KdfAnswer ask(const KdfRequest& request) {
    offer(request);
    drain();
    return done_.empty() ? KdfAnswer{} : done_.back().answer;
  }

  // What was under way and all keys are forgotten.
  void reset() {
    bench_.reset();
    under_way_.clear();
    waiting_.reset();
    for (auto& key : keys_) key.reset();
  }

  Bench<typename Core::Top>& bench() { return bench_; }
  const std::vector<Done>& done() const { return done_; }
  uint64_t command_taken() const { return command_taken_; }

 private:
  KdfAnswer answer_to(const KdfRequest& request) const {
    if (request.version > 3) return {kIllegalVersion, {}};
    const auto& kdf = keys_[request.spi >> 31];
    if (!kdf) return {kNoKey, {}};
    KdfAnswer answer;
    const auto key = kdf->derive(request.spi, static_cast<psp::Version>(request.version));
    std::copy(key.view().begin(), key.view().end(), answer.key.begin());
    return answer;
  }
  void obey() {
    command_taken_ = bench_.cycle();
    keys_[command_->slot].reset();
    if (!command_->drop) keys_[command_->slot].emplace(psp::DeviceKey(command_->key));
    command_.reset();
  }
  // Nothing is to be seen but answers, and one that waits stays as it is.
  void look_at_answer() {
    const KdfAnswer seen{bench_->rsp_status_o, from_port<32>(bench_->rsp_key_o.data())};
    if (!bench_->rsp_valid_o) {
      ASSERT_EQ(seen, KdfAnswer{}) << "cycle " << bench_.cycle();
    }
    if (waiting_) {
      ASSERT_TRUE(bench_->rsp_valid_o);
      ASSERT_EQ(seen, *waiting_);
    }
    waiting_.reset();
    if (bench_->rsp_valid_o && !bench_->rsp_ready_i) waiting_ = seen;
  }
  void receive() {
    ASSERT_FALSE(under_way_.empty()) << "an answer to nothing";
    Done& done = under_way_.front();
    if (done.shown == 0) done.shown = bench_.cycle();
    if (!bench_->rsp_ready_i) return;
    done.answer = {bench_->rsp_status_o, from_port<32>(bench_->rsp_key_o.data())};
    EXPECT_EQ(done.answer, done.expected)
        << "SPI " << done.request.spi << " version " << unsigned{done.request.version};
    done_.push_back(done);
    under_way_.pop_front();
  }

  Bench<typename Core::Top> bench_;
  std::optional<psp::Kdf> keys_[2];
  std::optional<Done> request_;
  std::optional<KdfKeyCommand> command_;
  std::deque<Done> under_way_;
  std::vector<Done> done_;
  std::optional<KdfAnswer> waiting_;
  uint64_t command_taken_ = 0;
};

}  // namespace pspnic::rtl_test
