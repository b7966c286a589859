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
  EXPECT_TRUE(keys.add(key));
  EXPECT_FALSE(keys.add(key));
  EXPECT_TRUE(keys.add(std::span(key).first(16))) << "another length is another key";
  keys.clear();
  EXPECT_TRUE(keys.add(key));
}

}  // namespace
}  // namespace pspnic::sanitizer
