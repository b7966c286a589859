// SPDX-License-Identifier: Apache-2.0
// What real drivers send from load to unload, in their order and with their habits.
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

class Driver : public testing::Test {
 protected:
  // Success expected; the reply's payload.
  Bytes ok(Opcode opcode, Bytes request) {
    const Reply reply = bench.send(opcode, std::move(request));
    EXPECT_EQ(reply.status, Status::kSuccess) << static_cast<uint32_t>(opcode);
    EXPECT_FALSE(reply.payload.empty());
    return reply.payload;
  }
  template <idpf::WireStruct T>
  Bytes ok(Opcode opcode, const T& request) {
    return ok(opcode, to_bytes(request));
  }
  static Bytes padded(Bytes bytes, size_t size) {
    bytes.resize(size);
    return bytes;
  }

  ControlBench bench;
};

class Linux : public Driver {
 protected:
  static constexpr uint32_t kPairs = 4;

  void load() {
    ok(Opcode::kVersion, idpf::VersionInfo{2, 0});
    idpf::GetCapabilities wanted{
        .csum_caps = 0x0055FF7F, .seg_caps = 0xBF, .hsplit_caps = 0xC, .rsc_caps = 0x5};
    wanted.rss_caps = 0xFF;
    wanted.other_caps = idpf::kCapSriov | idpf::kCapMacFilter | idpf::kCapSplitqQsched | idpf::kCapPromisc |
                        idpf::kCapLoopback;
    const auto caps = from_bytes<idpf::GetCapabilities>(ok(Opcode::kGetCaps, wanted));
    EXPECT_EQ(caps.other_caps & idpf::kCapSplitqQsched, 0u);
    const auto vectors = static_cast<uint16_t>(caps.num_allocated_vectors - 1);
    const Bytes answer = ok(Opcode::kAllocVectors, idpf::AllocVectors{.num_vectors = vectors});
    vectors_ = element_of<idpf::AllocVectors>(answer, 0);
    const idpf::CreateVport vport{.txq_model = QueueModel::kSplit,
                                  .rxq_model = QueueModel::kSplit,
                                  .num_tx_q = kPairs,
                                  .num_tx_complq = kPairs,
                                  .num_rx_q = kPairs,
                                  .num_rx_bufq = 2 * kPairs};
    const Bytes created = ok(Opcode::kCreateVport, vport);
    mac_ = from_bytes<idpf::CreateVport>(created).default_mac_addr;
    ok(Opcode::kGetPtypeInfo, idpf::GetPtypeInfo{0, 58});
    ok(Opcode::kGetPtypeInfo, idpf::GetPtypeInfo{58, 58});
  }

  Bytes maps() {
    std::vector<idpf::QueueVector> list;
    for (uint32_t id = 0; id < kPairs; ++id) {
      const auto vector = static_cast<uint16_t>(vectors_.start_vector_id + id);
      list.push_back({.queue_id = id, .vector_id = vector, .itr_idx = 1, .queue_type = QueueType::kTx});
      list.push_back({.queue_id = id, .vector_id = vector, .itr_idx = 0, .queue_type = QueueType::kRx});
    }
    return to_bytes(idpf::QueueVectorMaps{.num_qv_maps = static_cast<uint16_t>(list.size())}, list);
  }

  // One chunk of one queue for every queue: transmit, completion, receive, buffer.
  Bytes single_chunks() {
    std::vector<idpf::QueueChunk> list;
    for (const QueueType type :
         {QueueType::kTx, QueueType::kTxCompletion, QueueType::kRx, QueueType::kRxBuffer}) {
      const uint32_t count = type == QueueType::kRxBuffer ? 2 * kPairs : kPairs;
      for (uint32_t id = 0; id < count; ++id)
        list.push_back({.type = type, .start_queue_id = id, .num_queues = 1});
    }
    return bench.chunks(list);
  }
  Bytes own_mac() {
    return to_bytes(idpf::MacAddrList{.num_mac_addr = 1}, {idpf::MacAddr{mac_, idpf::MacAddrType::kPrimary}});
  }

  void up() {
    bench.configure_all(kPairs);
    ok(Opcode::kMapQueueVector, maps());
    ok(Opcode::kEnableQueues, single_chunks());
    ok(Opcode::kEnableVport, idpf::VportMessage{});
    ASSERT_EQ(bench.hardware.sent.size(), 1u) << "link event";
    ok(Opcode::kAddMacAddr, own_mac());
    ok(Opcode::kConfigPromiscuousMode, idpf::PromiscInfo{});
    Bytes key(7 + 52);
    EXPECT_TRUE(idpf::write_rss_key(key, {0, Bytes(52, 0x5a)}));
    ok(Opcode::kSetRssKey, key);
    ok(Opcode::kSetRssLut, to_bytes(idpf::RssLut{0, 0, 64}, std::vector<uint32_t>(64, kPairs - 1)));
    ok(Opcode::kGetStats, Bytes(128));
  }

  void down() {
    ok(Opcode::kDisableVport, idpf::VportMessage{});
    ok(Opcode::kDisableQueues, single_chunks());
    ok(Opcode::kUnmapQueueVector, maps());
    ok(Opcode::kDelMacAddr, own_mac());
  }

  idpf::VectorChunk vectors_;
  std::array<uint8_t, 6> mac_{};
};

TEST_F(Linux, UpDownAndChangeOfMtu) {
  load();
  up();
  down();
  up();
  down();
  ok(Opcode::kDelQueues, bench.all_queues(kPairs));
  const idpf::AddQueues wanted{
      .num_tx_q = kPairs, .num_tx_complq = kPairs, .num_rx_q = kPairs, .num_rx_bufq = 2 * kPairs};
  ok(Opcode::kAddQueues, wanted);
  up();
  EXPECT_EQ(bench.hardware.vports[0].rss_queues, std::vector<uint32_t>(64, kPairs - 1));
  EXPECT_EQ(bench.hardware.rx.size(), kPairs);
  EXPECT_EQ(bench.hardware.mappings.size(), 2 * kPairs);
  down();
  ok(Opcode::kDestroyVport, idpf::VportMessage{});
  ok(Opcode::kDeallocVectors, to_bytes(idpf::VectorChunks{.num_vchunks = 1}, {vectors_}));
  EXPECT_TRUE(bench.hardware.queues.empty());
  EXPECT_TRUE(bench.hardware.mappings.empty());
}

TEST_F(Linux, LoadsAgainAfterAResetInFullRun) {
  for (int round = 0; round < 3; ++round) {
    load();
    up();
    bench.hardware.device_reset();
    bench.plane.reset();
  }
}

class Dpdk2211 : public Driver {
 protected:
  static constexpr uint16_t kRing = 512;

  void probe(bool split) {
    ok(Opcode::kVersion, Bytes{2, 0, 0, 0, 0, 0, 0, 0});
    ok(Opcode::kGetPtypeInfo, padded({0, 0, 0, 4}, 16));
    Bytes caps(80);
    caps[0] = caps[1] = 0xFF;
    caps[16] = 0xFF;
    caps[17] = 0x3F;
    caps[24] = 0x80;
    const auto granted = from_bytes<idpf::GetCapabilities>(ok(Opcode::kGetCaps, caps));
    EXPECT_NE(granted.rss_caps, 0u);
    EXPECT_EQ(granted.other_caps, idpf::kCapWbOnItr);
    EXPECT_EQ(granted.csum_caps, 0xB7B7u);  // all but SCTP
    const Bytes request = split ? Bytes{0, 0, 1, 0, 1, 0, 16, 0, 16, 0, 16, 0, 32, 0}
                                : Bytes{0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0};
    const Bytes created = ok(Opcode::kCreateVport, padded(request, 192));
    EXPECT_EQ(created.size(), split ? 160u + 4 * 32 : 160u + 2 * 32);
    Bytes key(59);
    key[4] = 52;
    ok(Opcode::kSetRssKey, key);
    Bytes lut(268);
    lut[6] = 64;
    ok(Opcode::kSetRssLut, lut);
    ok(Opcode::kSetRssHash, Bytes{0, 0, 0, 0xe0, 0x9f, 0x7f, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0});
  }

  Bytes one(QueueType type, uint32_t id) {
    return bench.chunks({{.type = type, .start_queue_id = id, .num_queues = 1}});
  }

  // Enables every queue on its own, and those referred to last.
  void start() {
    Bytes vectors = ok(Opcode::kAllocVectors, padded({1}, 64));
    ASSERT_EQ(vectors.size(), 64u);
    std::copy(vectors.begin() + 32, vectors.end(), chunk_.begin());
    EXPECT_EQ(idpf::read_at<uint32_t>(chunk_, 8), 0x08901000u);
    idpf::QueueVector map{.queue_id = 0, .vector_id = chunk_[0], .queue_type = QueueType::kRx};
    ok(Opcode::kMapQueueVector, to_bytes(idpf::QueueVectorMaps{.num_qv_maps = 1}, {map}));
    idpf::TxqInfo completion = ControlBench::completion_info(0);
    completion.ring_len = 2 * kRing;
    ok(Opcode::kConfigTxQueues, bench.config_tx({ControlBench::tx_info(0, 0), completion}));
    ok(Opcode::kEnableQueues, one(QueueType::kTx, 0));
    ok(Opcode::kEnableQueues, one(QueueType::kTxCompletion, 0));
    ok(Opcode::kConfigRxQueues, bench.config_rx({ControlBench::rx_info(0), ControlBench::buffer_info(0),
                                                 ControlBench::buffer_info(1)}));
    ok(Opcode::kEnableQueues, one(QueueType::kRx, 0));
    ok(Opcode::kEnableQueues, one(QueueType::kRxBuffer, 0));
    ok(Opcode::kEnableQueues, one(QueueType::kRxBuffer, 1));
    ok(Opcode::kEnableVport, Bytes{0, 0, 0, 0, 0x95, 0x7f, 0, 0});
  }

  void stop() {
    ok(Opcode::kDisableVport, Bytes{0, 0, 0, 0, 0x95, 0x7f, 0, 0});
    ok(Opcode::kDisableQueues, one(QueueType::kRx, 0));
    ok(Opcode::kDisableQueues, one(QueueType::kRxBuffer, 0));
    ok(Opcode::kDisableQueues, one(QueueType::kRxBuffer, 1));
    ok(Opcode::kDisableQueues, one(QueueType::kTx, 0));
    ok(Opcode::kDisableQueues, one(QueueType::kTxCompletion, 0));
    idpf::QueueVector map{.queue_id = 0, .vector_id = chunk_[0], .queue_type = QueueType::kRx};
    ok(Opcode::kUnmapQueueVector, to_bytes(idpf::QueueVectorMaps{.num_qv_maps = 1}, {map}));
    Bytes dealloc(16);
    dealloc[0] = 1;
    dealloc.insert(dealloc.end(), chunk_.begin(), chunk_.end());
    ok(Opcode::kDeallocVectors, dealloc);
  }

  std::array<uint8_t, 32> chunk_{};
};

TEST_F(Dpdk2211, StartsManyTimes) {
  probe(true);
  EXPECT_EQ(bench.hardware.vports[0].rss_types, 0xFFu);
  for (int round = 0; round < 70; ++round) {
    start();
    stop();
  }
  ok(Opcode::kDestroyVport, Bytes(8));
}

TEST_F(Dpdk2211, SingleQueues) {
  probe(false);
  idpf::TxqInfo tx = ControlBench::tx_info(0, 0);
  tx.model = QueueModel::kSingle;
  tx.sched_mode = idpf::SchedMode::kQueue;
  idpf::RxqInfo rx = ControlBench::rx_info(0);
  rx.model = QueueModel::kSingle;
  ok(Opcode::kConfigTxQueues, bench.config_tx({tx}));
  ok(Opcode::kEnableQueues, one(QueueType::kTx, 0));
  ok(Opcode::kConfigRxQueues, bench.config_rx({rx}));
  ok(Opcode::kEnableQueues, one(QueueType::kRx, 0));
  ok(Opcode::kEnableVport, Bytes(8));
  ok(Opcode::kDisableVport, Bytes(8));
  ok(Opcode::kDisableQueues, one(QueueType::kRx, 0));
  ok(Opcode::kDisableQueues, one(QueueType::kTx, 0));
  ok(Opcode::kDestroyVport, Bytes(8));
}

class PspDriver : public Driver {};

TEST_F(PspDriver, FromLoadToEncryptedTraffic) {
  ok(Opcode::kVersion, idpf::VersionInfo{2, 0});
  const idpf::GetCapabilities wanted{
      .csum_caps = ~0u, .seg_caps = ~0u, .rss_caps = ~0ull, .other_caps = ~0ull};
  const auto caps = from_bytes<idpf::GetCapabilities>(ok(Opcode::kGetCaps, wanted));
  ASSERT_EQ(caps.device_type, idpf::kDeviceTypeOpsp);
  ok(Opcode::kGetOemCaps, idpf::OemCaps{idpf::kPspCapMbx | idpf::kPspCapRxMeta});
  ok(Opcode::kAllocVectors, idpf::AllocVectors{.num_vectors = 3});
  bench.bring_up(2);
  ok(Opcode::kPspGetCaps, idpf::PspCaps{.vport_id = 0});
  ok(Opcode::kPspSetConfig, idpf::PspConfig{.vport_id = 0, .versions_ena = 0x3, .flags = 0x7});
  const idpf::PspRxSaList list{.vport_id = 0, .num_sa = 1, .version = 1};
  const Bytes answer = ok(Opcode::kPspAllocRxSa, to_bytes(list, {idpf::PspRxSa{}}));
  const auto rx = element_of<idpf::PspRxSaList>(answer, 0);
  // The peer, here ourselves, transmits with that SPI and key.
  idpf::PspTxSa tx{
      .sa_idx = idpf::kPspSaIdxAny, .spi = rx.spi, .version = 1, .key_len = rx.key_len, .key = rx.key};
  ok(Opcode::kPspAddTxSa, to_bytes(idpf::PspTxSaList{.vport_id = 0, .num_sa = 1}, {tx}));
  EXPECT_EQ(bench.hardware.tx_sas.at(0).key.bytes, rx.key);
  for (int i = 0; i < 2; ++i) ok(Opcode::kPspRotateKey, idpf::PspRotateKey{.vport_id = 0});
  ok(Opcode::kPspDelTxSa, to_bytes(idpf::PspTxSaDel{.vport_id = 0, .num_sa = 1}, {idpf::PspTxSaId{}}));
  EXPECT_TRUE(bench.hardware.tx_sas.empty());
}

}  // namespace
}  // namespace pspnic::firmware
