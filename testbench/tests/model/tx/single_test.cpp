// SPDX-License-Identifier: Apache-2.0
// The transmit path under single queues, and under a quirk of split ones: what is reported, when, and in
// which order.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "model/idpf/tx_single.h"
#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::FlatMemory;
using pspnic::test::TcpFlow;
using pspnic::test::TxBench;
using queue::test::Descriptor;

constexpr uint16_t kSingle = 0;
constexpr uint16_t kSplit = 1;

struct Drained {
  unsigned times = 0;
  void on_drained(uint64_t) { ++times; }
};

class TxSingleTest : public testing::Test {
 protected:
  TxSingleTest() {
    ring_ = bench_.memory.allocate(TxBench::kRing * 16);
    start();
  }
  void start() {
    bench_.queues.configure(kSingle, {ring_, TxBench::kRing, false, idpf::QueueModel::kSingle});
    bench_.reports.configure(kSingle, {idpf::QueueModel::kSingle, ring_, 0, 0});
    bench_.queues.enable(kSingle);
    tail_ = 0;
  }
  void put(const Descriptor& descriptor) {
    std::copy(descriptor.begin(), descriptor.end(), bench_.memory.at(ring_ + tail_ * 16u, 16).begin());
    tail_ = static_cast<uint16_t>((tail_ + 1) % TxBench::kRing);
  }
  void put_data(uint64_t address, size_t size, uint16_t command = idpf::kFlexEop | idpf::kFlexRs) {
    Descriptor bytes{};
    idpf::FlexDataDescriptor{
        .buffer_address = address, .command = command, .buffer_size = static_cast<uint16_t>(size)}
        .encode(bytes);
    put(bytes);
  }
  void ring() { bench_.queues.write_tail(kSingle, tail_); }
  bool done(uint16_t index) {
    return (bench_.memory.at(ring_ + index * 16u + 8, 1)[0] & 0xf) ==
           static_cast<uint8_t>(idpf::Dtype::kDescDone);
  }
  static Bytes frame(size_t payload) {
    return pspnic::test::segment({}, Bytes(payload, 5), 0, 0, payload, true, true);
  }

  TxBench bench_;
  uint64_t ring_ = 0;
  uint16_t tail_ = 0;
};

TEST_F(TxSingleTest, ReportsComeWhenTheDataHasBeenReadInOrderAndOnlyWhereAskedFor) {
  const uint64_t large = bench_.memory.store(frame(9000));
  const uint64_t small = bench_.memory.store(frame(100));
  put_data(large, 9054);
  put_data(small, 154, idpf::kFlexEop);
  put_data(small, 154);
  bench_.memory.writes.clear();
  ring();
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 3u);
  ASSERT_EQ(bench_.memory.writes.size(), 2u);
  EXPECT_EQ(bench_.memory.writes[0].address, ring_ + 8);
  EXPECT_EQ(bench_.memory.writes[1].address, ring_ + 2 * 16 + 8);
  EXPECT_EQ(bench_.memory.writes[0].length, 1u) << "the byte of the DTYPE";
  EXPECT_GE(bench_.memory.writes[0].when, 2 * pcie::LinkParams{}.round_trip.ps)
      << "descriptor and data have been read";
  EXPECT_TRUE(done(0) && !done(1) && done(2));
}

TEST_F(TxSingleTest, DroppedFramesAreReportedInTheirTurn) {
  const uint64_t good = bench_.memory.store(frame(100));
  const uint64_t long_one = bench_.memory.store(frame(16000));
  put_data(good, 154);
  put_data(long_one, 16000);  // longer than the port sends
  put_data(good, 154);
  put_data(good, 154);
  ring();
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 3u);
  EXPECT_EQ(bench_.drop(DropReason::kTxTooLong), 1u);
  for (uint16_t index = 0; index < 4; ++index) EXPECT_TRUE(done(index)) << index;
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(TxSingleTest, UnmappedDataStopsThisQueueAndNotTheOther) {
  put_data(FlatMemory::kUnmapped, 100);
  ring();
  bench_.run();
  EXPECT_EQ(bench_.violations.count(), 1u);
  EXPECT_EQ(bench_.drop(DropReason::kTxDmaFault), 1u);
  put_data(bench_.memory.store(frame(100)), 154);
  ring();
  bench_.put_frame(kSplit, frame(200), 42);
  bench_.ring(kSplit);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 1u);
  EXPECT_EQ(bench_.tags(kSplit), (std::vector<uint16_t>{42}));
  EXPECT_FALSE(done(1));
}

TEST_F(TxSingleTest, AllDescriptorsLessOneMayBeInUse) {
  const uint64_t data = bench_.memory.store(frame(100));
  for (unsigned round = 0; round < 3; ++round) {
    for (unsigned i = 0; i + 1 < TxBench::kRing; ++i) put_data(data, 154);
    ring();
    bench_.run();
    EXPECT_EQ(bench_.port.frames.size(), (round + 1) * (TxBench::kRing - 1u));
  }
}

TEST_F(TxSingleTest, OnlyTheChecksumAskedForIsMade) {
  const Bytes right = frame(100);
  Bytes spoilt = right;
  spoilt[14 + 10] ^= 0x55;
  spoilt[14 + 20 + 16] ^= 0x55;
  const uint64_t data = bench_.memory.store(spoilt);
  for (const bool l3 : {false, true}) {
    for (const bool l4 : {false, true}) {
      Descriptor bytes{};
      const auto command = static_cast<uint16_t>(idpf::kBaseEop | (l3 ? idpf::kBaseIiptIpv4Csum : 0) |
                                                 (l4 ? idpf::kBaseL4tTcp : 0));
      idpf::BaseDataDescriptor{
          .buffer_address = data, .command = command, .buffer_size = static_cast<uint16_t>(spoilt.size())}
          .encode(bytes);
      put(bytes);
      ring();
      bench_.run();
      const Bytes& sent = bench_.port.frames.back().bytes;
      EXPECT_EQ(sent[14 + 10], l3 ? right[14 + 10] : spoilt[14 + 10]);
      EXPECT_EQ(sent[14 + 20 + 16], l4 ? right[14 + 20 + 16] : spoilt[14 + 20 + 16]);
    }
  }
}

TEST_F(TxSingleTest, NonsenseHarmsNobodyElse) {
  std::mt19937 random(3);
  Drained drained;
  for (unsigned round = 0; round < 300; ++round) {
    start();
    for (unsigned i = 0; i < 20; ++i) {
      Descriptor bytes;
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
      constexpr uint8_t kTypes[] = {0, 1, 3, 5};
      if (i % 3 != 0) bytes[8] = static_cast<uint8_t>((bytes[8] & 0xf0) | kTypes[random() % 4]);
      if (i % 2 != 0) {
        uint64_t address = FlatMemory::kBase + random() % 100'000;
        std::memcpy(bytes.data(), &address, 8);
      }
      put(bytes);
    }
    ring();
    bench_.put_frame(kSplit, frame(200), static_cast<uint16_t>(round));
    bench_.ring(kSplit);
    bench_.run();
    ASSERT_EQ(bench_.tags(kSplit), (std::vector<uint16_t>{static_cast<uint16_t>(round)}));
    bench_.queues.disable(kSingle, base::Callback::to<&Drained::on_drained>(drained));
    bench_.run();
    ASSERT_EQ(drained.times, round + 1);
  }
  EXPECT_TRUE(bench_.balanced());
  EXPECT_EQ(bench_.pool.in_use(), 0u);
}

class EveryDescriptorTest : public testing::Test {
 protected:
  static pspnic::test::TxSettings settings() {
    pspnic::test::TxSettings settings;
    settings.reports.complete_every_descriptor = true;
    return settings;
  }
  TxBench bench_{settings()};
};

TEST_F(EveryDescriptorTest, EachBufferOfAPacketIsCompletedOnceInRingOrder) {
  uint16_t tag = 0;
  std::vector<uint16_t> expected;
  const uint64_t data = bench_.memory.store(Bytes(100, 0x12));
  for (unsigned packet = 1; packet < 8; ++packet) {
    for (unsigned piece = 0; piece < packet; ++piece) {
      bench_.put(0, queue::test::data(data, 100, piece + 1 == packet, tag));
      expected.push_back(tag++);
    }
  }
  bench_.ring(0);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 7u);
  EXPECT_EQ(bench_.tags(0), expected);
}

}  // namespace
}  // namespace pspnic::tx
