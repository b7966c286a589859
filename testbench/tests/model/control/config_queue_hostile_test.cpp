// SPDX-License-Identifier: Apache-2.0
// Drivers that break the rules of config queues.
#include "model/control/config_queue.h"
#include "testbench/tests/model/control/config_queue_bench.h"

namespace pspnic::control {
namespace {

using pspnic::test::Bytes;
using pspnic::test::ConfigQueueBench;
using pspnic::test::FlatMemory;
using Direction = ConfigQueues::Direction;
using Opcode = idpf::ConfigQueueOpcode;
using Response = idpf::ConfigQueueResponse;
using Status = idpf::ConfigQueueStatus;

class ConfigQueueRules : public testing::Test {
 protected:
  static idpf::PspTxSa record(uint32_t index, uint16_t tag) { return ConfigQueueBench::record(index, tag); }
  ConfigQueueBench bench_;
};

TEST_F(ConfigQueueRules, WhatBreaksARuleIsNamedAndHarmsNothingElse) {
  struct Case {
    const char* field;
    std::function<void(idpf::ConfigQueueDescriptor&)> spoil;
  };
  const std::vector<Case> cases = {
      {"num_records", [](auto& d) { d.num_records = 0; }},
      {"num_records",
       [](auto& d) {
         d.num_records = 5;
         d.datalen = 320;
       }},
      {"datalen", [](auto& d) { d.datalen = 63; }},
      {"datalen", [](auto& d) { d.datalen = 0xffff; }},
      {"datalen", [](auto& d) { d.datalen = 0; }},
      {"flags", [](auto& d) { d.flags = 0; }},
      {"addr", [](auto& d) { d.set_address(FlatMemory::kUnmapped); }},
      {"addr", [](auto& d) { d.set_address(~uint64_t{0}); }},
  };
  for (const Case& each : cases) {
    const uint64_t before = bench_.violations.count();
    const uint16_t bad = bench_.put_add({record(1, 1)});
    auto descriptor = bench_.get(0, bad);
    each.spoil(descriptor);
    bench_.put(0, bad, descriptor);
    const uint16_t good = bench_.put_add({record(2, 1)});
    const uint16_t gone = bench_.put_delete(2, 1);
    bench_.ring();
    bench_.run();
    EXPECT_EQ(bench_.status(bad), Status::kCompletionError) << each.field;
    EXPECT_NE(bench_.get(0, bad).flags & idpf::kMbxFlagErr, 0);
    EXPECT_EQ(bench_.status(good), Status::kOk);
    EXPECT_EQ(bench_.status(gone), Status::kOk);
    ASSERT_EQ(bench_.violations.count(), before + 1) << each.field;
    EXPECT_EQ(bench_.violations.first().back().field, each.field);
    EXPECT_TRUE(bench_.sas.empty(ConfigQueueBench::kFirst + 1));
  }
}

TEST_F(ConfigQueueRules, RingsThatBreakARuleStop) {
  bench_.queues.write_tail(Direction::kCommands, 0, ConfigQueueBench::kRing);
  bench_.run();
  EXPECT_EQ(bench_.violations.count(), 1u);
  EXPECT_EQ(bench_.violations.first().back().field, "tail");
  const uint16_t index = bench_.put_add({record(1, 1)});
  bench_.ring();
  bench_.run();
  EXPECT_FALSE(bench_.done(index)) << "stopped until it is set up anew";

  bench_.queues.reset();
  bench_.queues.configure(Direction::kCommands, 0, FlatMemory::kUnmapped, ConfigQueueBench::kRing, 1);
  bench_.queues.enable(Direction::kCommands, 0);
  bench_.queues.write_tail(Direction::kCommands, 0, 3);
  bench_.run();
  EXPECT_EQ(bench_.violations.count(), 2u);
  EXPECT_EQ(bench_.violations.first().back().field, "ring_address");

  // A tail that passes commands which are not done, or old ones.
  bench_.queues.reset();
  bench_.start();
  for (int i = 0; i < 5; ++i) bench_.put_add({record(idpf::kPspSaIdxAny, 1)});
  bench_.ring();
  bench_.run();
  bench_.queues.write_tail(Direction::kCommands, 0, 2);
  bench_.run();
  EXPECT_EQ(bench_.violations.count(), 3u);
  EXPECT_EQ(bench_.violations.first().back().field, "tail");
  EXPECT_EQ(bench_.sas.used(1, false), 5u) << "no command is carried out twice";
}

// Random rings: whatever a driver writes, the function keeps to its slots and the device survives.
class HostileConfigQueue : public testing::TestWithParam<unsigned> {};

TEST_P(HostileConfigQueue, StaysWithinItsFunction) {
  std::mt19937_64 random(GetParam());
  ConfigQueueBench bench;
  crypto::Sa foreign;
  foreign.tag = 77;
  foreign.key = psp::SessionKey(Bytes(16, 0x99));
  for (uint32_t slot = 0; slot < ConfigQueueBench::kFirst; ++slot) bench.sas.write(slot, foreign, 0);
  struct Drained {
    void on_drained(uint64_t) {}
  } drained;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 12; ++i) {
      const uint16_t index =
          bench.put_add({ConfigQueueBench::record(static_cast<uint32_t>(random() % 30), 1)},
                        Response{static_cast<uint8_t>(random() % 4)});
      auto descriptor = bench.get(0, index);
      descriptor.opcode = Opcode{static_cast<uint16_t>(0x14ff + random() % 7)};
      const std::span<uint8_t> bytes = bench.memory.at(bench.rings[0] + index * 32u, 32);
      descriptor.encode(std::span<uint8_t, 32>(bytes));
      for (unsigned flips = random() % 4; flips > 0; --flips) {
        bytes[random() % 32] ^= static_cast<uint8_t>(1u << random() % 8);
      }
      if (random() % 8 == 0) {
        for (uint8_t& byte : bench.memory.at(bench.buffers[0][index], 256))
          byte = static_cast<uint8_t>(random());
      }
    }
    if (random() % 6 == 0)
      bench.post_buffer(static_cast<uint16_t>(random() % 32), static_cast<uint16_t>(random()));
    bench.queues.write_tail(Direction::kCommands, 0,
                            random() % 10 == 0 ? static_cast<uint32_t>(random()) : bench.next);
    bench.run_for(random() % 3'000'000);
    if (random() % 8 == 0) {
      bench.queues.disable_commands(0, base::Callback::to<&Drained::on_drained>(drained));
      bench.run();
      bench.queues.disable_answers(0);
      bench.run();
      bench.start();
    } else if (random() % 10 == 0) {
      bench.dma.reset();
      bench.queues.reset();
      bench.start();
    }
  }
  bench.run();
  EXPECT_EQ(bench.sas.used(0, false), ConfigQueueBench::kFirst);
  for (uint32_t slot = 0; slot < ConfigQueueBench::kFirst; ++slot) {
    EXPECT_EQ(bench.sas.at(slot).tag, 77);
    EXPECT_EQ(bench.sas.at(slot).key.view()[0], 0x99);
  }
  EXPECT_EQ(bench.pool.in_use(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HostileConfigQueue, testing::Range(0u, 25u));

}  // namespace
}  // namespace pspnic::control
