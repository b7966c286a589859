// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_queues.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/harness.h"
#include "testbench/tests/model/queue/descriptors.h"

namespace pspnic::queue {
namespace {

using test::data;
using test::Descriptor;

constexpr uint16_t kRing = 64;
constexpr unsigned kFetch = 8;
constexpr unsigned kCache = 16;

struct Sink : TxJobSink {
  std::vector<uint16_t> calls;
  void on_job(uint16_t queue) override { calls.push_back(queue); }
};

struct Drained {
  std::vector<uint64_t> queues;
  void on_drained(uint64_t queue) { queues.push_back(queue); }
  base::Callback callback() { return base::Callback::to<&Drained::on_drained>(*this); }
};

class TxQueuesTest : public testing::Test {
 protected:
  TxQueuesTest() {
    queues_.set_sink(&sink_);
    for (uint16_t i = 0; i < 2; ++i) {
      ring_[i] = h_.memory.allocate(kRing * 16);
      for (uint16_t n = 0; n < kRing; ++n)
        put(i, n, data(0x1000, 100, true, static_cast<uint16_t>(1000 * i + n)));
    }
  }

  void put(uint16_t queue, uint16_t index, const Descriptor& descriptor) {
    std::copy(descriptor.begin(), descriptor.end(), h_.memory.at(ring_[queue] + index * 16u, 16).begin());
  }
  void start(uint16_t queue) {
    queues_.configure(queue, {ring_[queue], kRing, false});
    queues_.enable(queue);
  }
  // Tags of all jobs there will be: taking them makes room for more descriptors.
  std::vector<uint16_t> take_until_none(uint16_t queue) {
    std::vector<uint16_t> tags;
    for (std::vector<uint16_t> some; !(some = take_all(queue)).empty(); h_.run()) {
      tags.insert(tags.end(), some.begin(), some.end());
    }
    return tags;
  }
  // Tags of all jobs there are.
  std::vector<uint16_t> take_all(uint16_t queue, bool finish = true) {
    std::vector<uint16_t> tags;
    while (TxJobPtr job = queues_.take_job(queue)) {
      tags.push_back(job->completion_tag);
      if (finish) queues_.job_finished(queue);
    }
    return tags;
  }
  static std::vector<uint16_t> range(unsigned first, unsigned count) {
    std::vector<uint16_t> tags;
    for (unsigned i = 0; i < count; ++i) tags.push_back(static_cast<uint16_t>(first + i));
    return tags;
  }

  pspnic::test::Harness h_;
  Sink sink_;
  uint64_t ring_[2] = {};
  TxQueues queues_{h_.root, {kFetch, kCache}, 2, {h_.events, h_.dma, h_.violations}};
};

TEST_F(TxQueuesTest, DescriptorsBecomeJobsInOrder) {
  start(0);
  queues_.write_tail(0, 5);
  EXPECT_FALSE(queues_.has_job(0));
  h_.run();
  EXPECT_TRUE(queues_.has_job(0));
  EXPECT_EQ(take_all(0), range(0, 5));
  EXPECT_FALSE(queues_.has_job(0));
  EXPECT_FALSE(queues_.take_job(0));
  EXPECT_EQ(sink_.calls, (std::vector<uint16_t>{0})) << "told once for a batch";
}

TEST_F(TxQueuesTest, FetchesInBatchesAndNoMoreThanTheCacheHolds) {
  start(0);
  queues_.write_tail(0, kCache - 1);  // 8 and 7
  EXPECT_EQ(h_.dma.reads_in_flight(), 2u);
  h_.run();
  EXPECT_EQ(take_all(0), range(0, kCache - 1));

  queues_.disable(0, Drained().callback());
  start(0);
  queues_.write_tail(0, kCache);
  EXPECT_EQ(h_.dma.reads_in_flight(), 2u);
  queues_.write_tail(0, kCache + 1);
  EXPECT_EQ(h_.dma.reads_in_flight(), 2u) << "one more has to wait until a packet is taken";
  h_.run();
  EXPECT_EQ(h_.dma.reads_in_flight(), 0u) << "packets that wait hold the cache";
  ASSERT_TRUE(queues_.take_job(0));
  EXPECT_EQ(h_.dma.reads_in_flight(), 1u);
  queues_.job_finished(0);
  h_.run();
  EXPECT_EQ(take_all(0), range(1, kCache));
}

TEST_F(TxQueuesTest, APacketLargerThanWhatIsLeftOfTheCacheStillComes) {
  constexpr unsigned kPieces = kCache - 1;  // the second fetch of a batch has no room for a whole one
  for (uint16_t i = 0; i < kPieces; ++i) put(0, i, data(0x1000, 50, i == kPieces - 1, i));
  start(0);
  queues_.write_tail(0, 5);
  h_.run();
  queues_.write_tail(0, 9);
  h_.run();
  queues_.write_tail(0, kPieces + 8);  // 6 that end the packet and 8 of one piece, room for 7
  h_.run();
  EXPECT_EQ(take_all(0).size(), 1u + 1u);
  h_.run();
  EXPECT_EQ(take_all(0).size(), 7u);
}

TEST_F(TxQueuesTest, GoesRoundTheRing) {
  start(0);
  uint16_t tail = 0;
  for (int round = 0; round < 20; ++round) {
    const uint16_t before = tail;
    tail = static_cast<uint16_t>((tail + 23) % kRing);
    queues_.write_tail(0, tail);
    h_.run();
    std::vector<uint16_t> expected = range(before, 23);
    for (uint16_t& tag : expected) tag = tag % kRing;
    ASSERT_EQ(take_until_none(0), expected) << "round " << round;
  }
}

TEST_F(TxQueuesTest, AFullRingLessOneIsTheMost) {
  start(0);
  queues_.write_tail(0, kRing - 1);
  h_.run();
  EXPECT_EQ(take_until_none(0).size(), size_t{kRing - 1});
}

TEST_F(TxQueuesTest, APacketMayCrossBatches) {
  for (uint16_t i = 0; i < kFetch + 3; ++i) put(0, i, data(0x1000 + i, 50, i == kFetch + 2, i));
  start(0);
  queues_.write_tail(0, kFetch + 3);
  h_.run();
  const TxJobPtr job = queues_.take_job(0);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->piece_count, kFetch + 3);
  EXPECT_EQ(job->head, kFetch + 3);
  for (unsigned i = 0; i < job->piece_count; ++i) EXPECT_EQ(job->pieces[i].address, 0x1000 + i);
}

TEST_F(TxQueuesTest, ADoorbellBeyondTheRingStopsThatQueueOnly) {
  start(0);
  start(1);
  queues_.write_tail(0, kRing);
  ASSERT_EQ(h_.violations.count(), 1u);
  const base::Violation& violation = h_.violations.first().front();
  EXPECT_NE(violation.place().find("tx queue 0"), std::string::npos) << violation.place();
  EXPECT_EQ(violation.field, "tail");
  EXPECT_EQ(violation.seen, std::to_string(kRing));
  queues_.write_tail(0, 4);
  queues_.write_tail(1, 4);
  h_.run();
  EXPECT_FALSE(queues_.has_job(0));
  EXPECT_EQ(take_all(1), range(1000, 4));
  EXPECT_EQ(h_.violations.count(), 1u);
}

TEST_F(TxQueuesTest, ABrokenDescriptorStopsTheQueueAndIsNamed) {
  put(0, 3, data(0x1000, 0));
  start(0);
  queues_.write_tail(0, 6);
  h_.run();
  ASSERT_EQ(h_.violations.count(), 1u);
  const base::Violation& violation = h_.violations.first().front();
  EXPECT_NE(violation.place().find("tx queue 0, descriptor 3"), std::string::npos) << violation.place();
  EXPECT_EQ(violation.field, "buffer_size");
  queues_.write_tail(0, 10);
  h_.run();
  EXPECT_EQ(h_.violations.count(), 1u);
  EXPECT_EQ(take_all(0), range(0, 3));  // what came before still goes out

  // A driver mends it by disabling and configuring anew.
  put(0, 3, data(0x1000, 100, true, 3));
  Drained drained;
  queues_.disable(0, drained.callback());
  EXPECT_EQ(drained.queues, (std::vector<uint64_t>{0}));
  start(0);
  queues_.write_tail(0, 6);
  h_.run();
  EXPECT_EQ(take_all(0), range(0, 6));
}

TEST_F(TxQueuesTest, ATailWrittenBeforeConfigurationCounts) {
  queues_.write_tail(0, 7);
  h_.run();
  EXPECT_FALSE(queues_.has_job(0));
  EXPECT_EQ(queues_.read_tail(0), 7u);
  start(0);
  h_.run();
  EXPECT_EQ(take_all(0), range(0, 7));
}

TEST_F(TxQueuesTest, ALatchedTailBeyondTheRingIsFoundWhenTheQueueIsEnabled) {
  queues_.write_tail(0, kRing + 3);
  EXPECT_EQ(h_.violations.count(), 0u);
  start(0);
  EXPECT_EQ(h_.violations.count(), 1u);
  h_.run();
  EXPECT_FALSE(queues_.has_job(0));
}

TEST_F(TxQueuesTest, DisableWaitsForReadsAndStartedJobsAndForgetsTheRest) {
  start(0);
  queues_.write_tail(0, 4);
  h_.run();
  TxJobPtr job = queues_.take_job(0);
  ASSERT_TRUE(job);
  queues_.write_tail(0, 6);  // a read is on its way
  Drained drained;
  queues_.disable(0, drained.callback());
  EXPECT_FALSE(queues_.enabled(0));
  EXPECT_FALSE(queues_.has_job(0));
  EXPECT_TRUE(drained.queues.empty());
  h_.run();
  EXPECT_TRUE(drained.queues.empty()) << "one job is not finished";
  EXPECT_FALSE(queues_.has_job(0));
  job.reset();
  queues_.job_finished(0);
  EXPECT_EQ(drained.queues, (std::vector<uint64_t>{0}));
  EXPECT_EQ(queues_.read_tail(0), 0u);

  start(0);
  h_.run();
  EXPECT_FALSE(queues_.has_job(0)) << "the old tail is forgotten";
}

TEST_F(TxQueuesTest, DisableWithOnlyAReadOnItsWay) {
  start(0);
  queues_.write_tail(0, 4);
  Drained drained;
  queues_.disable(0, drained.callback());
  EXPECT_TRUE(drained.queues.empty());
  h_.run();
  EXPECT_EQ(drained.queues, (std::vector<uint64_t>{0}));
}

TEST_F(TxQueuesTest, DescriptorsOutsideHostMemoryStopTheQueue) {
  queues_.configure(0, {pspnic::test::FlatMemory::kUnmapped, kRing, false});
  queues_.enable(0);
  queues_.write_tail(0, kFetch + 1);  // two reads
  h_.run();
  ASSERT_EQ(h_.violations.count(), 1u);
  EXPECT_EQ(h_.violations.first().front().field, "ring_address");
  EXPECT_FALSE(queues_.has_job(0));
  Drained drained;
  queues_.disable(0, drained.callback());
  EXPECT_EQ(drained.queues.size(), 1u);
}

TEST_F(TxQueuesTest, PoisonedDescriptorsAreNotInterpreted) {
  pspnic::test::BadReads poison(pcie::ReadFor::kDescriptors);
  h_.dma.set_fault_source(&poison);
  start(0);
  queues_.write_tail(0, kFetch + 1);
  h_.run();
  EXPECT_EQ(poison.reads, 2u);
  EXPECT_FALSE(queues_.has_job(0));
  ASSERT_EQ(h_.violations.count(), 1u);
  EXPECT_NE(std::string(base::info(h_.violations.first().front().rule).text).find("poisoned"),
            std::string::npos);
}

TEST_F(TxQueuesTest, ResetWithReadsInFlight) {
  start(0);
  queues_.write_tail(0, kCache);
  ASSERT_GT(h_.dma.reads_in_flight(), 0u);
  h_.dma.reset();
  queues_.reset();
  h_.run();
  EXPECT_FALSE(queues_.has_job(0));
  EXPECT_TRUE(sink_.calls.empty());
  EXPECT_EQ(queues_.read_tail(0), 0u);
  start(0);
  queues_.write_tail(0, kCache + 3);
  h_.run();
  EXPECT_EQ(take_until_none(0), range(0, kCache + 3));
}

TEST_F(TxQueuesTest, JobsMayBeLeftOverAtTheEnd) {
  put(0, 2, data(0x1000, 100, false));
  start(0);
  queues_.write_tail(0, 3);
  h_.run();
  EXPECT_TRUE(queues_.has_job(0));  // and a packet that is not complete
}

}  // namespace
}  // namespace pspnic::queue
