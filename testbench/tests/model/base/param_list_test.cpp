// SPDX-License-Identifier: Apache-2.0
#include "model/base/param_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/base/config_error.h"

namespace pspnic::base {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ParamList, NumbersWithAndWithoutSpaces) {
  EXPECT_THAT(parse_numbers("k", "4", 1, 9), ElementsAre(4u));
  EXPECT_THAT(parse_numbers("k", "1,9 , 3", 1, 9), ElementsAre(1u, 9u, 3u));
}

TEST(ParamList, WhatIsWrongIsNamed) {
  for (const char* text : {"0", "10", "1,x", "1,2 3", "-1", "99999999999999999999"}) {
    EXPECT_THAT([&] { parse_numbers("nic.weights", text, 1, 9); },
                ThrowsMessage<ConfigError>(AllOf(HasSubstr("nic.weights"), HasSubstr("1..9"))))
        << text;
  }
  for (const char* text : {"", ",", "1,", "1,,2"}) {
    EXPECT_THAT([&] { parse_numbers("nic.weights", text, 1, 9); },
                ThrowsMessage<ConfigError>(HasSubstr("empty")))
        << text;
  }
  EXPECT_THAT([] { parse_bandwidths("nic.rates", "1Gbps,2"); },
              ThrowsMessage<ConfigError>(HasSubstr("nic.rates")));
}

TEST(ParamList, Bandwidths) {
  EXPECT_THAT(parse_bandwidths("k", "10Gbps, 0bps"), ElementsAre(Bandwidth{10 * kGbps}, Bandwidth{0}));
}

TEST(ParamList, AShortListStartsAgain) {
  const auto list = parse_numbers("k", "1,2,3", 1, 9);
  EXPECT_EQ(repeated(list, 0), 1u);
  EXPECT_EQ(repeated(list, 5), 3u);
  EXPECT_EQ(repeated(list, 6), 1u);
}

}  // namespace
}  // namespace pspnic::base
