// SPDX-License-Identifier: Apache-2.0
// Sustained rates, measured over many transfers, against the account of R. Neugebauer et al., "Understanding
// PCIe performance for end host networking" (SIGCOMM 2018): with W bits a second for TLPs,
//   writes   W s / (s + 24 ceil(s / MPS))
//   reads    s min( W / (s + 20 ceil(s / MPS)), W / (24 ceil(s / MRRS)) )
//   both     s W / max( s + 24 ceil(s / MPS) + 24 ceil(s / MRRS), s + 20 ceil(s / MPS) )
#include <gtest/gtest.h>

#include <cmath>

#include "testbench/validate/dma_load.h"

namespace pspnic::pcie {
namespace {

using Load = validate::DmaLoad;

LinkParams link(unsigned generation, unsigned max_payload_bytes, unsigned tags) {
  LinkParams params;
  params.generation = generation;
  params.max_payload_bytes = max_payload_bytes;
  params.tags = tags;
  return params;
}

// One byte more than a payload costs a header.
TEST(DmaRate, WritesHaveASawToothAtEachPayload) {
  base::EventQueue events("events");
  for (const uint32_t payloads : {1u, 2u, 4u}) {
    const double full = Load(events, link(4, 256, 256), {.write_bytes = 256 * payloads}).run();
    const double more = Load(events, link(4, 256, 256), {.write_bytes = 256 * payloads + 1}).run();
    const double expected =
        (256.0 * payloads + 1) / (256.0 * payloads + 1 + 24 * (payloads + 1)) / (256.0 / 280);
    EXPECT_NEAR(more / full, expected, 1e-4);
  }
}

}  // namespace
}  // namespace pspnic::pcie
