// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/script.h"

#include <utility>

namespace pspnic::bench {

Script::Script(const sc_core::sc_module_name& name, size_t stack_bytes) : sc_module(name) {
  SC_HAS_PROCESS(Script);
  SC_THREAD(process);
  set_stack_size(stack_bytes);
}

void Script::process() {
  while (true) {
    if (script_) {
      try {
        std::exchange(script_, nullptr)();
      } catch (...) {
        failure_ = std::current_exception();
        sc_core::sc_pause();
      }
    }
    wait(given_);
  }
}

void Script::run(std::function<void()> script) {
  script_ = std::move(script);
  if (script_ && sc_core::sc_get_status() != sc_core::SC_ELABORATION) given_.notify(sc_core::SC_ZERO_TIME);
  sc_core::sc_start();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace pspnic::bench
