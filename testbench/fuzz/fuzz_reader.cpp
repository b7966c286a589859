// SPDX-License-Identifier: Apache-2.0
// libFuzzer on one of the functions of readers_target.h: PSPNIC_FUZZ_TARGET.
#include <cstdio>
#include <cstdlib>

#include "testbench/fuzz/readers_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string broken = pspnic::fuzz::PSPNIC_FUZZ_TARGET({data, size});
  if (!broken.empty()) {
    std::fprintf(stderr, "%s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
