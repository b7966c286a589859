// SPDX-License-Identifier: Apache-2.0
// Resets at every moment, and what they leave.
#include "testbench/tests/model/nic/hostile_bench.h"

namespace pspnic::nic {
namespace {

// A reset at every moment of a virtual function's bring-up and tear-down.
TEST_F(HostileFunctions, ResetsAtEveryMomentOfBringUpAndTearDown) {
  run([&] {
    start(0);
    start(2);
    unsigned failures = 0;
    for (Time when = 1; when < 260 * base::kUs; when += 6'700 * base::kNs) {
      later(when, [this] { flr(1); });
      try {
        start(1, hasty());
        host::RxSa sa;
        connect(1, 2, sa);
        driver(1).stop();
      } catch (const host::DriverError&) {
        ++failures;
      }
      host().delay(kFlight);
      start(1);
      EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 0u) << when;
      EXPECT_EQ(driver(1).psp_statistics().rx_spi_in_use, 0u) << when;
      expect_clear(1, 2, 1);
      expect_clear(2, 1, 2);
      driver(1).stop();
    }
    EXPECT_GT(failures, 5u);
    driver(2).stop();
    driver(0).stop();
  });
}

// VF Enable is switched off and on while a virtual function's driver comes up or works, at every moment.
TEST_F(HostileFunctions, VfEnableTogglesAtEveryMoment) {
  run([&] {
    start(0);
    unsigned failures = 0;
    const auto control = [this](uint32_t value) {
      port(0).write32(Space::kConfig, pcie::ConfigSpace::kSriovControl, value);
    };
    constexpr uint32_t kOn = pcie::ConfigSpace::kSriovEnable | pcie::ConfigSpace::kSriovMemory;
    for (Time when = 1; when < 260 * base::kUs; when += 9'700 * base::kNs) {
      const Time off_for = (when / 9'700'000) % 3 == 0 ? 1 : 3 * base::kUs;
      later(when, [=] { control(0); });
      later(when + off_for, [=] { control(kOn); });
      try {
        start(1, hasty());
        host::RxSa sa;
        connect(1, 0, sa);
        for (int i = 0; i < 40; ++i) transmit(1, frame_to(0));
        driver(1).stop();
      } catch (const host::DriverError&) {
        ++failures;
      }
      host().delay(kFlight);
      start(1);
      start(2);
      EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 0u) << when;
      EXPECT_EQ(driver(1).psp_statistics().tx_packets, 0u) << when;
      expect_clear(1, 2, 1);
      expect_clear(2, 0, 2);
      driver(1).stop();
      driver(2).stop();
    }
    EXPECT_GT(failures, 5u);
    driver(0).stop();
  });
}

// The card is reset while a virtual function's driver comes up, at every moment.
TEST_F(HostileFunctions, CardResetsAtEveryMomentOfAVirtualFunction) {
  run([&] {
    start(0);
    for (Time when = 1; when < 260 * base::kUs; when += 13'700 * base::kNs) {
      later(when, [this] { flr(0); });
      try {
        start(1, hasty());
        host::RxSa sa;
        connect(1, 1, sa);
        expect_new_key(sa);
        driver(1).stop();
      } catch (const host::DriverError&) {
      }
      host().delay(kFlight);
      driver(0).recover(stack(0));
      start(1);
      start(2);
      host::RxSa sa;
      const host::SaHandle handle = connect(1, 2, sa);
      expect_new_key(sa);
      EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 1u) << when;
      const uint64_t psp = stack(2).psp;
      transmit_sealed(1, frame_to(2, 0x91), handle, sa);
      host().delay(kFlight);
      EXPECT_EQ(stack(2).psp, psp + 1);
      expect_clear(2, 0, 2);
      driver(1).stop();
      driver(2).stop();
    }
    driver(0).stop();
  });
}

// A second reset while the first goes on begins its time anew, and a third one by another way.
TEST_F(HostileFunctions, ResetsOfAResetTakeTheirTimeAnew) {
  run([&] {
    start(0);
    start_raw(1);
    const Time takes = card().device.reset_time.ps;
    for (int round = 0; round < 5; ++round) {
      flr(1);
      (void)status(1);
      host().delay(takes / 2);
      flr(1);
      const uint32_t now = status(1);
      const Time begun = events().now();
      EXPECT_EQ(now, idpf::kRstatInProgress);
      while (status(1) == idpf::kRstatInProgress) host().delay(100 * base::kNs);
      EXPECT_GE(events().now() - begun + 3 * base::kUs, takes);
    }
    driver(0).stop();
  });
}

// What a driver has cleared, or another driver has counted, does not come back with a reset of the card.
TEST_F(HostileFunctions, StatisticsOfPspBeginAnewWithACardReset) {
  run([&] {
    start_all();
    host::RxSa sa;
    const host::SaHandle handle = connect(0, 0, sa);
    for (int i = 0; i < 3; ++i) transmit_sealed(0, frame_to(0, 0x90), handle, sa);
    host().delay(kFlight);
    EXPECT_EQ(driver(0).psp_statistics().tx_packets, 3u);
    driver(0).recover(stack(0));
    EXPECT_EQ(driver(0).vport_statistics().tx_unicast, 0u) << "those of the vport do";
    EXPECT_EQ(driver(0).psp_statistics().tx_packets, 0u);
    EXPECT_EQ(driver(0).psp_statistics().rx_packets, 0u);
    driver(0).stop();
  });
}

TEST_F(HostileFunctions, StatisticsThatWereClearedStayClearedOverACardReset) {
  run([&] {
    start(0);
    host::RxSa sa;
    const host::SaHandle handle = connect(0, 0, sa);
    for (int i = 0; i < 3; ++i) transmit_sealed(0, frame_to(0, 0x90), handle, sa);
    host().delay(kFlight);
    driver(0).stop();
    const auto stats = [this](uint32_t flags) {
      return idpf::read_at<idpf::PspStats>(
                 raw(0)
                     .call(Opcode::kPspGetStats,
                           bytes_of(idpf::PspStats{.vport_id = idpf::kVportNone, .flags = flags}))
                     .payload)
          .value_or(idpf::PspStats{});
    };
    post_vf(0);
    raw(0).set_up();
    raw(0).negotiate();
    (void)stats(idpf::kPspStatsClear);
    EXPECT_EQ(stats(0).tx_packets, 0u);
    flr(0);
    wait_ready(0);
    post_vf(0);
    raw(0).set_up();
    raw(0).negotiate();
    EXPECT_EQ(stats(0).tx_packets, 0u);
  });
}

// A reset shorter than a microsecond takes what it says.
TEST(HostileShortReset, AnIdleVirtualFunctionIsReadyAfterIt) {
  NicParams params = HostileBench::card();
  params.device.reset_time.ps = 100 * base::kNs;
  params.pcie.round_trip.ps = 1;
  struct Bench : HostileBench {
    using HostileBench::HostileBench;
  } bench(params);
  bench.run([&] {
    bench.start(0);
    bench.host().delay(kFlight);
    bench.flr(1);
    (void)bench.status(1);
    const Time begun = bench.events().now();
    while (bench.status(1) == idpf::kRstatInProgress) bench.host().delay(20 * base::kNs);
    EXPECT_LT(bench.events().now() - begun, 300 * base::kNs);
    bench.driver(0).stop();
  });
}

}  // namespace
}  // namespace pspnic::nic
