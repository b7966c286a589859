// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/model/nic/card_bench.h"

// Asked by the leak sanitizer. It would read the guard page of the script's coroutine stack, which SystemC
// keeps until the process ends, and crash.
extern "C" int __lsan_is_turned_off() {
  return 1;
}
