// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/congestion.h"

#include <gtest/gtest.h>

namespace pspnic::tcp {
namespace {

constexpr uint32_t kMss = 1000;

class CongestionTest : public testing::Test {
 protected:
  CongestionTest() { congestion.start(kMss, 10); }
  Congestion::Flight flight(Position una, Position max, bool more = true) const { return {una, max, more}; }
  // So many duplicates; the last one's answer.
  bool duplicates(unsigned count, Congestion::Flight at) {
    bool resend = false;
    for (unsigned i = 0; i < count; ++i) resend = congestion.on_duplicate(at);
    return resend;
  }
  Congestion congestion;
};

TEST_F(CongestionTest, StartsWithTenSegments) {
  EXPECT_EQ(congestion.window(), 10 * kMss);
}

TEST_F(CongestionTest, SlowStartAddsWhatIsAcknowledgedIfTheWindowWasTheLimit) {
  congestion.on_ack(2 * kMss, flight(2001, 10001), true);
  EXPECT_EQ(congestion.window(), 12 * kMss);
  congestion.on_ack(2 * kMss, flight(4001, 10001), false);
  EXPECT_EQ(congestion.window(), 12 * kMss);
}

TEST_F(CongestionTest, TwoDuplicatesAreNoLossAndThreeAre) {
  EXPECT_FALSE(duplicates(2, flight(1, 10001)));
  EXPECT_FALSE(congestion.recovering());
  EXPECT_EQ(congestion.limited_transmit(), 2 * kMss);
  EXPECT_TRUE(duplicates(1, flight(1, 10001)));
  EXPECT_TRUE(congestion.recovering());
  EXPECT_EQ(congestion.slow_start_threshold(), 5 * kMss);
  EXPECT_EQ(congestion.window(), 8 * kMss);  // half, and the three that have left the network
  EXPECT_FALSE(duplicates(1, flight(1, 10001)));
  EXPECT_EQ(congestion.window(), 9 * kMss);
}

TEST_F(CongestionTest, AnAcknowledgmentBetweenStartsTheCountAgain) {
  duplicates(2, flight(1, 10001));
  congestion.on_ack(kMss, flight(1001, 10001), false);
  EXPECT_FALSE(duplicates(2, flight(1001, 10001)));
  EXPECT_TRUE(duplicates(1, flight(1001, 10001)));
}

TEST_F(CongestionTest, FewerSegmentsUnderWayNeedFewerDuplicatesOnceThereIsNothingMore) {
  EXPECT_TRUE(duplicates(1, flight(1, 2001, false)));
  Congestion three;
  three.start(kMss, 10);
  EXPECT_FALSE(three.on_duplicate(flight(1, 3001, false)));
  EXPECT_TRUE(three.on_duplicate(flight(1, 3001, false)));
  Congestion with_more;
  with_more.start(kMss, 10);
  EXPECT_FALSE(with_more.on_duplicate(flight(1, 2001, true)));
}

TEST_F(CongestionTest, PartialAcknowledgmentsResendTheNextHoleUntilAllThatWasOutIsAcknowledged) {
  duplicates(3, flight(1, 10001));
  EXPECT_TRUE(congestion.on_ack(3 * kMss, flight(3001, 12001), true));
  EXPECT_TRUE(congestion.recovering());
  EXPECT_EQ(congestion.window(), 6 * kMss);  // less what left, and one segment
  EXPECT_TRUE(congestion.on_ack(6999, flight(10000, 12001), true));
  EXPECT_FALSE(congestion.on_ack(1, flight(10001, 12001), true));
  EXPECT_FALSE(congestion.recovering());
  EXPECT_EQ(congestion.window(), 3 * kMss);  // what is under way and one, at most the threshold
}

TEST_F(CongestionTest, BehindATimeoutDuplicatesOfWhatWasOutCountNothing) {
  congestion.on_timeout(flight(1, 10001), false);
  EXPECT_EQ(congestion.window(), kMss);
  EXPECT_EQ(congestion.slow_start_threshold(), 5 * kMss);
  EXPECT_FALSE(duplicates(10, flight(10001, 20001)));
  congestion.on_ack(1, flight(10002, 20001), false);
  EXPECT_TRUE(duplicates(3, flight(10002, 20001)));
}

TEST_F(CongestionTest, ASecondTimeoutOfTheSameDataKeepsTheThreshold) {
  congestion.on_timeout(flight(1, 10001), false);
  congestion.on_timeout(flight(1, 1001), true);
  EXPECT_EQ(congestion.slow_start_threshold(), 5 * kMss);
}

TEST_F(CongestionTest, ALossThatWasReorderingIsUndoneAndRaisesTheThresholdToWhatWasSeen) {
  duplicates(6, flight(1, 10001));
  EXPECT_TRUE(congestion.recovering());
  congestion.on_ack(8 * kMss, flight(8001, 12001), false);
  congestion.undo(false);
  EXPECT_FALSE(congestion.recovering());
  EXPECT_EQ(congestion.window(), 10 * kMss);
  EXPECT_EQ(congestion.duplicate_threshold(), 7u);
  EXPECT_FALSE(duplicates(6, flight(8001, 18001)));
  EXPECT_TRUE(duplicates(1, flight(8001, 18001)));
}

TEST_F(CongestionTest, ATimeoutBehindDuplicatesTakesTheRaisedThresholdBack) {
  duplicates(6, flight(1, 10001));
  congestion.on_ack(8 * kMss, flight(8001, 12001), false);
  congestion.undo(false);
  congestion.on_timeout(flight(8001, 12001), false);
  EXPECT_EQ(congestion.duplicate_threshold(), 7u);  // there were none
  duplicates(5, flight(8001, 12001));
  congestion.on_timeout(flight(8001, 12001), false);
  EXPECT_EQ(congestion.duplicate_threshold(), kDuplicateAcks);
}

TEST_F(CongestionTest, AvoidanceAddsOneSegmentAWindow) {
  congestion.on_timeout(flight(1, 10001), false);  // threshold 5000
  congestion.on_ack(4 * kMss, flight(4001, 10001), true);
  EXPECT_EQ(congestion.window(), 5 * kMss);
  congestion.on_ack(5 * kMss - 1, flight(9000, 20001), true);
  EXPECT_EQ(congestion.window(), 5 * kMss);
  congestion.on_ack(1, flight(9001, 20001), true);
  EXPECT_EQ(congestion.window(), 6 * kMss);
}

}  // namespace
}  // namespace pspnic::tcp
