// SPDX-License-Identifier: Apache-2.0
// Byte queue limits: exact, in the order of the queue, whatever order completions come in.
#include "testbench/host/byte_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "testbench/tests/testbench/host/tx_fixture.h"

namespace pspnic::host::test {
namespace {

using idpf::TxCompletionType;

TEST(ByteQueue, R39_CreditWaitsForTheOldest) {
  ByteQueue queue;
  const uint32_t first = queue.post(100);
  const uint32_t second = queue.post(20);
  const uint32_t third = queue.post(3);
  EXPECT_EQ(queue.under_way(), 123u);
  queue.complete(third);
  queue.complete(second);
  EXPECT_EQ(queue.completed(), 0u);
  queue.complete(first);
  EXPECT_EQ(queue.completed(), 123u);
}

TEST(ByteQueue, R39_EveryOrderEndsExact) {
  std::mt19937 random(1);
  ByteQueue queue;
  std::vector<std::pair<uint32_t, uint32_t>> open;  // number, bytes
  uint64_t posted = 0;
  for (int i = 0; i < 20'000; ++i) {
    const uint32_t bytes = random() % 65'536 + 1;
    posted += bytes;
    open.emplace_back(queue.post(bytes), bytes);
    // The first stays open for long, so that the ring must grow.
    while (open.size() > (i % 1000 < 500 ? 200u : 10u)) {
      const size_t which = i % 1000 < 500 ? 1 + random() % (open.size() - 1) : random() % open.size();
      queue.complete(open[which].first);
      open.erase(open.begin() + static_cast<ptrdiff_t>(which));
    }
    // What is given is all up to the oldest that is open, no more and no less.
    ASSERT_EQ(queue.posted(), posted);
    const auto oldest = std::min_element(open.begin(), open.end());
    ASSERT_LE(queue.completed(), posted - oldest->second);
  }
  for (const auto& [number, bytes] : open) queue.complete(number);
  EXPECT_EQ(queue.completed(), posted);
}

TEST(ByteQueue, LimitIsReachedOnTheByte) {
  ByteQueue queue(1000);
  queue.post(999);
  EXPECT_FALSE(queue.stopped());
  const uint32_t last = queue.post(1);
  EXPECT_TRUE(queue.stopped());
  queue.complete(last);
  EXPECT_TRUE(queue.stopped());
  queue.complete(0);
  EXPECT_FALSE(queue.stopped());
}

TEST(ByteQueue, ResetForgetsWhatIsOut) {
  ByteQueue queue(10);
  queue.post(50);
  queue.reset();
  EXPECT_FALSE(queue.stopped());
  EXPECT_EQ(queue.completed(), queue.posted());
  queue.complete(queue.post(7));
  EXPECT_EQ(queue.completed(), 57u);
}

class ByteQueueOfDriver : public testing::Test {
 protected:
  void start(uint32_t limit) {
    DriverConfig config = small_config();
    config.byte_queues = true;
    config.byte_queue_limit = limit;
    driver_ = std::make_unique<Driver>(device_, config);
    driver_->start(stack_);
  }
  // Its completion tag.
  uint16_t send(size_t payload) {
    const Bytes frame = tcp_frame(payload);
    TxFrame tx;
    tx.bytes = frame;
    EXPECT_TRUE(driver_->transmit(0, tx));
    driver_->flush(0);
    return net::load_le16(&device_.fetch_tx(0).at(0)[12]);
  }
  void complete(uint16_t tag) {
    device_.complete_tx(0, TxCompletionType::kRs, tag);
    device_.interrupt(1);
  }

  FakeDevice device_;
  RecordingStack stack_;
  std::unique_ptr<Driver> driver_;
};

TEST_F(ByteQueueOfDriver, R39_OutOfOrderCompletionsGiveCreditInOrder) {
  start(0);
  const uint16_t first = send(1000);
  const uint64_t one = driver_->tx_progress(0).posted;
  EXPECT_EQ(one, tcp_frame(1000).size()) << "counted before transmit() returns";
  const uint16_t second = send(500);
  const uint64_t both = driver_->tx_progress(0).posted;
  EXPECT_EQ(both, one + tcp_frame(500).size());
  complete(second);
  EXPECT_EQ(driver_->tx_progress(0).completed, 0u);
  const uint16_t third = send(100);  // takes the slot of the second
  complete(first);
  EXPECT_EQ(driver_->tx_progress(0).completed, both);
  complete(third);
  EXPECT_EQ(driver_->tx_progress(0).completed, driver_->tx_progress(0).posted);
}

TEST_F(ByteQueueOfDriver, TheLimitStopsAndStartsTheQueue) {
  start(2000);
  const uint16_t first = send(1400);
  EXPECT_GT(driver_->transmit_room(0), 0u);
  const uint16_t second = send(1400);
  EXPECT_EQ(driver_->transmit_room(0), 0u);
  EXPECT_EQ(driver_->transmit_room(0, true), 0u);
  complete(second);
  EXPECT_EQ(driver_->transmit_room(0), 0u) << "the oldest holds the credit back";
  complete(first);
  EXPECT_GT(driver_->transmit_room(0), 0u);
}

TEST_F(ByteQueueOfDriver, CountsAnewAfterAStart) {
  start(0);
  send(100);
  const TxProgress before = driver_->tx_progress(0);
  driver_->recover(stack_);
  const TxProgress after = driver_->tx_progress(0);
  EXPECT_EQ(after.starts, before.starts + 1);
  EXPECT_EQ(after.posted, 0u);
  EXPECT_EQ(after.completed, 0u);
}

TEST_F(TxQueueTest, WithoutByteQueuesNothingIsCounted) {
  ASSERT_TRUE(send(tcp_frame(100)));
  EXPECT_EQ(driver_->tx_progress(0).posted, 0u);
}

}  // namespace
}  // namespace pspnic::host::test
