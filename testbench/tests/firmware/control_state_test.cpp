// SPDX-License-Identifier: Apache-2.0
#include "firmware/control_state.h"

#include <functional>
#include <set>

#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

class ControlStateTest : public testing::Test {
 protected:
  ControlStateTest() { hardware_.plane = &plane_; }
  static constexpr uint32_t kSpiFirst = 1;
  static constexpr uint32_t kSpiCount = 100;

  FakeHardware hardware_;
  ControlPlane plane_{hardware_};
  KeyDomain domain_{hardware_, {}};
  KeyDomain::Member& keys_ =
      domain_.join({.spi_first = kSpiFirst, .spi_count = kSpiCount, .authority = true, .listener = nullptr});
  ControlState state_{hardware_, keys_};
};

// Tests that say "nothing has changed" rest on it.
TEST_F(ControlStateTest, WhateverChangesChangesTheDigest) {
  const std::vector<std::function<void(ControlState&)>> changes = {
      [](auto& state) { state.version_agreed = true; },
      [](auto& state) { state.caps.emplace(); },
      [](auto& state) { state.caps->other_caps = 1; },
      [](auto& state) { state.oem_caps = 4; },
      [](auto& state) { state.vports[0].emplace(); },
      [](auto& state) { state.vports[0]->context.enabled = true; },
      [](auto& state) { state.vports[0]->context.loopback = true; },
      [](auto& state) { state.vports[0]->context.promiscuous_unicast = true; },
      [](auto& state) { state.vports[0]->context.promiscuous_multicast = true; },
      [](auto& state) { state.vports[0]->context.addresses.emplace_back(); },
      [](auto& state) { state.vports[0]->context.rss_key[51] = 1; },
      [](auto& state) { state.vports[0]->context.rss_types = 1; },
      [](auto& state) { state.vports[0]->rss_lut[63] = 1; },
      [](auto& state) { state.vports[0]->destroying = true; },
      [](auto& state) { state.queues.allocate(QueueKind::kTx, 1, 0); },
      [](auto& state) { state.psp.config.flags = 1; },
      [](auto& state) { state.psp.configured = true; },
      [](auto& state) { state.psp.spi_low_told = true; },
      [](auto& state) { state.psp.spi_exhausted_told = true; },
      [](auto& state) { state.psp.counters_at_clear[1].rx_packets = 1; },
      [](auto& state) { state.pending[5] = {}; },
      [](auto& state) { state.fenced.push_back({.token = 6}); },
      [](auto& state) { state.pending.clear(); },
  };
  std::set<uint64_t> seen{state_.digest()};
  for (size_t i = 0; i < changes.size(); ++i) {
    changes[i](state_);
    EXPECT_TRUE(seen.insert(state_.digest()).second) << "change " << i;
    EXPECT_FALSE(seen.insert(state_.digest()).second) << "it stays as long as the state does";
  }
}

TEST_F(ControlStateTest, WhatRestsOnPspIsInUse) {
  EXPECT_FALSE(state_.psp_in_use());
  state_.psp.configured = true;
  EXPECT_TRUE(state_.psp_in_use());
  state_.psp.configured = false;
  hardware_.tx_sas[3].flows_only = true;
  EXPECT_FALSE(state_.psp_in_use()) << "the management port's rest on nothing that a driver has negotiated";
  hardware_.tx_sas[3] = {};
  EXPECT_TRUE(state_.psp_in_use());
  hardware_.tx_sas.clear();
  ASSERT_TRUE(domain_.renew());
  const auto issued = keys_.allocate();
  ASSERT_TRUE(issued);
  EXPECT_TRUE(state_.psp_in_use());
  EXPECT_EQ(keys_.release(issued->spi, issued->generation), Status::kSuccess);
  EXPECT_FALSE(state_.psp_in_use());
}

TEST_F(ControlStateTest, TheManagementPortHoldsByAnyOfFour) {
  EXPECT_FALSE(state_.management_holds(hardware_));
  state_.pending[1] = {{}, {.token = 1, .origin = Origin::kFunction}};
  hardware_.tx_sas[3] = {};
  EXPECT_FALSE(state_.management_holds(hardware_)) << "the function's";
  state_.pending[2] = {{}, {.token = 2, .origin = Origin::kManagement}};
  EXPECT_TRUE(state_.management_holds(hardware_)) << "work under way";
  state_.pending.clear();
  EXPECT_FALSE(state_.management_holds(hardware_));
  hardware_.tx_sas[4].flows_only = true;
  EXPECT_TRUE(state_.management_holds(hardware_)) << "a transmit SA";
  hardware_.tx_sas.clear();
  ASSERT_TRUE(domain_.renew());
  const auto issued = keys_.allocate(Origin::kManagement);
  ASSERT_TRUE(issued);
  EXPECT_TRUE(state_.management_holds(hardware_)) << "an SPI";
  EXPECT_EQ(keys_.release(issued->spi, issued->generation, Origin::kManagement), Status::kSuccess);
  EXPECT_FALSE(state_.management_holds(hardware_));
  const flow::Added added = hardware_.flows.add({}, false);
  EXPECT_TRUE(state_.management_holds(hardware_)) << "a flow";
  (void)added;
}

TEST_F(ControlStateTest, KnowsWhetherThereIsAVport) {
  EXPECT_FALSE(state_.any_vport());
  state_.vports.back().emplace();
  EXPECT_TRUE(state_.any_vport());
}

}  // namespace
}  // namespace pspnic::firmware
