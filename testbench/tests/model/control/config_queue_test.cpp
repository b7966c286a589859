// SPDX-License-Identifier: Apache-2.0
#include "model/control/config_queue.h"

#include "testbench/tests/model/control/config_queue_bench.h"

namespace pspnic::control {
namespace {

using pspnic::test::ConfigQueueBench;
using pspnic::test::Time;
using Direction = ConfigQueues::Direction;
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
