// SPDX-License-Identifier: Apache-2.0
// Registers that no reset sets, and memories, start at random, as those of hardware do. After a reset the
// lane works all the same, and no assertion fails.
#include <Vgcm_lane_256_random_start.h>
#include <Vgcm_lane_256_random_start___024root.h>

#include "testbench/tests/rtl/gcm/gcm_reference.h"
#include "testbench/tests/rtl/gcm/open_core.h"
#include "testbench/tests/rtl/memory.h"

namespace pspnic::rtl {
namespace {

using Core = OpenCore<Vgcm_lane_256_random_start>;

class GcmRandomStartTest : public testing::TestWithParam<int> {
 protected:
  static std::vector<GcmPacket> packets(uint64_t seed) {
    PacketMaker maker(GcmShape{}, seed);
    std::vector<GcmPacket> result;
    for (int i = 0; i < 12; ++i) result.push_back(maker.any(200));
    return result;
  }
};

TEST_P(GcmRandomStartTest, AfterAResetPacketsAreWhatTheyShouldBe) {
  auto core = std::make_unique<Core>(GetParam());
  Core& seen = *core;
  seen.survive_assertions();
  GcmLane lane(std::move(core));
  for (uint64_t round = 0; round < 3; ++round) {
    const std::vector<GcmPacket> sent = packets(round);
    for (const GcmPacket& packet : sent) lane.submit(packet);
    lane.drain();
    for (const GcmPacket& packet : sent) expect_result(lane.take_result().value(), openssl(packet));
    // The next round begins with a reset amid packets.
    for (const GcmPacket& packet : packets(round + 100)) lane.submit(packet);
    for (int i = 0; i < 50; ++i) lane.step();
    lane.reset();
  }
  EXPECT_FALSE(seen.take_failure());
}

TEST_P(GcmRandomStartTest, TheStartIsRandom) {
  const Core one(GetParam());
  const Core other(GetParam() + 1);
  EXPECT_GT(rtl_test::differences(one.memory(), other.memory()).size(), 1000u);
}

INSTANTIATE_TEST_SUITE_P(Seed, GcmRandomStartTest, testing::Range(1, 9));

}  // namespace
}  // namespace pspnic::rtl
