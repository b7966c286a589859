// SPDX-License-Identifier: Apache-2.0
// A whole card, in strict mode unless told.
#pragma once

#include "testbench/tests/model/nic/card_bench.h"
#include "testbench/tests/model/sanitizer/tx_kit.h"

namespace pspnic::misbehave {

inline nic::NicParams strict_card() {
  nic::NicParams params = test::small_card();
  params.sanitizer = strict_params();
  return params;
}

inline constexpr uint64_t kCommand = 0x04;  // of configuration space

class CardKit : private test::CardBench {
 public:
  explicit CardKit(const nic::NicParams& params = strict_card()) : CardBench(params) {}

  template <class Body>
  Violations play(Body body) {
    const std::string failure = run_script([&] {
      set_bus_master(true);
      body(*this);
      host_.delay(test::kFlight);
    });
    if (!failure.empty()) throw std::runtime_error(failure);
    return nic_.violations().first();
  }
  bench::HostSystem& host() { return host_; }
  base::EventQueue& events() { return events_; }
  // As the bench does when a run is over.
  Violations end_of_run() {
    nic_.end_of_run();
    return nic_.violations().first();
  }
  void set_bus_master(bool on) { host_.write32(host::Space::kConfig, kCommand, on ? 6 : 2); }
  void write(uint64_t offset, uint32_t value) { host_.write32(host::Space::kBar0, offset, value); }
};

template <class Body>
Violations on_card(Body body) {
  CardKit kit;
  return kit.play(body);
}

}  // namespace pspnic::misbehave
