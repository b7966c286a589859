// SPDX-License-Identifier: Apache-2.0
#include "model/control/config_queue.h"

#include "testbench/tests/model/control/config_queue_bench.h"

namespace pspnic::control {
namespace {

using pspnic::test::ConfigQueueBench;
using pspnic::test::Time;
using Direction = ConfigQueues::Direction;
using Opcode = idpf::ConfigQueueOpcode;
using Response = idpf::ConfigQueueResponse;
using Status = idpf::ConfigQueueStatus;

class ConfigQueueTest : public testing::Test {
 protected:
  static idpf::PspTxSa record(uint32_t index, uint16_t tag, uint8_t version = 0) {
    return ConfigQueueBench::record(index, tag, version);
  }
  ConfigQueueBench bench_;
};

TEST_F(ConfigQueueTest, FourSasOfOneBuffer) {
  const uint16_t index =
      bench_.put_add({record(0, 1), record(5, 2, 1), record(idpf::kPspSaIdxAny, 3), record(15, 4, 3)});
  EXPECT_EQ(bench_.run_one(index), Status::kOk);
  const auto at = [&](uint32_t local) { return bench_.sas.at(ConfigQueueBench::kFirst + local); };
  EXPECT_EQ(at(0).spi, 0x1001u);
  EXPECT_EQ(at(5).version, psp::Version::kAesGcm256);
  EXPECT_EQ(at(5).key.size, 32);
  EXPECT_EQ(at(6).tag, 3) << "the next free one of the function";
  EXPECT_EQ(at(15).key.view()[0], 0x44);
  EXPECT_EQ(at(15).function, 1);
  EXPECT_EQ(bench_.get(0, index).cookie, 0xc00c'1e00u + index);
  EXPECT_EQ(bench_.get(0, index).flags, idpf::kMbxFlagsRequest | idpf::kMbxFlagDd | idpf::kMbxFlagCmp);
  EXPECT_FALSE(bench_.answered(0)) << "not asked for";
  EXPECT_EQ(bench_.violations.count(), 0u);
}

TEST_F(ConfigQueueTest, AnswersAreGivenAsAskedFor) {
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

TEST_F(ConfigQueueTest, EachErrorHasItsCode) {
  bench_.put_add({record(0, 1)});
  const auto failing = [&](idpf::PspTxSa sa) { return bench_.run_one(bench_.put_add({sa})); };
  EXPECT_EQ(failing(record(0, 1)), Status::kExists);
  EXPECT_EQ(failing(record(16, 1)), Status::kOutOfRange) << "another function's, if any";
  idpf::PspTxSa sa = record(1, 1);
  sa.version = 4;
  EXPECT_EQ(failing(sa), Status::kBadVersion);
  sa = record(1, 1);
  sa.key_len = 32;
  EXPECT_EQ(failing(sa), Status::kBadKeyLen);
  sa = record(1, 1);
  sa.spi = 0x80000000;
  EXPECT_EQ(failing(sa), Status::kOutOfRange);
  sa = record(0, 9);
  sa.flags = idpf::kPspTxSaOverwrite;
  EXPECT_EQ(failing(sa), Status::kOk);
  EXPECT_EQ(bench_.run_one(bench_.put_delete(0, 1)), Status::kTagMismatch);
  EXPECT_EQ(bench_.run_one(bench_.put_delete(3, 1)), Status::kNotFound);
  EXPECT_EQ(bench_.run_one(bench_.put_delete(16, 1)), Status::kOutOfRange);
  EXPECT_EQ(bench_.run_one(bench_.put_delete(0xffffffff, 1)), Status::kOutOfRange);
  idpf::ConfigQueueDescriptor unknown;
  unknown.opcode = Opcode{0x1505};
  EXPECT_EQ(bench_.run_one(bench_.put_command(unknown)), Status::kBadOpcode);
  for (uint32_t i = 1; i < 16; ++i) failing(record(i, 1));
  EXPECT_EQ(failing(record(idpf::kPspSaIdxAny, 1)), Status::kNoSpace);
  EXPECT_EQ(bench_.violations.count(), 0u);
}

TEST_F(ConfigQueueTest, QueryTellsAllButTheKey) {
  bench_.put_add({record(3, 7, 1)});
  idpf::ConfigQueueDescriptor query;
  query.opcode = Opcode::kSaQuery;
  query.response = Response::kAlways;
  idpf::PspTxSa asked;
  asked.sa_idx = 3;
  asked.sa_tag = 7;
  EXPECT_EQ(bench_.run_one(bench_.put_command(query, {asked})), Status::kOk);
  idpf::PspTxSa answer;
  std::memcpy(&answer, bench_.memory.at(bench_.buffers[1][0], 64).data(), 64);
  EXPECT_EQ(answer.spi, 0x1007u);
  EXPECT_EQ(answer.version, 1);
  EXPECT_EQ(answer.key_len, 32);
  EXPECT_TRUE(std::ranges::all_of(answer.key, [](uint8_t byte) { return byte == 0; }));
}

// IVs are the clock of the device: what it has not reached it cannot promise.
TEST_F(ConfigQueueTest, IvsBeginWhereTheClockIs) {
  bench_.put_add({record(3, 7)});
  idpf::ConfigQueueDescriptor update;
  update.opcode = Opcode::kSaUpdateIv;
  update.addr_high = 3;
  update.sa_tag = 7;
  update.addr_low = ConfigQueueBench::kEpoch;
  EXPECT_EQ(bench_.run_one(bench_.put_command(update)), Status::kOk);
  idpf::PspTxSa sa = record(3, 7);
  sa.iv_init = uint64_t{1} << 60;
  idpf::ConfigQueueDescriptor far;
  far.opcode = Opcode::kSaUpdateIv;
  EXPECT_EQ(bench_.run_one(bench_.put_command(far, {sa})), Status::kOutOfRange);
  sa = record(4, 7);
  sa.iv_init = uint64_t{1} << 60;
  EXPECT_EQ(bench_.run_one(bench_.put_add({sa})), Status::kOutOfRange);
  EXPECT_EQ(bench_.iv_clock.last(), ConfigQueueBench::kEpoch) << "asking moves no clock";
}

TEST_F(ConfigQueueTest, ADeleteWaitsForThePacketsAndAFenceForIt) {
  bench_.put_add({record(2, 1), record(3, 1)});
  bench_.ring();
  bench_.run();
  ASSERT_NE(bench_.sas.acquire(ConfigQueueBench::kFirst + 2, 1), nullptr);
  const uint16_t waits = bench_.put_delete(2, 1);
  const uint16_t at_once = bench_.put_delete(3, 1);
  const uint16_t fence = bench_.put_fence();
  const uint16_t behind = bench_.put_add({record(3, 2)});
  const uint16_t busy = bench_.put_add({record(2, 2)});
  bench_.ring();
  bench_.run();
  EXPECT_FALSE(bench_.done(waits));
  EXPECT_TRUE(bench_.done(at_once));
  EXPECT_FALSE(bench_.done(fence));
  EXPECT_EQ(bench_.status(behind), Status::kOk);
  EXPECT_EQ(bench_.status(busy), Status::kBusy);
  bench_.sas.release(ConfigQueueBench::kFirst + 2, bench_.events.now() + 1000);
  EXPECT_FALSE(bench_.done(waits));
  bench_.run();
  EXPECT_EQ(bench_.status(waits), Status::kOk);
  EXPECT_EQ(bench_.status(fence), Status::kOk);
  EXPECT_TRUE(bench_.sas.empty(ConfigQueueBench::kFirst + 2));
}

TEST_F(ConfigQueueTest, ABufferOfManyErasesEndsOnce) {
  bench_.put_add({record(0, 1), record(1, 1), record(2, 1)});
  bench_.ring();
  bench_.run();
  for (uint32_t i = 0; i < 3; ++i) ASSERT_NE(bench_.sas.acquire(ConfigQueueBench::kFirst + i, 1), nullptr);
  idpf::ConfigQueueDescriptor erase;
  erase.opcode = Opcode::kSaDel;
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

TEST_F(ConfigQueueTest, AnswersWaitForBuffers) {
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

TEST_F(ConfigQueueTest, GoesRoundTheRing) {
  for (uint16_t i = 0; i < 200; ++i) {
    const uint16_t add = bench_.put_add({record(idpf::kPspSaIdxAny, i)}, Response::kNone);
    ASSERT_EQ(bench_.run_one(add), Status::kOk) << i;
    const uint32_t slot = *bench_.sas.next_used(0, ConfigQueueBench::kSlots);
    const uint16_t del = bench_.put_delete(slot - ConfigQueueBench::kFirst, i);
    ASSERT_EQ(bench_.run_one(del), Status::kOk);
  }
  EXPECT_EQ(bench_.violations.count(), 0u);
}

TEST(ConfigQueueTime, ARecordTakesItsCyclesAndNoneLess) {
  ConfigQueueParams params;
  params.record_cycles = 1000;
  ConfigQueueBench bench(params);
  const uint16_t first = bench.put_add({ConfigQueueBench::record(0, 1), ConfigQueueBench::record(1, 1)});
  const uint16_t second = bench.put_add({ConfigQueueBench::record(2, 1)});
  bench.ring();
  const auto used = [&] { return bench.sas.used(1, false); };
  while (used() == 0) bench.run_for(1);
  const Time both = bench.events.now();
  EXPECT_EQ(used(), 2u) << "a command takes effect as a whole";
  bench.run_for(1000 * base::kNs - 1);
  EXPECT_EQ(used(), 2u);
  bench.run_for(1);
  EXPECT_EQ(used(), 3u) << "exactly 1000 cycles of 1 ns behind the first";
  EXPECT_EQ(bench.events.now() - both, 1000 * base::kNs);
  bench.run();
  EXPECT_EQ(bench.status(first), Status::kOk);
  EXPECT_EQ(bench.status(second), Status::kOk);
}

// Buffers are read ahead: with one at a time each command waits for a round trip.
class ConfigQueueReads : public testing::TestWithParam<unsigned> {};

TEST_P(ConfigQueueReads, AreUnderWayTogether) {
  ConfigQueueParams params;
  params.outstanding = GetParam();
  ConfigQueueBench bench(params);
  uint16_t last = 0;
  for (uint16_t i = 0; i < 16; ++i) last = bench.put_add({ConfigQueueBench::record(i, 1)});
  bench.ring();
  while (!bench.done(last)) bench.run_for(1000);
  const Time round_trip = pcie::LinkParams{}.round_trip.ps;
  if (GetParam() == 1) {
    EXPECT_GT(bench.events.now(), 16 * round_trip);
  } else {
    EXPECT_LT(bench.events.now(), 5 * round_trip);
  }
}

INSTANTIATE_TEST_SUITE_P(Outstanding, ConfigQueueReads, testing::Values(1u, 16u));

TEST_F(ConfigQueueTest, DisableUnderLoad) {
  struct Drained {
    unsigned count = 0;
    void on_drained(uint64_t) { ++count; }
  };
  for (unsigned steps = 0; steps < 60; ++steps) {
    Drained drained;
    for (uint16_t i = 0; i < 20; ++i) {
      idpf::PspTxSa sa = record(i % 16, static_cast<uint16_t>(steps));
      sa.flags = idpf::kPspTxSaOverwrite;
      bench_.put_add({sa, sa}, i % 3 == 0 ? Response::kAlways : Response::kNone);
    }
    bench_.ring();
    bench_.run_for(steps * 50'000);
    bench_.queues.disable_commands(0, base::Callback::to<&Drained::on_drained>(drained));
    bench_.run();
    ASSERT_EQ(drained.count, 1u) << steps;
    bench_.queues.disable_answers(0);
    bench_.run();
    bench_.start();
  }
  EXPECT_EQ(bench_.violations.count(), 0u);
}

TEST_F(ConfigQueueTest, AResetForgetsAllUnderWay) {
  for (unsigned steps = 0; steps < 60; ++steps) {
    for (uint16_t i = 0; i < 20; ++i) bench_.put_add({record(idpf::kPspSaIdxAny, i)}, Response::kAlways);
    bench_.ring();
    bench_.run_for(steps * 50'000);
    bench_.dma.reset();
    bench_.queues.reset();
    bench_.sas.reset();
    bench_.waits.clear();
    bench_.run();
    EXPECT_EQ(bench_.sas.used(1, false), 0u);
    bench_.start();
  }
}

}  // namespace
}  // namespace pspnic::control
