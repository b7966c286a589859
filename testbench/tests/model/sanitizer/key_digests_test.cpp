// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/key_digests.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace pspnic::sanitizer {
namespace {

// Appendix A of the paper: key 00..0f, message 00..0e.
TEST(KeyDigestsTest, IsSipHash) {
  std::vector<uint8_t> message(15);
  std::iota(message.begin(), message.end(), uint8_t{0});
  EXPECT_EQ(sip_hash({0x0706050403020100, 0x0f0e0d0c0b0a0908}, message), 0xa129ca6149be45e5u);
}

TEST(KeyDigestsTest, KnowsAKeyThatCameBefore) {
  KeyDigests keys({1, 2});
  std::vector<uint8_t> key(32, 5);
  const uint64_t digest = keys.digest(key);
  keys.use(digest) = {.installed = true, .slots = 1, .sealed = true, .last_iv = 77};
  EXPECT_TRUE(keys.use(keys.digest(key)).installed);
  EXPECT_FALSE(keys.use(keys.digest(std::span(key).first(16))).installed) << "another length is another key";
}

TEST(KeyDigestsTest, AResetForgetsTheTableAndKeepsTheIvs) {
  KeyDigests keys({1, 2});
  keys.use(5) = {.installed = true, .slots = 1, .sealed = true, .last_iv = 77};
  keys.reset();
  EXPECT_FALSE(keys.use(5).installed);
  EXPECT_EQ(keys.use(5).slots, 0u);
  EXPECT_TRUE(keys.use(5).sealed);
  EXPECT_EQ(keys.use(5).last_iv, 77u);
}

}  // namespace
}  // namespace pspnic::sanitizer
