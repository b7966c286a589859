// SPDX-License-Identifier: Apache-2.0
// A whole card whose cable comes back to it, and a place where a script may let time pass. One a process.
#pragma once

#include <functional>
#include <string>
#include <systemc>
#include <utility>

#include "model/nic/nic.h"
#include "testbench/bench/host_system.h"

namespace pspnic::test {

struct SelfCable : mac::Wire {
  base::EventQueue& events;
  nic::Nic* nic = nullptr;
  base::Ring<base::PacketPtr> flying;

  explicit SelfCable(base::EventQueue& queue) : events(queue) {}
  void transmit(base::PacketPtr packet) override {
    const base::Time arrival = packet->wire_end;
    flying.push(std::move(packet));
    events.schedule(arrival, base::Callback::to<&SelfCable::on_arrival>(*this));
  }
  void on_arrival(uint64_t) { nic->receive(flying.pop()); }
};

class Script : public sc_core::sc_module {
 public:
  static constexpr size_t kStackBytes = size_t{1} << 20;  // sanitizers make frames large

  Script(const sc_core::sc_module_name& name, std::function<void()> body)
      : sc_module(name), body_(std::move(body)) {
    SC_HAS_PROCESS(Script);
    SC_THREAD(run);
    set_stack_size(kStackBytes);
  }
  bool finished = false;
  std::string failure;

 private:
  void run() {
    try {
      body_();
    } catch (const std::exception& error) {
      failure = error.what();
    }
    finished = true;
  }
  std::function<void()> body_;
};

}  // namespace pspnic::test
