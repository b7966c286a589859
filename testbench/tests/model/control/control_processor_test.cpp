// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_processor.h"

#include <gtest/gtest.h>

#include "testbench/tests/firmware/fake_hardware.h"
#include "testbench/tests/model/harness.h"

namespace pspnic::control {
namespace {

using pspnic::test::Time;

constexpr uint64_t kMhz = 100;
constexpr Time kCycle = 10'000;  // ps

class TimedHardware : public firmware::FakeHardware {
 public:
  const base::EventQueue* events = nullptr;
  std::vector<Time> times;
  void send_to_driver(firmware::MailboxMessage message) override {
    times.push_back(events->now());
    FakeHardware::send_to_driver(std::move(message));
  }
};

class ControlProcessorTest : public testing::Test {
 protected:
  ControlProcessorTest() {
    hardware_.plane = &plane_;
    hardware_.events = &h_.events;
    plane_.reset();
  }
  static firmware::MailboxMessage version(uint16_t cookie) {
    firmware::MailboxMessage request;
    request.descriptor.opcode = idpf::MailboxOpcode::kSendToCp;
    request.descriptor.v_opcode = idpf::Opcode::kVersion;
    request.descriptor.sw_cookie = cookie;
    request.payload = {2, 0, 0, 0, 0, 0, 0, 0};
    return request;
  }

  pspnic::test::Harness h_;
  TimedHardware hardware_;
  firmware::ControlPlane plane_{hardware_};
  ControlProcessor processor_{h_.root, {base::Frequency{kMhz * base::kMHz}}, {h_.events, plane_}};
};

TEST_F(ControlProcessorTest, ARequestTakesEffectAfterItsCycles) {
  const Time service = plane_.cycles(version(1)) * kCycle;
  ASSERT_GT(service, 0u);
  h_.at(5'000, [&] { processor_.on_request(version(1)); });
  h_.run();
  EXPECT_EQ(hardware_.times, (std::vector<Time>{5'000 + service}));
}

TEST_F(ControlProcessorTest, RequestsAreServedOneAfterAnother) {
  const Time service = plane_.cycles(version(1)) * kCycle;
  const Time idle = 10 * service;
  h_.at(0, [&] {
    for (uint16_t i = 0; i < 3; ++i) processor_.on_request(version(i));
  });
  h_.at(idle, [&] { processor_.on_request(version(3)); });
  h_.run();
  EXPECT_EQ(hardware_.times, (std::vector<Time>{service, 2 * service, 3 * service, idle + service}));
  for (uint16_t i = 0; i < 4; ++i) EXPECT_EQ(hardware_.sent.at(i).descriptor.sw_cookie, i);
}

TEST_F(ControlProcessorTest, ResetForgetsWhatIsWaitingAndTheTimeItWouldHaveTaken) {
  const Time service = plane_.cycles(version(1)) * kCycle;
  h_.at(0, [&] {
    for (uint16_t i = 0; i < 50; ++i) processor_.on_request(version(i));
  });
  h_.at(service / 2, [&] {
    processor_.reset();
    plane_.reset();
    processor_.on_request(version(99));
  });
  h_.run();
  EXPECT_EQ(hardware_.times, (std::vector<Time>{service / 2 + service}));
  ASSERT_EQ(hardware_.sent.size(), 1u);
  EXPECT_EQ(hardware_.sent[0].descriptor.sw_cookie, 99);
}

}  // namespace
}  // namespace pspnic::control
