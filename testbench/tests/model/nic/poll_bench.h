// SPDX-License-Identifier: Apache-2.0
// A whole card whose cable comes back to it, for drivers that poll.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "testbench/polling/driver.h"
#include "testbench/tests/model/nic/card_bench.h"
#include "testbench/tests/model/tx/reference_segments.h"

namespace pspnic::test {

using Bytes = std::vector<uint8_t>;

inline constexpr uint16_t kMacBytes = 14;
inline constexpr uint16_t kIpBytes = 20;

class PollBench : public testing::Test, protected CardBench {
 protected:
  void run(std::function<void()> body) { EXPECT_EQ(run_script(std::move(body)), ""); }
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
  std::vector<polling::Received> drain(polling::Driver& driver, uint16_t queue) {
    std::vector<polling::Received> all;
    for (int idle = 0; idle < 2;) {
      host_.delay(kFlight / 10);
      std::vector<polling::Received> more = driver.receive(queue);
      idle = more.empty() ? idle + 1 : 0;
      std::move(more.begin(), more.end(), std::back_inserter(all));
    }
    return all;
  }
  void send(polling::Driver& driver, uint16_t queue, const polling::Frame& what) {
    ASSERT_TRUE(driver.transmit(queue, what));
    driver.flush(queue);
  }
  void expect_echo(polling::Driver& driver, uint16_t queue, const Bytes& bytes) {
    send(driver, queue, {.bytes = bytes});
    const std::vector<polling::Received> got = drain(driver, 0);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].bytes, bytes);
  }
};

}  // namespace pspnic::test
