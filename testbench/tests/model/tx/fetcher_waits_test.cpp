// SPDX-License-Identifier: Apache-2.0
// Small memories, pauses and overloaded lanes at once, drawn from seeds: whatever a queue waits for, it is
// woken for. A queue that is not sleeps behind another's wait until its driver gives up.
#include <gtest/gtest.h>

#include <numeric>

#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using pspnic::test::Bytes;
using pspnic::test::TcpFlow;
using pspnic::test::TxBench;
using pspnic::test::TxSettings;

constexpr uint8_t kClasses[] = {0, 5};  // of the two queues

// A run of its own random numbers, which tell everything about it.
class Mix {
 public:
  explicit Mix(unsigned seed) : random_(seed), bench_(settings()) {
    flow_.psp = true;
    flow_.icv_room = false;
    bench_.sas.write(
        0, {flow_.spi, psp::Version::kAesGcm128, 3, pspnic::test::session_key(psp::Version::kAesGcm128, 1)},
        0);
  }
  // As many frames of each queue as its ring holds, while classes are paused and go on.
  void run() {
    for (uint16_t queue = 0; queue < 2; ++queue) {
      for (uint16_t tag = 0; tag < kFrames; ++tag) put(queue, tag);
      if (draw(2) == 0) bench_.ring(queue);
    }
    for (unsigned step = 0; step < 20; ++step) {
      if (draw(3) == 0) bench_.pipeline.port().pause(kClasses[draw(2)], draw(3) * 2'000'000ull);
      bench_.run_for(draw(2'000'000));
      bench_.ring(static_cast<uint16_t>(draw(2)));
    }
    for (uint16_t queue = 0; queue < 2; ++queue) bench_.ring(queue);
    bench_.run();
  }
  TxBench& bench() { return bench_; }
  uint64_t packets() const { return packets_; }
  static std::vector<uint16_t> all_tags() {
    std::vector<uint16_t> tags(kFrames);
    std::iota(tags.begin(), tags.end(), uint16_t{0});
    return tags;
  }

 private:
  static constexpr uint16_t kFrames = 40;

  unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }
  uint64_t memory() { return 10 * 1024 + draw(16 * 1024); }
  TxSettings settings() {
    TxSettings settings;
    settings.tx.buffer.bytes = 16 * 1024 + draw(32 * 1024);
    settings.tx.fetch_window.bytes = memory();
    settings.tx.crypto_buffer.bytes = memory();
    settings.tx.class_buffer.bytes = memory();
    settings.tx.queue_packets = 1 + draw(8);
    settings.tx.schedule.classes = "0,5";
    settings.tx.schedule.rates = draw(3) == 0 ? "20Gbps,0bps" : "0bps";
    settings.gcm.lanes = 1;
    settings.gcm.clock.hz = (100 + draw(900)) * base::kMHz;
    settings.vports = static_cast<uint16_t>(1 + draw(2));
    return settings;
  }
  void put(uint16_t queue, uint16_t tag) {
    const size_t bytes = 60 + draw(draw(4) == 0 ? 9000 : 1400);
    const unsigned kind = draw(3);
    ++packets_;
    if (kind == 0) {
      Bytes frame(bytes, 1);
      frame[12] = 0x12;
      return bench_.put_frame(queue, frame, tag);
    }
    if (kind == 1) {
      bench_.put(queue, queue::test::encode(queue::test::psp(0, 3)));
      const Bytes data(bytes);
      return bench_.put_frame(queue, pspnic::test::segment(flow_, data, 0, 0, bytes, true, true), tag);
    }
    packets_ += (bytes - 1) / kMss;
    bench_.put(queue, queue::test::tso(kMss, 54));
    bench_.put_frame(queue, pspnic::test::tso_template(TcpFlow{}, Bytes(bytes, 1)), tag);
  }
  static constexpr uint16_t kMss = 700;

  std::mt19937 random_;
  TxBench bench_;
  TcpFlow flow_;
  uint64_t packets_ = 0;
};

class TxWaits : public testing::TestWithParam<unsigned> {};

TEST_P(TxWaits, EveryFrameLeavesInTheEnd) {
  Mix mix(GetParam());
  mix.run();
  TxBench& bench = mix.bench();
  ASSERT_EQ(bench.port.frames.size(), mix.packets()) << bench.fetcher.explain();
  for (uint16_t queue = 0; queue < 2; ++queue) {
    std::vector<uint16_t> tags = bench.tags(queue);
    std::ranges::sort(tags);
    EXPECT_EQ(tags, Mix::all_tags());
  }
  EXPECT_EQ(bench.fetcher.explain(), "");
  EXPECT_EQ(bench.fetcher.held(), 0u);
  EXPECT_TRUE(bench.balanced());
}

INSTANTIATE_TEST_SUITE_P(Seeds, TxWaits, testing::Range(0u, 40u));

// Of a vport that is given up, while the port is paused, nothing is sent; the other's frames all are.
class TxGiveUp : public testing::TestWithParam<bool> {};

TEST_P(TxGiveUp, AVportsFramesEndWhereverTheyAre) {
  const bool through_lanes = GetParam();
  TxSettings settings;
  settings.tx.buffer.bytes = settings.tx.crypto_buffer.bytes = 16 * 1024;
  settings.vports = 2;
  TxBench bench(settings);
  bench.sas.write(
      0, {TcpFlow{}.spi, psp::Version::kAesGcm128, 3, pspnic::test::session_key(psp::Version::kAesGcm128, 1)},
      0);
  TcpFlow flow;
  flow.psp = through_lanes;
  flow.icv_room = false;
  bench.pipeline.port().pause(0, 100'000'000);
  for (uint16_t queue = 0; queue < 2; ++queue) {
    for (uint16_t tag = 0; tag < 20; ++tag) {
      idpf::PspContextDescriptor context = queue::test::psp(0, 3);
      context.command = idpf::kContextTso;
      context.mss = 700;
      context.header_length = static_cast<uint8_t>(flow.header_bytes());
      bench.put(queue, through_lanes ? queue::test::encode(context) : queue::test::tso(700, 54));
      bench.put_frame(queue, pspnic::test::tso_template(flow, Bytes(1400, static_cast<uint8_t>(queue))), tag);
    }
    bench.ring(queue);
  }
  bench.run_for(20'000'000);
  ASSERT_TRUE(bench.port.frames.empty());
  bench.queues.disable(1, {});
  bench.fetcher.give_up(1, 1);
  bench.run_for(5'000'000);
  bench.fetcher.give_up(1, 1);
  EXPECT_FALSE(bench.pipeline.port().holds(1, 1));
  EXPECT_TRUE(bench.queues.idle(1));
  const uint64_t dropped = bench.drops.all_time(base::DropReason::kTxQueueReset);
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(bench.pipeline.book(1).dropped(base::DropReason::kTxQueueReset), dropped);
  bench.run();
  EXPECT_EQ(bench.port.frames.size(), 40u);
  EXPECT_EQ(bench.pipeline.book(1).bytes, 0u);
  EXPECT_EQ(bench.tags(0).size(), 20u);
  EXPECT_EQ(bench.fetcher.held(), 0u);
  EXPECT_TRUE(bench.balanced());
}

INSTANTIATE_TEST_SUITE_P(ThroughTheLanes, TxGiveUp, testing::Bool());

}  // namespace
}  // namespace pspnic::tx
