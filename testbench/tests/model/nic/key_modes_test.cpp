// SPDX-License-Identifier: Apache-2.0
// Transmit keys on their three ways from the driver into a whole card, whose cable comes back to it; and what
// is left of them in the host's memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "model/idpf/psp_ext.h"
#include "testbench/host/config_queue.h"
#include "testbench/host/driver.h"
#include "testbench/host/psp_requests.h"
#include "testbench/tests/model/nic/card_bench.h"
#include "testbench/tests/model/tx/reference_segments.h"

namespace pspnic::nic {
namespace {

using host::KeyMode;
using pspnic::test::connect;
using pspnic::test::kFlight;
using Bytes = std::vector<uint8_t>;

// Knows all memory that the driver shares with the device.
class WatchedPort : public host::HostPort {
 public:
  explicit WatchedPort(host::HostPort& port) : port_(port) {}

  bool holds(std::span<const uint8_t> key) const {
    return std::any_of(buffers_.begin(), buffers_.end(), [key](const host::DmaBuffer& buffer) {
      return std::search(buffer.bytes.begin(), buffer.bytes.end(), key.begin(), key.end()) !=
             buffer.bytes.end();
    });
  }

  uint32_t read32(host::Space space, uint64_t offset) override { return port_.read32(space, offset); }
  void write32(host::Space space, uint64_t offset, uint32_t value) override {
    port_.write32(space, offset, value);
  }
  host::DmaBuffer allocate(size_t bytes, size_t alignment) override {
    buffers_.push_back(port_.allocate(bytes, alignment));
    return buffers_.back();
  }
  void free(const host::DmaBuffer& buffer) override {
    std::erase_if(buffers_, [&](const host::DmaBuffer& each) { return each.iova == buffer.iova; });
    port_.free(buffer);
  }
  uint64_t now_ps() const override { return port_.now_ps(); }
  void delay(uint64_t duration_ps) override { port_.delay(duration_ps); }
  void set_timer(uint64_t delay_ps, uint64_t cookie) override { port_.set_timer(delay_ps, cookie); }
  void set_events(host::HostEvents* events) override { port_.set_events(events); }
  uint64_t message_address() const override { return port_.message_address(); }

 private:
  host::HostPort& port_;
  std::vector<host::DmaBuffer> buffers_;
};

struct Received : host::Stack {
  std::vector<Bytes> frames;
  uint64_t sent = 0;
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    EXPECT_TRUE(info.psp);
    frames.emplace_back(frame.begin(), frame.end());
  }
  void on_sent(unsigned, uint64_t) override { ++sent; }
  void on_transmit_room(unsigned) override {}
};

class KeyModes : public testing::TestWithParam<KeyMode>, protected pspnic::test::CardBench {
 protected:
  void run(std::function<void()> body) {
    EXPECT_EQ(run_script(std::move(body)), "");
    EXPECT_EQ(nic_.violations().count(), 0u);
  }
  static host::DriverConfig config(std::vector<KeyMode> modes) {
    host::DriverConfig config;
    config.tx_ring = config.rx_ring = config.buffer_ring = 256;
    config.key_modes = std::move(modes);
    return config;
  }
  static Bytes frame(uint8_t seed) {
    const Bytes payload(500, seed);
    return pspnic::test::segment({}, payload, 0, 0, payload.size(), true, true);
  }
  void send(host::Driver& driver, const host::SaHandle& handle, const host::RxSa& sa, uint8_t seed) {
    const Bytes bytes = frame(seed);
    ASSERT_TRUE(driver.transmit(0, {.bytes = bytes, .sa = handle, .spi = sa.spi, .version = sa.version}));
    driver.flush(0);
  }

  WatchedPort port_{host_};
  Received stack_;
};

TEST_P(KeyModes, R36_AllVersionsComeBackOpenedAndNoKeyStays) {
  run([&] {
    host::Driver driver(port_, config({GetParam()}));
    driver.start(stack_);
    for (uint8_t version = 0; version < 4; ++version) {
      host::RxSa sa;
      const host::SaHandle handle = connect(driver, sa, psp::Version{version});
      EXPECT_EQ(handle.way, GetParam());
      send(driver, handle, sa, version);
      host_.delay(kFlight);
      ASSERT_EQ(stack_.frames.size(), version + 1u);
      EXPECT_EQ(stack_.frames.back(), frame(version));
      EXPECT_FALSE(port_.holds(sa.key.view().first(8))) << "neither before nor after the packet";
      driver.delete_tx_sas(std::span(&handle, 1));
    }
    EXPECT_EQ(driver.psp_statistics().tx_sa_in_use, 0u);
    EXPECT_EQ(driver.stats().tx_inline_keys, GetParam() == KeyMode::kDescriptor ? 4u : 0u);
    driver.stop();
    EXPECT_TRUE(driver.anomalies().empty());
  });
}

// R38: a full ring, then delete and add again.
TEST_P(KeyModes, R38_DeleteUnderLoadAndAddAgain) {
  run([&] {
    host::Driver driver(port_, config({GetParam()}));
    driver.start(stack_);
    uint64_t posted = 0;
    for (uint8_t round = 0; round < 12; ++round) {
      host::RxSa sa;
      const host::SaHandle handle = connect(driver, sa, psp::Version::kAesGcm256);
      for (int i = 0; i < 40 && driver.transmit_room(0) > 0; ++i) {
        send(driver, handle, sa, round);
        ++posted;
      }
      host_.delay(1 * base::kUs);
      driver.delete_tx_sas(std::span(&handle, 1));
    }
    host_.delay(kFlight);
    EXPECT_EQ(stack_.sent, posted) << "all completed";
    const idpf::PspStats stats = driver.psp_statistics();
    EXPECT_EQ(stats.tx_packets + stats.tx_bad_sa, posted);
    EXPECT_EQ(stats.rx_packets, stats.tx_packets) << "what was sealed opens";
    EXPECT_EQ(stats.rx_auth_fail, 0u);
    for (const Bytes& received : stack_.frames) EXPECT_EQ(received, frame(received.back()));
    if (GetParam() == KeyMode::kDescriptor) {
      EXPECT_EQ(stats.tx_bad_sa, 0u);
    }
    driver.stop();
  });
}

// Also those of a key that a rotation has left valid.
TEST_P(KeyModes, FreedSpisAreNoLongerInUse) {
  run([&] {
    host::Driver driver(port_, config({GetParam()}));
    driver.start(stack_);
    std::vector<uint32_t> spis;
    const auto allocate = [&] {
      for (const host::RxSa& sa : driver.allocate_rx_sas(psp::Version::kAesGcm128, 100)) {
        spis.push_back(sa.spi);
      }
    };
    allocate();
    driver.rotate_keys();
    allocate();
    ASSERT_EQ(spis.size(), 200u);
    EXPECT_EQ(driver.psp_statistics().rx_spi_in_use, 200u);
    driver.free_rx_sas(std::span(spis).subspan(1));
    EXPECT_EQ(driver.psp_statistics().rx_spi_in_use, 1u);
    driver.rotate_keys(true);
    driver.free_rx_sas(std::span(spis).first(1));
    EXPECT_EQ(driver.psp_statistics().rx_spi_in_use, 0u);
    driver.stop();
    EXPECT_TRUE(driver.anomalies().empty());
  });
}

struct Ways : host::PspRequestListener {
  std::vector<KeyMode> ways;
  std::vector<host::SaHandle> handles;
  void on_rx_sa(const host::PspAnswer&, const host::RxSa*) override {}
  void on_tx_sa(const host::PspAnswer& answer, const host::SaHandle& sa) override {
    ways.push_back(answer.way);
    handles.push_back(sa);
  }
  void on_tx_sa_deleted(const host::PspAnswer& answer) override { ways.push_back(answer.way); }
  void on_rotated(const host::PspAnswer&, const idpf::PspRotateKey&, idpf::Status) override {}
};

TEST_P(KeyModes, RequestsThatDoNotWaitAreAnsweredWithTheirWay) {
  run([&] {
    host::Driver driver(port_, config({GetParam()}));
    driver.start(stack_);
    Ways answers;
    host::PspRequests& requests = driver.psp_requests();
    requests.begin({}, answers);
    const host::RxSa sa = driver.allocate_rx_sas(psp::Version::kAesGcm128, 1).at(0);
    requests.add({sa.spi, sa.version, sa.key}, 1, GetParam());
    host_.delay(kFlight);
    ASSERT_EQ(answers.handles.size(), 1u);
    EXPECT_EQ(answers.handles[0].way, GetParam());
    requests.remove(answers.handles[0], 1);
    host_.delay(kFlight);
    EXPECT_EQ(answers.ways, std::vector(2, GetParam()));
    driver.stop();
  });
}

INSTANTIATE_TEST_SUITE_P(Ways, KeyModes,
                         testing::Values(KeyMode::kMailbox, KeyMode::kConfigQueue, KeyMode::kDescriptor));

class ConfigQueueDriver : public KeyModes {};

TEST_P(ConfigQueueDriver, CallbacksComeWithoutAScriptThatWaits) {
  run([&] {
    host::Driver driver(port_, config({KeyMode::kConfigQueue}));
    driver.start(stack_);
    const std::vector<host::RxSa> issued = driver.allocate_rx_sas(psp::Version::kAesGcm128, 70);
    std::vector<host::TxSaRequest> requests;
    for (const host::RxSa& sa : issued) requests.push_back({sa.spi, sa.version, sa.key});
    std::vector<host::SaHandle> handles;
    unsigned order = 0, added = 0, fenced = 0, removed = 0;
    host::ConfigQueue& queue = driver.config_queue();
    queue.add(requests, [&](std::span<const host::SaHandle> given) {
      handles.assign(given.begin(), given.end());
      added = ++order;
      queue.remove(handles, [&] { removed = ++order; });  // refused ones among them
    });
    queue.fence([&] { fenced = ++order; });
    EXPECT_EQ(queue.pending(), 2u);
    EXPECT_EQ(order, 0u) << "nothing happens at once";
    host_.delay(500 * base::kUs);
    EXPECT_EQ(added, 1u);
    EXPECT_EQ(fenced, 2u);
    EXPECT_EQ(removed, 3u);
    EXPECT_EQ(queue.pending(), 0u);
    ASSERT_EQ(handles.size(), 70u);
    const auto refused = std::count_if(handles.begin(), handles.end(),
                                       [](const auto& handle) { return handle.index == host::kNoSa; });
    EXPECT_EQ(refused, 6) << "64 slots";
    EXPECT_EQ(driver.psp_statistics().tx_sa_in_use, 0u);
    for (const host::RxSa& sa : issued) EXPECT_FALSE(port_.holds(sa.key.view()));
    driver.stop();
    driver.start(stack_);
    EXPECT_TRUE(driver.config_queue().running());
    driver.stop();
  });
}

// Commands end out of order: behind a deletion that waits for its packets those that are refused end at once.
TEST_P(ConfigQueueDriver, ARingThatHasGoneRoundWaitsForItsOldestCommand) {
  run([&] {
    host::Driver driver(port_, config({KeyMode::kConfigQueue}));
    driver.start(stack_);
    host::RxSa sa;
    const host::SaHandle handle = connect(driver, sa, psp::Version::kAesGcm128);
    const host::SaHandle nobody{handle.index + 1, 9, KeyMode::kConfigQueue};
    for (int i = 0; i < 60; ++i) send(driver, handle, sa, 1);
    unsigned done = 0;
    host::ConfigQueue& queue = driver.config_queue();
    queue.remove(std::span(&handle, 1), [&] { ++done; });
    for (int i = 0; i < 600; ++i) queue.remove(std::span(&nobody, 1), [&] { ++done; });
    host_.delay(2 * base::kMs);
    EXPECT_EQ(done, 601u);
    EXPECT_EQ(queue.pending(), 0u);
    EXPECT_EQ(driver.psp_statistics().tx_sa_in_use, 0u);
    driver.stop();
  });
}

INSTANTIATE_TEST_SUITE_P(Way, ConfigQueueDriver, testing::Values(KeyMode::kConfigQueue));

}  // namespace
}  // namespace pspnic::nic
