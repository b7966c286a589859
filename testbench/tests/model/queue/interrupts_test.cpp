// SPDX-License-Identifier: Apache-2.0
// DYN_CTL and ITR as drivers use them. Messages are watched where they land, in host memory.
#include "model/queue/interrupts.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/pcie/dma_bench.h"

namespace pspnic::queue {
namespace {

using pcie::ConfigSpace;
using pcie::DmaBench;
using pcie::FakeMemory;

constexpr uint16_t kVectors = 4;
constexpr uint64_t kMessages = FakeMemory::kBase;
constexpr uint32_t kIntena = 1u << 0;
constexpr uint32_t kClearPba = 1u << 1;
constexpr uint32_t kSwintTrig = 1u << 2;
constexpr uint32_t kNoItr = 3u << 3;
constexpr uint32_t kSwItrIndxEna = 1u << 24;
constexpr uint32_t kWbOnItr = 1u << 30;
constexpr uint32_t kIntenaMsk = 1u << 31;
constexpr uint8_t kItrNone = 3;

constexpr uint32_t itr_indx(uint32_t index, uint32_t interval) {
  return index << 3 | interval << 5;
}
constexpr uint32_t sw_itr_indx(uint32_t index) {
  return index << 25;
}

struct InterruptBench : DmaBench {
  InterruptBench() {
    config.write(ConfigSpace::kMsixCapability, 1u << 31);
    for (uint32_t v = 0; v < kVectors; ++v) {
      msix.write(16 * v, static_cast<uint32_t>(kMessages + 8 * v));
      msix.write(16 * v + 4, static_cast<uint32_t>((kMessages + 8 * v) >> 32));
      msix.write(16 * v + 12, 0);
    }
  }
  void control(Time when, uint16_t vector, uint32_t value) {
    agenda.at(when, [this, vector, value] { interrupts.write_dyn_ctl(vector, value); });
  }
  void cause(Time when, uint16_t vector, uint8_t itr) {
    agenda.at(when, [this, vector, itr] { interrupts.cause(vector, itr); });
  }
  // When the vector fired: a message takes 28 bytes on the link and the posted latency.
  std::vector<Time> fired(uint16_t vector) const {
    std::vector<Time> times;
    for (const pcie::Landed& message : memory.landed) {
      if (message.address == kMessages + 8u * vector) times.push_back(message.when - kMessageTime);
    }
    return times;
  }

  static constexpr Time kMessageTime =
      250 * base::kNs + static_cast<Time>(28 * 8e12 / pcie::kGen4Mps256Bps) + 1;  // rounded up
  ConfigSpace config{{.bar0_bytes = 1u << 20, .vectors = kVectors}};
  pcie::MsixTable msix{root, kVectors, config, dma};
  Interrupts interrupts{root, kVectors, events, msix};
};

using Times = std::vector<Time>;
constexpr Time kUs = base::kUs;

TEST(Interrupts, FiringClearsIntena) {
  InterruptBench bench;
  bench.control(1 * kUs, 1, kIntena | kNoItr);
  bench.agenda.at(2 * kUs, [&] { EXPECT_EQ(bench.interrupts.read_dyn_ctl(1), kIntena); });
  bench.cause(3 * kUs, 1, 0);
  bench.agenda.at(4 * kUs, [&] { EXPECT_EQ(bench.interrupts.read_dyn_ctl(1), 0u); });
  bench.cause(5 * kUs, 1, 0);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), Times{3 * kUs}) << "the second waits for INTENA";
}

TEST(Interrupts, CausesWhileIntenaIsZeroStayPending) {
  InterruptBench bench;
  bench.cause(1 * kUs, 1, 0);
  bench.cause(2 * kUs, 1, 1);
  bench.control(5 * kUs, 1, kIntena | kNoItr);
  bench.control(9 * kUs, 1, kIntena | kNoItr);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), Times{5 * kUs}) << "one message for all of them";
}

TEST(Interrupts, TheFirstCauseIsNotDelayed) {
  InterruptBench bench;
  bench.interrupts.write_itr(1, 0, 50);
  bench.control(1 * kUs, 1, kIntena | kNoItr);
  bench.cause(2 * kUs, 1, 0);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), Times{2 * kUs});
}

// ITR 4 is 8 us from one firing to the next.
TEST(Interrupts, TheIntervalHoldsToThePicosecond) {
  InterruptBench bench;
  bench.interrupts.write_itr(2, 0, 4);
  const auto arm = [&](Time when) { bench.control(when, 2, kIntena | kNoItr); };
  arm(0);
  bench.cause(1 * kUs, 2, 0);
  arm(2 * kUs);
  bench.cause(9 * kUs - 1, 2, 0);  // a picosecond early
  arm(10 * kUs);
  bench.cause(17 * kUs, 2, 0);  // just in time
  arm(18 * kUs);
  bench.cause(25 * kUs + 1, 2, 0);  // late
  arm(26 * kUs);
  bench.cause(26 * kUs, 2, 0);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(2), (Times{1 * kUs, 9 * kUs, 17 * kUs, 25 * kUs + 1, 33 * kUs + 1}));
}

TEST(Interrupts, EachCauseHasItsOwnInterval) {
  InterruptBench bench;
  bench.interrupts.write_itr(1, 0, 50);  // 100 us
  bench.interrupts.write_itr(1, 1, 10);  // 20 us
  bench.control(0, 1, kIntena | kNoItr);
  bench.cause(1 * kUs, 1, 0);
  bench.control(1 * kUs, 1, kIntena | kNoItr);
  bench.cause(2 * kUs, 1, 0);   // due at 101 us
  bench.cause(30 * kUs, 1, 1);  // due since 21 us: takes the other along
  bench.control(40 * kUs, 1, kIntena | kNoItr);
  bench.cause(41 * kUs, 1, 0);  // due at 130 us
  bench.cause(42 * kUs, 1, 1);  // due at 50 us: earlier than the timer that runs
  bench.control(60 * kUs, 1, kIntena | kNoItr);
  bench.cause(61 * kUs, 1, 0);  // due at 150 us; the timer of 130 us must not fire it
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), (Times{1 * kUs, 30 * kUs, 50 * kUs, 150 * kUs}));
}

TEST(Interrupts, ACauseWithoutIntervalIsImmediate) {
  InterruptBench bench;
  bench.interrupts.write_itr(1, 0, 50);
  bench.control(0, 1, kIntena | kNoItr);
  bench.cause(1 * kUs, 1, 0);
  bench.control(2 * kUs, 1, kIntena | kNoItr);
  bench.cause(3 * kUs, 1, 0);
  bench.cause(4 * kUs, 1, kItrNone);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), (Times{1 * kUs, 4 * kUs}));
}

TEST(Interrupts, ATimerThatEndsWhileIntenaIsZeroFiresLater) {
  InterruptBench bench;
  bench.interrupts.write_itr(1, 0, 5);
  bench.control(0, 1, kIntena | kNoItr);
  bench.cause(1 * kUs, 1, 0);
  bench.control(2 * kUs, 1, kIntena | kNoItr);
  bench.cause(3 * kUs, 1, 0);         // due at 11 us
  bench.control(4 * kUs, 1, kNoItr);  // disarmed
  bench.control(20 * kUs, 1, kIntena | kNoItr);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), (Times{1 * kUs, 20 * kUs}));
}

TEST(Interrupts, SoftwareTriggersWithoutACause) {
  InterruptBench bench;
  bench.control(1 * kUs, 1, kIntena | kSwintTrig | kNoItr);
  bench.control(2 * kUs, 1, kSwintTrig | kNoItr);  // INTENA is 0: pending
  bench.control(7 * kUs, 1, kIntena | kNoItr);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), (Times{1 * kUs, 7 * kUs}));
}

TEST(Interrupts, SoftwareTriggerObeysItsInterval) {
  InterruptBench bench;
  bench.interrupts.write_itr(1, 2, 10);  // 20 us
  bench.control(1 * kUs, 1, kIntena | kSwintTrig | kNoItr);
  bench.control(2 * kUs, 1, kIntena | kSwintTrig | kNoItr | kSwItrIndxEna | sw_itr_indx(2));
  bench.control(30 * kUs, 1, kIntena | kSwintTrig | kNoItr | sw_itr_indx(2));  // index not enabled: at once
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), (Times{1 * kUs, 21 * kUs, 30 * kUs}));
}

TEST(Interrupts, IntenaMskLeavesIntenaAsItIs) {
  InterruptBench bench;
  bench.control(1 * kUs, 1, kIntena | kNoItr);
  bench.control(2 * kUs, 1, kIntenaMsk | kNoItr);            // stays 1
  bench.control(2 * kUs, 2, kIntenaMsk | kIntena | kNoItr);  // stays 0
  bench.agenda.at(3 * kUs, [&] {
    EXPECT_EQ(bench.interrupts.read_dyn_ctl(1) & kIntena, kIntena);
    EXPECT_EQ(bench.interrupts.read_dyn_ctl(2) & kIntena, 0u);
  });
  bench.cause(4 * kUs, 1, 0);
  bench.cause(4 * kUs, 2, 0);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), Times{4 * kUs});
  EXPECT_EQ(bench.fired(2), Times{});
}

TEST(Interrupts, ItrIndx3UpdatesNoInterval) {
  InterruptBench bench;
  for (unsigned i = 0; i < 3; ++i) bench.interrupts.write_itr(1, i, 100 + i);
  bench.interrupts.write_dyn_ctl(1, itr_indx(3, 77));
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(bench.interrupts.read_itr(1, i), 100 + i);
  for (unsigned i = 0; i < 3; ++i) {
    bench.interrupts.write_dyn_ctl(1, itr_indx(i, 200 + i));
    EXPECT_EQ(bench.interrupts.read_itr(1, i), 200 + i);
  }
  bench.interrupts.write_itr(1, 0, 0xffff'ffff);
  EXPECT_EQ(bench.interrupts.read_itr(1, 0), 0xfffu) << "12 bits";
  EXPECT_EQ(bench.interrupts.read_itr(2, 0), 0u) << "other vectors are not touched";
}

TEST(Interrupts, WbOnItrIsKeptAndFiresNothing) {
  InterruptBench bench;
  bench.control(1 * kUs, 1, kWbOnItr | kIntenaMsk | kNoItr);
  bench.cause(2 * kUs, 1, 0);
  bench.agenda.at(3 * kUs, [&] { EXPECT_EQ(bench.interrupts.read_dyn_ctl(1), kWbOnItr); });
  bench.control(5 * kUs, 1, kIntena | kNoItr);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), Times{5 * kUs});
}

TEST(Interrupts, ClearPbaForgetsWhatIsPending) {
  InterruptBench bench;
  bench.cause(1 * kUs, 1, 0);
  bench.control(2 * kUs, 1, kIntena | kClearPba | kNoItr);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), Times{});
}

// What Linux's idpf writes: 0x19 to arm; to leave busy polling, a software interrupt and ITR 2 = 50 us.
TEST(Interrupts, ValuesOfLinux) {
  constexpr uint32_t kArm = 0x19;
  constexpr uint32_t kLeavePolling = kIntena | kSwintTrig | kSwItrIndxEna | 2u << 3 | 50u << 4;
  constexpr uint32_t kPoll = kWbOnItr | kIntenaMsk | kNoItr;
  InterruptBench bench;
  bench.interrupts.write_itr(1, 0, 5);
  bench.control(1 * kUs, 1, kArm);
  bench.cause(2 * kUs, 1, 0);
  bench.control(3 * kUs, 1, kPoll);
  bench.cause(20 * kUs, 1, 0);
  bench.cause(30 * kUs, 1, 0);
  bench.control(40 * kUs, 1, kLeavePolling);
  bench.agenda.at(41 * kUs, [&] {
    EXPECT_EQ(bench.interrupts.read_itr(1, 2), 25u);
    EXPECT_EQ(bench.interrupts.read_itr(1, 0), 5u);
    EXPECT_EQ(bench.interrupts.read_dyn_ctl(1), 0u);
  });
  bench.control(60 * kUs, 1, kArm);
  bench.cause(61 * kUs, 1, 0);
  bench.control(70 * kUs, 1, kArm);
  bench.control(71 * kUs, 1, 0);  // interface goes down
  bench.cause(72 * kUs, 1, 0);
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), (Times{2 * kUs, 40 * kUs, 61 * kUs}));
}

// DPDK's idpf never sets INTENA: it wants descriptors written back, and polls.
TEST(Interrupts, ValuesOfDpdk) {
  InterruptBench bench;
  EXPECT_EQ(bench.interrupts.read_dyn_ctl(1), 0u);
  EXPECT_EQ(bench.interrupts.read_itr(1, 0), 0u);
  bench.control(1 * kUs, 1, kWbOnItr | 0x10u << 5);
  for (Time t = 2; t < 100; ++t) bench.cause(t * kUs, 1, static_cast<uint8_t>(t % 4));
  sc_core::sc_start();
  EXPECT_EQ(bench.interrupts.read_dyn_ctl(1), kWbOnItr);
  EXPECT_EQ(bench.interrupts.read_itr(1, 0), 0x10u);
  EXPECT_EQ(bench.fired(1), Times{});
}

TEST(Interrupts, AResetStopsTimersAndForgetsEverything) {
  InterruptBench bench;
  bench.interrupts.write_itr(1, 0, 5);
  bench.control(0, 1, kIntena | kNoItr);
  bench.cause(1 * kUs, 1, 0);
  bench.control(2 * kUs, 1, kIntena | kNoItr);
  bench.cause(3 * kUs, 1, 0);  // due at 11 us
  bench.cause(3 * kUs, 2, 0);  // pending
  bench.agenda.at(4 * kUs, [&] {
    bench.interrupts.reset();
    EXPECT_EQ(bench.interrupts.read_itr(1, 0), 0u);
    EXPECT_EQ(bench.interrupts.read_dyn_ctl(1), 0u);
  });
  bench.control(5 * kUs, 1, kIntena | itr_indx(0, 50));
  bench.control(5 * kUs, 2, kIntena | kNoItr);
  bench.cause(30 * kUs, 1, 0);  // the first of a new life
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), (Times{1 * kUs, 30 * kUs}));
  EXPECT_EQ(bench.fired(2), Times{});
}

TEST(Interrupts, CausesOfNobodyAreIgnored) {
  InterruptBench bench;
  bench.cause(1 * kUs, Interrupts::kNoVector, 0);
  bench.cause(1 * kUs, kVectors, 0);
  sc_core::sc_start();
  EXPECT_TRUE(bench.memory.landed.empty());
  EXPECT_EQ(bench.interrupts.vectors(), kVectors);
}

TEST(Interrupts, AMaskedVectorFiresIntoItsPendingBit) {
  InterruptBench bench;
  bench.msix.write(16 * 1 + 12, 1);
  bench.control(1 * kUs, 1, kIntena | kNoItr);
  bench.cause(2 * kUs, 1, 0);
  bench.agenda.at(9 * kUs, [&] { bench.msix.write(16 * 1 + 12, 0); });
  sc_core::sc_start();
  EXPECT_EQ(bench.fired(1), Times{9 * kUs});
}

}  // namespace
}  // namespace pspnic::queue
