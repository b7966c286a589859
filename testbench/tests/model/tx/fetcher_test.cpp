// SPDX-License-Identifier: Apache-2.0
#include "model/tx/fetcher.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using base::DropReason;
using idpf::TxCompletionType;
using pspnic::test::Bytes;
using pspnic::test::FlatMemory;
using pspnic::test::TcpFlow;
using pspnic::test::TxBench;

// What the test sent before has left the lanes.
constexpr base::Time kLongAfterTheLast = 1 * base::kSec;

class FetcherTest : public testing::Test {
 protected:
  static constexpr uint16_t kTag = 0x77;

  void add_sa(uint32_t index, const TcpFlow& flow, uint16_t tag = kTag) {
    const auto version = static_cast<psp::Version>(flow.version);
    bench_.sas.write(index, {flow.spi, version, tag, pspnic::test::session_key(version, 9)},
                     kLongAfterTheLast);
  }
  static Bytes plain(size_t bytes, uint8_t seed) {
    Bytes frame(bytes, seed);
    frame[0] = 2;
    frame[12] = 0x12;  // some ether type
    return frame;
  }
  static std::vector<size_t> random_cuts(std::mt19937& random, size_t bytes, unsigned count) {
    std::vector<size_t> cuts;
    for (unsigned i = 0; i < count; ++i) cuts.push_back(1 + random() % (bytes - 1));
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    return cuts;
  }
  queue::test::Descriptor context(const TcpFlow& flow, uint16_t mss, uint16_t tag = kTag) {
    if (!flow.psp) return queue::test::tso(mss, static_cast<uint8_t>(flow.header_bytes()));
    idpf::PspContextDescriptor psp = queue::test::psp(1, tag);
    psp.command = idpf::kContextTso;
    psp.mss = mss;
    psp.header_length = static_cast<uint8_t>(flow.header_bytes());
    return queue::test::encode(psp);
  }
  // The frame as it would look without PSP's IV, ICV and encryption.
  Bytes opened(const Bytes& frame, const TcpFlow& flow) {
    if (!flow.psp) return frame;
    Bytes bytes = frame;
    const std::span<uint8_t> packet = std::span(bytes).subspan(flow.psp_offset());
    EXPECT_TRUE(psp::open(bench_.aead, pspnic::test::session_key(static_cast<psp::Version>(flow.version), 9),
                          packet));
    std::fill_n(packet.begin() + psp::kIvOffset, 8, uint8_t{0});
    std::fill(bytes.end() - 16, bytes.end(), uint8_t{0});
    return bytes;
  }

  void expect_segments(const TcpFlow& flow, size_t payload_bytes, uint16_t mss, uint16_t tag) {
    const Bytes payload = pspnic::test::random_bytes(random_, payload_bytes);
    std::vector<Bytes> expected = pspnic::test::segments(flow, payload, mss);
    for (Bytes& each : expected) each.resize(std::max<size_t>(each.size(), 60));
    const Bytes frame = pspnic::test::tso_template(flow, payload);
    bench_.port.frames.clear();
    bench_.put(0, context(flow, mss));
    bench_.put_frame(0, frame, tag, random_cuts(random_, frame.size(), 7));
    bench_.ring(0);
    bench_.run();
    ASSERT_EQ(bench_.port.frames.size(), expected.size()) << payload_bytes << " by " << mss;
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(opened(bench_.port.frames[i].bytes, flow), expected[i])
          << payload_bytes << " by " << mss << ", segment " << i;
    }
    EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{tag})) << "one completion a TSO frame";
  }

  TxBench bench_;
  std::mt19937 random_{5};
};

TEST_F(FetcherTest, AFrameIsGatheredFromItsBuffers) {
  std::mt19937 random(1);
  std::vector<Bytes> expected;
  for (uint16_t i = 0; i < 20; ++i) {
    Bytes frame = pspnic::test::random_bytes(random, 60 + random() % 3000);
    frame[12] = 0x12;
    bench_.put_frame(0, frame, i, random_cuts(random, frame.size(), i % 6));
    expected.push_back(frame);
  }
  bench_.ring(0);
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 20u);
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(bench_.port.frames[i].bytes, expected[i]) << i;
  std::vector<uint16_t> tags(20);
  for (uint16_t i = 0; i < 20; ++i) tags[i] = i;
  EXPECT_EQ(bench_.tags(0), tags);
  EXPECT_TRUE(bench_.balanced());
  EXPECT_EQ(bench_.pool.in_use(), 0u);
}

TEST_F(FetcherTest, TsoSegmentsEqualTheReference) {
  uint16_t tag = 0;
  for (unsigned kind = 0; kind < 16; ++kind) {
    TcpFlow flow;
    flow.outer_v6 = (kind & 1) != 0;
    flow.psp = (kind & 2) != 0;
    flow.tunnel = flow.psp && (kind & 4) != 0;
    flow.inner_v6 = (kind & 8) != 0;
    flow.vc = flow.psp && (kind & 8) != 0;
    flow.version = static_cast<uint8_t>(kind % 4);
    flow.vlan_tags = kind % 3;
    if ((kind & 4) != 0) flow.tcp_options = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    add_sa(1, flow);
    SCOPED_TRACE(kind);
    for (const size_t payload :
         {size_t{1}, size_t{999}, size_t{1000}, size_t{1001}, size_t{2000}, size_t{65000}}) {
      expect_segments(flow, payload, 1000, ++tag);
    }
    expect_segments(flow, 300, 7, ++tag);
  }
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(FetcherTest, HeadIsReportedRoundedDownTo32) {
  const uint64_t address = bench_.memory.store(plain(100, 1));
  const auto send = [&](bool re) {
    bench_.put(
        0, queue::test::encode(
               {.buffer_address = address, .eop = true, .re = re, .completion_tag = 5, .buffer_size = 100}));
    bench_.ring(0);
    bench_.run();
    std::vector<uint16_t> heads;
    for (const idpf::TxCompletion& entry : bench_.completed(0)) {
      EXPECT_EQ(entry.queue_id, 10);
      if (entry.type == TxCompletionType::kRe) heads.push_back(entry.value);
    }
    return heads;
  };
  for (uint16_t index = 0; index < 2 * TxBench::kRing; ++index) {
    const auto head = static_cast<uint16_t>((index + 1) % TxBench::kRing);
    const bool re = index % 3 == 0 || head % 32 == 0;
    ASSERT_EQ(send(re),
              re ? std::vector<uint16_t>{static_cast<uint16_t>(head / 32 * 32)} : std::vector<uint16_t>{})
        << index;
  }
}

TEST_F(FetcherTest, RsComesBeforeReOfTheSamePacket) {
  const uint64_t address = bench_.memory.store(plain(100, 1));
  bench_.put(0,
             queue::test::encode({.buffer_address = address, .eop = true, .re = true, .buffer_size = 100}));
  bench_.ring(0);
  bench_.run();
  const auto entries = bench_.completed(0);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].type, TxCompletionType::kRs);
  EXPECT_EQ(entries[1].type, TxCompletionType::kRe);
}

TEST_F(FetcherTest, PacketsThatCannotBeSentAreCompletedInOrder) {
  TcpFlow flow;
  flow.psp = true;
  add_sa(1, flow);
  TcpFlow bare = flow;
  bare.icv_room = false;
  const Bytes payload(200, 1);
  const Bytes psp_frame = pspnic::test::segment(bare, payload, 0, 0, 200, true, true);
  uint16_t tag = 0;
  const auto put_psp = [&](uint32_t sa, uint16_t sa_tag, const Bytes& frame) {
    bench_.put(0, queue::test::encode(queue::test::psp(sa, sa_tag)));
    bench_.put_frame(0, frame, tag++);
  };
  bench_.put_frame(0, plain(500, 1), tag++);
  put_psp(2, kTag, psp_frame);      // empty slot
  put_psp(1, kTag + 1, psp_frame);  // another owner's
  put_psp(99, kTag, psp_frame);     // out of range
  put_psp(1, kTag, psp_frame);
  bench_.put_frame(0, plain(9231, 2), tag++);  // one byte too long
  bench_.put_frame(0, plain(9230, 3), tag++);
  put_psp(1, kTag, plain(300, 4));  // not PSP
  bench_.put(0, context(flow, 9200));
  bench_.put_frame(0, pspnic::test::tso_template(flow, Bytes(20000, 1)), tag++);  // segments too long
  bench_.put_frame(0, plain(500, 5), tag++);
  bench_.ring(0);
  bench_.run();
  EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  ASSERT_EQ(bench_.port.frames.size(), 4u);
  EXPECT_EQ(bench_.port.frames[0].bytes, plain(500, 1));
  EXPECT_EQ(bench_.port.frames[2].bytes, plain(9230, 3));
  EXPECT_EQ(bench_.port.frames[3].bytes, plain(500, 5));
  EXPECT_EQ(bench_.drop(DropReason::kTxNoSa), 3u);
  EXPECT_EQ(bench_.pipeline.book(0).psp_bad_sa, 3u);
  EXPECT_EQ(bench_.drop(DropReason::kTxTooLong), 2u);
  EXPECT_EQ(bench_.drop(DropReason::kTxBadPspPacket), 1u);
  EXPECT_EQ(bench_.violations.count(), 0u) << "the queue goes on";
  EXPECT_TRUE(bench_.balanced());
  EXPECT_EQ(bench_.sas.close(1, bench_.events.now()), 0u) << "every use has ended";
}

TEST_F(FetcherTest, AnEngineThatFailsSendsNothing) {
  TcpFlow flow;
  flow.psp = true;
  add_sa(1, flow);
  bench_.aead.failing = true;
  bench_.put(0, context(flow, 1000));
  bench_.put_frame(0, pspnic::test::tso_template(flow, Bytes(5000, 1)), 1);
  bench_.ring(0);
  bench_.run();
  EXPECT_TRUE(bench_.port.frames.empty());
  EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{1}));
  EXPECT_EQ(bench_.drop(DropReason::kTxBadPspPacket), 5u);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(FetcherTest, DataOutsideHostMemoryStopsThatQueueOnly) {
  bench_.put_frame(0, plain(100, 1), 1);
  bench_.put(0, queue::test::data(FlatMemory::kUnmapped, 100, true, 2));
  bench_.put_frame(1, plain(100, 2), 1);
  bench_.ring(0);
  bench_.ring(1);
  bench_.run();
  ASSERT_EQ(bench_.violations.count(), 1u);
  EXPECT_NE(bench_.violations.first()[0].place().find("tx queue 0"), std::string::npos);
  EXPECT_EQ(bench_.violations.first()[0].field, "buffer_addr");
  EXPECT_EQ(bench_.drop(DropReason::kTxDmaFault), 1u);
  EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{1, 2}));
  bench_.put_frame(0, plain(100, 3), 3);
  bench_.put_frame(1, plain(100, 3), 2);
  bench_.ring(0);
  bench_.ring(1);
  bench_.run();
  EXPECT_TRUE(bench_.tags(0).empty());
  EXPECT_EQ(bench_.tags(1), (std::vector<uint16_t>{1, 2}));
  EXPECT_EQ(bench_.port.frames.size(), 3u);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(FetcherTest, PoisonedDataIsNeverSent) {
  pspnic::test::BadReads poison(pcie::ReadFor::kPacketData);
  bench_.dma.set_fault_source(&poison);
  bench_.put_frame(0, plain(100, 1), 1);
  bench_.put_frame(0, plain(100, 2), 2);
  bench_.ring(0);
  bench_.run();
  EXPECT_TRUE(bench_.port.frames.empty());
  EXPECT_EQ(poison.reads, 2u);
  EXPECT_EQ(bench_.drop(DropReason::kTxDmaFault), 2u);
  EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{1, 2})) << "the driver gets its buffers back";
  ASSERT_GE(bench_.violations.count(), 1u);
  EXPECT_NE(
      std::string(base::info(bench_.violations.first()[0].rule).text).find("poisoned data must not be used"),
      std::string::npos);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(FetcherTest, AFaultInTheMiddleOfATsoFrame) {
  TcpFlow flow;
  const Bytes frame = pspnic::test::tso_template(flow, Bytes(4000, 1));
  const uint64_t address = bench_.memory.store(frame);
  bench_.put(0, context(flow, 1000));
  bench_.put(0, queue::test::data(address, static_cast<uint16_t>(flow.header_bytes() + 1500), false));
  bench_.put(0, queue::test::data(FlatMemory::kUnmapped, 1000, false));
  bench_.put(0, queue::test::data(address, 1500, true, 9));
  bench_.ring(0);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 1u) << "the segment before it";
  EXPECT_EQ(bench_.drop(DropReason::kTxDmaFault), 3u);
  EXPECT_EQ(bench_.violations.count(), 1u);
  EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{9}));
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(FetcherTest, WrongTsoHeadersStopTheQueue) {
  TcpFlow flow;
  bench_.put(0, queue::test::tso(1000, static_cast<uint8_t>(flow.header_bytes() + 1)));
  bench_.put_frame(0, pspnic::test::tso_template(flow, Bytes(4000, 1)), 9);
  bench_.ring(0);
  bench_.run();
  ASSERT_EQ(bench_.violations.count(), 1u);
  EXPECT_EQ(bench_.violations.first()[0].field, "header_length");
  EXPECT_TRUE(bench_.port.frames.empty());
  EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{9}));
  EXPECT_TRUE(bench_.balanced());
}

}  // namespace
}  // namespace pspnic::tx
