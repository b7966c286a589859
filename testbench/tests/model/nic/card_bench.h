// SPDX-License-Identifier: Apache-2.0
// A whole card whose cable comes back to it, and a place where a script may let time pass. One a process.
#pragma once

#include <functional>
#include <string>
#include <systemc>
#include <utility>

#include "model/nic/nic.h"
#include "testbench/bench/host_system.h"
#include "testbench/host/driver.h"

namespace pspnic::test {

inline constexpr base::Time kFlight = 100 * base::kUs;  // more than any frame needs

// Few queues and SAs, and a host to go with it: they come up quickly.
nic::NicParams small_card();
bench::HostParams small_host();

struct SelfCable : mac::Wire {
  base::EventQueue& events;
  nic::Nic* nic = nullptr;
  base::Ring<base::PacketPtr> flying;
  std::function<void(const base::Packet&)> tap;  // sees every frame

  explicit SelfCable(base::EventQueue& queue) : events(queue) {}
  void transmit(base::PacketPtr packet) override {
    if (tap) tap(*packet);
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

// The base of fixtures.
class CardBench {
 protected:
  explicit CardBench(const nic::NicParams& card = small_card(), const bench::HostParams& host = small_host());

  // Runs `body` where time may pass, and then until nothing is left to do; the first thing that was wrong, or
  // nothing.
  std::string run_script(std::function<void()> body);

  base::StatGroup root_{""};
  base::PacketPool pool_;
  base::EventQueue events_{"events"};
  SelfCable cable_{events_};
  nic::Nic nic_;
  bench::HostSystem host_;
};

// An SA of the driver to itself; script.
host::SaHandle connect(host::Driver& driver, host::RxSa& sa, psp::Version version = psp::Version::kAesGcm128);

}  // namespace pspnic::test
