// SPDX-License-Identifier: Apache-2.0
// What commands do to the SA table, and what they are told.
#include "model/control/config_queue.h"
#include "testbench/tests/model/control/config_queue_bench.h"

namespace pspnic::control {
namespace {

using pspnic::test::ConfigQueueBench;
using Opcode = idpf::ConfigQueueOpcode;
using Response = idpf::ConfigQueueResponse;
using Status = idpf::ConfigQueueStatus;

class ConfigQueueCommands : public testing::Test {
 protected:
  static idpf::PspTxSa record(uint32_t index, uint16_t tag, uint8_t version = 0) {
    return ConfigQueueBench::record(index, tag, version);
  }
  ConfigQueueBench bench_;
};

TEST_F(ConfigQueueCommands, EachErrorHasItsCode) {
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

TEST_F(ConfigQueueCommands, QueryTellsAllButTheKey) {
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
TEST_F(ConfigQueueCommands, IvsBeginWhereTheClockIs) {
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
  EXPECT_EQ(bench_.ivs_given, (std::vector<uint64_t>{0, ConfigQueueBench::kEpoch}))
      << "what was refused is none";
}

TEST_F(ConfigQueueCommands, ADeleteWaitsForThePacketsAndAFenceForIt) {
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

// The management port's SAs are not a driver's to see, to delete or to replace.
TEST_F(ConfigQueueCommands, ThoseOfFlowsAreNoDrivers) {
  crypto::Sa sa;
  sa.spi = 0x77;
  sa.tag = 7;
  sa.flows_only = true;
  sa.function = 1;
  ASSERT_TRUE(bench_.sas.write(ConfigQueueBench::kFirst + 3, sa, 0));
  EXPECT_EQ(bench_.run_one(bench_.put_delete(3, 7)), Status::kNotFound);
  idpf::PspTxSa overwrite = record(3, 7);
  overwrite.flags = idpf::kPspTxSaOverwrite;
  EXPECT_EQ(bench_.run_one(bench_.put_add({overwrite})), Status::kExists);
  idpf::ConfigQueueDescriptor query;
  query.opcode = Opcode::kSaQuery;
  EXPECT_EQ(bench_.run_one(bench_.put_command(query, {record(3, 7)})), Status::kNotFound);
  EXPECT_EQ(bench_.sas.at(ConfigQueueBench::kFirst + 3).spi, 0x77u);
}

// Each record for itself: the first that fails is the command's status, and those behind it still count.
TEST_F(ConfigQueueCommands, ARecordThatFailsDoesNotEndTheOthers) {
  bench_.put_add({record(1, 1)});
  const uint16_t index = bench_.put_add({record(0, 1), record(1, 2), record(16, 1), record(2, 1)});
  EXPECT_EQ(bench_.run_one(index), Status::kExists);
  EXPECT_EQ(bench_.sas.used(1, false), 3u);
  EXPECT_EQ(bench_.sas.at(ConfigQueueBench::kFirst + 1).tag, 1) << "as it was";
}

}  // namespace
}  // namespace pspnic::control
