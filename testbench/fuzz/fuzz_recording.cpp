// SPDX-License-Identifier: Apache-2.0
// libFuzzer on the reader of recordings. libsystemc, which headers of the card's addresses bring along, has a
// main() of its own.
#include <cstdio>
#include <cstdlib>

#include "testbench/fuzz/recording_target.h"

extern "C" int LLVMFuzzerRunDriver(int* argc, char*** argv, int (*callback)(const uint8_t*, size_t));
extern "C" int sc_main(int argc, char** argv);

namespace {

int read_recording(const uint8_t* data, size_t size) {
  const std::string broken = pspnic::fuzz::fuzz_recording({data, size});
  if (!broken.empty()) {
    std::fprintf(stderr, "%s\n", broken.c_str());
    std::abort();
  }
  return 0;
}

}  // namespace

int sc_main(int argc, char** argv) {
  return LLVMFuzzerRunDriver(&argc, &argv, read_recording);
}
