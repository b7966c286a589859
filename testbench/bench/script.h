// SPDX-License-Identifier: Apache-2.0
// The one SystemC thread of a bench: runs functions that let simulated time pass.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <systemc>

namespace pspnic::bench {

class Script : public sc_core::sc_module {
 public:
  Script(const sc_core::sc_module_name& name, size_t stack_bytes);

  // Runs `script` as a process that may let time pass, and the simulation until nothing is left to happen.
  // Throws what the script throws. Without a script, goes on with what a pause stopped.
  void run(std::function<void()> script);

 private:
  void process();

  std::function<void()> script_;
  std::exception_ptr failure_;
  sc_core::sc_event given_;
};

}  // namespace pspnic::bench
