// SPDX-License-Identifier: Apache-2.0
// A whole card whose cable comes back to it, for drivers that poll.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "testbench/tests/model/nic/card_bench.h"
#include "testbench/tests/model/nic/poll_driver.h"
#include "testbench/tests/model/tx/reference_segments.h"

namespace pspnic::test {

using Bytes = std::vector<uint8_t>;

inline constexpr base::Time kFlight = 100 * base::kUs;  // more than any frame needs
inline constexpr uint16_t kMacBytes = 14;
inline constexpr uint16_t kIpBytes = 20;

inline nic::NicParams small_card() {
  nic::NicParams params;
  params.device.queues = 4;
  params.device.sa_slots = 64;
  return params;
}

class PollBench : public testing::Test {
 protected:
  PollBench() {
    cable_.nic = &nic_;
    host_.mmio_socket.bind(nic_.endpoint().mmio);
    nic_.endpoint().dma_socket.bind(host_.memory_socket);
  }
  void run(std::function<void()> body) {
    Script script("script", std::move(body));
    sc_core::sc_start();
    EXPECT_TRUE(script.finished) << "it hangs";
    EXPECT_EQ(script.failure, "");
    EXPECT_EQ(nic_.imbalance(), "");
  }
  void expect_no_violation() {
    EXPECT_EQ(nic_.violations().count(), 0u) << base::to_string(
        nic_.violations().first().empty() ? base::Violation{} : nic_.violations().first().front());
  }
  static Bytes frame(size_t payload_bytes, unsigned seed = 1, const TcpFlow& flow = {}) {
    Bytes payload(payload_bytes);
    std::mt19937 random(seed);
    for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random());
    return test::segment(flow, payload, 0, 0, payload_bytes, true, true);
  }
  // All that comes until nothing has come for a while.
  std::vector<PollReceived> drain(PollDriver& driver, uint16_t queue) {
    std::vector<PollReceived> all;
    for (int idle = 0; idle < 2;) {
      host_.delay(kFlight / 10);
      std::vector<PollReceived> more = driver.receive(queue);
      idle = more.empty() ? idle + 1 : 0;
      std::move(more.begin(), more.end(), std::back_inserter(all));
    }
    return all;
  }
  void send(PollDriver& driver, uint16_t queue, const PollFrame& what) {
    ASSERT_TRUE(driver.transmit(queue, what));
    driver.flush(queue);
  }
  void expect_echo(PollDriver& driver, uint16_t queue, const Bytes& bytes) {
    send(driver, queue, {.bytes = bytes});
    const std::vector<PollReceived> got = drain(driver, 0);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].bytes, bytes);
  }

  base::StatGroup root_{""};
  base::PacketPool pool_;
  base::EventQueue events_{"events"};
  SelfCable cable_{events_};
  nic::Nic nic_{
      "nic", root_, small_card(), {.mac = net::MacAddress{{2, 0, 0, 0, 0, 2}}}, {events_, pool_, cable_}};
  bench::HostSystem host_{"host", {.memory = {256 * base::kMiB}}, events_};
};

}  // namespace pspnic::test
