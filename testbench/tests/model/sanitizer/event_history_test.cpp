// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/event_history.h"

#include <gtest/gtest.h>

namespace pspnic::sanitizer {
namespace {

using base::Site;
constexpr Site kQueue{Site::Kind::kBufferQueue, 1};
constexpr Site kOther{Site::Kind::kBufferQueue, 2};

TEST(EventHistoryTest, CountsWhatHappensAgain) {
  EventHistory history;
  static const char* const kTail = "tail";
  for (uint64_t i = 1; i < 5; ++i) history.add(kQueue, i * base::kNs, kTail, 10 * i);
  history.add(kQueue, 9 * base::kNs, "enabled");
  EXPECT_EQ(history.last_events(kQueue),
            (std::vector<std::string>{"4 ns  tail 40, 4 times since 1 ns", "9 ns  enabled"}));
}

TEST(EventHistoryTest, KeepsTheLastOnesOfEachSiteInOrder) {
  EventHistory history;
  for (uint64_t i = 0; i < 20; ++i) history.add(kQueue, i * base::kNs, i % 2 == 0 ? "tail" : "head", i);
  history.add(kOther, base::kUs, "enabled");
  const std::vector<std::string> events = history.last_events(kQueue);
  ASSERT_EQ(events.size(), EventHistory::kKept);
  EXPECT_EQ(events.front(), "12 ns  tail 12");
  EXPECT_EQ(events.back(), "19 ns  head 19");
  EXPECT_EQ(history.last_events(kOther), std::vector<std::string>{"1000 ns  enabled"});
  EXPECT_TRUE(history.last_events({Site::Kind::kTxQueue, 1}).empty());
}

}  // namespace
}  // namespace pspnic::sanitizer
