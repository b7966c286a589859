// SPDX-License-Identifier: Apache-2.0
// One card for programs that have no SystemC simulation: registers by address, memory, interrupts and frames
// by calls of a Host, and time that goes on when it is told to. As many as one likes, at any time. The C
// interface pspnic.h is made of it; pspnic_tlm.h is for those who have a simulation.
//
// Time begins at 0 with each device and is its own; whoever couples two brings them to the same time
// (next_event() says what is worth running for). Nothing happens between the calls.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "model/base/time.h"
#include "model/embed/card.h"
#include "model/embed/host.h"
#include "model/embed/host_bridge.h"
#include "model/record/entry.h"

namespace pspnic::embed {

// A call that does not fit where a Host makes it.
class BusyError : public std::logic_error {
 public:
  BusyError(const std::string& call, const std::string& rule) : std::logic_error(call + ": " + rule) {}
};

// One thread at a time; Host is called by the thread that is in a call of the device, which then may come in
// again. The SystemC context of other devices is not waited for while it is called.
class Device {
 public:
  // `host` outlives the device. Throws ConfigError for options.
  Device(const CardOptions& options, Host& host, const InterruptRange& interrupts = {});
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  // Register accesses of 32 bits, at the current time; addresses as pcie/endpoint.h lays them out. A read is
  // answered at once and says how long its answer takes; writes arrive as time goes on. From
  // Host::rule_broken(): BusyError.
  HostBridge::Answer read(uint64_t address);
  bool write(uint64_t address, uint32_t value);
  // The last bit of a frame arrives. Throws ConfigError for a length that no port has. From
  // Host::rule_broken(): BusyError.
  void receive(std::span<const uint8_t> bytes, bool fcs_ok = true);

  base::Time now() const;
  // Of the next thing the card does; kNever: nothing before the host does something.
  base::Time next_event() const;
  // Everything up to and including `end`, ps. Not back: throws ConfigError. From a Host: BusyError, as for
  // all below that say so.
  void run_until(base::Time end);
  // Everything before `end`, which is then the time; none if it has passed. BusyError.
  void run_before(base::Time end);
  // One event, if it is due up to and including `end`; else time is `end`. BusyError.
  bool run_one(base::Time end);
  // Of what register accesses and frames have caused: how far the card is.
  uint64_t progress() const;

  // As after power-on, with the same options; the time is 0. If it throws, all is as it was. BusyError.
  void power_cycle();
  // The same, but time goes on: a platform's reset of its devices (PERST#). What was under way is lost.
  void reset();
  // Throws BusyError, naming the call, from a Host.
  void require_still(const char* call) const;
  // Null: nobody. Keeps through a power cycle.
  void set_listener(record::Listener* listener);

  // In a call of Host::read_memory(), write_memory() or interrupt(): the function whose access it is, 0 for
  // the physical one.
  uint16_t requesting_function() const;

  bool running() const { return inside_ != Inside::kNothing; }  // that is, called by its Host
  const CardOptions& options() const { return options_; }
  const Card& card() const;

 private:
  class Outside;
  struct Parts;
  enum class Inside { kNothing, kCall, kViolation };
  class Entered;

  std::unique_ptr<Parts> make(base::Time start);
  void require_whole(const char* call) const;

  CardOptions options_;
  Host& host_;
  InterruptRange interrupts_;
  record::Listener* listener_ = nullptr;
  Inside inside_ = Inside::kNothing;
  std::unique_ptr<Parts> parts_;
};

}  // namespace pspnic::embed
