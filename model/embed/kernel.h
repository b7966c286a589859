// SPDX-License-Identifier: Apache-2.0
// A SystemC simulation context for one device alone. SystemC elaborates once a context and has one context
// that counts; with one each, devices come and go at any time, beside each other and beside a simulation of
// the program's own, which notices nothing.
//
// Nothing is ever simulated here: the context is there for names and bindings, events are fired by
// base::EventQueue::run_until().
//
// Threads: the context that counts is the process's. A Use keeps all other threads' out, so devices may be
// used from any thread, one at a time.
#pragma once

#include <memory>
#include <mutex>
#include <systemc>

namespace pspnic::embed {

class Kernel {
 public:
  Kernel();
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // The context counts until it goes. May be nested, also with that of another kernel.
  class Use {
   public:
    explicit Use(const Kernel& kernel);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    std::unique_lock<std::recursive_mutex> lock_;
    sc_core::sc_simcontext* before_;
  };

  // Completes the bindings of what has been made in a Use.
  void elaborate();

 private:
  std::unique_ptr<sc_core::sc_simcontext> context_;
};

}  // namespace pspnic::embed
