// SPDX-License-Identifier: Apache-2.0
// libFuzzer on the firmware.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "testbench/fuzz/firmware_target.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  GTEST_FLAG_SET(throw_on_failure, true);  // the fake device's expectations
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string broken = pspnic::fuzz::fuzz_firmware({data, size});
  if (!broken.empty()) {
    std::fprintf(stderr, "%s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
