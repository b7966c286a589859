// SPDX-License-Identifier: Apache-2.0
// Limits of the transmit fetcher, turns of the queues, and ends in the middle of things.
#include <gtest/gtest.h>

#include "model/tx/fetcher.h"
#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::TcpFlow;
using pspnic::test::Time;
using pspnic::test::TxBench;
using pspnic::test::TxSettings;

Bytes plain(size_t bytes) {
  Bytes frame(bytes, 2);
  frame[12] = 0x12;
  return frame;
}

// Runs until the descriptors have come and nothing of the data yet.
void run_to_the_jobs(TxBench& bench) {
  while (bench.fetcher.frames() == 0) bench.run_for(1'000);
}

class Window : public testing::Test {
 protected:
  static TxSettings settings() {
    TxSettings settings;
    settings.tx.fetch_window.bytes = 10 * 1024;
    settings.tx.buffer.bytes = 1 << 20;
    return settings;
  }
  void expect_held(size_t frame_bytes, uint64_t held) {
    for (uint16_t i = 0; i < 20; ++i) bench_.put_frame(0, plain(frame_bytes), i);
    bench_.ring(0);
    run_to_the_jobs(bench_);
    EXPECT_EQ(bench_.fetcher.held(), held);
    bench_.run();
    EXPECT_EQ(bench_.port.frames.size(), 20u);
    EXPECT_EQ(bench_.tags(0).size(), 20u);
    EXPECT_EQ(bench_.fetcher.held(), 0u);
  }
  TxBench bench_{settings()};
};

TEST_F(Window, HoldsExactlyWhatFits) {
  expect_held(1024, 10);
}
TEST_F(Window, AByteMoreIsAFrameLess) {
  expect_held(1025, 9);
}

class Buffer : public testing::Test {
 protected:
  static TxSettings settings() {
    TxSettings settings;
    settings.tx.fetch_window.bytes = 1 << 20;
    settings.tx.buffer.bytes = 16 * 1024;
    return settings;
  }
  void expect_held(size_t frame_bytes, uint64_t held) {
    for (uint16_t i = 0; i < 60; ++i) bench_.put_frame(0, plain(frame_bytes), i);
    bench_.ring(0);
    run_to_the_jobs(bench_);
    EXPECT_EQ(bench_.fetcher.held(), held);
    bench_.run();
    EXPECT_EQ(bench_.port.frames.size(), 60u);
    EXPECT_EQ(bench_.tags(0).size(), 60u);
  }
  TxBench bench_{settings()};
};

// Room for the ICV is reserved with each frame.
TEST_F(Buffer, HoldsExactlyWhatFits) {
  expect_held(1024 - 16, 16);
}
TEST_F(Buffer, AByteMoreIsAFrameLess) {
  expect_held(1024 - 15, 15);
}

TEST_F(Buffer, IsHeldUntilTheFrameHasLeftTheWire) {
  // Four frames of 8 KiB: two fit. The third's data is asked for only when the first has left.
  for (uint16_t i = 0; i < 4; ++i) bench_.put_frame(0, plain(8000), i);
  bench_.ring(0);
  run_to_the_jobs(bench_);
  EXPECT_EQ(bench_.fetcher.frames(), 2u);
  while (bench_.port.frames.empty()) bench_.run_for(1'000);
  const Time left = bench_.port.frames[0].end;
  ASSERT_GT(left, bench_.events.now());
  bench_.run_for(left - 1 - bench_.events.now());
  EXPECT_EQ(bench_.fetcher.frames(), 2u);
  bench_.run_for(1);
  EXPECT_EQ(bench_.fetcher.frames(), 3u);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 4u);
}

class FetcherEnds : public testing::Test {
 protected:
  struct Drained : crypto::SaListener {
    std::vector<uint64_t> queues;
    std::vector<uint32_t> released;
    Time sealed = 0;
    Time heard = 0;
    const base::EventQueue* events = nullptr;
    void on_drained(uint64_t queue) { queues.push_back(queue); }
    void on_sa_released(uint32_t index, Time when) override {
      released.push_back(index);
      sealed = when;
      heard = events->now();
    }
  };
  void put_tso(uint16_t queue, size_t payload, uint16_t tag) {
    bench_.put(queue, queue::test::tso(1000, 54));
    bench_.put_frame(queue, pspnic::test::tso_template(TcpFlow{}, Bytes(payload, 1)), tag);
  }
  void put_psp_tso(size_t payload) {
    TcpFlow flow;
    flow.psp = true;
    idpf::PspContextDescriptor context = queue::test::psp(3, 1);
    context.command = idpf::kContextTso;
    context.mss = 1000;
    context.header_length = static_cast<uint8_t>(flow.header_bytes());
    bench_.sas.write(
        3, {flow.spi, psp::Version::kAesGcm128, 1, pspnic::test::session_key(psp::Version::kAesGcm128, 1)},
        0);
    bench_.put(0, queue::test::encode(context));
    bench_.put_frame(0, pspnic::test::tso_template(flow, Bytes(payload, 1)), 1);
  }
  TxBench bench_;
};

TEST_F(FetcherEnds, QueuesTakeTurnsByFrame) {
  for (uint16_t i = 0; i < 30; ++i) {
    bench_.put_frame(0, plain(1000), i);
    bench_.put_frame(1, plain(1001), i);
  }
  bench_.ring(0);
  bench_.ring(1);
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 60u);
  // Until the second queue's descriptors are there the first is alone.
  size_t from = 0;
  while (bench_.port.frames[from].bytes.size() == 1000) ++from;
  EXPECT_LE(from, 32u);
  for (size_t i = from; i + 1 < 2 * (30 - from); ++i) {
    EXPECT_NE(bench_.port.frames[i].bytes.size(), bench_.port.frames[i + 1].bytes.size()) << i;
  }
}

TEST_F(FetcherEnds, DisablingAQueueFinishesTheTsoFrameUnderWay) {
  put_tso(0, 60000, 1);
  put_tso(0, 60000, 2);
  bench_.ring(0);
  run_to_the_jobs(bench_);
  ASSERT_LT(bench_.fetcher.frames(), 60u);
  Drained drained;
  bench_.queues.disable(0, base::Callback::to<&Drained::on_drained>(drained));
  EXPECT_TRUE(drained.queues.empty());
  bench_.run();
  EXPECT_EQ(drained.queues, (std::vector<uint64_t>{0}));
  EXPECT_EQ(bench_.port.frames.size(), 60u);
  EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{1})) << "the second was not begun";
}

TEST_F(FetcherEnds, AnSaClosedWhileInUseIsReleasedWhenItsLastSegmentIsSealed) {
  Drained drained;
  drained.events = &bench_.events;
  bench_.sas.set_listener(&drained);
  put_psp_tso(40000);
  bench_.ring(0);
  run_to_the_jobs(bench_);
  EXPECT_EQ(bench_.sas.close(3, bench_.events.now()), base::kNever);
  EXPECT_TRUE(drained.released.empty());
  bench_.run();
  EXPECT_EQ(drained.released, (std::vector<uint32_t>{3}));
  EXPECT_GT(drained.sealed, drained.heard) << "the lanes' time is computed ahead";
  EXPECT_LE(drained.sealed, bench_.port.frames[39].start);
  EXPECT_EQ(bench_.port.frames.size(), 40u);
}

TEST_F(FetcherEnds, ResetInTheMiddleLosesWhatWasUnderWayAndNothingComesLate) {
  put_psp_tso(40000);
  put_tso(0, 60000, 2);
  for (uint16_t i = 0; i < 20; ++i) bench_.put_frame(1, plain(1500), i);
  bench_.ring(0);
  bench_.ring(1);
  run_to_the_jobs(bench_);
  const uint64_t held = bench_.fetcher.held();
  ASSERT_GT(held, 0u);
  // As the card does it.
  bench_.dma.reset();
  bench_.sas.reset();
  bench_.fetcher.reset();
  bench_.queues.reset();
  bench_.completions.reset();
  EXPECT_EQ(bench_.fetcher.held(), 0u);
  EXPECT_GT(bench_.drop(DropReason::kTxQueueReset), held) << "segments not yet asked for count as well";
  EXPECT_TRUE(bench_.balanced());
  EXPECT_EQ(bench_.pool.in_use(), 0u);
  const size_t sent = bench_.port.frames.size();
  bench_.memory.writes.clear();
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), sent);
  EXPECT_TRUE(bench_.memory.writes.empty());

  bench_.start(0);
  for (uint16_t i = 0; i < 100; ++i) bench_.put_frame(0, plain(2000), i);
  bench_.ring(0);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), sent + 100);
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(FetcherEnds, ResetWhileWaitingForTheBuffer) {
  // Fills the buffer with frames that are still to leave, so that a wake-up is due when the reset comes.
  for (uint16_t i = 0; i < 60; ++i) bench_.put_frame(0, plain(9000), i);
  bench_.ring(0);
  while (bench_.port.frames.size() < 20) bench_.run_for(1'000);
  bench_.dma.reset();
  bench_.fetcher.reset();
  bench_.queues.reset();
  bench_.start(0);
  bench_.put_frame(0, plain(100), 1);
  bench_.ring(0);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.back().bytes.size(), 100u);
  EXPECT_TRUE(bench_.balanced());
}

}  // namespace
}  // namespace pspnic::tx
