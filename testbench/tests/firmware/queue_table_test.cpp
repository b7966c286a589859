// SPDX-License-Identifier: Apache-2.0
#include "firmware/queue_table.h"

#include <gtest/gtest.h>

namespace pspnic::firmware {
namespace {

Limits four_queues() {
  Limits limits;
  limits.tx_queues = 4;
  limits.rx_queues = 4;
  limits.buffer_queues = 8;
  return limits;
}

TEST(QueueTable, LowestRunIsGiven) {
  QueueTable table(four_queues());
  EXPECT_EQ(table.allocate(QueueKind::kTx, 2, 0), 0u);
  EXPECT_EQ(table.allocate(QueueKind::kTx, 1, 1), 2u);
  EXPECT_EQ(table.largest_free_run(QueueKind::kTx), 1u);
  table.release({QueueKind::kTx, 1});
  EXPECT_EQ(table.largest_free_run(QueueKind::kTx), 1u) << "two are free, but not beside each other";
  EXPECT_FALSE(table.allocate(QueueKind::kTx, 2, 0).has_value());
  EXPECT_FALSE(table.allocate(QueueKind::kTx, 0, 0).has_value());
  EXPECT_EQ(table.allocate(QueueKind::kTx, 1, 0), 1u);
  EXPECT_EQ(table.allocate(QueueKind::kRxBuffer, 8, 0), 0u) << "each kind has its own ids";
}

TEST(QueueTable, OwnersAreKeptApart) {
  QueueTable table(four_queues());
  ASSERT_EQ(table.allocate(QueueKind::kRx, 3, 7), 0u);
  EXPECT_NE(table.owned({QueueKind::kRx, 2}, 7), nullptr);
  EXPECT_EQ(table.owned({QueueKind::kRx, 2}, 0), nullptr);
  EXPECT_EQ(table.owned({QueueKind::kRx, 3}, 7), nullptr);
  EXPECT_EQ(table.owned({QueueKind::kRx, 4}, 7), nullptr);
  EXPECT_EQ(table.ids(QueueKind::kRx, 7), (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(table.all(7).size(), 3u);
}

TEST(QueueTable, DigestSeesEveryField) {
  QueueTable table(four_queues());
  const auto digest = [&table] {
    Digest value;
    table.digest(value);
    return value.value();
  };
  std::vector<uint64_t> digests = {digest()};
  table.allocate(QueueKind::kTx, 1, 0);
  digests.push_back(digest());
  Queue& queue = table.at({QueueKind::kTx, 0});
  queue.state = QueueState::kConfigured;
  digests.push_back(digest());
  queue.references = {3};
  digests.push_back(digest());
  queue.vector = 5;
  digests.push_back(digest());
  for (size_t i = 0; i < digests.size(); ++i) {
    for (size_t k = 0; k < i; ++k) EXPECT_NE(digests[i], digests[k]);
  }
}

}  // namespace
}  // namespace pspnic::firmware
