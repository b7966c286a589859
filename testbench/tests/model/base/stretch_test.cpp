// SPDX-License-Identifier: Apache-2.0
// Every timing rule of base::Stretch on its own, at the picosecond before and at the picosecond itself.
#include "model/base/stretch.h"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "model/base/config_error.h"

namespace pspnic::base {
namespace {

constexpr uint64_t kWide = 1000;  // a buffer that is never full here

StageConfig stage(unsigned servers, uint64_t capacity, uint64_t max_weight = 1) {
  return {.name = "s", .servers = servers, .capacity = capacity, .max_weight = max_weight};
}

template <size_t N>
Passage pass(Stretch& stretch, Time now, const std::array<Service, N>& services) {
  return stretch.pass(now, services);
}

TEST(Stretch, AnItemAloneTakesTheSumOfTheLatencies) {
  Stretch stretch("t", {stage(1, kWide), stage(1, kWide), stage(1, kWide)});
  const Passage p = pass<3>(stretch, 1000, {{{5, 7}, {9, 3}, {0, 0}}});
  EXPECT_EQ(p.arrival(), 1000u);
  EXPECT_EQ(p.admitted(), 1000u);
  EXPECT_EQ(p[0].start, 1000u);
  EXPECT_EQ(p[0].departure, 1007u);
  EXPECT_EQ(p[1].start, 1007u);
  EXPECT_EQ(p[1].free, 1016u);
  EXPECT_EQ(p[1].departure, 1010u);
  EXPECT_EQ(p.departure(), 1010u);
}

TEST(Stretch, ALateItemIsTakenFromWhenItArrived) {
  Stretch stretch("t", {stage(1, kWide)});
  const std::array<Service, 1> service{{{100, 100}}};
  EXPECT_EQ(stretch.pass_late(500, 300, service).departure(), 400u);
  EXPECT_EQ(stretch.pass_late(500, 310, service, 460).departure(), 560u) << "the sink is ready at 460";
  stretch.account(600);
  EXPECT_EQ(stretch.pass_late(600, 599, service).arrival(), 600u) << "the books are closed up to 600";
}

TEST(Stretch, ItemsThatHaveLeftTakeNoMemory) {
  for (const bool late : {false, true}) {
    Stretch stretch("t", {stage(1, kWide)});
    const std::array<Service, 1> service{{{10, 20}}};
    const size_t rows = stretch.log_rows();
    for (Time now = 100; now < 1'000'000; now += 10) {
      if (late) {
        stretch.pass_late(now, now - 5, service);
      } else {
        stretch.pass(now, service);
      }
    }
    EXPECT_EQ(stretch.log_rows(), rows);
    EXPECT_EQ(stretch.account(1'000'100).stages[0].departed, 99'990u);
  }
}

TEST(Stretch, AServerTakesTheNextExactlyWhenItIsFree) {
  for (const Time arrival : {99u, 100u, 101u}) {
    Stretch stretch("t", {stage(1, kWide)});
    pass<1>(stretch, 0, {{{100, 10}}});
    EXPECT_EQ(pass<1>(stretch, arrival, {{{100, 10}}})[0].start, std::max<Time>(arrival, 100));
  }
}

TEST(Stretch, SeveralServersWorkAtOnceAndTheFirstFreeIsTaken) {
  Stretch stretch("t", {stage(2, kWide)});
  EXPECT_EQ(pass<1>(stretch, 0, {{{100, 100}}})[0].server, 0u);
  const Passage second = pass<1>(stretch, 10, {{{20, 20}}});
  EXPECT_EQ(second[0].server, 1u);
  EXPECT_EQ(second[0].start, 10u);
  const Passage third = pass<1>(stretch, 11, {{{20, 20}}});
  EXPECT_EQ(third[0].server, 1u);
  EXPECT_EQ(third[0].start, 30u);
}

TEST(Stretch, AResultThatIsReadyEarlyWaitsForItsPredecessor) {
  Stretch stretch("t", {stage(2, kWide), stage(1, kWide)});
  pass<2>(stretch, 0, {{{100, 100}, {1, 1}}});
  const Passage early = pass<2>(stretch, 1, {{{50, 50}, {1, 1}}});
  EXPECT_EQ(early[0].ready, 51u);
  EXPECT_EQ(early[0].departure, 100u);
  const Passage late = pass<2>(stretch, 51, {{{50, 50}, {1, 1}}});
  EXPECT_EQ(late[0].start, 51u) << "the server is free though its result still waits";
  EXPECT_EQ(late[0].departure, 101u) << "one picosecond behind its predecessor: no wait";
  const StageAccount account = stretch.account(1000).stages[0];
  EXPECT_EQ(account.reordering, 49u);
}

TEST(Stretch, StartsInOrderThoughAnotherServerIsFree) {
  // The second item may not start before the first, which the full buffer behind holds back until 80.
  Stretch stretch("t", {stage(4, kWide), stage(1, 1)});
  pass<2>(stretch, 0, {{{0, 0}, {80, 80}}});
  EXPECT_EQ(pass<2>(stretch, 1, {{{5, 5}, {80, 80}}})[0].start, 80u);
  EXPECT_EQ(pass<2>(stretch, 2, {{{5, 5}, {80, 80}}})[0].start, 165u);
}

TEST(Stretch, AdmitsUntilTheBufferIsFullAndThenWhenAnItemLeaves) {
  constexpr uint64_t kDepth = 3;
  Stretch stretch("t", {stage(1, kDepth)});
  for (uint64_t n = 0; n < kDepth; ++n) {
    EXPECT_EQ(stretch.room(0), 0u);
    EXPECT_EQ(pass<1>(stretch, 0, {{{100, 130}}}).admitted(), 0u);
  }
  EXPECT_EQ(stretch.room(0), 130u);
  EXPECT_EQ(stretch.room(129), 130u);
  EXPECT_EQ(stretch.room(130), 130u);
  EXPECT_EQ(stretch.room(131), 131u);
  const Passage held = pass<1>(stretch, 129, {{{100, 130}}});
  EXPECT_EQ(held.arrival(), 129u);
  EXPECT_EQ(held.admitted(), 130u);
  EXPECT_EQ(held[0].start, 300u);
}

TEST(Stretch, AFullBufferStallsTheStageBeforeItUntilTheCreditReturns) {
  // Buffer 1 holds two: the items in stage 1 and on the way to it. The third starts in stage 0 when the first
  // leaves.
  for (const Time arrival : {209u, 210u, 211u}) {
    Stretch stretch("t", {stage(1, kWide), stage(1, 2)});
    EXPECT_EQ(pass<2>(stretch, 0, {{{10, 10}, {200, 200}}}).departure(), 210u);
    EXPECT_EQ(pass<2>(stretch, 0, {{{10, 10}, {200, 200}}})[0].start, 10u);
    EXPECT_EQ(pass<2>(stretch, arrival, {{{10, 10}, {200, 200}}})[0].start, std::max<Time>(arrival, 210));
  }
}

TEST(Stretch, TheSlotIsTakenAtTheStartInTheStageBefore) {
  // One slot in buffer 1: stage 0 may not even begin while stage 1 holds it, so the two never work at once.
  Stretch stretch("t", {stage(1, kWide), stage(1, 1)});
  EXPECT_EQ(pass<2>(stretch, 0, {{{10, 10}, {10, 10}}}).departure(), 20u);
  EXPECT_EQ(pass<2>(stretch, 0, {{{10, 10}, {10, 10}}}).departure(), 40u);
}

TEST(Stretch, CountsBytesWhereWeightsAreBytes) {
  Stretch stretch("t", {stage(1, 3000, 1500), stage(1, kWide)});
  const std::array<Service, 2> services{{{100, 100}, {0, 0}}};
  const std::array<uint64_t, 2> large{1500, 1}, small{64, 1};
  stretch.pass(0, services, large);
  EXPECT_EQ(stretch.room(0, 1500), 0u);
  EXPECT_EQ(stretch.room(0, 1501), 100u);
  stretch.pass(0, services, large);
  EXPECT_EQ(stretch.room(0, 1), 100u);
  EXPECT_EQ(stretch.pass(0, services, small).admitted(), 100u);
  EXPECT_EQ(stretch.room(100, 1436), 100u);
  EXPECT_EQ(stretch.room(100, 1437), 200u);
}

TEST(Stretch, TheSinkHoldsBackTheLastStage) {
  const std::array<Service, 2> services{{{10, 10}, {10, 10}}};
  for (const Time sink_ready : {9u, 10u, 11u, 500u}) {
    Stretch stretch("t", {stage(1, kWide), stage(1, kWide)});
    EXPECT_EQ(stretch.pass(0, 0, services, {}, sink_ready)[1].start, std::max<Time>(sink_ready, 10));
  }
}

TEST(Stretch, AnArrivalBeforeNowIsTakenAsNow) {
  Stretch stretch("t", {stage(1, kWide)});
  const std::array<Service, 1> services{{{10, 10}}};
  EXPECT_EQ(stretch.pass(100, 60, services)[0].start, 100u);
}

TEST(Stretch, AdmitsInOrderOfTheCallsThoughALaterOneArrivesEarlier) {
  for (const uint64_t max_weight : {1u, 2u}) {
    Stretch stretch("t", {stage(1, 8, max_weight)});
    const std::array<Service, 1> services{{{10, 10}}};
    EXPECT_EQ(stretch.pass(0, 100, services).admitted(), 100u);
    EXPECT_EQ(stretch.room(50), 100u);
    const Passage behind = stretch.pass(0, 50, services);
    EXPECT_EQ(behind.arrival(), 50u);
    EXPECT_EQ(behind.admitted(), 100u);
    EXPECT_EQ(behind[0].start, 110u);
    EXPECT_EQ(stretch.account(60).door.waiting, 10u);
  }
}

TEST(StretchAccount, ClipsAnOccupancyAtNow) {
  Stretch stretch("t", {stage(1, kWide)});
  pass<1>(stretch, 100, {{{50, 80}}});
  for (const Time now : {100u, 101u, 149u, 150u, 151u, 179u, 180u, 181u}) {
    const StageAccount a = stretch.account(now).stages[0];
    EXPECT_EQ(a.busy, std::min<Time>(now, 150) - 100);
    EXPECT_EQ(a.blocked, 0u);
    EXPECT_EQ(a.starved, now - a.busy);
    EXPECT_EQ(a.started, 1u);
    EXPECT_EQ(a.departed, now >= 180 ? 1u : 0u);
  }
}

TEST(StretchAccount, TellsBlockedFromStarved) {
  // Item 2 arrives in stage 0 at 20 and waits until 210 for room in buffer 1; its server is free since 20.
  Stretch stretch("t", {stage(1, kWide), stage(1, 2)});
  const std::array<Service, 2> services{{{10, 10}, {200, 200}}};
  for (const Time arrival : {0u, 0u, 20u}) stretch.pass(0, arrival, services);
  for (const Time now : {20u, 21u, 209u, 210u, 215u, 220u, 300u}) {
    const StageAccount a = stretch.account(now).stages[0];
    EXPECT_EQ(a.blocked, std::min<Time>(now, 210) - 20) << now;
    EXPECT_EQ(a.busy, 20 + (now > 210 ? std::min<Time>(now, 220) - 210 : 0)) << now;
    EXPECT_EQ(a.starved, now > 220 ? now - 220 : 0) << now;
    EXPECT_EQ(a.waiting, 10 + std::min<Time>(now, 210) - 20) << now;
  }
}

TEST(StretchAccount, EveryFreeServerIsBlockedWhileTheHeadIsHeldBack) {
  Stretch stretch("t", {stage(3, kWide), stage(1, 1)});
  const std::array<Service, 2> services{{{40, 10}, {100, 100}}};
  stretch.pass(0, services);  // server 0 until 40; holds the slot until 110
  stretch.pass(0, services);  // held back from 0 to 110: servers 1 and 2 from 0 on, server 0 from 40 on
  const StageAccount a = stretch.account(110).stages[0];
  EXPECT_EQ(a.busy, 40u);
  EXPECT_EQ(a.blocked, 110u + 110u + 70u);
  EXPECT_EQ(a.starved, 0u);
}

TEST(StretchAccount, ItemsGivenAheadOfTimeCountOnlyOnceTheirTimeHasCome) {
  Stretch stretch("t", {stage(1, kWide)});
  const std::array<Service, 1> services{{{10, 10}}};
  stretch.pass(0, 500, services);
  EXPECT_EQ(stretch.account(499).door.arrived, 0u);
  EXPECT_EQ(stretch.account(499).stages[0].starved, 499u);
  EXPECT_EQ(stretch.account(500).stages[0].arrived, 1u);
  EXPECT_EQ(stretch.account(505).stages[0].busy, 5u);
  EXPECT_EQ(stretch.account(505).held(), 1u);
  EXPECT_EQ(stretch.account(510).held(), 0u);
}

TEST(StretchAccount, AWindowIsTheDifferenceOfTwo) {
  Stretch stretch("t", {stage(2, kWide)});
  const std::array<Service, 1> services{{{100, 100}}};
  for (const Time at : {0u, 10u, 20u}) stretch.pass(0, at, services);
  const StretchAccount warm = stretch.account(50);
  const StretchAccount window = stretch.account(150).since(warm);
  EXPECT_EQ(window.now, 100u);
  EXPECT_EQ(window.stages[0].busy, 50u + 60u + 50u);
  EXPECT_EQ(window.stages[0].starved, 200u - 160u);
  EXPECT_EQ(window.stages[0].departed, 2u);
}

TEST(StretchAccount, RefusesATimeThatIsAlreadyInTheBooks) {
  Stretch stretch("t", {stage(1, kWide)});
  const std::array<Service, 1> services{{{100, 100}}};
  stretch.pass(50, services);
  EXPECT_THROW(stretch.account(49), std::logic_error);
  EXPECT_NO_THROW(stretch.account(50));
}

TEST(StretchConfig, NamesTheStageAndTheRule) {
  const auto rule = [](std::vector<StageConfig> stages) -> std::string {
    try {
      Stretch("tx", std::move(stages));
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(rule({stage(1, 9000, 9000)}), "accepted");
  EXPECT_NE(rule({stage(1, 8999, 9000)}).find("tx.s: the largest item has 9000 units"), std::string::npos);
  EXPECT_NE(rule({stage(0, 1)}).find("tx.s: servers is 0"), std::string::npos);
  EXPECT_NE(rule({stage(Servers::kMax + 1, 1)}).find("servers is 65"), std::string::npos);
  EXPECT_NE(rule({stage(1, 1, 0)}).find("max_weight is 0"), std::string::npos);
  EXPECT_NE(rule({}).find("tx: has 0 stages"), std::string::npos);
  EXPECT_EQ(rule(std::vector<StageConfig>(Stretch::kMaxStages, stage(1, 1))), "accepted");
  EXPECT_NE(rule(std::vector<StageConfig>(Stretch::kMaxStages + 1, stage(1, 1))), "accepted");
}

TEST(StretchConfig, AnItemHeavierThanPromisedIsAnErrorThatChangesNothing) {
  Stretch stretch("tx", {stage(1, 100, 60), stage(1, 100, 60)});
  const std::array<Service, 2> services{{{10, 10}, {10, 10}}};
  const std::array<uint64_t, 2> heavy{60, 61}, right{60, 60}, light{0, 0};
  const std::array<uint64_t, 1> too_few{60};
  EXPECT_THROW(stretch.pass(0, services, heavy), std::logic_error);
  EXPECT_THROW(stretch.pass(0, services, too_few), std::logic_error);
  EXPECT_THROW(stretch.pass(0, std::span(services).first(1)), std::logic_error);
  EXPECT_EQ(stretch.account(0).door.arrived, 0u);
  EXPECT_EQ(stretch.pass(0, services, right)[0].start, 0u);
  EXPECT_EQ(stretch.pass(0, services, light)[0].start, 10u);
  Stretch by_item("tx", {stage(1, 4), stage(1, 4)});
  EXPECT_THROW(by_item.pass(0, services, light), std::logic_error);
}

}  // namespace
}  // namespace pspnic::base
