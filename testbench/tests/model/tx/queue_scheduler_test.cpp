// SPDX-License-Identifier: Apache-2.0
#include "model/tx/queue_scheduler.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <vector>

namespace pspnic::tx {
namespace {

using base::Time;

// Serves `count` packets of queues that always have more, at one time a packet.
std::map<uint16_t, uint64_t> serve(QueueScheduler& scheduler, int count,
                                   const std::function<uint32_t(uint16_t)>& size) {
  std::map<uint16_t, uint64_t> bytes;
  for (int i = 0; i < count; ++i) {
    const auto queue = scheduler.next(0);
    if (!queue) break;
    bytes[*queue] += size(*queue);
    scheduler.charge(0, size(*queue));
  }
  return bytes;
}

TEST(QueueScheduler, EqualQueuesTakeTurns) {
  QueueScheduler scheduler(4, 1);
  for (const uint16_t queue : std::vector<uint16_t>{2, 0, 3}) scheduler.add(queue);
  std::vector<uint16_t> order;
  for (int i = 0; i < 9; ++i) {
    order.push_back(*scheduler.next(0));
    scheduler.charge(0, 1500);
  }
  EXPECT_EQ(order, (std::vector<uint16_t>{2, 0, 3, 2, 0, 3, 2, 0, 3}));
}

TEST(QueueScheduler, SharesAreOfBytesNotOfPackets) {
  QueueScheduler scheduler(2, 1);
  scheduler.add(0);
  scheduler.add(1);
  const auto bytes = serve(scheduler, 30000, [](uint16_t queue) { return queue == 0 ? 9000u : 64u; });
  EXPECT_NEAR(static_cast<double>(bytes.at(0)), static_cast<double>(bytes.at(1)), 9000);
}

TEST(QueueScheduler, WeightsDivideTheBytes) {
  QueueScheduler scheduler(3, 1);
  const unsigned weights[] = {1, 4, 1000};
  for (uint16_t queue = 0; queue < 3; ++queue) {
    scheduler.shape_queue(queue, weights[queue], {});
    scheduler.add(queue);
  }
  std::mt19937 random(7);
  std::map<uint16_t, uint64_t> bytes;
  for (int i = 0; i < 200'000; ++i) {
    const uint16_t queue = *scheduler.next(0);
    const auto size = static_cast<uint32_t>(60 + random() % 1455);
    bytes[queue] += size;
    scheduler.charge(0, size);
  }
  const double unit = static_cast<double>(bytes[0] + bytes[1] + bytes[2]) / 1005;
  for (uint16_t queue = 0; queue < 3; ++queue) {
    EXPECT_NEAR(static_cast<double>(bytes[queue]), unit * weights[queue], 3000) << queue;
  }
}

// While both have something, neither gets ahead of its share by more than a packet of each.
TEST(QueueScheduler, NobodyIsAheadByMoreThanAPacketOfEach) {
  QueueScheduler scheduler(2, 1);
  scheduler.add(0);
  scheduler.add(1);
  std::mt19937 random(3);
  int64_t ahead = 0;
  for (int i = 0; i < 100'000; ++i) {
    const uint16_t queue = *scheduler.next(0);
    const auto size = static_cast<uint32_t>(60 + random() % 8941);
    ahead += queue == 0 ? int64_t{size} : -int64_t{size};
    scheduler.charge(0, size);
    ASSERT_LE(std::abs(ahead), 2 * 9000) << i;
  }
}

TEST(QueueScheduler, AQueueThatWasAwayHasSavedNothing) {
  QueueScheduler scheduler(2, 1);
  scheduler.add(0);
  serve(scheduler, 1000, [](uint16_t) { return 1500u; });
  scheduler.add(1);
  const auto bytes = serve(scheduler, 100, [](uint16_t) { return 1500u; });
  EXPECT_NEAR(static_cast<double>(bytes.at(0)), static_cast<double>(bytes.at(1)), 1500);
}

TEST(QueueScheduler, RemovedIsGoneUntilItIsAdded) {
  QueueScheduler scheduler(2, 1);
  scheduler.add(0);
  scheduler.add(1);
  scheduler.add(1);
  ASSERT_EQ(scheduler.next(0), 0);
  scheduler.remove();
  ASSERT_EQ(scheduler.next(0), 1);
  scheduler.remove();
  EXPECT_FALSE(scheduler.next(0));
  EXPECT_EQ(scheduler.wake(), base::kNever);
  scheduler.add(0);
  EXPECT_EQ(scheduler.next(0), 0);
}

TEST(QueueScheduler, VportsShareBeforeTheirQueues) {
  QueueScheduler scheduler(4, 2);
  for (uint16_t queue = 0; queue < 4; ++queue) scheduler.set_vport(queue, queue == 3 ? 1 : 0);
  scheduler.shape_vport(0, 1, {});
  scheduler.shape_vport(1, 2, {});
  for (uint16_t queue = 0; queue < 4; ++queue) scheduler.add(queue);
  const auto bytes = serve(scheduler, 90'000, [](uint16_t) { return 1000u; });
  EXPECT_NEAR(static_cast<double>(bytes.at(3)), 60e6, 2000);
  for (uint16_t queue = 0; queue < 3; ++queue) EXPECT_NEAR(static_cast<double>(bytes.at(queue)), 10e6, 2000);
}

// Over a long time a queue gets its rate to the byte, and the others all that is left.
TEST(QueueScheduler, RatesHoldAndSleepersWakeInTime) {
  QueueScheduler scheduler(2, 1);
  scheduler.shape_queue(0, 1, base::RateLimit(10'000'000'000, 8 * 1500));
  scheduler.add(0);
  Time now = 0;
  uint64_t bytes = 0;
  constexpr Time kEnd = 1'000'000'000;  // 1 ms: 1.25 MB
  while (now < kEnd) {
    if (scheduler.next(now)) {
      scheduler.charge(now, 1500);
      bytes += 1500;
    } else {
      const Time wake = scheduler.wake();
      ASSERT_GT(wake, now);
      ASSERT_FALSE(scheduler.next(wake - 1)) << "not a picosecond earlier";
      now = wake;
    }
  }
  EXPECT_NEAR(static_cast<double>(bytes), 1.25e6, 3001);
  EXPECT_FALSE(scheduler.next(kEnd - 1'000'000));
  scheduler.add(1);
  EXPECT_EQ(scheduler.next(now), 1) << "one that is not limited does not wait";
}

}  // namespace
}  // namespace pspnic::tx
