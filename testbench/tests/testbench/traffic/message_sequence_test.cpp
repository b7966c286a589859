// SPDX-License-Identifier: Apache-2.0
#include "testbench/traffic/message_sequence.h"

#include <gtest/gtest.h>

#include <map>

namespace pspnic::traffic {
namespace {

constexpr SizeLimits kSequenceLimits{.header_bytes = 42, .least_payload = 16, .mss = 1472};

SizeDistribution imix() {
  SizeParams params;
  params.kind = SizeParams::Kind::kImix;
  return {read_sizes(params, "sizes", kSequenceLimits), kSequenceLimits};
}

TEST(MessageSequence, FlowsDoNotChangeSizes) {
  const SizeDistribution sizes = imix();
  MessageSequence few(zipf_weights(4, 0), sizes, 7, 0);
  MessageSequence many(zipf_weights(1000, 1.2), sizes, 7, 0);
  bool other_flows = false;
  for (unsigned i = 0; i < 1000; ++i) {
    const MessageSize one = few.next();
    const MessageSize two = many.next();
    ASSERT_EQ(one.bytes, two.bytes) << i;
    other_flows |= one.flow != two.flow;
  }
  EXPECT_TRUE(other_flows);
}

TEST(MessageSequence, PartsAndSeedsDiffer) {
  const SizeDistribution sizes = imix();
  const auto flows = [&](uint64_t seed, uint64_t part) {
    MessageSequence sequence(zipf_weights(1000, 0), sizes, seed, part);
    std::vector<uint32_t> list;
    for (unsigned i = 0; i < 10; ++i) list.push_back(sequence.next().flow);
    return list;
  };
  EXPECT_EQ(flows(1, 0), flows(1, 0));
  EXPECT_NE(flows(1, 0), flows(1, 1));
  EXPECT_NE(flows(1, 0), flows(2, 0));
}

TEST(MessageSequence, SizesDoNotDependOnTheFlowDrawn) {
  const SizeDistribution sizes = imix();
  MessageSequence sequence(zipf_weights(2, 0), sizes, 3, 0);
  std::map<uint32_t, double> small;
  std::map<uint32_t, double> all;
  for (unsigned i = 0; i < 200'000; ++i) {
    const MessageSize message = sequence.next();
    all[message.flow] += 1;
    if (message.bytes == 18) small[message.flow] += 1;
  }
  EXPECT_NEAR(small[0] / all[0], 7.0 / 12, 0.01);
  EXPECT_NEAR(small[1] / all[1], 7.0 / 12, 0.01);
}

}  // namespace
}  // namespace pspnic::traffic
