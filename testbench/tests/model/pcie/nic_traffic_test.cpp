// SPDX-License-Identifier: Apache-2.0
// The cards of pcie-bench's model once more, with the 24 bytes of the request for a receive descriptor that
// the published figures leave out (`pspnic validate V8` has those).
#include <gtest/gtest.h>

#include "testbench/validate/reference_card.h"

namespace pspnic::pcie {
namespace {

using validate::CardBehaviour;

constexpr double kGen3X8Gbps = 57.88;

struct Row {
  CardBehaviour behaviour;
  uint32_t frame_bytes;  // the check sequence does not cross the link
  double gbps;           // published
};
const Row kPublished[] = {{validate::kSimpleCard, 64, 12.58}, {validate::kSimpleCard, 1024, 44.33},
                          {validate::kKernelCard, 64, 17.63}, {validate::kKernelCard, 256, 37.50},
                          {validate::kDpdkCard, 64, 20.65},   {validate::kDpdkCard, 1024, 48.23}};

// The published rate names the upstream bytes of a packet; the request adds 24 to them.
TEST(NicTraffic, PaysForReceiveDescriptorRequestsToo) {
  base::EventQueue events("events");
  LinkParams params;
  params.generation = 3;
  params.lanes = 8;
  for (const Row& row : kPublished) {
    const double frame = row.frame_bytes - 4;
    const double upstream_bytes = frame * kGen3X8Gbps / row.gbps + 24;
    const double expected = frame * kGen3X8Gbps / upstream_bytes;
    validate::ReferenceCard card(events, params, row.behaviour, row.frame_bytes - 4, true);
    EXPECT_NEAR(card.run(), expected, expected * 0.02) << row.behaviour.name << " " << row.frame_bytes;
  }
}

}  // namespace
}  // namespace pspnic::pcie
