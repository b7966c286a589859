// SPDX-License-Identifier: Apache-2.0
// libFuzzer on the reader of recordings.
#include <cstdio>
#include <cstdlib>

#include "testbench/fuzz/recording_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string broken = pspnic::fuzz::fuzz_recording({data, size});
  if (!broken.empty()) {
    std::fprintf(stderr, "%s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
