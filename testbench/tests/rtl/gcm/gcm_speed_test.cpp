// SPDX-License-Identifier: Apache-2.0
// How fast the Verilated lanes simulate, in processor time: a packet that goes through RTL must not take all
// day. Measured are four times these figures and more; the test is for what loses most of that.
#include <ctime>
#include <iostream>

#include "testbench/tests/rtl/gcm/gcm_reference.h"

namespace pspnic::rtl {
namespace {

constexpr int kPackets = 1000;
constexpr size_t kTextBytes = 1500;

// Blocks of text and AAD a second, all assertions on.
double blocks_per_second(const GcmShape& shape, int version) {
  PacketMaker maker(shape, 51);
  const GcmPacket packet = maker.make(16, kTextBytes, version);
  GcmLane lane(shape);
  const std::clock_t begin = std::clock();
  for (int i = 0; i < kPackets; ++i) {
    lane.submit(packet);
    while (lane.packets() > 4) {
      lane.step();
      lane.take_result();
    }
  }
  lane.drain();
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const double rate = static_cast<double>(kPackets * (blocks(kTextBytes) + 1)) / seconds;
  testing::Test::RecordProperty("blocks_per_second", static_cast<int>(rate));
  std::cout << name_of(shape) << ": " << static_cast<int>(rate) << " blocks a second\n";
  return rate;
}

TEST(GcmSpeedTest, Aes128) {
  EXPECT_GE(blocks_per_second({128, true, 128}, 0), 250'000);
}
TEST(GcmSpeedTest, Aes256) {
  EXPECT_GE(blocks_per_second({256, true, 128}, 1), 150'000);
}

}  // namespace
}  // namespace pspnic::rtl
