// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_reports.h"

#include <gtest/gtest.h>

#include "model/idpf/tx_single.h"
#include "testbench/tests/model/harness.h"

namespace pspnic::queue {
namespace {

using idpf::QueueModel;
using idpf::TxCompletion;
using idpf::TxCompletionType;

constexpr uint16_t kLength = 64;

class TxReportsTest : public testing::Test {
 protected:
  TxReportsTest() {
    completions_.configure(1, {completion_ring_, kLength});
    completions_.enable(1, true);
  }
  void start_split(uint16_t queue) { reports_.configure(queue, {QueueModel::kSplit, 0, 1, 9}); }
  void start_single(uint16_t queue) { reports_.configure(queue, {QueueModel::kSingle, ring_, 0, 0}); }
  TxCompletion completion(uint32_t index) {
    return TxCompletion::decode(std::span<const uint8_t, 8>(h_.memory.at(completion_ring_ + index * 8, 8)));
  }
  // Whether a completion for this queue raises vectors 2 and 3.
  std::pair<bool, bool> interrupted(uint16_t queue) {
    h_.interrupts.reset();
    h_.msix.reset();
    h_.arm(2);
    h_.arm(3);
    reports_.report(job(queue, {{.report_id = 1}}));
    h_.run();
    return {h_.interrupted(2), h_.interrupted(3)};
  }
  static TxJob job(uint16_t queue, const std::vector<DataPiece>& pieces) {
    TxJob job;
    job.queue = queue;
    for (const DataPiece& piece : pieces) job.pieces[job.piece_count++] = piece;
    job.completion_tag = pieces.back().report_id;
    return job;
  }

  test::Harness h_;
  uint64_t completion_ring_ = h_.memory.allocate(4096);
  uint64_t ring_ = h_.memory.allocate(4096);
  TxCompletions completions_{h_.root, 2, {h_.events, h_.dma, h_.interrupts, h_.violations}};
  TxReportParams params_;
  TxReports reports_{h_.root, params_, 4, {h_.dma, h_.interrupts, completions_}};
};

TEST_F(TxReportsTest, ASplitQueueGetsOneCompletionAPacket) {
  start_split(0);
  reports_.report(job(0, {{.report_id = 5}, {.report_id = 6}, {.report_id = 7}}));
  h_.run();
  EXPECT_EQ(completion(0).type, TxCompletionType::kRs);
  EXPECT_EQ(completion(0).value, 7) << "the tag of the EOP descriptor";
  EXPECT_EQ(completion(0).queue_id, 9);
  EXPECT_FALSE(completion(1).generation) << "and no other";
}

TEST_F(TxReportsTest, HeadIsReportedBehindThePacketAndRoundedDown) {
  start_split(0);
  uint32_t packets = 0;
  for (const auto& [head, reported] : {std::pair<uint16_t, uint16_t>{0, 0}, {31, 0}, {32, 32}, {63, 32}}) {
    TxJob packet = job(0, {{.report_id = 1}});
    packet.report_head = true;
    packet.head = head;
    const uint32_t at = 2 * packets++;
    reports_.report(packet);
    h_.run();
    EXPECT_EQ(completion(at).type, TxCompletionType::kRs);
    EXPECT_EQ(completion(at + 1).type, TxCompletionType::kRe);
    EXPECT_EQ(completion(at + 1).value, reported);
  }
}

TEST_F(TxReportsTest, ADrainedSplitQueuePostsAMarkerASingleQueueNothing) {
  start_split(0);
  start_single(2);
  reports_.report_drained(2);
  reports_.report_drained(0);
  h_.run();
  EXPECT_EQ(completion(0).type, TxCompletionType::kSwMarker);
  EXPECT_EQ(completion(0).queue_id, 9);
  EXPECT_EQ(h_.memory.writes.size(), 1u);
}

TEST_F(TxReportsTest, ASingleQueueWritesBackWhatCarriedRsAndNothingElse) {
  start_single(2);
  const std::span<uint8_t> bytes = h_.memory.at(ring_, 8 * idpf::kTxDescriptorBytes);
  std::fill(bytes.begin(), bytes.end(), uint8_t{0xe3});
  reports_.report(job(2, {{.report_id = 3, .report = false, .command = 0xe3},
                          {.report_id = 4, .report = true, .command = 0xe3},
                          {.report_id = 5, .report = true, .command = 0x30}}));
  h_.run();
  test::Bytes expected(bytes.size(), 0xe3);
  expected[4 * 16 + 8] = 0xef;
  expected[5 * 16 + 8] = 0x3f;
  EXPECT_EQ(test::to_bytes(bytes), expected);
}

TEST_F(TxReportsTest, InterruptsAreTheQueuesOwnOrItsCompletionQueues) {
  reports_.map_vector(0, 2, idpf::kItrNoUpdate);  // before it is configured
  start_split(0);
  start_single(2);
  reports_.map_vector(2, 3, idpf::kItrNoUpdate);
  h_.arm(2);
  h_.arm(3);
  reports_.report(job(2, {{.report_id = 1}}));
  h_.run();
  EXPECT_FALSE(h_.interrupted(3)) << "nothing was to be reported";
  reports_.report(job(2, {{.report_id = 1, .report = true}}));
  h_.run();
  EXPECT_TRUE(h_.interrupted(3));
  EXPECT_FALSE(h_.interrupted(2));
  reports_.report(job(0, {{.report_id = 1}}));
  h_.run();
  EXPECT_TRUE(h_.interrupted(2));
}

using Vectors = std::pair<bool, bool>;

TEST_F(TxReportsTest, ATransmitQueueWithoutVectorLeavesThatOfTheCompletionQueue) {
  completions_.map_vector(1, 2, idpf::kItrNoUpdate);
  start_split(0);
  EXPECT_EQ(interrupted(0), Vectors(true, false)) << "mapped before";
  reports_.report_drained(0);
  start_split(0);
  completions_.map_vector(1, 3, idpf::kItrNoUpdate);
  EXPECT_EQ(interrupted(0), Vectors(false, true)) << "mapped afterwards";
}

TEST_F(TxReportsTest, TheCompletionQueuesOwnVectorCountsInEitherOrder) {
  start_split(0);
  reports_.map_vector(0, 2, idpf::kItrNoUpdate);
  completions_.map_vector(1, 3, idpf::kItrNoUpdate);
  EXPECT_EQ(interrupted(0), Vectors(false, true));
  reports_.map_vector(0, 2, idpf::kItrNoUpdate);
  EXPECT_EQ(interrupted(0), Vectors(false, true));
  reports_.map_vector(0, Interrupts::kNoVector, 0);
  EXPECT_EQ(interrupted(0), Vectors(false, true)) << "ending another mapping does not end it";
  reports_.map_vector(0, 2, idpf::kItrNoUpdate);
  completions_.map_vector(1, Interrupts::kNoVector, 0);
  EXPECT_EQ(interrupted(0), Vectors(true, false)) << "and the transmit queue's is left";
}

TEST_F(TxReportsTest, WhoSharesACompletionQueueSharesItsInterruptInEitherOrder) {
  reports_.map_vector(0, 2, idpf::kItrNoUpdate);
  for (const auto& [first, second] : {std::pair<uint16_t, uint16_t>{0, 1}, {1, 0}}) {
    start_split(first);
    start_split(second);  // queue 1 has no vector
    EXPECT_EQ(interrupted(0), Vectors(true, false));
    EXPECT_EQ(interrupted(1), Vectors(true, false));
    reports_.report_drained(first);
    reports_.report_drained(second);
  }
  start_split(1);
  EXPECT_EQ(interrupted(1), Vectors(false, false)) << "queue 0 is not configured";
  reports_.map_vector(1, 3, idpf::kItrNoUpdate);
  EXPECT_EQ(interrupted(1), Vectors(false, true));
  start_split(0);
  EXPECT_EQ(interrupted(1), Vectors(true, false)) << "the lowest-numbered counts";
  reports_.map_vector(0, Interrupts::kNoVector, 0);
  EXPECT_EQ(interrupted(0), Vectors(false, true)) << "the other's is left";
}

TEST_F(TxReportsTest, AQueueTakesItsVectorAlongToAnotherCompletionQueue) {
  completions_.configure(0, {ring_, kLength});
  completions_.enable(0, true);
  reports_.map_vector(0, 2, idpf::kItrNoUpdate);
  start_split(0);
  start_split(1);
  reports_.configure(0, {QueueModel::kSplit, 0, 0, 9});
  EXPECT_EQ(interrupted(0), Vectors(true, false));
  EXPECT_EQ(interrupted(1), Vectors(false, false));
}

class EveryDescriptor : public TxReportsTest {
 protected:
  base::StatGroup other_{h_.root, "other"};
  TxReports all_{other_, {.complete_every_descriptor = true}, 4, {h_.dma, h_.interrupts, completions_}};
};

TEST_F(EveryDescriptor, CompletesEachTagInOrder) {
  all_.configure(0, {QueueModel::kSplit, 0, 1, 9});
  all_.report(job(0, {{.report_id = 5}, {.report_id = 6}, {.report_id = 7}}));
  all_.report(job(0, {{.report_id = 8}}));
  h_.run();
  for (uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(completion(i).type, TxCompletionType::kRs);
    EXPECT_EQ(completion(i).value, 5 + i);
  }
  EXPECT_FALSE(completion(4).generation);
}

// A queue that was reset with its function: what was under way ends unheard.
TEST_F(TxReportsTest, NobodyHearsOfJobsFromBeforeAReset) {
  start_split(0);
  start_split(1);
  reports_.reset(0);
  reports_.report(job(0, {{.report_id = 5}}));
  reports_.report_drained(0);
  h_.run();
  EXPECT_FALSE(completion(0).generation);
  reports_.report(job(1, {{.report_id = 6}}));
  h_.run();
  EXPECT_EQ(completion(0).value, 6) << "other queues are not touched";
}

}  // namespace
}  // namespace pspnic::queue
