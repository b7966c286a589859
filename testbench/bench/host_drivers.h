// SPDX-License-Identifier: Apache-2.0
// The drivers of a host as one: that of the card's physical function, and one for each virtual function that
// it switches on. Vports and queue pairs are numbered through all of them, the physical function's first;
// each function has as many. A number that there is not: std::out_of_range.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "testbench/bench/host_system.h"
#include "testbench/host/driver.h"

namespace pspnic::bench {

class HostDrivers {
 public:
  // `config` is the physical function's. The others' are the same, but for key modes, which go on from
  // function to function.
  HostDrivers(HostSystem& host, const host::DriverConfig& config, unsigned vfs);
  ~HostDrivers();

  // Function 0 is the physical one.
  unsigned functions() const { return static_cast<unsigned>(drivers_.size()); }
  host::Driver& driver(unsigned function) const { return *drivers_.at(function); }
  static std::string name(unsigned function);  // "pf", "vf 0"
  // "nic_a", "nic_a vf 0": of what the whole card or host is named for.
  static std::string full_name(const std::string& whole, unsigned function);

  unsigned vports() const { return functions() * vports_each_; }
  unsigned queue_pairs() const { return functions() * pairs_each_; }
  unsigned function_of_vport(unsigned vport) const { return vport / vports_each_; }
  unsigned function_of_queue(unsigned queue) const { return queue / pairs_each_; }
  unsigned first_queue(unsigned vport) const;  // vports() + 1 values; the last is queue_pairs()
  unsigned vport_of(unsigned queue) const;
  const net::MacAddress& mac(unsigned vport) const;
  std::string vport_name(unsigned vport) const;  // "vport 0"; with virtual functions "vf 0 vport 0"
  host::KeyMode key_mode(unsigned queue) const;

  // Scripts, as Driver's. A reset of the physical function takes the others away, so recover() is of all;
  // stop() ends with it.
  void start(host::Stack& stack);
  void recover(host::Stack& stack);
  void stop();

  bool transmit(unsigned queue, const host::TxFrame& frame) {
    return driver(function_of_queue(queue)).transmit(queue % pairs_each_, frame);
  }
  void flush(unsigned queue) { driver(function_of_queue(queue)).flush(queue % pairs_each_); }
  unsigned transmit_room(unsigned queue, bool tso = false) const {
    return driver(function_of_queue(queue)).transmit_room(queue % pairs_each_, tso);
  }

  void set_transmit_observer(host::TransmitObserver* observer);
  void set_watchdog_listener(host::WatchdogListener* listener);
  uint64_t total(uint64_t host::DriverStats::*member) const;

 private:
  class Adapter;

  host::Stack& stack_of(unsigned function, host::Stack& stack);

  unsigned vports_each_;
  unsigned pairs_each_;
  std::vector<std::unique_ptr<FunctionPort>> ports_;  // of the virtual functions, as the next
  std::vector<std::unique_ptr<Adapter>> adapters_;
  std::vector<std::unique_ptr<host::Driver>> drivers_;
};

}  // namespace pspnic::bench
