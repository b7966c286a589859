// SPDX-License-Identifier: Apache-2.0
// Resets of one function while the others work.
#include <algorithm>
#include <set>

#include "model/idpf/registers.h"
#include "testbench/host/psp_requests.h"
#include "testbench/tests/model/nic/paused_bench.h"

namespace pspnic::nic {
namespace {

using base::Time;
using host::Space;

// Wants no answer.
struct Nobody : host::PspRequestListener {
  void on_rx_sa(const host::PspAnswer&, const host::RxSa*) override {}
  void on_tx_sa(const host::PspAnswer&, const host::SaHandle&) override {}
  void on_tx_sa_deleted(const host::PspAnswer&) override {}
  void on_rotated(const host::PspAnswer&, const idpf::PspRotateKey&, idpf::Status) override {}
};

class FunctionReset : public testing::Test, protected FunctionsBench {
 protected:
  Nobody nobody_;
  FunctionReset() = default;
  explicit FunctionReset(const NicParams& params) : FunctionsBench(params) {}
  // By configuration space; in effect at once, as a read pushes the write.
  void flr(unsigned function) {
    port(function).write32(Space::kConfig, kDeviceControl, pcie::ConfigSpace::kInitiateReset);
  }
  uint32_t status(unsigned function) {
    const uint32_t offset = function == 0 ? idpf::pf::kPfgenRstat : idpf::vf::kVfgenRstat;
    return port(function).read32(Space::kBar0, offset) & idpf::kRstatMask;
  }
  void wait_until(Time when) { host().delay(when - events().now()); }
  // Fills the ring of queue 0.
  void flood(unsigned from, unsigned to) {
    while (driver(from).transmit_room(0) > 0) {
      ASSERT_TRUE(driver(from).transmit(0, {.bytes = frame_to(to)}));
    }
    driver(from).flush(0);
  }
  // The others' traffic while `during` happens: nothing of it is lost.
  void expect_undisturbed(const std::function<void()>& during) {
    host::RxSa sa;
    const host::SaHandle handle = connect(0, 2, sa);
    const uint64_t before = stack(2).psp;
    const uint64_t sent_before = stack(0).sent;
    for (uint8_t i = 0; i < 60; ++i) transmit_sealed(0, frame_to(2, i), handle, sa);
    during();
    for (uint8_t i = 0; i < 60; ++i) transmit_sealed(0, frame_to(2, i), handle, sa);
    host().delay(kFlight);
    EXPECT_EQ(stack(2).psp, before + 120);
    EXPECT_EQ(stack(0).sent, sent_before + 120);
    driver(0).delete_tx_sas(std::span(&handle, 1));
  }
};

class FunctionResetOwnKeys : public FunctionReset {
 protected:
  FunctionResetOwnKeys() : FunctionReset(card(DeviceParams::KeyDomains::kFunction)) {}
};

// With nothing under way a virtual function is ready after the time said, and not before.
TEST_F(FunctionReset, AnIdleOneIsReadyAfterTheResetTime) {
  run([&] {
    start(0);
    const Time takes = card().device.reset_time.ps;
    for (const bool at_end : {false, true}) {
      host().delay(kFlight);
      flr(1);
      const Time begun = events().now();
      EXPECT_EQ(status(1), idpf::kRstatInProgress);
      wait_until(at_end ? begun + takes + 1 : begun + takes - 1);
      EXPECT_EQ(status(1), at_end ? idpf::kRstatCompleted : idpf::kRstatInProgress);
    }
    host().delay(kFlight);
    stop_all();
  });
}

// R51: the SAs of the function are gone, those of others are not; what it had in flight is its alone.
TEST_F(FunctionReset, R51_UnderLoadTheOthersLoseNothing) {
  run([&] {
    start_all();
    for (int round = 0; round < 20; ++round) {
      host::RxSa sa;
      const host::SaHandle handle = connect(1, 2, sa);
      flood(1, 2);
      const host::SaHandle towards = connect(2, 1, sa);
      transmit_sealed(2, frame_to(1), towards, sa);
      EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 1u);
      expect_undisturbed([&] { driver(1).recover(stack(1)); });
      EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 0u);
      EXPECT_EQ(driver(1).psp_statistics().rx_spi_in_use, 0u);
      driver(2).delete_tx_sas(std::span(&towards, 1));
      // A slot of before is empty: nothing is sealed with a stale key.
      const uint64_t psp = stack(2).psp;
      const uint64_t frames = stack(2).frames.size();
      driver(1).transmit(0, {.bytes = frame_to(2), .sa = handle, .spi = sa.spi, .version = sa.version});
      driver(1).flush(0);
      host().delay(kFlight);
      EXPECT_EQ(stack(2).psp, psp);
      EXPECT_EQ(stack(2).frames.size(), frames);
      expect_clear(1, 2, static_cast<uint8_t>(round));
      expect_clear(2, 1, static_cast<uint8_t>(round));
    }
    stop_all();
  });
}

// Its driver knows nothing of the reset and goes on.
TEST_F(FunctionReset, OneThatItsDriverDoesNotExpectEndsItsTraffic) {
  run([&] {
    start_all();
    flood(1, 2);
    host().delay(1 * base::kUs);
    flr(1);
    EXPECT_EQ(status(1), idpf::kRstatInProgress);
    const size_t interrupts = driver(1).stats().interrupts;
    host().delay(kFlight);
    EXPECT_EQ(status(1), idpf::kRstatCompleted);
    EXPECT_EQ(driver(1).stats().interrupts, interrupts) << "it hears no more";
    const size_t seen = stack(2).frames.size();
    flood(1, 2);
    host().delay(kFlight);
    EXPECT_EQ(stack(2).frames.size(), seen) << "rings are taken from only when they have been set up again";
    expect_clear(0, 2);
    driver(1).recover(stack(1));
    expect_clear(1, 2, 9);
    stop_all();
  });
}

// RESET_VF (524) has no answer; the status register says how far it is.
TEST_F(FunctionReset, AMessageDoesTheSame) {
  run([&] {
    start_all();
    host::RxSa sa;
    connect(1, 2, sa);
    flood(1, 2);
    expect_undisturbed([&] {
      driver(1).reset_by_message();
      EXPECT_EQ(status(1), idpf::kRstatCompleted);
    });
    driver(1).start(stack(1));
    EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 0u);
    expect_clear(1, 2);
    stop_all();
  });
}

// Switched off in mid traffic, by the host that switched them on.
TEST_F(FunctionReset, SwitchingThemOffInMidTrafficHarmsNobodyElse) {
  run([&] {
    start_all();
    flood(1, 0);
    flood(2, 0);
    driver(0).stop();
    EXPECT_EQ(port(1).read32(Space::kConfig, 0), host::kNoAnswer);
    start(0);
    for (const unsigned vf : {1u, 2u}) start(vf);
    expect_clear(1, 2);
    expect_clear(0, 1);
    stop_all();
  });
}

// The reset of the physical function is the card's: its virtual ones are gone until they are granted anew.
TEST_F(FunctionReset, ThatOfThePhysicalOneTakesTheOthersAway) {
  run([&] {
    start_all();
    flood(1, 2);
    flr(0);
    EXPECT_EQ(status(0), idpf::kRstatInProgress);
    EXPECT_EQ(port(1).read32(Space::kConfig, 0), host::kNoAnswer);
    host().delay(kFlight);
    driver(0).recover(stack(0));
    for (const unsigned vf : {1u, 2u}) start(vf);
    for (unsigned function = 0; function <= kVfs; ++function) {
      EXPECT_EQ(driver(function).psp_statistics().tx_sa_in_use, 0u);
    }
    expect_clear(1, 2);
    stop_all();
  });
}

// Bug 10: requests race with the reset of their function.
TEST_F(FunctionReset, Bug10_RequestsInFlightAtTheResetEndWithIt) {
  run([&] {
    start_all();
    for (Time pause = 0; pause < 12 * base::kUs; pause += 700 * base::kNs) {
      driver(1).psp_requests().begin({.bulk = 4, .outstanding = 8}, nobody_);
      for (uint64_t cookie = 0; cookie < 20; ++cookie) {
        driver(1).psp_requests().allocate(psp::Version::kAesGcm128, cookie);
      }
      host().delay(pause + 1);
      driver(1).recover(stack(1));
      EXPECT_EQ(driver(1).psp_statistics().rx_spi_in_use, 0u) << "after " << pause << " ps";
      EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 0u);
    }
    expect_clear(1, 2);
    stop_all();
  });
}

// Bug 14: a virtual function's end touched the physical one.
TEST_F(FunctionReset, Bug14_TearingOneDownLeavesThePhysicalOneAsItWas) {
  run([&] {
    start_all();
    for (int round = 0; round < 3; ++round) {
      host::RxSa sa;
      connect(1, 0, sa);
      expect_undisturbed([&] { driver(1).stop(); });
      start(1);
    }
    EXPECT_TRUE(driver(0).link_up());
    stop_all();
  });
}

// R3: whatever is reset, no SPI comes twice with one key, and no key twice.
void expect_no_key_twice(const std::set<std::pair<uint32_t, Bytes>>& seen, size_t asked) {
  EXPECT_EQ(seen.size(), asked) << "an SPI came twice with one key";
  std::set<Bytes> keys;
  for (const auto& [spi, key] : seen) keys.insert(key);
  EXPECT_EQ(keys.size(), asked) << "a key came twice";
}

TEST_F(FunctionReset, R3_SharedKeysOutliveItAndSpisGoOn) {
  run([&] {
    start_all();
    std::set<std::pair<uint32_t, Bytes>> seen;
    size_t asked = 0;
    for (int round = 0; round < 30; ++round) {
      for (const host::RxSa& sa : driver(1).allocate_rx_sas(psp::Version::kAesGcm128, 5)) {
        seen.insert({sa.spi, Bytes(sa.key.view().begin(), sa.key.view().end())});
        ++asked;
      }
      driver(1).recover(stack(1));
    }
    expect_no_key_twice(seen, asked);
    stop_all();
  });
}

// R2, R3: its own keys are made anew, and serve without a rotation.
TEST_F(FunctionResetOwnKeys, R2_OwnKeysAreMadeAnew) {
  run([&] {
    start_all();
    std::set<std::pair<uint32_t, Bytes>> seen;
    size_t asked = 0;
    for (int round = 0; round < 30; ++round) {
      host::RxSa sa;
      const host::SaHandle handle = connect(2, 1, sa);
      seen.insert({sa.spi, Bytes(sa.key.view().begin(), sa.key.view().end())});
      ++asked;
      const uint64_t before = stack(1).psp;
      transmit_sealed(2, frame_to(1), handle, sa);
      host().delay(kFlight);
      EXPECT_EQ(stack(1).psp, before + 1);
      driver(1).recover(stack(1));
      transmit_sealed(2, frame_to(1), handle, sa);
      host().delay(kFlight);
      EXPECT_EQ(stack(1).psp, before + 1) << "keys of before the reset open nothing";
      driver(2).delete_tx_sas(std::span(&handle, 1));
    }
    expect_no_key_twice(seen, asked);
    stop_all();
  });
}

class PausedReset : public testing::Test, protected PausedBench {
 protected:
  // As much as the rings take: plain frames, sealed ones, and large ones to cut.
  void flood(unsigned from, uint8_t seed) {
    host::RxSa sa;
    const host::SaHandle handle = connect(from, 2, sa);
    const Bytes large = test::segment({}, Bytes(20'000, seed), 0, 0, 20'000, true, true);
    for (unsigned i = 0; driver(from).transmit_room(0) > 0; ++i) {
      const Bytes plain = frame_to(2, seed);
      host::TxFrame frame{.bytes = plain};
      if (i % 3 == 1) frame = {.bytes = plain, .sa = handle, .spi = sa.spi, .version = sa.version};
      if (i % 3 == 2) frame = {.bytes = large, .tso_mss = 1000};
      if (!driver(from).transmit(0, frame)) break;
    }
    driver(from).flush(0);
  }
};

// PCI Express gives a reset 100 ms, whatever the peer does: N picoseconds, not one less.
TEST_F(PausedReset, WhatThePeerHoldsIsDroppedAtTheLimitAndNotBefore) {
  run([&] {
    start_all();
    for (const bool at_end : {false, true}) {
      pause();
      flood(1, 0x21);
      transmit(0, frame_to(2, 0x22));
      host().delay(kFlight);
      const uint64_t dropped = nic().drops().all_time(base::DropReason::kTxQueueReset);
      flr(1);
      const Time begun = events().now();
      EXPECT_EQ(status(1), idpf::kRstatInProgress);
      host().delay(begun + kLimit - (at_end ? 0 : 1) - events().now());
      EXPECT_EQ(status(1), at_end ? idpf::kRstatCompleted : idpf::kRstatInProgress);
      host().delay(10 * base::kUs);
      EXPECT_EQ(status(1), idpf::kRstatCompleted);
      EXPECT_GT(nic().drops().all_time(base::DropReason::kTxQueueReset), dropped);
      go_on();
      host().delay(kFlight);
      EXPECT_EQ(on_wire_of(0x21), 0u) << "nothing of it is seen after its reset";
      EXPECT_EQ(on_wire_of(0x22), at_end ? 2u : 1u) << "the others' frames wait on";
      driver(1).recover(stack(1));
      EXPECT_EQ(driver(1).psp_statistics().tx_sa_in_use, 0u);
      expect_clear(1, 2, 0x23);
    }
    stop_all();
  });
}

// A peer that holds the port for less than the limit costs no frame.
TEST_F(PausedReset, WhatThePeerHoldsForLessIsSent) {
  run([&] {
    start_all();
    pause();
    for (int i = 0; i < 5; ++i) transmit(1, frame_to(2, 0x21));
    host().delay(kFlight);
    flr(1);
    host().delay(kLimit / 2);
    EXPECT_EQ(status(1), idpf::kRstatInProgress);
    go_on();
    host().delay(kFlight);
    EXPECT_EQ(status(1), idpf::kRstatCompleted);
    EXPECT_EQ(on_wire_of(0x21), 5u);
    EXPECT_EQ(nic().drops().all_time(base::DropReason::kTxQueueReset), 0u);
    driver(1).recover(stack(1));
    stop_all();
  });
}

}  // namespace
}  // namespace pspnic::nic
