// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_completions.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/harness.h"

namespace pspnic::queue {
namespace {

using idpf::TxCompletion;
using idpf::TxCompletionType;

constexpr uint16_t kLength = 4;

class TxCompletionsTest : public testing::Test {
 protected:
  TxCompletion entry(uint32_t index) {
    return TxCompletion::decode(
        std::span<const uint8_t, 8>(h_.memory.at(ring_ + index * idpf::kTxCompletionBytes, 8)));
  }
  void start() {
    completions_.configure(1, {ring_, kLength});
    completions_.enable(1, true);
  }

  test::Harness h_;
  uint64_t ring_ = h_.memory.allocate(4096);
  TxCompletions completions_{h_.root, 2, {h_.events, h_.dma, h_.interrupts, h_.violations}};
};

TEST_F(TxCompletionsTest, EntriesCarryQueueTypeValueAndTheGenerationOfTheirPass) {
  start();
  for (uint16_t i = 0; i < 3 * kLength; ++i) {
    const auto type = i % 2 == 0 ? TxCompletionType::kRs : TxCompletionType::kRe;
    completions_.post(1, type, 5, static_cast<uint16_t>(0x100 + i));
    h_.run();
    const TxCompletion seen = entry(i % kLength);
    EXPECT_EQ(seen.queue_id, 5);
    EXPECT_EQ(seen.type, type);
    EXPECT_EQ(seen.value, 0x100 + i);
    EXPECT_EQ(seen.generation, i / kLength % 2 == 0) << i;
  }
}

TEST_F(TxCompletionsTest, ConfigurationStartsAtTheBeginningWithGenerationOne) {
  start();
  for (int i = 0; i < 5; ++i) completions_.post(1, TxCompletionType::kRs, 0, 1);
  h_.run();
  EXPECT_FALSE(entry(0).generation);
  start();
  completions_.post(1, TxCompletionType::kSwMarker, 2, 9);
  h_.run();
  EXPECT_TRUE(entry(0).generation);
  EXPECT_EQ(entry(0).type, TxCompletionType::kSwMarker);
  EXPECT_EQ(entry(0).value, 9);
}

TEST_F(TxCompletionsTest, WhatComesWhileTheQueueIsDisabledIsLostAndToldOnce) {
  completions_.configure(1, {ring_, kLength});
  completions_.post(1, TxCompletionType::kRs, 5, 1);
  completions_.enable(1, true);
  completions_.enable(1, false);
  completions_.post(1, TxCompletionType::kRs, 5, 1);
  h_.run();
  EXPECT_TRUE(h_.memory.writes.empty());
  EXPECT_EQ(completions_.dropped(), 2u);
  ASSERT_EQ(h_.violations.count(), 1u);
  const base::Violation& violation = h_.violations.first()[0];
  EXPECT_EQ(violation.place(), "tx completion queue 1");
  EXPECT_NE(std::string(base::info(violation.rule).text).find("must be enabled"), std::string::npos);
  EXPECT_NE(violation.seen.find("queue 5"), std::string::npos);
  completions_.configure(1, {ring_, kLength});
  completions_.post(1, TxCompletionType::kRs, 5, 1);
  EXPECT_EQ(h_.violations.count(), 2u) << "in the queue's next life it is told again";
}

TEST_F(TxCompletionsTest, AnInterruptFollowsTheEntry) {
  start();
  completions_.map_vector(1, 2, idpf::kItrNoUpdate);
  completions_.post(1, TxCompletionType::kRs, 0, 1);
  h_.run();
  EXPECT_FALSE(h_.interrupted(2)) << "INTENA is 0";
  h_.arm(2);
  h_.run();
  EXPECT_TRUE(h_.interrupted(2));
  EXPECT_FALSE(h_.interrupted(1));
}

TEST_F(TxCompletionsTest, ResetForgetsRingAndVector) {
  start();
  completions_.map_vector(1, 2, idpf::kItrNoUpdate);
  completions_.reset();
  EXPECT_FALSE(completions_.enabled(1));
  h_.arm(2);
  completions_.post(1, TxCompletionType::kRs, 0, 1);
  h_.run();
  EXPECT_TRUE(h_.memory.writes.empty());
  EXPECT_FALSE(h_.interrupted(2));
}

}  // namespace
}  // namespace pspnic::queue
