// SPDX-License-Identifier: Apache-2.0
// A card without a simulation around it, under the driver model.
#include "model/embed/device.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "model/base/config_error.h"
#include "testbench/host/driver.h"
#include "testbench/tests/model/embed/embedded_host.h"
#include "testbench/tests/model/embed/small_frames.h"

namespace pspnic::embed {
namespace {

constexpr base::Time kFlight = 100 * base::kUs;

struct Collector : host::Stack {
  std::vector<Bytes> frames;
  bool psp = true;  // of all of them
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    frames.emplace_back(frame.begin(), frame.end());
    psp = psp && info.psp;
  }
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned) override {}
};

host::DriverConfig small_driver() {
  host::DriverConfig config;
  config.tx_ring = config.rx_ring = config.buffer_ring = 256;
  return config;
}

// Brings the card up, sends one sealed packet to itself and goes: what was on the wire.
std::vector<Bytes> send_sealed(EmbeddedHost& host) {
  host.peer = &host;
  Collector stack;
  host::Driver driver(host, small_driver());
  driver.start(stack);
  const host::RxSa sa = driver.allocate_rx_sas(psp::Version::kAesGcm128, 1).at(0);
  const host::TxSaRequest request{sa.spi, sa.version, sa.key};
  const host::SaHandle handle = driver.add_tx_sas(std::span(&request, 1)).at(0);
  const Bytes bytes = udp_frame(700);
  EXPECT_TRUE(driver.transmit(0, {.bytes = bytes, .sa = handle, .spi = sa.spi, .version = sa.version}));
  driver.flush(0);
  host.delay(kFlight);
  EXPECT_EQ(stack.frames, std::vector<Bytes>{bytes});
  EXPECT_TRUE(stack.psp);
  driver.stop();
  EXPECT_TRUE(driver.anomalies().empty());
  EXPECT_EQ(host.device.card().violations(), "");
  return host.frames;
}

TEST(Device, DriverSendsASealedPacketToItself) {
  EmbeddedHost host;
  const std::vector<Bytes> wire = send_sealed(host);
  ASSERT_EQ(wire.size(), 1u);
  EXPECT_GT(wire.front().size(), 700u + 40);
  EXPECT_EQ(host.device.card().counter("nic.tx.frames"), 1u);
}

TEST(Device, PowerCyclesAndFurtherDevicesDoTheSameAgain) {
  EmbeddedHost first;
  const std::vector<Bytes> wire = send_sealed(first);
  const base::Time end = first.device.now();
  EmbeddedHost second;  // when the first has run
  EXPECT_EQ(second.device.now(), 0u);
  EXPECT_EQ(send_sealed(second), wire);
  EXPECT_EQ(second.device.now(), end);
  first.device.power_cycle();
  first.frames.clear();
  EXPECT_EQ(first.device.now(), 0u);
  EXPECT_EQ(first.device.card().counter("nic.tx.frames"), 0u);
  EXPECT_EQ(send_sealed(first), wire);
}

TEST(Device, ResetMakesTheCardAnewAndTimeGoesOn) {
  EmbeddedHost host;
  ASSERT_EQ(send_sealed(host).size(), 1u);
  const base::Time end = host.device.now();
  host.write32(host::Space::kConfig, 4, 6);
  host.device.reset();
  host.frames.clear();
  EXPECT_EQ(host.device.now(), end);
  EXPECT_EQ(host.device.read(4).value & 0xffff, 0u) << "what was under way is lost";
  EXPECT_EQ(host.device.card().counter("nic.tx.frames"), 0u);
  EXPECT_EQ(send_sealed(host).size(), 1u);
  EXPECT_EQ(host.device.card().counter("nic.tx.frames"), 1u);
  EXPECT_GT(host.device.now(), end);
}

TEST(Device, AnotherSeedHasOtherKeysAndTheSameTimes) {
  EmbeddedHost first;
  CardOptions options = small_options();
  options.seed = 2;
  EmbeddedHost second(options);
  EXPECT_NE(send_sealed(first), send_sealed(second));
  EXPECT_EQ(first.device.now(), second.device.now());
}

TEST(Device, OutlivesOthersThatAreMadeAndDestroyed) {
  auto first = std::make_unique<EmbeddedHost>();
  EmbeddedHost second;
  first->delay(kFlight);
  first.reset();
  EXPECT_EQ(send_sealed(second).size(), 1u);
  for (int i = 0; i < 3; ++i) EmbeddedHost().delay(kFlight);
}

TEST(Device, TimeGoesAsFarAsItIsTold) {
  EmbeddedHost host;
  host.device.run_until(5 * base::kUs);
  EXPECT_EQ(host.device.now(), 5 * base::kUs);
  EXPECT_THROW(host.device.run_until(4 * base::kUs), base::ConfigError);
  host.write32(host::Space::kConfig, 4, 6);
  const base::Time arrival = host.device.next_event();
  EXPECT_GT(arrival, 5 * base::kUs);
  EXPECT_FALSE(host.device.run_one(arrival - 1));
  EXPECT_EQ(host.device.now(), arrival - 1);
  EXPECT_TRUE(host.device.run_one(arrival));
  EXPECT_EQ(host.device.now(), arrival);
}

TEST(Device, CannotBeRunByItsOwnCallbacks) {
  EmbeddedHost host;
  struct Meddler : host::HostEvents {
    Device* device = nullptr;
    unsigned refused = 0;
    void on_interrupt(uint32_t) override {
      EXPECT_THROW(device->run_until(device->now() + 1), BusyError);
      EXPECT_THROW(device->power_cycle(), BusyError);
      ++refused;
    }
    void on_timer(uint64_t) override {}
  } meddler;
  meddler.device = &host.device;
  host::Driver driver(host, small_driver());
  Collector stack;
  driver.start(stack);
  host.handler = &meddler;
  host.peer = &host;
  const Bytes bytes = udp_frame(100);
  ASSERT_TRUE(driver.transmit(0, {.bytes = bytes}));
  driver.flush(0);
  host.delay(kFlight);
  EXPECT_GT(meddler.refused, 0u);
  host.handler = &driver;
  driver.stop();
}

TEST(Device, ErrorsNameWhatIsWrong) {
  EmbeddedHost host;
  const auto error_of = [](const std::function<void()>& body) -> std::string {
    try {
      body();
    } catch (const base::ConfigError& error) {
      return error.what();
    }
    return "none";
  };
  CardOptions options;
  options.settings = {"nic.crypto.gcm.lans=3"};
  EXPECT_NE(error_of([&] { EmbeddedHost bad(options); }).find("nic.crypto.gcm.lanes"), std::string::npos);
  options = {};
  options.json = R"({"nic": {"device": {"queues": 0}}})";
  EXPECT_NE(error_of([&] { EmbeddedHost bad(options); }).find("nic.device.queues"), std::string::npos);
  options = {};
  options.name = "2nd";
  EXPECT_EQ(error_of([&] { EmbeddedHost bad(options); }).substr(0, 5), "name:");
  options = {};
  options.spi_first = 0;
  EXPECT_EQ(error_of([&] { EmbeddedHost bad(options); }).substr(0, 9), "spi_first");
  EXPECT_NE(error_of([&] { host.device.card().counter("nic.tx.frame"); }).find("nic.tx.frames"),
            std::string::npos);
  EXPECT_EQ(error_of([&] { host.device.receive({}); }).substr(0, 5), "frame");
}

TEST(Device, AddressesThatNothingDecodesReadAsOnes) {
  EmbeddedHost host;
  for (const uint64_t address : {uint64_t{0x2000}, uint64_t{2}, pcie::kFunctionStride}) {
    const auto answer = host.device.read(address);
    EXPECT_FALSE(answer.ok);
    EXPECT_EQ(answer.value, 0xffffffffu);
    EXPECT_FALSE(host.device.write(address, 1));
  }
  EXPECT_EQ(host.device.read(0).value, 0x14528086u);
}

}  // namespace
}  // namespace pspnic::embed
