// SPDX-License-Identifier: Apache-2.0
// Random packets against OpenSSL, with and without stalls. PSPNIC_RTL_PACKETS sets how many a lane gets.
#include "testbench/tests/rtl/gcm/gcm_reference.h"
#include "testbench/tests/rtl/packets_wanted.h"

namespace pspnic::rtl {
namespace {

// Half of them in each of two tests.
unsigned packets_wanted() {
  return rtl_test::packets_wanted("PSPNIC_RTL_PACKETS", 1000, 2);
}

TEST(GcmRandomPackets, AreANumberThatIsNotTooSmall) {
  EXPECT_EQ(rtl_test::packets_from("17", "N", 2), 17u);
  EXPECT_EQ(rtl_test::packets_from("2", "N", 2), 2u);
  for (const char* bad : {"", "0", "1", "-3", "abc", "5k", " 5", "99999999999999999999"}) {
    EXPECT_THROW(rtl_test::packets_from(bad, "N", 2), std::invalid_argument) << bad;
  }
}

class GcmRandomTest : public GcmLaneTest {
 protected:
  static constexpr size_t kAtOnce = 50;

  void run_packets(GcmLane& lane, PacketMaker& maker, size_t count, size_t most_bytes) {
    while (count > 0 && !HasFailure()) {
      std::vector<GcmPacket> packets;
      for (; packets.size() < kAtOnce && count > 0; --count) packets.push_back(maker.any(most_bytes));
      check(lane, packets);
    }
  }
};

TEST_P(GcmRandomTest, AgreesWithOpenSslBackToBack) {
  PacketMaker maker(GetParam(), 11);
  GcmLane lane(make_core(GetParam()));
  run_packets(lane, maker, packets_wanted() / 2, 9000);
}

TEST_P(GcmRandomTest, AgreesWithOpenSslWithStallsOnEveryStream) {
  PacketMaker maker(GetParam(), 12);
  std::mt19937_64 random(13);
  GcmLane lane(make_core(GetParam()));
  std::array<unsigned, 4> percent{};
  uint64_t change_at = 0;
  lane.stall = [&](GcmStream stream) {
    if (lane.cycle() >= change_at) {
      // From streams that flow to ones that are almost shut.
      for (unsigned& one : percent) one = std::array{0u, 0u, 10u, 50u, 90u, 97u}[random() % 6];
      change_at = lane.cycle() + 20 + random() % 500;
    }
    return random() % 100 < percent[static_cast<size_t>(stream)];
  };
  run_packets(lane, maker, packets_wanted() - packets_wanted() / 2, 2000);
}

TEST_P(GcmRandomTest, EveryLengthOfAFewBlocks) {
  PacketMaker maker(GetParam(), 14);
  GcmLane lane(make_core(GetParam()));
  for (size_t aad = 0; aad <= 34; ++aad) {
    std::vector<GcmPacket> packets;
    for (size_t text = 0; text <= 34; ++text) {
      GcmPacket packet = maker.make(aad, text);
      packets.push_back(sealed(packet));
      packets.push_back(std::move(packet));
    }
    check(lane, packets);
  }
}

TEST_P(GcmRandomTest, LongestPackets) {
  PacketMaker maker(GetParam(), 15);
  GcmLane lane(make_core(GetParam()));
  const size_t most = GetParam().max_bytes;
  check(lane, {maker.make(most, most), maker.make(0, most), maker.make(most, 0), maker.make(9000, 9000)});
}

TEST_P(GcmRandomTest, ResultsWaitAndTheNextPacketsWithThem) {
  PacketMaker maker(GetParam(), 16);
  GcmLane lane(make_core(GetParam()));
  lane.stall = [&](GcmStream stream) { return stream == GcmStream::kResult && lane.cycle() % 3000 != 2999; };
  std::vector<GcmPacket> packets;
  for (int i = 0; i < 12; ++i) packets.push_back(maker.make(16 * maker.below(3), maker.below(60)));
  check(lane, packets);
}

INSTANTIATE_TEST_SUITE_P(, GcmRandomTest, testing::ValuesIn(kTestedShapes), shape_name);

}  // namespace
}  // namespace pspnic::rtl
