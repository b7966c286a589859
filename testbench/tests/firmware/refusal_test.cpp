// SPDX-License-Identifier: Apache-2.0
// What refusals say to who watches drivers: entry, field, what was seen and expected.
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

using base::DriverRule;

constexpr uint32_t kWhole = idpf::kVportNone;

class Refused : public testing::Test {
 protected:
  explicit Refused(bool psp = true) {
    bench.negotiate(psp);
    bench.create_vport();
  }
  // The one refusal of the request.
  Refusal of(Opcode opcode, Bytes payload) {
    const Reply reply = bench.send(opcode, std::move(payload));
    EXPECT_EQ(reply.refusals.size(), 1u);
    return reply.refusals.empty() ? Refusal{} : reply.refusals[0];
  }
  static idpf::PspTxSa sa(uint32_t index) {
    idpf::PspTxSa sa{.sa_idx = index, .spi = 0x1001, .key_len = 16, .sa_tag = 0x77};
    sa.key.fill(0xab);
    return sa;
  }
  std::vector<Refusal> add(const std::vector<idpf::PspTxSa>& list) {
    const idpf::PspTxSaList header{.vport_id = kWhole, .num_sa = static_cast<uint16_t>(list.size())};
    return bench.send(Opcode::kPspAddTxSa, to_bytes(header, list)).refusals;
  }
  std::vector<Refusal> del(const std::vector<idpf::PspTxSaId>& list) {
    const idpf::PspTxSaDel header{kWhole, 0, static_cast<uint16_t>(list.size())};
    return bench.send(Opcode::kPspDelTxSa, to_bytes(header, list)).refusals;
  }

  ControlBench bench;
};

void expect(const Refusal& refusal, std::optional<size_t> entry, const std::string& field,
            const std::string& seen, const std::string& expected) {
  EXPECT_EQ(refusal.entry, entry);
  EXPECT_EQ(refusal.why.field, field);
  EXPECT_EQ(refusal.why.seen, seen);
  EXPECT_EQ(refusal.why.expected, expected);
}

TEST_F(Refused, RingsSayWhetherAddressOrLengthIsWrong) {
  idpf::TxqInfo queue = ControlBench::completion_info(0);
  queue.ring_len = 63;
  Refusal refusal = of(Opcode::kConfigTxQueues, bench.config_tx({ControlBench::completion_info(1), queue}));
  expect(refusal, 1, "ring_len", "63", "a multiple of 32, 32 to 8192");
  EXPECT_EQ(refusal.why.rule, DriverRule::kRingLength);
  queue.ring_len = 64;
  queue.dma_ring_addr = 0x10010;
  refusal = of(Opcode::kConfigTxQueues, bench.config_tx({queue}));
  expect(refusal, 0, "dma_ring_addr", "0x10010", "a multiple of 128");
  EXPECT_EQ(refusal.why.rule, DriverRule::kRingAlignment);
}

TEST_F(Refused, FieldsOfQueuesAreNamed) {
  idpf::TxqInfo tx = ControlBench::tx_info(0, 0);
  tx.tx_compl_queue_id = 9;
  expect(of(Opcode::kConfigTxQueues, bench.config_tx({tx})), 0, "tx_compl_queue_id", "9",
         "a completion queue of the vport");
  idpf::RxqInfo rx = ControlBench::buffer_info(0);
  rx.data_buffer_size = 64;
  expect(of(Opcode::kConfigRxQueues, bench.config_rx({rx})), 0, "data_buffer_size", "64", "128 to 16383");
  expect(of(Opcode::kEnableQueues, bench.chunks({{.type = QueueType::kRx, .num_queues = 1}})), std::nullopt,
         "start_queue_id", "queue 0 of type 1 is not configured", "CONFIG first");
  expect(of(Opcode::kDisableQueues,
            bench.chunks({{.type = QueueType::kRx, .start_queue_id = 7, .num_queues = 1}})),
         0, "start_queue_id", "7", "queues of the vport");
}

TEST_F(Refused, ListsSayHowManyEntriesFit) {
  Bytes cut = bench.config_tx({ControlBench::completion_info(0), ControlBench::completion_info(1)});
  cut.pop_back();
  expect(of(Opcode::kConfigTxQueues, cut), std::nullopt, "num_qinfo", "2", "1 to 1, which the message holds");
  expect(of(Opcode::kEnableVport, Bytes(4)), std::nullopt, "datalen", "4", "8 or more");
}

TEST_F(Refused, EachEntryOfAListHasItsReason) {
  idpf::PspTxSa version = sa(1), length = sa(2), spi = sa(3), slot = sa(1u << 20);
  version.version = 9;
  length.key_len = 15;
  spi.spi = 0;
  const auto refusals = add({version, sa(4), length, spi, slot});
  ASSERT_EQ(refusals.size(), 4u);
  expect(refusals[0], 0, "version", "9", "a version of 0xf, a bit each");
  expect(refusals[1], 2, "key_len", "15", "16");
  expect(refusals[2], 3, "spi", "0x0", "one that is not reserved");
  expect(refusals[3], 4, "sa_idx", "1048576", "below 128");
  for (const Refusal& refusal : refusals) {
    EXPECT_EQ((refusal.why.seen + refusal.why.expected).find("ab"), std::string::npos) << "of the key";
  }
}

TEST_F(Refused, ADeleteSaysWhatTheSlotHas) {
  EXPECT_TRUE(add({sa(4)}).empty());
  const auto refusals = del({{4, 0x78}, {5, 0x77}, {4, 0x77}, {4, 0x77}});
  ASSERT_EQ(refusals.size(), 3u);
  expect(refusals[0], 0, "sa_tag", "120", "119");
  EXPECT_EQ(refusals[1].why.rule, DriverRule::kPspSaAbsent);
  EXPECT_EQ(refusals[2].why.rule, DriverRule::kPspSaErasing);
}

TEST_F(Refused, WhatIsUsedUpNamesNoField) {
  const Refusal refusal = of(Opcode::kAllocVectors, to_bytes(idpf::AllocVectors{.num_vectors = 60000}));
  EXPECT_EQ(refusal.status, Status::kEnospc);
  EXPECT_STREQ(refusal.why.field, "");
}

class RefusedWithoutPsp : public Refused {
 protected:
  RefusedWithoutPsp() : Refused(false) {}
};

TEST_F(RefusedWithoutPsp, TheMissingCapabilityIsNamed) {
  EXPECT_EQ(of(Opcode::kGetOemCaps, to_bytes(idpf::OemCaps{~0ull})).why.expected,
            "capability OEM (other_caps bit 63), from GET_CAPS");
  idpf::TxqInfo tx = ControlBench::tx_info(0, 0);
  tx.qflags = idpf::kQflagPsp;
  EXPECT_EQ(of(Opcode::kConfigTxQueues, bench.config_tx({tx})).why.expected,
            "capability PSP messages (caps bit 32) or keys in descriptors (34), from GET_OEM_CAPS");
}

TEST(RefusedRotation, IsTheDriversFaultWhenItHasRotatedItself) {
  constexpr uint64_t kInterval = 1'000'000'000;
  ControlBench bench({}, nullptr, {.min_rotate_interval_ps = kInterval});
  bench.negotiate(true);
  const auto rotate = [&bench] {
    return bench.send(Opcode::kPspRotateKey, idpf::PspRotateKey{.vport_id = kWhole});
  };
  MailboxMessage request;
  request.descriptor.v_opcode = Opcode::kPspRotateKey;
  request.payload = to_bytes(idpf::PspRotateKey{.vport_id = kWhole});
  bench.plane.handle(request, Origin::kManagement);
  const Reply early = rotate();
  ASSERT_EQ(early.status, Status::kPspRotateTooSoon);
  EXPECT_EQ(early.refusals.at(0).why.rule, DriverRule::kCount) << "another has rotated";
  bench.hardware.run_to(kInterval);
  ASSERT_EQ(rotate().status, Status::kSuccess);
  bench.hardware.run_to(kInterval + kInterval / 4);
  const Reply again = rotate();
  ASSERT_EQ(again.status, Status::kPspRotateTooSoon);
  EXPECT_EQ(again.refusals.at(0).why.rule, DriverRule::kPspRotateInterval);
  EXPECT_EQ(again.refusals.at(0).why.seen, "250 us behind the one before");
}

TEST(RefusedAnswer, HasTheIndexOfItsRequest) {
  ControlBench bench;
  MailboxMessage request;
  request.descriptor.v_opcode = Opcode::kGetCaps;
  request.index = 41;
  bench.plane.handle(request);
  ASSERT_EQ(bench.hardware.sent.size(), 1u);
  EXPECT_EQ(bench.hardware.sent[0].index, 41);
  ASSERT_EQ(bench.hardware.sent[0].refusals.size(), 1u);
  EXPECT_EQ(bench.hardware.sent[0].refusals[0].why.expected, "VERSION first, with major 2");
}

}  // namespace
}  // namespace pspnic::firmware
