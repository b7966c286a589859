// SPDX-License-Identifier: Apache-2.0
// A card with virtual functions whose cable comes back to it, a host, and a driver for each function: what
// one function sends to the address of another arrives there.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "model/idpf/psp_ext.h"
#include "testbench/host/driver.h"
#include "testbench/tests/model/nic/card_bench.h"
#include "testbench/tests/model/tx/reference_segments.h"

namespace pspnic::nic {

using Bytes = std::vector<uint8_t>;

// What a function's driver hands up.
struct FunctionStack : host::Stack {
  std::vector<Bytes> frames;
  uint64_t psp = 0;
  uint64_t sent = 0;
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    frames.emplace_back(frame.begin(), frame.end());
    psp += info.psp;
  }
  void on_sent(unsigned, uint64_t) override { ++sent; }
  void on_transmit_room(unsigned) override {}
};

struct RotationsSeen : host::PspEventListener {
  std::vector<idpf::EventCode> events;
  void on_psp_event(const idpf::PspEvent& event) override { events.push_back(event.event); }
};

using test::kFlight;

class FunctionsBench : protected test::CardBench {
 public:
  static constexpr uint16_t kVfs = 2;

  static NicParams card(DeviceParams::KeyDomains domains = DeviceParams::KeyDomains::kDevice) {
    NicParams params = test::small_card();
    params.device.sa_slots = 256;
    params.device.vfs = kVfs;
    params.device.vf_queues = 2;
    params.device.vf_vports = 2;
    params.device.vf_sa_slots = 16;
    params.device.key_domain = domains;
    return params;
  }

  explicit FunctionsBench(const NicParams& params = card()) : CardBench(params) {
    for (uint16_t vf = 1; vf <= kVfs; ++vf)
      ports_.push_back(std::make_unique<bench::FunctionPort>(host_, vf));
  }

  void run(std::function<void()> body) { EXPECT_EQ(run_script(std::move(body)), ""); }

  static host::DriverConfig config() {
    host::DriverConfig config;
    config.tx_ring = config.rx_ring = config.buffer_ring = 256;
    config.mailbox_poll_ps = 1 * base::kUs;
    return config;
  }
  // Function 0 is the physical one, whose driver switches the others on.
  host::HostPort& port(unsigned function) {
    return function == 0 ? static_cast<host::HostPort&>(host_) : *ports_[function - 1];
  }
  void start(unsigned function) {
    host::DriverConfig wanted = config();
    if (function == 0) wanted.vfs = kVfs;
    start(function, wanted);
  }
  void start(unsigned function, const host::DriverConfig& wanted) {
    drivers_[function] = std::make_unique<host::Driver>(port(function), wanted);
    drivers_[function]->start(stacks_[function]);
  }
  void start_all() {
    for (unsigned function = 0; function <= kVfs; ++function) start(function);
  }
  // The virtual ones first.
  void stop_all() {
    for (unsigned function = kVfs + 1; function-- > 0;) {
      if (!drivers_[function]) continue;
      if (drivers_[function]->running()) drivers_[function]->stop();
      EXPECT_TRUE(drivers_[function]->anomalies().empty()) << drivers_[function]->anomalies().front();
    }
  }
  host::Driver& driver(unsigned function) { return *drivers_[function]; }
  FunctionStack& stack(unsigned function) { return stacks_[function]; }
  Nic& nic() { return nic_; }
  bench::HostSystem& host() { return host_; }
  base::EventQueue& events() { return events_; }

  // To the first vport of a function.
  static Bytes frame_to(unsigned function, uint8_t seed = 1) {
    const Bytes payload(500, seed);
    Bytes frame = test::segment({}, payload, 0, 0, payload.size(), true, true);
    // Addresses count vports: one of the physical function, two of each virtual one.
    frame[4] = static_cast<uint8_t>(function == 0 ? 0 : 2 * function - 1);
    return frame;
  }
  void transmit(unsigned from, const Bytes& frame) {
    ASSERT_TRUE(driver(from).transmit(0, {.bytes = frame}));
    driver(from).flush(0);
  }
  // An association from one function to another; keys are exchanged out of band.
  host::SaHandle connect(unsigned from, unsigned to, host::RxSa& sa) {
    sa = driver(to).allocate_rx_sas(psp::Version::kAesGcm128, 1).at(0);
    const host::TxSaRequest request{sa.spi, sa.version, sa.key};
    return driver(from).add_tx_sas(std::span(&request, 1)).at(0);
  }
  void transmit_sealed(unsigned from, const Bytes& frame, const host::SaHandle& handle,
                       const host::RxSa& sa) {
    ASSERT_TRUE(
        driver(from).transmit(0, {.bytes = frame, .sa = handle, .spi = sa.spi, .version = sa.version}));
    driver(from).flush(0);
  }
  void expect_clear(unsigned from, unsigned to, uint8_t seed = 1) {
    const size_t before = stacks_[to].frames.size();
    transmit(from, frame_to(to, seed));
    host_.delay(kFlight);
    ASSERT_EQ(stacks_[to].frames.size(), before + 1) << from << " to " << to;
    EXPECT_EQ(stacks_[to].frames.back(), frame_to(to, seed));
  }

 private:
  std::vector<std::unique_ptr<bench::FunctionPort>> ports_;
  std::array<FunctionStack, kVfs + 1> stacks_;
  std::array<std::unique_ptr<host::Driver>, kVfs + 1> drivers_;
};

}  // namespace pspnic::nic
