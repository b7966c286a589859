// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_processor.h"

#include <gtest/gtest.h>

#include "model/control/management.h"
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
  void send_to_management(firmware::MailboxMessage message) override {
    times.push_back(events->now());
    FakeHardware::send_to_management(std::move(message));
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

TEST_F(ControlProcessorTest, AResetLeavesTheRequestsOfTheManagementPort) {
  const auto rotate = [](uint16_t cookie) {
    firmware::MailboxMessage request = version(cookie);
    request.descriptor.v_opcode = idpf::Opcode::kPspRotateKey;
    request.payload.assign(32, 0xff);  // of the whole function
    return request;
  };
  Management management(processor_);
  h_.at(0, [&] {
    processor_.on_request(version(1));
    management.send(rotate(2));
    processor_.on_request(version(3));
    management.send(rotate(4));
  });
  h_.at(1'000, [&] {
    processor_.reset();
    plane_.reset();
  });
  h_.run();
  EXPECT_TRUE(hardware_.sent.empty());
  ASSERT_EQ(hardware_.sent_to_management.size(), 2u);
  EXPECT_EQ(hardware_.sent_to_management[0].descriptor.sw_cookie, 2);
  EXPECT_EQ(hardware_.sent_to_management[1].descriptor.sw_cookie, 4);
  const Time service = plane_.cycles(rotate(2)) * kCycle;
  EXPECT_EQ(hardware_.times, (std::vector<Time>{1'000 + service, 1'000 + 2 * service}))
      << "from the reset on";
}

TEST_F(ControlProcessorTest, AnswersWaitAtTheManagementPort) {
  Management management(processor_);
  EXPECT_FALSE(management.receive());
  firmware::MailboxMessage answer;
  answer.descriptor.sw_cookie = 5;
  management.deliver(std::move(answer));
  const auto received = management.receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->descriptor.sw_cookie, 5);
  EXPECT_FALSE(management.receive());
}

}  // namespace
}  // namespace pspnic::control
