// SPDX-License-Identifier: Apache-2.0
// Random messages, most of them nearly right. Whatever comes: one answer each, none but RESET_VF unanswered,
// a refusal changes nothing, and no session key is in any answer but that of its allocation.
// PSPNIC_FUZZ_MESSAGES says how many; scripts/fuzz sets it.
#include <cstdlib>
#include <random>

#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

class MessageSource {
 public:
  explicit MessageSource(uint32_t seed) : random_(seed) {}

  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  bool chance(uint32_t percent) { return below(100) < percent; }

  MailboxMessage next() {
    MailboxMessage message;
    message.descriptor.v_opcode = opcode();
    message.descriptor.param0 = static_cast<uint32_t>(random_());
    message.descriptor.sw_cookie = static_cast<uint16_t>(random_());
    // Fences and silence have a test of their own; here each request has its answer at once.
    message.descriptor.v_flags = static_cast<uint16_t>(random_()) & uint16_t{0xfffc};
    message.payload = chance(90) ? likely(message.descriptor.v_opcode) : noise();
    if (chance(25)) mutate(message.payload);
    return message;
  }

 private:
  Opcode opcode() {
    if (chance(3)) return Opcode{static_cast<uint32_t>(random_()) & 0x0FFFFFFF};
    if (chance(40)) return Opcode{30000 + below(9)};
    if (chance(3)) return chance(50) ? Opcode::kVersion : Opcode::kGetOemCaps;
    const Opcode opcode{500 + below(chance(80) ? 40 : 60)};
    // What takes everything down again is made rare, or nothing would ever be up.
    const bool destroys = opcode == Opcode::kDestroyVport || opcode == Opcode::kDelQueues;
    return destroys && chance(90) ? Opcode::kDisableQueues : opcode;
  }

  Bytes noise() {
    Bytes bytes(chance(10) ? below(6000) : below(200));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_());
    return bytes;
  }

  void mutate(Bytes& bytes) {
    if (chance(30)) {
      bytes.resize(below(static_cast<uint32_t>(bytes.size()) + 40));
    }
    for (uint32_t i = below(4); i-- != 0 && !bytes.empty();) {
      bytes[below(static_cast<uint32_t>(bytes.size()))] =
          static_cast<uint8_t>(chance(50) ? below(4) : random_());
    }
  }

  uint32_t vport() { return chance(10) ? below(4) : 0; }
  uint32_t target() { return chance(80) ? idpf::kVportNone : vport(); }
  QueueType type() { return QueueType{below(40) == 0 ? below(6) : below(4)}; }
  uint16_t count() { return static_cast<uint16_t>(below(5)); }

  Bytes likely(Opcode opcode) {
    switch (opcode) {
      case Opcode::kVersion:
        return to_bytes(idpf::VersionInfo{chance(95) ? 2 : below(4), 0});
      case Opcode::kGetCaps:
        return to_bytes(idpf::GetCapabilities{.csum_caps = ~0u, .rss_caps = ~0ull, .other_caps = ~0ull});
      case Opcode::kGetOemCaps:
        return to_bytes(idpf::OemCaps{chance(90) ? ~0ull : random_()});
      case Opcode::kCreateVport:
        return create_vport();
      case Opcode::kConfigTxQueues:
        return config_tx();
      case Opcode::kConfigRxQueues:
        return config_rx();
      case Opcode::kEnableQueues:
      case Opcode::kDisableQueues:
      case Opcode::kDelQueues:
        return chunks();
      case Opcode::kAddQueues:
        return to_bytes(idpf::AddQueues{.vport_id = vport(),
                                        .num_tx_q = count(),
                                        .num_tx_complq = count(),
                                        .num_rx_q = count(),
                                        .num_rx_bufq = count()});
      case Opcode::kAllocVectors:
        return to_bytes(idpf::AllocVectors{.num_vectors = count()});
      case Opcode::kDeallocVectors:
        return to_bytes(idpf::VectorChunks{.num_vchunks = 1}, {idpf::VectorChunk{count(), 0, count()}});
      case Opcode::kMapQueueVector:
      case Opcode::kUnmapQueueVector:
        return to_bytes(
            idpf::QueueVectorMaps{.vport_id = vport(), .num_qv_maps = 1},
            {idpf::QueueVector{below(2), static_cast<uint16_t>(1 + below(2)), 0, below(3), type(), 0}});
      case Opcode::kSetRssLut:
        return to_bytes(idpf::RssLut{vport(), count(), 2}, {below(3), below(3)});
      case Opcode::kAddMacAddr:
      case Opcode::kDelMacAddr:
        return to_bytes(
            idpf::MacAddrList{vport(), 1},
            {idpf::MacAddr{{2, 0, 0, 0, 0, static_cast<uint8_t>(below(80))}, idpf::MacAddrType::kExtra}});
      default:
        return static_cast<uint32_t>(opcode) >= 30000 ? psp(opcode) : to_bytes(idpf::VportStats{vport()});
    }
  }

  Bytes create_vport() {
    const QueueModel model = chance(90) ? QueueModel::kSplit : QueueModel::kSingle;
    return to_bytes(idpf::CreateVport{.txq_model = model,
                                      .rxq_model = model,
                                      .num_tx_q = count(),
                                      .num_tx_complq = count(),
                                      .num_rx_q = count(),
                                      .num_rx_bufq = static_cast<uint16_t>(below(10))});
  }

  Bytes config_tx() {
    std::vector<idpf::TxqInfo> infos;
    const QueueModel model = chance(90) ? QueueModel::kSplit : QueueModel::kSingle;
    for (uint16_t i = count(); i-- != 0;) {
      infos.push_back(chance(50) ? ControlBench::tx_info(below(4), count())
                                 : ControlBench::completion_info(below(4)));
      infos.back().model = model;
      if (chance(5)) infos.back().qflags = idpf::kQflagPsp;
    }
    const idpf::ConfigTxQueues header{vport(), static_cast<uint16_t>(infos.size())};
    return to_bytes(header, infos);
  }

  Bytes config_rx() {
    std::vector<idpf::RxqInfo> infos;
    const QueueModel model = chance(90) ? QueueModel::kSplit : QueueModel::kSingle;
    for (uint16_t i = count(); i-- != 0;) {
      infos.push_back(chance(40) ? ControlBench::rx_info(below(2)) : ControlBench::buffer_info(below(4)));
      infos.back().model = model;
      if (chance(5)) infos.back().qflags = idpf::kQflagPsp;
    }
    const idpf::ConfigRxQueues header{vport(), static_cast<uint16_t>(infos.size())};
    return to_bytes(header, infos);
  }

  Bytes chunks() {
    std::vector<idpf::QueueChunk> list;
    for (uint32_t i = 1 + below(2); i-- != 0;) list.push_back({type(), below(3), 1, 0});
    return to_bytes(
        idpf::DelEnaDisQueues{.vport_id = vport(), .num_chunks = static_cast<uint16_t>(list.size())}, list);
  }

  Bytes psp(Opcode opcode) {
    const uint16_t entries = count();
    switch (opcode) {
      case Opcode::kPspAllocRxSa:
      case Opcode::kPspFreeRxSa: {
        std::vector<idpf::PspRxSa> list(entries);
        for (idpf::PspRxSa& sa : list) {
          sa.spi = below(100) | below(2) << 31;
          sa.generation = static_cast<uint8_t>(below(128));
        }
        return to_bytes(idpf::PspRxSaList{target(), 0, entries, static_cast<uint8_t>(below(5))}, list);
      }
      case Opcode::kPspAddTxSa: {
        std::vector<idpf::PspTxSa> list(entries);
        for (idpf::PspTxSa& sa : list) {
          sa = {.sa_idx = chance(70) ? idpf::kPspSaIdxAny : below(70), .spi = below(20), .sa_tag = count()};
          sa.version = static_cast<uint8_t>(below(4));
          sa.key_len = sa.version % 2 == 0 ? 16 : 32;
          sa.flags = static_cast<uint16_t>(below(2));
        }
        return to_bytes(idpf::PspTxSaList{target(), 0, entries}, list);
      }
      case Opcode::kPspDelTxSa: {
        std::vector<idpf::PspTxSaId> list(entries);
        for (idpf::PspTxSaId& id : list) id = {below(70), count(), 0};
        return to_bytes(idpf::PspTxSaDel{target(), chance(60) ? 0 : below(8), entries}, list);
      }
      case Opcode::kPspRotateKey:
        return to_bytes(idpf::PspRotateKey{.vport_id = target(), .flags = below(2)});
      case Opcode::kPspSetConfig:
        return to_bytes(
            idpf::PspConfig{.vport_id = target(), .versions_ena = below(32), .sa_low_watermark = 3});
      default:
        return to_bytes(idpf::PspStats{.vport_id = target(), .flags = below(2)});
    }
  }

  std::mt19937_64 random_;
};

uint64_t messages_wanted() {
  const char* wanted = std::getenv("PSPNIC_FUZZ_MESSAGES");
  return wanted == nullptr ? 50'000 : std::strtoull(wanted, nullptr, 10);
}

void check_header(const MailboxMessage& message) {
  ASSERT_EQ(message.descriptor.flags, 0x1003);
  ASSERT_EQ(message.descriptor.opcode, idpf::MailboxOpcode::kSendToPeerDriver);
  ASSERT_EQ(message.descriptor.ret_val, 0);
  ASSERT_GT(message.payload.size(), 0u);
  ASSERT_LE(message.payload.size(), 4096u);
  ASSERT_EQ(message.descriptor.datalen, message.payload.size());
}

struct Tally {
  uint64_t requests = 0;
  uint64_t replies = 0;
  uint64_t successes = 0;
  std::map<uint32_t, uint64_t> successes_by_opcode;
};

// Takes what was sent; `request` is the message just handled.
void check_sent(ControlBench& bench, const MailboxMessage& request, bool deferred_possible, Tally& tally) {
  size_t replies_now = 0;
  for (const MailboxMessage& message : bench.hardware.sent) {
    check_header(message);
    if (message.descriptor.v_opcode != Opcode::kPspAllocRxSa) {
      ASSERT_FALSE(bench.hardware.holds_derived_key(message.payload)) << "a key where none belongs";
    }
    if (message.descriptor.v_opcode == Opcode::kEvent && request.descriptor.v_opcode != Opcode::kEvent)
      continue;
    ++replies_now;
    ASSERT_NO_FATAL_FAILURE(expect_explained(message));
    ASSERT_EQ(message.descriptor.v_opcode, request.descriptor.v_opcode);
    ASSERT_EQ(message.descriptor.param0, request.descriptor.param0);
    ASSERT_EQ(message.descriptor.sw_cookie, request.descriptor.sw_cookie);
    ASSERT_EQ(message.descriptor.v_flags, request.descriptor.v_flags);
    if (message.descriptor.v_retval != Status::kSuccess) continue;
    ++tally.successes;
    ++tally.successes_by_opcode[static_cast<uint32_t>(message.descriptor.v_opcode)];
  }
  ASSERT_LE(replies_now, 1u);
  const bool silent = request.descriptor.v_opcode == Opcode::kResetVf;
  ASSERT_TRUE(replies_now == (silent ? 0u : 1u) || (replies_now == 0 && deferred_possible));
  tally.replies += replies_now;
}

TEST(Fuzz, OneAnswerEachAndNoChangeOnError) {
  ControlBench bench;
  bench.hardware.config.vports = 2;
  bench.hardware.config.tx_sa_slots = 64;
  bench.hardware.config.spi_count = 60;
  bench.hardware.config.vectors = 8;
  bench.plane.reset();
  MessageSource source(20240607);
  Tally tally;
  const uint64_t messages = messages_wanted();
  for (uint64_t i = 0; i < messages; ++i) {
    if (i % 1000 == 0) {
      bench.hardware.hold_work = false;
      bench.hardware.sent.clear();
      bench.hardware.finish_work();
      tally.replies += bench.hardware.sent.size();
      bench.hardware.device_reset();
      bench.plane.reset();
      if (i % 5000 != 0) bench.negotiate(true);
      if (i % 5000 != 0 && i % 2000 == 0) bench.bring_up(3);
    }
    bench.hardware.hold_work = i % 100 >= 50;
    if (i % 100 == 0) {
      bench.hardware.sent.clear();
      bench.hardware.finish_work();
      for (const MailboxMessage& message : bench.hardware.sent) check_header(message);
      tally.replies += bench.hardware.sent.size();
    }
    const MailboxMessage request = source.next();
    const uint64_t digest = bench.plane.state_digest();
    const uint64_t writes = bench.hardware.writes;
    const size_t held = bench.hardware.held.size();
    bench.hardware.sent.clear();
    ASSERT_GT(bench.plane.cycles(request), 0u);
    bench.plane.handle(request);
    tally.requests += request.descriptor.v_opcode != Opcode::kResetVf ? 1 : 0;
    const bool deferred = bench.hardware.held.size() > held;
    check_sent(bench, request, deferred, tally);
    if (HasFailure())
      FAIL() << "message " << i << ", opcode " << static_cast<uint32_t>(request.descriptor.v_opcode);
    const bool refused =
        !bench.hardware.sent.empty() && bench.hardware.sent[0].descriptor.v_retval != Status::kSuccess;
    if (refused || (!deferred && bench.hardware.sent.empty())) {
      ASSERT_EQ(bench.plane.state_digest(), digest) << "message " << i;
      ASSERT_EQ(bench.hardware.writes, writes) << "message " << i;
      if (refused) {
        ASSERT_EQ(bench.hardware.sent.size(), 1u) << "no event about a refusal";
      }
    }
  }
  bench.hardware.sent.clear();
  bench.hardware.finish_work();
  tally.replies += bench.hardware.sent.size();
  EXPECT_EQ(tally.replies, tally.requests);
  // The test is worth something only if much of it went through.
  EXPECT_GT(tally.successes, messages / 4);
  for (uint32_t opcode = 501; opcode <= 512; ++opcode)
    EXPECT_GT(tally.successes_by_opcode[opcode], messages / 10'000) << opcode;
  for (uint32_t opcode = 30000; opcode <= 30007; ++opcode)
    EXPECT_GT(tally.successes_by_opcode[opcode], messages / 400) << opcode;
}

TEST(Fuzz, EqualHistoriesHaveEqualStates) {
  ControlBench first;
  ControlBench second;
  MessageSource source(5);
  first.negotiate(true);
  second.negotiate(true);
  EXPECT_EQ(first.plane.state_digest(), second.plane.state_digest());
  for (int i = 0; i < 2000; ++i) {
    const MailboxMessage request = source.next();
    first.plane.handle(request);
    second.plane.handle(request);
    ASSERT_EQ(first.plane.state_digest(), second.plane.state_digest());
  }
}

}  // namespace
}  // namespace pspnic::firmware
