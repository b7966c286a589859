// SPDX-License-Identifier: Apache-2.0
// The parts of the sanitizer that know no time.
#include <gtest/gtest.h>

#include <numeric>

#include "model/sanitizer/buffer_map.h"
#include "model/sanitizer/event_history.h"
#include "model/sanitizer/key_digests.h"

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

TEST(BufferMapTest, FindsOverlapsAtBothEndsAndNoOthers) {
  BufferMap map;
  EXPECT_FALSE(map.add(1000, 100, kQueue, 1));
  EXPECT_FALSE(map.add(900, 100, kQueue, 0)) << "it ends where the other begins";
  EXPECT_FALSE(map.add(1100, 100, kQueue, 2));
  for (const uint64_t address : {801u, 999u, 1050u, 1199u}) {
    ASSERT_TRUE(map.add(address, 100, kOther, 7)) << address;
  }
  EXPECT_EQ(map.add(1150, 10, kOther, 7)->index, 2);
  EXPECT_TRUE(map.add(0, 5000, kOther, 7)) << "around all of them";
}

TEST(BufferMapTest, ForgetsWhatIsGivenBack) {
  BufferMap map;
  map.add(1000, 100, kQueue, 1);
  map.remove(1000, kQueue, 2);
  map.remove(1000, kOther, 1);
  EXPECT_TRUE(map.add(1000, 100, kQueue, 3)) << "another descriptor's";
  map.remove(1000, kQueue, 1);
  EXPECT_FALSE(map.add(1000, 100, kOther, 3));
  map.remove_all(kOther);
  EXPECT_FALSE(map.add(1000, 100, kQueue, 3));
}

// Appendix A of the paper: key 00..0f, message 00..0e.
TEST(KeyDigestsTest, IsSipHash) {
  std::vector<uint8_t> message(15);
  std::iota(message.begin(), message.end(), uint8_t{0});
  EXPECT_EQ(sip_hash({0x0706050403020100, 0x0f0e0d0c0b0a0908}, message), 0xa129ca6149be45e5u);
}

TEST(KeyDigestsTest, KnowsAKeyThatCameBefore) {
  KeyDigests keys({1, 2});
  std::vector<uint8_t> key(32, 5);
  EXPECT_TRUE(keys.add(key));
  EXPECT_FALSE(keys.add(key));
  EXPECT_TRUE(keys.add(std::span(key).first(16))) << "another length is another key";
  keys.clear();
  EXPECT_TRUE(keys.add(key));
}

}  // namespace
}  // namespace pspnic::sanitizer
