// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/host_drivers.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "testbench/bench/key_exchange.h"
#include "testbench/bench/parameters.h"

namespace pspnic::bench {
namespace {

constexpr unsigned kVfs = 2;
constexpr unsigned kFunctions = kVfs + 1;
constexpr base::Time kFlight = 50 * base::kUs;

// Vports of one and of two queue pairs.
PlatformParams two_vports_each() {
  PlatformParams params;
  params.nic.device.vports = 2;
  params.nic.device.vfs = kVfs;
  params.nic.device.vf_queues = 3;
  params.nic.device.vf_vports = 2;
  params.host.vfs = kVfs;
  params.host.vports = 2;
  params.host.vport_queue_pairs = "1,2";
  return params;
}

struct Heard : host::Stack, host::TransmitObserver {
  std::map<unsigned, unsigned> received;  // by queue, as the next
  std::map<unsigned, unsigned> sent;
  std::map<unsigned, unsigned> asked;
  void on_receive(std::span<const uint8_t>, const host::RxInfo& info) override { ++received[info.queue]; }
  void on_sent(unsigned queue, uint64_t) override { ++sent[queue]; }
  void on_transmit_room(unsigned) override {}
  void on_transmit(unsigned queue, const host::TxFrame&) override { ++asked[queue]; }
};

class HostDriversTest : public testing::Test {
 protected:
  HostDriversTest() {
    for (const Side side : {kA, kB}) drivers(side).set_transmit_observer(&heard_[side]);
  }
  HostDrivers& drivers(Side side) { return platform_.drivers(side); }
  void start() {
    for (const Side side : {kA, kB}) drivers(side).start(heard_[side]);
  }
  void stop() {
    for (const Side side : {kA, kB}) {
      drivers(side).stop();
      for (unsigned function = 0; function < drivers(side).functions(); ++function) {
        EXPECT_TRUE(drivers(side).driver(function).anomalies().empty()) << HostDrivers::name(function);
      }
    }
  }
  static void wait() { sc_core::wait(sc_core::sc_time::from_value(kFlight)); }

  // A frame that no hash is made of, so that it comes up at the first queue of the vport.
  std::vector<uint8_t> frame_to(unsigned vport) {
    std::vector<uint8_t> frame(64, static_cast<uint8_t>(vport));
    drivers(kB).mac(vport).store(frame.data());
    drivers(kA).mac(vport).store(&frame[6]);
    frame[12] = 0x88;  // IEEE 802 local experimental
    frame[13] = 0xb5;
    return frame;
  }
  // From queue to queue, one frame to the vport of each.
  void transmit_from_all_queues() {
    for (unsigned queue = 0; queue < drivers(kA).queue_pairs(); ++queue) {
      const std::vector<uint8_t> frame = frame_to(drivers(kA).vport_of(queue));
      EXPECT_GT(drivers(kA).transmit_room(queue), 0u);
      EXPECT_TRUE(drivers(kA).transmit(queue, {.bytes = frame}));
      drivers(kA).flush(queue);
    }
    wait();
  }

  Platform platform_{"bench", two_vports_each(), {1500, false, 0xf}, 1};
  std::array<Heard, kSides> heard_;
};

TEST_F(HostDriversTest, NumbersVportsAndQueuesThroughAllFunctions) {
  HostDrivers& all = drivers(kA);
  EXPECT_EQ(all.functions(), kFunctions);
  EXPECT_EQ(all.vports(), 2 * kFunctions);
  EXPECT_EQ(all.queue_pairs(), 3 * kFunctions);
  const std::vector<unsigned> first{0, 1, 3, 4, 6, 7, 9};
  const std::vector<unsigned> vport_of{0, 1, 1, 2, 3, 3, 4, 5, 5};
  for (unsigned vport = 0; vport <= all.vports(); ++vport) EXPECT_EQ(all.first_queue(vport), first[vport]);
  for (unsigned queue = 0; queue < all.queue_pairs(); ++queue) {
    EXPECT_EQ(all.vport_of(queue), vport_of[queue]);
    EXPECT_EQ(all.function_of_queue(queue), queue / 3);
    EXPECT_EQ(all.function_of_vport(all.vport_of(queue)), queue / 3);
  }
  EXPECT_THROW(all.first_queue(all.vports() + 1), std::out_of_range);
  EXPECT_THROW(all.vport_of(all.queue_pairs()), std::out_of_range);
  EXPECT_THROW(all.mac(all.vports()), std::out_of_range);
  EXPECT_EQ(all.name(0), "pf");
  EXPECT_EQ(all.name(2), "vf 1");
  EXPECT_EQ(all.vport_name(1), "pf vport 1");
  EXPECT_EQ(all.vport_name(5), "vf 1 vport 1");
  EXPECT_EQ(&all.driver(0), &platform_.driver(kA));
}

TEST_F(HostDriversTest, EveryQueueSendsAndIsHeardUnderItsNumber) {
  platform_.run([&] {
    start();
    for (unsigned function = 0; function < kFunctions; ++function) {
      EXPECT_TRUE(drivers(kA).driver(function).running());
      EXPECT_EQ(drivers(kA).driver(function).is_virtual(), function != 0);
    }
    std::set<std::string> addresses;
    for (unsigned vport = 0; vport < drivers(kA).vports(); ++vport) {
      addresses.insert(drivers(kA).mac(vport).print());
    }
    EXPECT_EQ(addresses.size(), drivers(kA).vports());
    transmit_from_all_queues();
    for (unsigned queue = 0; queue < drivers(kA).queue_pairs(); ++queue) {
      EXPECT_EQ(heard_[kA].asked[queue], 1u) << queue;
      EXPECT_EQ(heard_[kA].sent[queue], 1u) << queue;
    }
    const std::map<unsigned, unsigned> expected{{0, 1}, {1, 2}, {3, 1}, {4, 2}, {6, 1}, {7, 2}};
    EXPECT_EQ(heard_[kB].received, expected) << "at the first queues of the vports";
    EXPECT_EQ(drivers(kA).total(&host::DriverStats::tx_frames), 9u);
    EXPECT_EQ(platform_.driver(kA).stats().tx_frames, 3u);
    stop();
    EXPECT_FALSE(drivers(kA).driver(1).running());
  });
}

// Keys belong to the function that the queue of the flow is of, at both ends.
TEST_F(HostDriversTest, KeysAreOfTheFunctionOfTheQueue) {
  platform_.run([&] {
    start();
    KeyLog keys;
    const unsigned queues = drivers(kA).queue_pairs();
    const std::vector<SaLink> links =
        exchange_keys(platform_, kA, psp::Version::kAesGcm128, queues + 1, keys);
    ASSERT_EQ(links.size(), queues + 1);
    for (unsigned function = 0; function < kFunctions; ++function) {
      const unsigned expected = function == 0 ? 4 : 3;
      EXPECT_EQ(drivers(kA).driver(function).psp_statistics().tx_sa_in_use, expected) << function;
      EXPECT_EQ(drivers(kB).driver(function).psp_statistics().rx_spi_in_use, expected) << function;
    }
    std::set<uint32_t> spis;
    for (const SaLink& link : links) spis.insert(link.spi);
    EXPECT_EQ(spis.size(), links.size());
    stop();
  });
}

TEST_F(HostDriversTest, AllComeUpAgainTogether) {
  platform_.run([&] {
    start();
    drivers(kA).recover(heard_[kA]);
    EXPECT_EQ(drivers(kA).total(&host::DriverStats::recoveries), kFunctions);
    transmit_from_all_queues();
    EXPECT_EQ(heard_[kA].sent.size(), drivers(kA).queue_pairs());
    EXPECT_EQ(heard_[kB].received.size(), drivers(kB).vports());
    stop();
  });
}

TEST(HostDriversOfOneFunction, AreItsDriver) {
  Parameters parameters;
  parameters.platform.host.queue_pairs = 3;
  Platform platform("bench", parameters.platform, {1500, false, 0xf}, 1);
  const HostDrivers& all = platform.drivers(kA);
  EXPECT_EQ(all.functions(), 1u);
  EXPECT_EQ(all.queue_pairs(), 3u);
  EXPECT_EQ(all.vport_name(0), "vport 0");
}

TEST(HostDriversOfSeveralFunctions, KeyModesGoOnFromOneToTheNext) {
  PlatformParams params = two_vports_each();
  params.host.psp.queue_key_modes = "config_queue,mailbox,mailbox,descriptor,mailbox,mailbox,mailbox";
  Platform platform("bench", params, {1500, false, 0xf}, 1);
  const HostDrivers& all = platform.drivers(kA);
  EXPECT_EQ(all.key_mode(0), host::KeyMode::kConfigQueue);
  EXPECT_EQ(all.key_mode(3), host::KeyMode::kDescriptor);
  EXPECT_EQ(all.key_mode(6), host::KeyMode::kMailbox);
  EXPECT_EQ(all.key_mode(7), host::KeyMode::kConfigQueue) << "from the beginning";
}

}  // namespace
}  // namespace pspnic::bench
