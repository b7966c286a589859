// SPDX-License-Identifier: Apache-2.0
// A SystemC simulation context for one device alone. SystemC elaborates once a context and has one context
// that counts; with one each, devices come and go at any time, beside each other and beside a simulation of
// the program's own, which notices nothing.
//
// Nothing is ever simulated here: the context is there for names and bindings, events are fired by
// base::EventQueue::run_until().
//
// Threads: the context that counts is the process's. A Use keeps the Uses of all other threads out; an Away
// within it lets them in. Of one kernel, only one thread may be in a Use or in an Away.
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
    friend class Kernel;
    const Kernel& kernel_;
    std::unique_lock<std::recursive_mutex> lock_;
    sc_core::sc_simcontext* before_;
    Use* outer_;
  };

  // Code of somebody else that is called in a Use, not a nested one: as if there were none until it goes. So
  // it finds its own context, and may wait for threads that want to be in Uses.
  class Away {
   public:
    explicit Away(const Kernel& kernel);
    ~Away();
    Away(const Away&) = delete;
    Away& operator=(const Away&) = delete;

   private:
    Use& use_;
  };

  // Completes the bindings of what has been made in a Use.
  void elaborate();

 private:
  std::unique_ptr<sc_core::sc_simcontext> context_;
  mutable Use* use_ = nullptr;  // the innermost
};

}  // namespace pspnic::embed
