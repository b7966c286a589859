// SPDX-License-Identifier: Apache-2.0
// When commands are completed, and what is answered.
#include <string>

#include "model/control/config_queue.h"
#include "testbench/tests/model/control/config_queue_bench.h"

namespace pspnic::control {
namespace {

using pspnic::test::ConfigQueueBench;
using Direction = ConfigQueues::Direction;
using Response = idpf::ConfigQueueResponse;
using Status = idpf::ConfigQueueStatus;

class ConfigQueueCompletions : public testing::Test {
 protected:
  static idpf::PspTxSa record(uint32_t index, uint16_t tag, uint8_t version = 0) {
    return ConfigQueueBench::record(index, tag, version);
  }
  ConfigQueueBench bench_;
};

TEST_F(ConfigQueueCompletions, AnswersAreGivenAsAskedFor) {
  const uint16_t none = bench_.put_add({record(0, 1)}, Response::kOnError);
  const uint16_t failed = bench_.put_add({record(1, 2), record(0, 3)}, Response::kOnError);
  const uint16_t always = bench_.put_add({record(idpf::kPspSaIdxAny, 4)}, Response::kAlways);
  bench_.ring();
  bench_.run();
  EXPECT_EQ(bench_.status(none), Status::kOk);
  EXPECT_EQ(bench_.status(failed), Status::kExists);
  EXPECT_EQ(bench_.status(always), Status::kOk);
  const auto first = bench_.get(1, 0);
  EXPECT_EQ(first.flags, idpf::kMbxFlagsReply | idpf::kMbxFlagErr);
  EXPECT_EQ(first.cookie, 0xc00c'1e00u + failed);
  EXPECT_EQ(first.status, Status::kExists);
  EXPECT_EQ(first.datalen, 128);
  idpf::PspTxSa records[2];
  std::memcpy(records, bench_.memory.at(bench_.buffers[1][0], 128).data(), 128);
  EXPECT_EQ(records[0].status, 0);
  EXPECT_EQ(records[1].status, static_cast<uint16_t>(Status::kExists));
  for (const auto& each : records) {
    EXPECT_TRUE(std::ranges::all_of(each.key, [](uint8_t byte) { return byte == 0; })) << "no key comes back";
  }
  std::memcpy(records, bench_.memory.at(bench_.buffers[1][1], 64).data(), 64);
  EXPECT_EQ(records[0].sa_idx, 2u) << "counted from the function's first";
  EXPECT_FALSE(bench_.answered(2));
}

TEST_F(ConfigQueueCompletions, ABufferOfManyErasesEndsOnce) {
  bench_.put_add({record(0, 1), record(1, 1), record(2, 1)});
  bench_.ring();
  bench_.run();
  for (uint32_t i = 0; i < 3; ++i) ASSERT_NE(bench_.sas.acquire(ConfigQueueBench::kFirst + i, 1), nullptr);
  idpf::ConfigQueueDescriptor erase;
  erase.opcode = idpf::ConfigQueueOpcode::kSaDel;
  const uint16_t index = bench_.put_command(erase, {record(0, 1), record(1, 1), record(2, 1)});
  bench_.ring();
  bench_.run();
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(bench_.done(index));
    bench_.sas.release(ConfigQueueBench::kFirst + i, bench_.events.now());
    bench_.run();
  }
  EXPECT_EQ(bench_.status(index), Status::kOk);
}

TEST_F(ConfigQueueCompletions, AnswersWaitForBuffers) {
  bench_.queues.disable_answers(0);
  bench_.run();
  const uint16_t asks = bench_.put_add({record(0, 1)}, Response::kAlways);
  const uint16_t next = bench_.put_add({record(1, 1)});
  bench_.ring();
  bench_.run();
  EXPECT_FALSE(bench_.done(asks));
  EXPECT_TRUE(bench_.done(next)) << "the others go on";
  bench_.queues.configure(Direction::kAnswers, 0, bench_.rings[1], ConfigQueueBench::kRing, 1);
  bench_.queues.enable(Direction::kAnswers, 0);
  bench_.queues.write_tail(Direction::kAnswers, 0, 1);
  bench_.run();
  EXPECT_TRUE(bench_.done(asks));
  EXPECT_TRUE(bench_.answered(0));
}

// A command that waits does not hold the completions behind it, which are written as they come; a fence is
// completed when all before it are.
TEST_F(ConfigQueueCompletions, ComeAsCommandsEndAndFencesInOrder) {
  bench_.put_add({record(0, 1), record(1, 1)});
  bench_.ring();
  bench_.run();
  for (uint32_t i = 0; i < 2; ++i) ASSERT_NE(bench_.sas.acquire(ConfigQueueBench::kFirst + i, 1), nullptr);
  const uint16_t first = bench_.put_delete(0, 1);
  const uint16_t fence = bench_.put_fence();
  const uint16_t second = bench_.put_delete(1, 1);
  const uint16_t last = bench_.put_fence();
  const uint16_t behind = bench_.put_add({record(5, 1)});
  bench_.ring();
  bench_.run();
  const auto done = [&] {
    std::string marks;
    for (const uint16_t index : {first, fence, second, last, behind}) marks += bench_.done(index) ? '+' : '-';
    return marks;
  };
  EXPECT_EQ(done(), "----+");
  bench_.sas.release(ConfigQueueBench::kFirst + 1, bench_.events.now());
  bench_.run();
  EXPECT_EQ(done(), "--+-+");
  bench_.sas.release(ConfigQueueBench::kFirst, bench_.events.now());
  bench_.run();
  EXPECT_EQ(done(), "+++++");
}

// It could not say so to a driver that has taken its queue away.
TEST_F(ConfigQueueCompletions, ADisabledQueueWantsNoAnswers) {
  struct Drained {
    unsigned count = 0;
    void on_drained(uint64_t) { ++count; }
  } drained;
  bench_.put_add({record(0, 1)});
  bench_.ring();
  bench_.run();
  ASSERT_NE(bench_.sas.acquire(ConfigQueueBench::kFirst, 1), nullptr);
  idpf::ConfigQueueDescriptor erase;
  erase.opcode = idpf::ConfigQueueOpcode::kSaDel;
  erase.response = Response::kAlways;
  const uint16_t index = bench_.put_command(erase, {record(0, 1)});
  bench_.ring();
  bench_.run();
  bench_.queues.disable_commands(0, base::Callback::to<&Drained::on_drained>(drained));
  EXPECT_EQ(drained.count, 0u) << "it waits for the deletion";
  bench_.sas.release(ConfigQueueBench::kFirst, bench_.events.now());
  bench_.run();
  EXPECT_EQ(drained.count, 1u);
  EXPECT_TRUE(bench_.done(index));
  EXPECT_FALSE(bench_.answered(0));
}

}  // namespace
}  // namespace pspnic::control
