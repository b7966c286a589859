// SPDX-License-Identifier: Apache-2.0
// Security associations: receive SPIs and keys, transmit slots.
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

constexpr uint32_t kWhole = idpf::kVportNone;

bool is_zero(std::span<const uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

idpf::PspTxSa make_sa(uint32_t index, uint32_t spi, uint8_t version = 0, uint16_t tag = 0x77) {
  idpf::PspTxSa sa{.sa_idx = index, .spi = spi, .version = version, .sa_tag = tag, .user_cookie = 0xC00C1E};
  sa.key_len = version % 2 == 0 ? 16 : 32;
  for (size_t i = 0; i < sa.key.size(); ++i) sa.key[i] = static_cast<uint8_t>(i + 1);
  return sa;
}

class PspSaTest : public testing::Test {
 protected:
  explicit PspSaTest(uint32_t spi_count = 0x7ffffffe, uint32_t slots = 128)
      : limits{.tx_sa_slots = slots, .spi_count = spi_count, .mac = {}}, bench({}, &limits) {
    bench.negotiate(true);
    bench.create_vport();
  }

  Bytes alloc_message(uint16_t count, uint8_t version = 0) {
    std::vector<idpf::PspRxSa> entries(count);
    for (uint16_t i = 0; i < count; ++i) entries[i].user_cookie = 1000u + i;
    return to_bytes(idpf::PspRxSaList{.vport_id = kWhole, .num_sa = count, .version = version}, entries);
  }
  static std::vector<idpf::PspRxSa> rx_entries(const Bytes& payload) {
    std::vector<idpf::PspRxSa> entries;
    for (size_t i = 0; 16 + 48 * (i + 1) <= payload.size(); ++i) {
      entries.push_back(element_of<idpf::PspRxSaList>(payload, i));
    }
    return entries;
  }
  Bytes free_message(const std::vector<idpf::PspRxSa>& entries) {
    return to_bytes(idpf::PspRxSaList{.vport_id = kWhole, .num_sa = static_cast<uint16_t>(entries.size())},
                    entries);
  }

  std::vector<idpf::PspTxSa> add(const std::vector<idpf::PspTxSa>& entries) {
    const idpf::PspTxSaList header{.vport_id = kWhole, .num_sa = static_cast<uint16_t>(entries.size())};
    const Reply reply = bench.send(Opcode::kPspAddTxSa, to_bytes(header, entries));
    EXPECT_EQ(reply.status, Status::kSuccess);
    EXPECT_EQ(reply.payload.size(), 16 + 64 * entries.size());
    std::vector<idpf::PspTxSa> answers;
    for (size_t i = 0; i < entries.size(); ++i) {
      answers.push_back(element_of<idpf::PspTxSaList>(reply.payload, i));
      EXPECT_TRUE(is_zero(answers.back().key)) << "keys do not come back";
      EXPECT_EQ(answers.back().user_cookie, entries[i].user_cookie);
    }
    return answers;
  }
  Status add_status(const idpf::PspTxSa& sa) { return Status{add({sa})[0].status}; }

  Bytes del_message(const std::vector<idpf::PspTxSaId>& entries, uint32_t flags = 0) {
    const idpf::PspTxSaDel header{kWhole, flags, static_cast<uint16_t>(entries.size())};
    return to_bytes(header, entries);
  }
  std::vector<Status> del(const std::vector<idpf::PspTxSaId>& entries, uint32_t flags = 0) {
    const Reply reply = bench.send(Opcode::kPspDelTxSa, del_message(entries, flags));
    EXPECT_EQ(reply.status, Status::kSuccess);
    std::vector<Status> statuses;
    for (size_t i = 0; i < entries.size(); ++i) {
      statuses.push_back(Status{element_of<idpf::PspTxSaDel>(reply.payload, i).status});
    }
    return statuses;
  }
  idpf::PspStats stats() {
    return from_bytes<idpf::PspStats>(
        bench.send(Opcode::kPspGetStats, idpf::PspStats{.vport_id = kWhole}).payload);
  }

  Limits limits;
  ControlBench bench;
};

class SmallRange : public PspSaTest {
 protected:
  SmallRange() : PspSaTest(16, 8) {}
};

TEST_F(PspSaTest, AllocReturnsSpiAndDerivedKey) {
  for (uint8_t version = 0; version < 4; ++version) {
    const Reply reply = bench.send(Opcode::kPspAllocRxSa, alloc_message(85, version));
    ASSERT_EQ(reply.status, Status::kSuccess);
    EXPECT_EQ(from_bytes<idpf::PspRxSaList>(reply.payload).num_sa, 85u);
    uint64_t cookie = 1000;
    for (const idpf::PspRxSa& sa : rx_entries(reply.payload)) {
      const psp::SessionKey expected = bench.hardware.expected_key(sa.spi, psp::Version{version});
      EXPECT_EQ(sa.status, 0u);
      EXPECT_EQ(sa.key_len, version % 2 == 0 ? 16 : 32);
      EXPECT_EQ(sa.key, expected.bytes);
      EXPECT_EQ(sa.generation, 0u);
      EXPECT_EQ(sa.user_cookie, cookie++);
    }
  }
  EXPECT_EQ(stats().rx_spi_in_use, 4 * 85u);
}

TEST_F(PspSaTest, BadAllocationsAreRefused) {
  EXPECT_EQ(bench.status_of(Opcode::kPspAllocRxSa, alloc_message(0)), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kPspAllocRxSa, alloc_message(1, 4)), Status::kPspBadVersion);
  Bytes cut = alloc_message(3);
  cut.pop_back();
  EXPECT_EQ(bench.status_of(Opcode::kPspAllocRxSa, cut), Status::kEinval);
  bench.hardware.config.psp_versions = 1;
  EXPECT_EQ(bench.status_of(Opcode::kPspAllocRxSa, alloc_message(1, 1)), Status::kPspBadVersion);
}

TEST_F(SmallRange, ExhaustionIsPartialSuccessAndRotationHelps) {
  const idpf::PspConfig config{.vport_id = kWhole, .spi_low_watermark = 4};
  bench.send(Opcode::kPspSetConfig, config);
  EXPECT_EQ(bench.send(Opcode::kPspAllocRxSa, alloc_message(11)).status, Status::kSuccess);
  EXPECT_TRUE(bench.hardware.sent.empty()) << "5 left";
  const Reply reply = bench.send(Opcode::kPspAllocRxSa, alloc_message(8));
  EXPECT_EQ(reply.status, Status::kSuccess);
  EXPECT_EQ(from_bytes<idpf::PspRxSaList>(reply.payload).num_sa, 5u);
  const std::vector<idpf::PspRxSa> entries = rx_entries(reply.payload);
  ASSERT_EQ(entries.size(), 8u);
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(Status{entries[i].status}, i < 5 ? Status::kSuccess : Status::kPspSpiExhausted);
    EXPECT_EQ(is_zero(entries[i].key), i >= 5);
    EXPECT_EQ(entries[i].user_cookie, 1000 + i);
  }
  ASSERT_EQ(bench.hardware.sent.size(), 2u);
  EXPECT_EQ(from_bytes<idpf::PspEvent>(bench.hardware.sent[0].payload).event, idpf::EventCode::kPspSpiLow);
  EXPECT_EQ(from_bytes<idpf::PspEvent>(bench.hardware.sent[1].payload).event,
            idpf::EventCode::kPspSpiExhausted);
  EXPECT_EQ(from_bytes<idpf::PspRxSaList>(bench.send(Opcode::kPspAllocRxSa, alloc_message(1)).payload).num_sa,
            0u);
  EXPECT_TRUE(bench.hardware.sent.empty()) << "told once a generation";
  bench.send(Opcode::kPspRotateKey, idpf::PspRotateKey{.vport_id = kWhole});
  const Reply again = bench.send(Opcode::kPspAllocRxSa, alloc_message(16));
  EXPECT_EQ(from_bytes<idpf::PspRxSaList>(again.payload).num_sa, 16u);
  EXPECT_EQ(rx_entries(again.payload)[0].spi >> 31, 1u);
}

TEST_F(PspSaTest, FreeTakesTheAllocationsEntries) {
  std::vector<idpf::PspRxSa> entries =
      rx_entries(bench.send(Opcode::kPspAllocRxSa, alloc_message(3)).payload);
  std::vector<idpf::PspRxSa> request = entries;
  request.push_back(entries[0]);  // twice
  request.push_back({.spi = 999});
  const Reply reply = bench.send(Opcode::kPspFreeRxSa, free_message(request));
  EXPECT_EQ(reply.status, Status::kSuccess);
  const std::vector<idpf::PspRxSa> answers = rx_entries(reply.payload);
  const std::vector<Status> expected = {Status::kSuccess, Status::kSuccess, Status::kSuccess, Status::kEsrch,
                                        Status::kEsrch};
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(Status{answers[i].status}, expected[i]);
    EXPECT_TRUE(is_zero(answers[i].key));
  }
  EXPECT_EQ(stats().rx_spi_in_use, 0u);
}

TEST_F(PspSaTest, FreeOfAStaleGeneration) {
  const std::vector<idpf::PspRxSa> old =
      rx_entries(bench.send(Opcode::kPspAllocRxSa, alloc_message(1)).payload);
  bench.send(Opcode::kPspRotateKey, idpf::PspRotateKey{.vport_id = kWhole, .flags = idpf::kPspRotateTwice});
  const Reply reply = bench.send(Opcode::kPspFreeRxSa, free_message(old));
  EXPECT_EQ(Status{rx_entries(reply.payload)[0].status}, Status::kPspStaleGeneration);
}

TEST_F(PspSaTest, AddChoosesSlots) {
  const auto answers =
      add({make_sa(idpf::kPspSaIdxAny, 0x80000005), make_sa(100, 6, 1), make_sa(idpf::kPspSaIdxAny, 7)});
  EXPECT_EQ(answers[0].sa_idx, 0u);
  EXPECT_EQ(answers[1].sa_idx, 100u);
  EXPECT_EQ(answers[2].sa_idx, 101u);
  for (const auto& answer : answers) EXPECT_EQ(answer.status, 0u);
  const TxSa& sa = bench.hardware.tx_sas.at(100);
  EXPECT_EQ(sa.spi, 6u);
  EXPECT_EQ(sa.version, psp::Version::kAesGcm256);
  EXPECT_EQ(sa.tag, 0x77);
  EXPECT_EQ(sa.key.size, 32);
  EXPECT_EQ(sa.key.bytes, make_sa(0, 1).key);
  EXPECT_EQ(bench.hardware.tx_sas.at(0).spi, 0x80000005u) << "the peer's phase is used as it is";
  EXPECT_EQ(bench.hardware.tx_sas.at(0).key.size, 16);
  EXPECT_EQ(stats().tx_sa_in_use, 3u);
}

// IVs are the device's clock: what it has not reached it cannot promise.
TEST_F(PspSaTest, AFirstIvIsGrantedIfTheClockIsThere) {
  bench.hardware.iv_left = ~uint64_t{1000};
  idpf::PspTxSa sa = make_sa(0, 1);
  sa.iv_init = 1001;
  EXPECT_EQ(add_status(sa), Status::kErange);
  EXPECT_TRUE(bench.hardware.tx_sas.empty());
  sa.iv_init = 1000;
  EXPECT_EQ(add_status(sa), Status::kSuccess);
  EXPECT_EQ(bench.hardware.tx_sas.at(0).first_iv, 1000u);
}

TEST_F(PspSaTest, BadEntriesFailAlone) {
  idpf::PspTxSa wrong_key = make_sa(3, 1);
  wrong_key.key_len = 32;
  const auto answers = add({make_sa(0, 1), make_sa(1, 0x80000000), make_sa(2, 1, 4), wrong_key,
                            make_sa(128, 1), make_sa(0, 2), make_sa(4, 1)});
  const std::vector<Status> expected = {Status::kSuccess,      Status::kEinval, Status::kPspBadVersion,
                                        Status::kPspBadKeyLen, Status::kErange, Status::kEexist,
                                        Status::kSuccess};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(Status{answers[i].status}, expected[i]) << i;
  EXPECT_EQ(bench.hardware.tx_sas.size(), 2u);
  idpf::PspTxSa overwrite = make_sa(0, 2, 0, 0x78);
  overwrite.flags = idpf::kPspTxSaOverwrite;
  EXPECT_EQ(add_status(overwrite), Status::kSuccess);
  EXPECT_EQ(bench.hardware.tx_sas.at(0).tag, 0x78);
  EXPECT_EQ(stats().tx_sa_in_use, 2u);
}

TEST_F(SmallRange, SlotsRunOut) {
  bench.send(Opcode::kPspSetConfig, idpf::PspConfig{.vport_id = kWhole, .sa_low_watermark = 2});
  std::vector<idpf::PspTxSa> wanted(9, make_sa(idpf::kPspSaIdxAny, 1));
  const auto answers = add(wanted);
  for (size_t i = 0; i < 9; ++i)
    EXPECT_EQ(Status{answers[i].status}, i < 8 ? Status::kSuccess : Status::kEnospc);
  ASSERT_EQ(bench.hardware.sent.size(), 1u);
  EXPECT_EQ(from_bytes<idpf::PspEvent>(bench.hardware.sent[0].payload).event,
            idpf::EventCode::kPspSaSlotsLow);
}

TEST_F(PspSaTest, KeysDoNotComeBackFromRefusedMessages) {
  const idpf::PspTxSaList header{.vport_id = 55, .num_sa = 2};
  Bytes request = to_bytes(header, {make_sa(0, 1), make_sa(1, 1)});
  request.resize(request.size() - 20);
  const Reply reply = bench.send(Opcode::kPspAddTxSa, request);
  EXPECT_EQ(reply.status, Status::kEnxio);
  ASSERT_EQ(reply.payload.size(), request.size());
  EXPECT_TRUE(is_zero(std::span(reply.payload).subspan(16 + 24, 32)));
  EXPECT_TRUE(is_zero(std::span(reply.payload).subspan(16 + 64 + 24)));
  EXPECT_EQ(reply.payload[16 + 4], 1) << "the rest is echoed";
}

TEST_F(PspSaTest, DeleteChecksTagAndExistence) {
  add({make_sa(0, 1, 0, 10), make_sa(1, 1, 0, 11), make_sa(2, 1, 0, 12)});
  EXPECT_EQ(del({{0, 10}, {1, 99}, {3, 0}, {128, 0}, {0, 10}}),
            (std::vector<Status>{Status::kSuccess, Status::kPspTagMismatch, Status::kEsrch, Status::kErange,
                                 Status::kPspSaBusy}));
  EXPECT_FALSE(bench.hardware.tx_sas.contains(0));
  EXPECT_EQ(del({{1, 99}}, idpf::kPspDelIgnoreTag), std::vector<Status>{Status::kSuccess});
  EXPECT_EQ(bench.hardware.tx_sas.size(), 1u);
  EXPECT_EQ(stats().tx_sa_in_use, 1u);
}

TEST_F(PspSaTest, DeleteRangeAndAll) {
  std::vector<idpf::PspTxSa> wanted(20, make_sa(idpf::kPspSaIdxAny, 1));
  add(wanted);
  EXPECT_EQ(del({{5, 0}, {9, 0}}, idpf::kPspDelRange).size(), 2u);
  EXPECT_EQ(bench.hardware.tx_sas.size(), 15u);
  EXPECT_EQ(bench.status_of(Opcode::kPspDelTxSa, del_message({{9, 0}, {5, 0}}, idpf::kPspDelRange)),
            Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kPspDelTxSa, del_message({{9, 0}}, idpf::kPspDelRange)), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kPspDelTxSa, del_message({{0, 0}, {128, 0}}, idpf::kPspDelRange)),
            Status::kErange);
  EXPECT_EQ(bench.status_of(Opcode::kPspDelTxSa, del_message({})), Status::kEinval);
  EXPECT_TRUE(del({}, idpf::kPspDelAll).empty());
  EXPECT_TRUE(bench.hardware.tx_sas.empty());
  EXPECT_TRUE(del({}, idpf::kPspDelAll).empty()) << "nothing left to wait for";
}

TEST_F(PspSaTest, DeleteAnswersWhenNoPacketNeedsTheKey) {
  add({make_sa(0, 1), make_sa(1, 1)});
  bench.hardware.hold_work = true;
  bench.hardware.sent.clear();
  bench.post(Opcode::kPspDelTxSa, del_message({{0, 0x77}}));
  EXPECT_TRUE(bench.hardware.sent.empty());
  idpf::PspTxSa again = make_sa(0, 2);
  again.flags = idpf::kPspTxSaOverwrite;
  EXPECT_EQ(add_status(again), Status::kPspSaBusy);
  EXPECT_EQ(stats().tx_sa_in_use, 2u);
  bench.hardware.sent.clear();
  bench.post(Opcode::kPspDelTxSa, del_message({}, idpf::kPspDelAll));
  ASSERT_EQ(bench.hardware.held.size(), 2u);
  EXPECT_EQ(bench.hardware.held[1].indexes, std::vector<uint32_t>{1}) << "the other is on its way already";
  bench.hardware.finish_work();
  EXPECT_EQ(bench.hardware.sent.size(), 2u);
  EXPECT_EQ(stats().tx_sa_in_use, 0u);
  EXPECT_EQ(add_status(again), Status::kSuccess);
}

TEST_F(PspSaTest, ResetForgetsSasAndRepliesDue) {
  add({make_sa(0, 1), make_sa(1, 1)});
  bench.hardware.hold_work = true;
  bench.hardware.sent.clear();
  bench.post(Opcode::kPspDelTxSa, del_message({{0, 0x77}}));
  bench.plane.reset();
  bench.hardware.tx_sas.clear();
  bench.hardware.finish_work();
  EXPECT_TRUE(bench.hardware.sent.empty());
  bench.hardware.hold_work = false;
  bench.negotiate(true);
  EXPECT_EQ(stats().tx_sa_in_use, 0u);
  EXPECT_EQ(add_status(make_sa(0, 1)), Status::kSuccess);
}

TEST_F(PspSaTest, CapabilitiesStayWhileSasLive) {
  add({make_sa(0, 1)});
  EXPECT_EQ(bench.status_of(Opcode::kGetOemCaps, idpf::OemCaps{0}), Status::kEsm);
}

}  // namespace
}  // namespace pspnic::firmware
