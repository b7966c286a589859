// SPDX-License-Identifier: Apache-2.0
// A completion ring has no tail: the account of completions that may be unread.
#include <gtest/gtest.h>

#include "testbench/tests/model/queue/rx_fixture.h"

namespace pspnic::queue {
namespace {

TEST_F(RxQueuesTest, UnreadCompletionsAreNotOverwritten) {
  start();
  post(1, kBuffers - 1);
  for (uint32_t n = 0; n < kRing; ++n) {
    deliver(frame(60));
    h_.run();
  }
  EXPECT_EQ(placement_.placed.size(), size_t{kRing});
  deliver(frame(60));
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxNoBuffer}));
  // New buffers say that as many completions have been read.
  post(1, 9);  // ten more
  for (int n = 0; n < 11; ++n) {
    deliver(frame(60));
    h_.run();
  }
  EXPECT_EQ(placement_.placed.size(), size_t{kRing} + 10);
  EXPECT_EQ(placement_.refused.size(), 2u);
}

// Queue 1 takes its buffers from the buffer queues of queue 0.
class SharedBuffers : public RxQueuesTest {
 protected:
  void start_both(uint16_t ring_of_1) {
    start();
    configure_1(ring_of_1);
    post(1, kBuffers - 1);
  }
  void configure_1(uint16_t ring) {
    queues_.configure(1, {.ring_address = h_.memory.allocate(kRing * idpf::kRxCompletionBytes),
                          .ring_length = ring,
                          .buffer_queue_1 = 0,
                          .buffer_queue_2 = 1,
                          .max_packet_bytes = 9000});
    queues_.enable(1, true);
  }
  void deliver_to(uint16_t queue, unsigned packets) {
    for (unsigned n = 0; n < packets; ++n) {
      queues_.deliver(queue, h_.packet(frame(60)), {});
      h_.run();
    }
  }
  size_t refused() const { return placement_.refused.size(); }
};

TEST_F(SharedBuffers, BuffersThatComeBackAreTheOldest) {
  start_both(64);
  deliver_to(1, 64);
  deliver_to(1, 1);
  EXPECT_EQ(refused(), 1u) << "its ring is full of unread completions";
  deliver_to(0, 100);
  EXPECT_EQ(refused(), 1u) << "that is nothing to the other one";
  post(1, 9);  // ten buffers came back: those of queue 1 went first
  deliver_to(1, 10);
  EXPECT_EQ(refused(), 1u);
  deliver_to(1, 1);
  EXPECT_EQ(refused(), 2u);
}

TEST_F(SharedBuffers, BuffersOfTheOtherQueueMakeNoRoom) {
  start_both(64);
  deliver_to(0, 100);
  deliver_to(1, 64);
  post(1, 49);  // of the hundred that went to queue 0 fifty
  deliver_to(1, 1);
  EXPECT_EQ(refused(), 1u);
}

TEST_F(SharedBuffers, AQueueConfiguredAnewOwesNothing) {
  start_both(64);
  deliver_to(1, 64);
  configure_1(64);
  deliver_to(1, 64);
  EXPECT_EQ(refused(), 0u);
  post(1, 63);  // the buffers of its former life
  deliver_to(1, 1);
  EXPECT_EQ(refused(), 1u);
  post(1, 64);
  deliver_to(1, 1);
  EXPECT_EQ(refused(), 1u);
}

TEST_F(SharedBuffers, BufferQueuesConfiguredAnewOweNothing) {
  start_both(64);
  deliver_to(1, 64);
  queues_.enable_buffers(1, false);
  queues_.configure_buffers(1, {ring_[1], kBuffers, kSmall});
  queues_.enable_buffers(1, true);
  post(1, kBuffers - 1);
  deliver_to(1, 64);
  EXPECT_EQ(refused(), 0u);
  deliver_to(1, 1);
  EXPECT_EQ(refused(), 1u);
}

}  // namespace
}  // namespace pspnic::queue
