// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_processor.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

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
  static ControlParams params(unsigned cores = 1, double scale = 1.0) {
    ControlParams params;
    params.clock = base::Frequency{kMhz * base::kMHz};
    params.cores = cores;
    params.cycles_scale = scale;
    return params;
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
  ControlProcessor processor_{h_.root, params(), {h_.events, plane_}};
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

TEST_F(ControlProcessorTest, N_ARequestHasNoEffectOnePicosecondBeforeItsTime) {
  const Time service = plane_.cycles(version(1)) * kCycle;
  h_.at(0, [&] { processor_.on_request(version(1)); });
  h_.run_for(service - 1);
  EXPECT_TRUE(hardware_.sent.empty());
  h_.run_for(1);
  EXPECT_EQ(hardware_.sent.size(), 1u);
}

// Two more functions of the card, on two cores.
class ThreeFunctions : public ControlProcessorTest {
 protected:
  ThreeFunctions() {
    for (size_t i = 0; i < 2; ++i) {
      hardware_of_[i].plane = &planes_[i];
      hardware_of_[i].events = &h_.events;
      planes_[i].reset();
      sources_[i] = &processor2_.add_function(planes_[i]);
    }
  }
  pspnic::test::Time service() { return plane_.cycles(version(1)) * kCycle; }

  std::array<TimedHardware, 2> hardware_of_;
  std::array<firmware::ControlPlane, 2> planes_{firmware::ControlPlane(hardware_of_[0]),
                                                firmware::ControlPlane(hardware_of_[1])};
  base::StatGroup group2_{h_.root, "two_cores"};
  ControlProcessor processor2_{group2_, params(2), {h_.events, plane_}};
  std::array<ControlProcessor::Source*, 2> sources_{};
};

TEST_F(ThreeFunctions, CoresServeFunctionsSideBySideAndEachInItsOrder) {
  h_.at(0, [&] {
    for (uint16_t i = 0; i < 3; ++i) processor2_.on_request(version(i));
    sources_[0]->on_request(version(10));
  });
  h_.run();
  EXPECT_EQ(hardware_.times, (std::vector<Time>{service(), 2 * service(), 3 * service()}))
      << "one at a time, though a core is free";
  EXPECT_EQ(hardware_of_[0].times, (std::vector<Time>{service()}));
  for (uint16_t i = 0; i < 3; ++i) EXPECT_EQ(hardware_.sent.at(i).descriptor.sw_cookie, i);
}

TEST_F(ThreeFunctions, AFloodOfOneDelaysTheOthersByOneRequest) {
  base::StatGroup group{h_.root, "one_core"};
  ControlProcessor one{group, params(1), {h_.events, plane_}};
  ControlProcessor::Source& a = one.add_function(planes_[0]);
  ControlProcessor::Source& b = one.add_function(planes_[1]);
  h_.at(0, [&] {
    for (uint16_t i = 0; i < 50; ++i) a.on_request(version(i));
  });
  h_.at(10 * service() + 1, [&] {
    b.on_request(version(100));
    one.on_request(version(200));
  });
  h_.run();
  EXPECT_EQ(hardware_of_[1].times, (std::vector<Time>{12 * service()})) << "one of the flood was under way";
  EXPECT_EQ(hardware_.times, (std::vector<Time>{13 * service()}));
  EXPECT_EQ(hardware_of_[0].times.size(), 50u);
  EXPECT_EQ(hardware_of_[0].times.back(), 52 * service());
}

TEST_F(ThreeFunctions, AResetFreesTheCoreForOthers) {
  h_.at(0, [&] {
    processor2_.on_request(version(1));
    sources_[0]->on_request(version(2));
    sources_[1]->on_request(version(3));
  });
  h_.at(service() / 2, [&] { sources_[0]->reset(); });
  h_.run();
  EXPECT_TRUE(hardware_of_[0].times.empty());
  EXPECT_EQ(hardware_of_[1].times, (std::vector<Time>{service() / 2 + service()}));
  EXPECT_EQ(hardware_.times, (std::vector<Time>{service()})) << "the others' requests go on";
}

TEST_F(ControlProcessorTest, TheScaleStretchesEveryCommand) {
  base::StatGroup group{h_.root, "scaled"};
  ControlProcessor scaled{group, params(1, 2.5), {h_.events, plane_}};
  const auto cycles = static_cast<Time>(2.5 * static_cast<double>(plane_.cycles(version(1))));
  h_.at(0, [&] { scaled.on_request(version(1)); });
  h_.run();
  EXPECT_EQ(hardware_.times, (std::vector<Time>{cycles * kCycle}));
}

TEST(CommandClass, OpcodesByWhatTheyDo) {
  using idpf::Opcode;
  EXPECT_EQ(command_class(Opcode::kPspAllocRxSa), CommandClass::kKeyGeneration);
  EXPECT_EQ(command_class(Opcode::kPspAddTxSa), CommandClass::kKeyInsertion);
  EXPECT_EQ(command_class(Opcode::kPspDelTxSa), CommandClass::kKeyDeletion);
  EXPECT_EQ(command_class(Opcode::kPspFreeRxSa), CommandClass::kKeyDeletion);
  EXPECT_EQ(command_class(Opcode::kPspRotateKey), CommandClass::kRotation);
  EXPECT_EQ(command_class(Opcode::kGetStats), CommandClass::kOther);
  EXPECT_EQ(command_class(Opcode{12345}), CommandClass::kOther);
}

// Collects the percentiles of every distribution below a group.
struct Distributions : base::StatVisitor {
  std::map<std::string, std::pair<uint64_t, uint64_t>> count_and_median;
  std::map<std::string, uint64_t> counters;
  void visit(const base::Counter& counter) override { counters[counter.full_name()] = counter.value(); }
  void visit(const base::CounterArray&) override {}
  void visit(const base::Gauge&) override {}
  void visit(const base::Formula&) override {}
  void visit(const base::Histogram& histogram) override {
    count_and_median[histogram.full_name()] = {histogram.count(), histogram.percentile(50)};
  }
};

TEST_F(ControlProcessorTest, TheReportTellsWaitingFromService) {
  firmware::MailboxMessage rotate = version(9);
  rotate.descriptor.v_opcode = idpf::Opcode::kPspRotateKey;
  const Time service = plane_.cycles(version(1)) * kCycle;
  const Time rotation = plane_.cycles(rotate) * kCycle;
  h_.at(0, [&] {
    processor_.on_request(version(1));
    processor_.on_request(std::move(rotate));
  });
  h_.run();
  Distributions seen;
  h_.root.visit(seen);
  const auto near = [&](const std::string& name, Time value) {
    const std::string full = "device.control." + name;
    ASSERT_TRUE(seen.count_and_median.contains(full)) << full;
    EXPECT_EQ(seen.count_and_median[full].first, 1u) << full;
    const auto median = static_cast<double>(seen.count_and_median[full].second);
    EXPECT_NEAR(median, static_cast<double>(value), static_cast<double>(value) / 100) << full;
  };
  near("other.waiting", 0);
  near("other.service", service);
  near("other.total", service);
  near("rotation.waiting", service);
  near("rotation.service", rotation);
  near("rotation.total", service + rotation);
  EXPECT_EQ(seen.count_and_median["device.control.key_insertion.total"].first, 0u);
}

// Of the request that a reset ends, so much as it was served.
TEST_F(ControlProcessorTest, NoMoreTimeIsSpentThanPasses) {
  const Time service = plane_.cycles(version(1)) * kCycle;
  ASSERT_GT(service, 7 * kCycle);
  const auto busy = [this] {
    Distributions seen;
    h_.root.visit(seen);
    return seen.counters.at("device.control.busy_time");
  };
  h_.at(0, [&] {
    for (uint16_t i = 0; i < 3; ++i) processor_.on_request(version(i));
  });
  h_.at(service + 7 * kCycle, [&] {
    processor_.reset();
    EXPECT_EQ(busy(), service + 7 * kCycle);
    processor_.reset();  // of nothing
  });
  h_.at(10 * service, [&] { processor_.on_request(version(9)); });
  h_.run();
  EXPECT_EQ(busy(), 2 * service + 7 * kCycle);
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
