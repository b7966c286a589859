// SPDX-License-Identifier: Apache-2.0
// The one list of events whose order is decided by time: DMA completions, doorbells, interrupts, arrivals
// from the wire, timers. It is a heap of its own inside a single SystemC process, because a kernel event
// costs several times as much; it returns to the kernel only when SystemC itself has something to do before
// the next event.
//
// Waits for: nothing; owned by the top of the simulation. Takes: callbacks with a time and one word of
// argument. Drops: nothing. Two events of the same time fire in the order in which they were scheduled.
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "model/base/time.h"

namespace pspnic::base {

// A function bound to an object, called with one word. Two words large, never allocates.
class Callback {
 public:
  Callback() = default;

  // Callback::to<&Dma::on_completion>(dma): calls dma.on_completion(argument).
  template <auto Method, class T>
  static Callback to(T& object) {
    return Callback(&object,
                    [](void* self, uint64_t argument) { (static_cast<T*>(self)->*Method)(argument); });
  }

  explicit operator bool() const { return function_ != nullptr; }
  void operator()(uint64_t argument) const { function_(object_, argument); }

 private:
  using Function = void (*)(void*, uint64_t);
  Callback(void* object, Function function) : object_(object), function_(function) {}

  void* object_ = nullptr;
  Function function_ = nullptr;
};

class EventQueue : public sc_core::sc_module {
 public:
  explicit EventQueue(const sc_core::sc_module_name& name);

  // Current time. Inside a callback it is the time of that event, which may run ahead of sc_time_stamp() as
  // long as no other SystemC process is due before it; TLM calls made there carry the difference (see
  // offset()).
  Time now() const;

  // Time by which the current callback is ahead of the SystemC kernel: the delay annotation of a TLM call.
  sc_core::sc_time offset() const;

  // Calls `callback(argument)` at `when`; a time that has already passed means now, behind what is due now.
  void schedule(Time when, Callback callback, uint64_t argument = 0);

  // Events fired since the start, for the report and for benchmarks.
  uint64_t fired() const { return fired_; }
  bool empty() const { return heap_.empty(); }

  // Stops dispatching after the current callback and pauses the SystemC kernel; sc_start() continues.
  void pause();

 private:
  struct Entry {
    Time when;
    uint64_t sequence;
    Callback callback;
    uint64_t argument;
  };

  void dispatch();
  bool kernel_is_due(Time when) const;
  Entry pop_first();

  std::vector<Entry> heap_;
  Time now_ = 0;
  Time kernel_now_ = 0;  // while dispatching
  uint64_t sequence_ = 0;
  uint64_t fired_ = 0;
  bool dispatching_ = false;
  bool pausing_ = false;
  sc_core::sc_event wake_;
};

}  // namespace pspnic::base
