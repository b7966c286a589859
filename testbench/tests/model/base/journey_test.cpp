// SPDX-License-Identifier: Apache-2.0
#include "model/base/journey.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/base/journey_sums.h"

namespace pspnic::base {
namespace {

Time leg_of(const Journey& journey, Leg leg) {
  return journey.legs[static_cast<size_t>(leg)];
}

TEST(Journey, EveryPartBeginsWhereTheLastHasEnded) {
  Journey journey;
  journey.begin(100);
  journey.reach(Leg::kRingWait, 100);
  journey.reach(Leg::kDescriptors, 130);
  journey.reach(Leg::kTurn, 131);
  EXPECT_EQ(leg_of(journey, Leg::kRingWait), 0u);
  EXPECT_EQ(leg_of(journey, Leg::kDescriptors), 30u);
  EXPECT_EQ(leg_of(journey, Leg::kTurn), 1u);
  EXPECT_EQ(journey.since, 131u);
  journey.begin(500);
  EXPECT_EQ(leg_of(journey, Leg::kDescriptors), 0u);
  EXPECT_EQ(journey.began, 500u);
}

TEST(Journey, TheServiceComesLastAndIsNoLongerThanTheTime) {
  Journey journey;
  journey.begin(0);
  journey.reach(Leg::kFetchWait, Leg::kFetch, 100, 60);
  EXPECT_EQ(leg_of(journey, Leg::kFetchWait), 40u);
  EXPECT_EQ(leg_of(journey, Leg::kFetch), 60u);
  journey.reach(Leg::kTxLaneWait, Leg::kTxLane, 130, 31);
  EXPECT_EQ(leg_of(journey, Leg::kTxLaneWait), 0u);
  EXPECT_EQ(leg_of(journey, Leg::kTxLane), 30u);
}

TEST(Journey, EveryPartHasANameOfItsOwn) {
  std::set<std::string> names;
  for (size_t i = 0; i < kLegs; ++i) names.insert(leg_name(static_cast<Leg>(i)));
  EXPECT_EQ(names.size(), kLegs);
  EXPECT_STREQ(leg_name(Leg::kCompletion), "completion");
}

TEST(JourneySums, TheSumsOfAllPartsAreTheDifferenceOfEndsAndBeginnings) {
  StatGroup root("card");
  JourneySums sums(root);
  uint64_t all = 0;
  for (Time packet = 1; packet <= 3; ++packet) {
    Journey journey;
    journey.begin(1000 * packet);
    journey.reach(Leg::kDescriptors, 1000 * packet + 7);
    sums.add(journey, 1000 * packet + 50, 20, 1000 * packet + 90);
  }
  for (size_t i = 0; i < kLegs; ++i) all += sums.sum(static_cast<Leg>(i));
  EXPECT_EQ(sums.packets(), 3u);
  EXPECT_EQ(all, sums.ended() - sums.began());
  EXPECT_EQ(sums.sum(Leg::kWriteWait), 3u * 23);
  EXPECT_EQ(sums.sum(Leg::kWrite), 3u * 20);
  EXPECT_EQ(sums.sum(Leg::kCompletion), 3u * 40);
}

TEST(JourneySums, AWindowBeginsWithNothing) {
  StatGroup root("card");
  JourneySums sums(root);
  Journey journey;
  journey.begin(1);
  sums.add(journey, 2, 1, 3);
  root.reset(10);
  sums.begin_window();
  EXPECT_EQ(sums.packets(), 0u);
  EXPECT_EQ(sums.sum(Leg::kWrite), 0u);
  EXPECT_EQ(sums.began(), 0u);
  EXPECT_EQ(sums.ended(), 0u);
}

}  // namespace
}  // namespace pspnic::base
