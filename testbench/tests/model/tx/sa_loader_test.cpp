// SPDX-License-Identifier: Apache-2.0
// SAs in memory: what a miss takes, whom it holds up, and what becomes of it when the memory fails.
#include "model/tx/sa_loader.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::Harness;
using pspnic::test::session_key;
using pspnic::test::TcpFlow;
using pspnic::test::Time;
using pspnic::test::TxBench;
using pspnic::test::TxSettings;
using Memory = crypto::SaCacheParams::Memory;

crypto::SaCacheParams in_memory(Memory memory, unsigned entries = 4) {
  crypto::SaCacheParams params;
  params.memory = memory;
  params.entries = entries;
  params.ways = entries;
  params.outstanding = 2;
  params.latency.ps = 150'000;
  params.bandwidth.bps = 64 * base::kGbps;  // 8 ns an SA
  return params;
}

struct Arrivals : SaLoadListener {
  explicit Arrivals(Harness& harness) : bench(harness) {}
  Harness& bench;
  std::vector<Time> times;
  void on_sa_loaded() override { times.push_back(bench.events.now()); }
};

constexpr Time kSa = 8'000;  // on the memory's channel

TEST(SaLoader, AMissTakesLatencyAndBandwidth) {
  Harness bench;
  SaLoader loader(bench.root, in_memory(Memory::kDevice), {bench.events, bench.dma});
  Arrivals arrivals(bench);
  loader.set_listener(&arrivals);
  EXPECT_EQ(loader.want(1), 1u);
  EXPECT_EQ(loader.want(2), 2u);
  EXPECT_EQ(loader.want(1), 1u) << "on its way already";
  EXPECT_EQ(loader.want(3), 3u) << "third of two at a time";
  bench.run_for(150'000 + kSa - 1);
  EXPECT_EQ(loader.loaded(), 0u);
  bench.run_for(1);
  EXPECT_EQ(loader.loaded(), 1u);
  bench.run();
  EXPECT_EQ(arrivals.times, (std::vector<Time>{150'000 + kSa, 150'000 + 2 * kSa, 2 * (150'000 + kSa)}));
  EXPECT_EQ(loader.want(1), 0u);
  EXPECT_EQ(loader.want(3), 0u);
}

TEST(SaLoader, FromTheHostItTakesARoundTrip) {
  Harness bench;
  SaLoader loader(bench.root, in_memory(Memory::kHost), {bench.events, bench.dma});
  Arrivals arrivals(bench);
  loader.set_listener(&arrivals);
  EXPECT_EQ(loader.want(7), 1u);
  bench.run();
  EXPECT_EQ(arrivals.times, (std::vector<Time>{pcie::LinkParams{}.round_trip.ps}))
      << "one request on an idle link";
  EXPECT_TRUE(bench.memory.writes.empty());
  loader.on_written(9);
  bench.run();
  EXPECT_TRUE(bench.memory.writes.empty()) << "contents stay in the table";
  EXPECT_EQ(bench.memory.faults.size(), 0u);
}

TEST(SaLoader, WrittenAndErasedOnesAreReadAgain) {
  Harness bench;
  SaLoader loader(bench.root, in_memory(Memory::kDevice), {bench.events, bench.dma});
  loader.want(1);
  loader.want(2);
  bench.run();
  EXPECT_EQ(loader.want(1), 0u);
  loader.on_erased(1);
  EXPECT_NE(loader.want(1), 0u);
  loader.on_written(2);
  EXPECT_NE(loader.want(2), 0u);
  loader.on_erased(2);  // on its way: what comes is out of date
  bench.run();
  EXPECT_EQ(loader.want(1), 0u);
  EXPECT_NE(loader.want(2), 0u);
}

TEST(SaLoader, AResetForgetsWhatIsUnderWay) {
  Harness bench;
  SaLoader loader(bench.root, in_memory(Memory::kDevice), {bench.events, bench.dma});
  const uint64_t first = loader.want(1);
  loader.reset();
  bench.run();
  EXPECT_GE(loader.loaded(), first) << "nobody waits for it";
  const uint64_t second = loader.want(1);
  EXPECT_GT(second, loader.loaded());
  bench.run();
  EXPECT_EQ(loader.loaded(), second);
}

class CachedSas : public testing::Test {
 protected:
  static constexpr Time kLatency = 5'000'000;  // long enough for another queue's completion

  static TxSettings settings() {
    TxSettings settings;
    settings.sa_cache = in_memory(Memory::kDevice, 2);
    settings.sa_cache.latency.ps = kLatency;
    return settings;
  }
  void add(uint32_t index) {
    bench_.sas.write(index,
                     {flow_.spi, psp::Version::kAesGcm128, 1, session_key(psp::Version::kAesGcm128, 9)}, 0);
  }
  void send(uint16_t queue, uint32_t index, uint16_t tag) {
    bench_.put(queue, queue::test::encode(queue::test::psp(index, 1)));
    bench_.put_frame(queue, pspnic::test::tso_template(flow_, Bytes(200, 1)), tag);
  }
  // From its doorbell to the wire of a packet that is alone.
  Time latency(uint32_t index) {
    const Time begin = bench_.events.now();
    bench_.port.frames.clear();
    send(0, index, 0);
    bench_.ring(0);
    bench_.run();
    EXPECT_EQ(bench_.port.frames.size(), 1u);
    return bench_.port.frames.empty() ? 0 : bench_.port.frames[0].start - begin;
  }

  TcpFlow flow_ = [] {
    TcpFlow flow;
    flow.psp = true;
    flow.version = 0;
    return flow;
  }();
  TxBench bench_{settings()};
};

TEST_F(CachedSas, AMissDelaysThePacketByExactlyItsTime) {
  for (uint32_t i = 0; i < 4; ++i) add(i);
  const Time miss = latency(0);
  const Time hit = latency(0);
  EXPECT_EQ(miss - hit, kLatency + kSa);
  EXPECT_EQ(latency(1), miss);
  EXPECT_EQ(latency(2), miss) << "0 goes";
  EXPECT_EQ(latency(1), hit);
  EXPECT_EQ(latency(0), miss) << "2 goes";
  EXPECT_EQ(latency(1), hit);
}

TEST_F(CachedSas, OrderWithinTheQueueAndNoneAmongQueues) {
  add(0);
  add(1);
  latency(1);
  bench_.tags(0);
  bench_.port.frames.clear();
  send(0, 0, 10);  // misses
  send(0, 1, 11);  // hits, and waits behind it
  send(1, 1, 20);
  bench_.put_frame(0, Bytes(100, 0x12), 12);  // plain
  bench_.ring(0);
  bench_.ring(1);
  while (bench_.port.frames.empty()) bench_.run_for(1000);
  bench_.run_for(kLatency / 5);
  EXPECT_EQ(bench_.tags(1), std::vector<uint16_t>{20}) << "does not wait";
  EXPECT_TRUE(bench_.tags(0).empty());
  bench_.run();
  EXPECT_EQ(bench_.tags(0), (std::vector<uint16_t>{10, 11, 12}));
}

TEST_F(CachedSas, ASaErasedWhileItIsOnItsWayStillServesItsPacket) {
  add(0);
  send(0, 0, 1);
  bench_.ring(0);
  while (bench_.sas.close(0, bench_.events.now()) == 0) {
    add(0);
    bench_.run_for(10'000);
  }
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 1u);
  EXPECT_EQ(bench_.sas.state(0), crypto::SaState::kErasing) << "nobody has wiped it";
}

TEST(CachedSasInHost, AMemoryThatFailsSendsNothing) {
  TxSettings settings;
  settings.sa_cache = in_memory(Memory::kHost, 2);
  TxBench bench(settings);
  TcpFlow flow;
  flow.psp = true;
  flow.version = 0;
  bench.sas.write(0, {flow.spi, psp::Version::kAesGcm128, 1, session_key(psp::Version::kAesGcm128, 9)}, 0);
  pspnic::test::BadReads faults(pcie::ReadFor::kOwnMemory);
  bench.dma.set_fault_source(&faults);
  bench.put(0, queue::test::encode(queue::test::psp(0, 1)));
  bench.put_frame(0, pspnic::test::tso_template(flow, Bytes(200, 1)), 5);
  bench.ring(0);
  bench.run();
  EXPECT_TRUE(bench.port.frames.empty());
  EXPECT_EQ(bench.tags(0), std::vector<uint16_t>{5});
  EXPECT_EQ(bench.drop(DropReason::kTxNoSa), 1u);
  EXPECT_EQ(bench.sas.close(0, bench.events.now()), 0u) << "nothing holds it any more";
}

}  // namespace
}  // namespace pspnic::tx
