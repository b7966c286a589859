// SPDX-License-Identifier: Apache-2.0
// A whole card whose cable comes back to it, under the driver model and under worse ones: what the firmware
// asks the hardware for has to happen, and end.
#include "model/nic/hardware.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "model/idpf/psp_ext.h"
#include "testbench/host/driver.h"
#include "testbench/tests/model/nic/card_bench.h"
#include "testbench/tests/model/tx/reference_segments.h"

namespace pspnic::nic {
namespace {

using base::Time;
using host::Space;
using pspnic::test::connect;
using pspnic::test::kFlight;
using Bytes = std::vector<uint8_t>;

struct Collector : host::Stack {
  std::vector<Bytes> frames;
  std::vector<host::RxInfo> infos;
  uint64_t sent = 0;
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    frames.emplace_back(frame.begin(), frame.end());
    infos.push_back(info);
  }
  void on_sent(unsigned, uint64_t) override { ++sent; }
  void on_transmit_room(unsigned) override {}
};

host::DriverConfig two_queues() {
  host::DriverConfig config;
  config.queue_pairs = 2;
  config.tx_ring = 256;
  config.rx_ring = 256;
  config.buffer_ring = 256;
  return config;
}

class HardwareTest : public testing::Test, protected pspnic::test::CardBench {
 protected:
  void run(std::function<void()> body) { EXPECT_EQ(run_script(std::move(body)), ""); }
  static Bytes frame(size_t payload_bytes, uint8_t seed = 1) {
    const Bytes payload(payload_bytes, seed);
    return pspnic::test::segment({}, payload, 0, 0, payload_bytes, true, true);
  }
  void expect_clean(const host::Driver& driver) {
    EXPECT_TRUE(driver.anomalies().empty()) << driver.anomalies().front();
  }
  // A frame through this queue arrives.
  void expect_traffic(host::Driver& driver, Collector& stack, unsigned queue) {
    const size_t before = stack.frames.size();
    const Bytes bytes = frame(500, static_cast<uint8_t>(before));
    ASSERT_TRUE(driver.transmit(queue, {.bytes = bytes}));
    driver.flush(queue);
    host_.delay(kFlight);
    ASSERT_EQ(stack.frames.size(), before + 1);
    EXPECT_EQ(stack.frames.back(), bytes);
  }

  Collector stack_;
};

TEST_F(HardwareTest, DriverComesUpSendsAndGoesDownTwice) {
  run([&] {
    host::Driver driver(host_, two_queues());
    for (int round = 0; round < 2; ++round) {
      driver.start(stack_);
      for (unsigned queue = 0; queue < 2; ++queue) expect_traffic(driver, stack_, queue);
      driver.stop();
    }
    EXPECT_EQ(stack_.sent, 4u);
    expect_clean(driver);
  });
  EXPECT_EQ(nic_.violations().count(), 0u);
}

TEST_F(HardwareTest, SealedFramesComeBackOpened) {
  run([&] {
    host::Driver driver(host_, two_queues());
    driver.start(stack_);
    ASSERT_TRUE(driver.psp_available());
    for (unsigned version = 0; version < 4; ++version) {
      host::RxSa sa;
      const host::SaHandle handle = connect(driver, sa, static_cast<psp::Version>(version));
      const Bytes bytes = frame(700, static_cast<uint8_t>(version));
      const size_t before = stack_.frames.size();
      ASSERT_TRUE(driver.transmit(0, {.bytes = bytes, .sa = handle, .spi = sa.spi, .version = sa.version}));
      driver.flush(0);
      host_.delay(kFlight);
      ASSERT_EQ(stack_.frames.size(), before + 1);
      EXPECT_EQ(stack_.frames.back(), bytes);
      EXPECT_TRUE(stack_.infos.back().psp);
      EXPECT_EQ(stack_.infos.back().spi, sa.spi);
      EXPECT_EQ(stack_.infos.back().generation, sa.generation);
    }
    const idpf::PspStats stats = driver.psp_statistics();
    EXPECT_EQ(stats.tx_packets, 4u);
    EXPECT_EQ(stats.rx_packets, 4u);
    EXPECT_EQ(stats.tx_bytes, 4 * 720u);
    EXPECT_EQ(stats.rx_bytes, 4 * 720u);
    driver.stop();
    expect_clean(driver);
  });
}

TEST_F(HardwareTest, DeletingSasWaitsForWhatIsInFlightAndEnds) {
  run([&] {
    host::Driver driver(host_, two_queues());
    driver.start(stack_);
    host::RxSa sa;
    const host::SaHandle handle = connect(driver, sa);
    const Bytes payload(60000, 3);
    const Bytes bytes = pspnic::test::segment({}, payload, 0, 0, payload.size(), true, true);
    const host::TxFrame large{
        .bytes = bytes, .sa = handle, .spi = sa.spi, .version = sa.version, .tso_mss = 1000};
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(driver.transmit(0, large));
    driver.flush(0);
    host_.delay(2 * base::kUs);
    driver.delete_tx_sas(std::span(&handle, 1));  // throws if it does not end
    ASSERT_TRUE(driver.transmit(0, large));
    driver.flush(0);
    host_.delay(kFlight);
    EXPECT_EQ(stack_.sent, 5u);
    EXPECT_GE(driver.psp_statistics().tx_bad_sa, 1u);
    driver.stop();
    expect_clean(driver);
  });
}

TEST_F(HardwareTest, DisablingQueuesUnderTrafficEndsWithMarkers) {
  run([&] {
    host::Driver driver(host_, two_queues());
    driver.start(stack_);
    const Bytes payload(60000, 3);
    const Bytes bytes = pspnic::test::segment({}, payload, 0, 0, payload.size(), true, true);
    for (unsigned queue = 0; queue < 2; ++queue) {
      for (int i = 0; i < 8; ++i) ASSERT_TRUE(driver.transmit(queue, {.bytes = bytes, .tso_mss = 1000}));
      driver.flush(queue);
    }
    host_.delay(2 * base::kUs);
    driver.stop();
    expect_clean(driver);
    driver.start(stack_);
    expect_traffic(driver, stack_, 1);
    driver.stop();
  });
}

TEST_F(HardwareTest, ResetAtAwkwardMoments) {
  run([&] {
    const Bytes payload(60000, 3);
    const Bytes bytes = pspnic::test::segment({}, payload, 0, 0, payload.size(), true, true);
    for (Time wait = 0; wait < 6 * base::kUs; wait += 313 * base::kNs) {
      host::Driver driver(host_, two_queues());
      Collector stack;
      driver.start(stack);
      host::RxSa sa;
      const host::SaHandle handle = connect(driver, sa);
      ASSERT_TRUE(driver.transmit(
          0, {.bytes = bytes, .sa = handle, .spi = sa.spi, .version = sa.version, .tso_mss = 1000}));
      ASSERT_TRUE(driver.transmit(1, {.bytes = bytes, .tso_mss = 1000}));
      for (unsigned queue = 0; queue < 2; ++queue) driver.flush(queue);
      host_.delay(wait + 1);
      host_.write32(Space::kBar0, idpf::pf::kPfgenCtrl, idpf::kPfSwr);
      EXPECT_EQ(host_.read32(Space::kBar0, idpf::pf::kPfgenRstat), idpf::kRstatInProgress);
      const size_t received = stack.frames.size();
      host_.delay(2 * base::kUs);
      EXPECT_EQ(host_.read32(Space::kBar0, idpf::pf::kAtqlen), 0u);
      host_.delay(20 * base::kUs);
      EXPECT_EQ(host_.read32(Space::kBar0, idpf::pf::kPfgenRstat), idpf::kRstatCompleted);
      EXPECT_LE(stack.frames.size(), received + 64) << "only what was in host memory already";
    }
    host::Driver driver(host_, two_queues());
    driver.start(stack_);
    expect_traffic(driver, stack_, 0);
    driver.stop();
    expect_clean(driver);
  });
}

host::DriverConfig all_receive_offloads() {
  host::DriverConfig config = two_queues();
  config.rx_ring = 512;
  config.gro = config.header_split = config.psp_strip_headers = true;
  return config;
}

// One large frame of 60 segments that may be merged.
struct LargeFrame {
  Bytes bytes;
  host::TxFrame tx;
  LargeFrame() {
    pspnic::test::TcpFlow flow;
    flow.flags = 0x10;
    bytes = pspnic::test::segment(flow, Bytes(60000, 3), 0, 0, 60000, true, true);
    tx = {.bytes = bytes, .tso_mss = 1000};
  }
};

TEST_F(HardwareTest, MergedFramesComeBackWholeWithAndWithoutPsp) {
  run([&] {
    host::Driver driver(host_, all_receive_offloads());
    driver.start(stack_);
    host::RxSa sa;
    LargeFrame large;
    for (const bool psp : {false, true}) {
      if (psp) {
        large.tx.sa = connect(driver, sa);
        large.tx.spi = sa.spi;
      }
      ASSERT_TRUE(driver.transmit(0, large.tx));
      driver.flush(0);
      host_.delay(kFlight);
      ASSERT_EQ(stack_.frames.size(), psp ? 2u : 1u);
      EXPECT_EQ(stack_.frames.back(), large.bytes);
      EXPECT_EQ(stack_.infos.back().segments, 60u);
      EXPECT_EQ(stack_.infos.back().segment_bytes, 1000u);
      EXPECT_EQ(stack_.infos.back().psp, psp);
      EXPECT_TRUE(stack_.infos.back().l4_checksum_ok);
    }
    EXPECT_EQ(driver.stats().rx_header_split, 2u);
    driver.stop();
    expect_clean(driver);
  });
  EXPECT_EQ(nic_.violations().count(), 0u);
}

TEST_F(HardwareTest, QueuesAreDisabledAndFunctionsResetWhileContextsAreOpen) {
  run([&] {
    const LargeFrame large;
    for (Time wait = 3 * base::kUs; wait < 8 * base::kUs; wait += 613 * base::kNs) {
      host::Driver driver(host_, all_receive_offloads());
      Collector stack;
      driver.start(stack);
      for (unsigned queue = 0; queue < 2; ++queue) {
        ASSERT_TRUE(driver.transmit(queue, large.tx));
        driver.flush(queue);
      }
      host_.delay(wait);
      driver.stop();
      expect_clean(driver);
      driver.start(stack);
      ASSERT_TRUE(driver.transmit(0, large.tx));
      driver.flush(0);
      host_.delay(wait);
      host_.write32(Space::kBar0, idpf::pf::kPfgenCtrl, idpf::kPfSwr);
      host_.delay(20 * base::kUs);
      EXPECT_EQ(nic_.receive_path().gro_stats().contexts.value(), 0u);
    }
    host::Driver driver(host_, all_receive_offloads());
    driver.start(stack_);
    expect_traffic(driver, stack_, 0);
    driver.stop();
  });
}

class NonsenseTest : public HardwareTest, public testing::WithParamInterface<unsigned> {};

TEST_P(NonsenseTest, InTheRegistersIsOverWithAReset) {
  run([&] {
    std::mt19937 random(GetParam());
    const auto pick = [&](uint64_t below) { return static_cast<uint32_t>(random() % below); };
    {
      host::Driver driver(host_, two_queues());
      driver.start(stack_);
      expect_traffic(driver, stack_, 0);
      const Bytes bytes = frame(1000);
      for (int i = 0; i < 2000; ++i) {
        uint32_t offset = pick(idpf::pf::kBar0Bytes) & ~3u;
        switch (pick(6)) {
          case 0:
            offset = idpf::pf::tx_tail(pick(5));
            break;
          case 1:
            offset = idpf::pf::rx_buf_tail(pick(9));
            break;
          case 2:
            offset = idpf::pf::glint_dyn_ctl(pick(70)) + pick(4) * 4;
            break;
          case 3:
            offset = idpf::pf::kArqbal + pick(10) * 4;
            break;
          case 4:
            offset = 0x08406000 + pick(0x400) * 4;
            break;
          default:
            break;
        }
        if (offset == idpf::pf::kPfgenCtrl || offset == idpf::pf::kPfgenRtrig) continue;
        host_.write32(Space::kBar0, offset, pick(2) == 0 ? static_cast<uint32_t>(random()) : pick(300));
        if (pick(10) == 0) host_.write32(Space::kBar4, pick(0x400) * 4, static_cast<uint32_t>(random()));
        if (pick(30) == 0) host_.delay(pick(base::kUs));
      }
      host_.delay(kFlight);
    }
    host_.write32(Space::kBar0, idpf::pf::kPfgenCtrl, idpf::kPfSwr);
    host_.delay(kFlight);
    Collector stack;
    host::Driver driver(host_, two_queues());
    driver.start(stack);
    for (unsigned queue = 0; queue < 2; ++queue) expect_traffic(driver, stack, queue);
    driver.stop();
    expect_clean(driver);
  });
  EXPECT_GT(nic_.violations().count(), 100u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, NonsenseTest, testing::Values(1, 2, 3));

}  // namespace
}  // namespace pspnic::nic
