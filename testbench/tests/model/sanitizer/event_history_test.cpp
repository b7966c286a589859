// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/event_history.h"

#include <gtest/gtest.h>

namespace pspnic::sanitizer {
namespace {

using base::Site;
constexpr Site kQueue{Site::Kind::kBufferQueue, 1};
constexpr Site kOther{Site::Kind::kBufferQueue, 2};

TEST(EventHistoryTest, KeepsTheLastOnesOfEachSiteInOrder) {
  EventHistory history;
  for (uint64_t i = 0; i < 20; ++i) history.add(kQueue, i * base::kNs, "tail", i);
  history.add(kOther, base::kUs, "enabled");
  const std::vector<std::string> events = history.last_events(kQueue);
  ASSERT_EQ(events.size(), EventHistory::kKept);
  EXPECT_EQ(events.front(), "12 ns  tail 12");
  EXPECT_EQ(events.back(), "19 ns  tail 19");
  EXPECT_EQ(history.last_events(kOther), std::vector<std::string>{"1000 ns  enabled"});
  EXPECT_TRUE(history.last_events({Site::Kind::kTxQueue, 1}).empty());
}

}  // namespace
}  // namespace pspnic::sanitizer
