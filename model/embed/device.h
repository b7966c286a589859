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
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "model/base/time.h"
#include "model/embed/card.h"
#include "model/embed/host.h"
#include "model/embed/host_bridge.h"
#include "model/embed/kernel.h"
#include "model/record/entry.h"

namespace pspnic::embed {

// A call that only fits where the device stands still, made by a Host.
class BusyError : public std::logic_error {
 public:
  explicit BusyError(const std::string& call)
      : std::logic_error(call + ": the device runs; its callbacks may use registers and give it frames") {}
};

class Device {
 public:
  // `host` outlives the device. Throws ConfigError for options.
  Device(const CardOptions& options, Host& host, const InterruptRange& interrupts = {});
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  // Register accesses of 32 bits, at the current time; addresses as pcie/endpoint.h lays them out. A read is
  // answered at once and says how long its answer takes; writes arrive as time goes on.
  HostBridge::Answer read(uint64_t address);
  bool write(uint64_t address, uint32_t value);
  // The last bit of a frame arrives. Throws ConfigError for a length that no port has.
  void receive(std::span<const uint8_t> bytes, bool fcs_ok = true);

  base::Time now() const { return events_->now(); }
  // Of the next thing the card does; kNever: nothing before the host does something.
  base::Time next_event() const { return events_->next(); }
  // Everything up to and including `end`, ps. Not back: throws ConfigError. BusyError.
  void run_until(base::Time end);
  // Everything before `end`, which is then the time; none if it has passed. BusyError.
  void run_before(base::Time end);
  // One event, if it is due up to and including `end`; else time is `end`. BusyError.
  bool run_one(base::Time end);
  // Of what register accesses and frames have caused: how far the card is.
  uint64_t progress() const { return events_->fired_by(Card::kOwner); }

  // As after power-on, with the same options; the time is 0. BusyError.
  void power_cycle();
  // Null: nobody. Keeps through a power cycle.
  void set_listener(record::Listener* listener);

  bool running() const { return running_; }  // that is, called by its Host
  const CardOptions& options() const { return options_; }
  const Card& card() const { return *card_; }

 private:
  void build();
  void tear_down();
  void require_still(const char* call) const;

  CardOptions options_;
  Host& host_;
  InterruptRange interrupts_;
  record::Listener* listener_ = nullptr;
  bool running_ = false;
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<base::EventQueue> events_;
  std::unique_ptr<Card> card_;
  std::unique_ptr<HostBridge> bridge_;
};

}  // namespace pspnic::embed
