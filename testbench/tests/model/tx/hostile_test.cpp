// SPDX-License-Identifier: Apache-2.0
// A driver that writes nonsense into one transmit queue while another one goes on as it should.
#include <gtest/gtest.h>

#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using pspnic::test::Bytes;
using pspnic::test::FlatMemory;
using pspnic::test::TcpFlow;
using pspnic::test::TxBench;

constexpr uint16_t kBad = 0;
constexpr uint16_t kGood = 1;
constexpr size_t kGoodBytes = 777;

class HostileDriver : public testing::TestWithParam<unsigned> {
 protected:
  HostileDriver() : random_(GetParam()) {
    TcpFlow flow;
    flow.psp = true;
    frames_.push_back(bench_.memory.store(pspnic::test::tso_template(flow, Bytes(60000, 1))));
    flow.tunnel = true;
    frames_.push_back(bench_.memory.store(pspnic::test::tso_template(flow, Bytes(60000, 1))));
    frames_.push_back(bench_.memory.store(pspnic::test::tso_template(TcpFlow{}, Bytes(60000, 1))));
    frames_.push_back(bench_.memory.store(pspnic::test::random_bytes(random_, 65536)));
    frames_.push_back(FlatMemory::kUnmapped);
    bench_.sas.write(
        1, {flow.spi, psp::Version::kAesGcm128, 1, pspnic::test::session_key(psp::Version::kAesGcm128, 1)},
        0);
  }

  // 0..below-1
  uint32_t pick(size_t below) { return static_cast<uint32_t>(random_() % below); }

  queue::test::Descriptor descriptor() {
    queue::test::Descriptor bytes;
    switch (pick(8)) {
      case 0: {
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_());
        return bytes;
      }
      case 1:
        return queue::test::tso(static_cast<uint16_t>(pick(2000)), pick(2) == 0 ? 54 : 98);
      case 2:
      case 3: {
        idpf::PspContextDescriptor context = queue::test::psp(pick(3), static_cast<uint16_t>(pick(3)));
        context.command = pick(2) == 0 ? idpf::kContextTso : uint16_t{0};
        context.mss = static_cast<uint16_t>(pick(10000));
        context.header_length = static_cast<uint8_t>(pick(2) == 0 ? 78 : random_());
        context.append_icv = pick(4) != 0;
        context.insert_spi = pick(2) == 0;
        bytes = queue::test::encode(context);
        break;
      }
      default:
        bytes = queue::test::encode({.buffer_address = frames_[pick(frames_.size())] + pick(4) * 20,
                                     .eop = pick(2) == 0,
                                     .cs_en = pick(2) == 0,
                                     .re = pick(2) == 0,
                                     .buffer_size = static_cast<uint16_t>(pick(pick(3) == 0 ? 200 : 16384))});
    }
    if (pick(20) == 0) bytes[pick(16)] ^= static_cast<uint8_t>(1 << pick(8));
    return bytes;
  }

  TxBench bench_;
  std::mt19937 random_;
  std::vector<uint64_t> frames_;
};

struct Ignored {
  void on_drained(uint64_t) { ++count; }
  int count = 0;
};

TEST_P(HostileDriver, HarmsOnlyItself) {
  Bytes good(kGoodBytes, 0x5c);
  good[0] = 2;
  good[12] = 0x12;
  const uint64_t address = bench_.memory.store(good);
  Ignored drained;
  uint64_t sent = 0;
  for (int step = 0; step < 2000; ++step) {
    bench_.put(kBad, descriptor());
    if (pick(4) == 0) {
      bench_.queues.write_tail(kBad, pick(50) == 0 ? static_cast<uint32_t>(random_()) : bench_.tail(kBad));
    }
    if (pick(8) == 0) bench_.run_for(pick(2'000'000));
    if (pick(40) == 0) {  // the control plane mends the queue
      const int before = drained.count;
      if (bench_.queues.enabled(kBad)) {
        bench_.queues.disable(kBad, base::Callback::to<&Ignored::on_drained>(drained));
        bench_.run();
        ASSERT_EQ(drained.count, before + 1) << "drains whatever has happened";
      }
      bench_.start(kBad);
    }
    if (pick(10) == 0) {
      bench_.put(kGood, queue::test::data(address, kGoodBytes));
      bench_.ring(kGood);
      ++sent;
    }
  }
  bench_.run();
  uint64_t arrived = 0;
  for (const pspnic::test::Port::Frame& frame : bench_.port.frames) arrived += frame.bytes == good;
  EXPECT_EQ(arrived, sent);
  EXPECT_EQ(bench_.tags(kGood).size(), sent % (2 * TxBench::kRing));
  EXPECT_GT(bench_.violations.count(), 10u);
  EXPECT_TRUE(bench_.balanced());
  EXPECT_EQ(bench_.fetcher.held(), 0u);
  EXPECT_EQ(bench_.pool.in_use(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HostileDriver, testing::Values(1, 2, 3, 4, 5));

}  // namespace
}  // namespace pspnic::tx
