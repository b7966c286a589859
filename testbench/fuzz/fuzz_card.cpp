// SPDX-License-Identifier: Apache-2.0
// libFuzzer on a whole card. libsystemc brings main(), and time passes only in a SystemC thread, so the
// fuzzer is called from there.
#include <cstdio>
#include <cstdlib>
#include <systemc>

#include "testbench/fuzz/card_target.h"
#include "testbench/tests/model/nic/card_bench.h"

extern "C" int LLVMFuzzerRunDriver(int* argc, char*** argv, int (*callback)(const uint8_t*, size_t));

namespace {

pspnic::fuzz::FuzzedCard* card = nullptr;

int run_one(const uint8_t* data, size_t size) {
  const std::string broken = card->run({data, size});
  if (!broken.empty()) {
    std::fprintf(stderr, "%s\n", broken.c_str());
    std::abort();
  }
  return 0;
}

}  // namespace

int sc_main(int argc, char** argv) {
  pspnic::fuzz::FuzzedCard the_card;
  card = &the_card;
  pspnic::test::Script script("fuzzer", [&] { std::exit(LLVMFuzzerRunDriver(&argc, &argv, run_one)); });
  sc_core::sc_start();
  return EXIT_FAILURE;
}
