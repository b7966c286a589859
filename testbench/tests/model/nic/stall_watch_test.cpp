// SPDX-License-Identifier: Apache-2.0
#include "model/nic/stall_watch.h"

#include <gtest/gtest.h>

#include "model/idpf/psp_ext.h"
#include "testbench/tests/firmware/control_bench.h"
#include "testbench/tests/model/harness.h"

namespace pspnic::nic {
namespace {

constexpr base::Time kThreshold = 10 * base::kUs;

struct Stalls : crypto::StallSource {
  base::Time next = 0;
  base::Time next_stall() override { return next; }
};

class StallWatchTest : public testing::Test {
 protected:
  StallWatchTest() {
    driver_.negotiate(true);
    driver_.send(idpf::Opcode::kPspSetConfig, idpf::PspConfig{.vport_id = idpf::kVportNone});
    driver_.hardware.sent.clear();
  }
  // A packet whose engine stops for so long, at this time.
  void stall_at(base::Time when, base::Time stall) {
    h_.at(when, [this, stall] {
      source_.next = stall;
      EXPECT_EQ(watch_.next_stall(), stall) << "the engine stops as it did";
    });
  }

  pspnic::test::Harness h_;
  firmware::ControlBench driver_;
  Stalls source_;
  StallWatch watch_{h_.events, driver_.plane, firmware::DeviceEvent::Kind::kKdfFault, kThreshold};
};

TEST_F(StallWatchTest, NobodyAsksWithoutASource) {
  EXPECT_EQ(watch_.watch(nullptr), nullptr);
  EXPECT_EQ(watch_.watch(&source_), &watch_);
}

TEST_F(StallWatchTest, OnlyAStallOfTheThresholdIsToldOf) {
  watch_.watch(&source_);
  stall_at(1, 0);
  stall_at(2, kThreshold - 1);
  h_.run();
  EXPECT_TRUE(driver_.hardware.sent.empty());
  stall_at(h_.events.now() + 1, kThreshold);
  h_.run();
  ASSERT_EQ(driver_.hardware.sent.size(), 1u);
  const auto event = firmware::from_bytes<idpf::PspEvent>(driver_.hardware.sent[0].payload);
  EXPECT_EQ(event.event, idpf::EventCode::kPspEngineFault);
  EXPECT_EQ(event.value, idpf::kPspFaultKdf);
}

TEST_F(StallWatchTest, ABrokenEngineDoesNotFloodTheMailbox) {
  watch_.watch(&source_);
  stall_at(1, kThreshold);
  stall_at(StallWatch::kReportInterval, kThreshold);
  h_.run();
  EXPECT_EQ(driver_.hardware.sent.size(), 1u);
  stall_at(1 + StallWatch::kReportInterval, kThreshold);
  h_.run();
  EXPECT_EQ(driver_.hardware.sent.size(), 2u);
}

}  // namespace
}  // namespace pspnic::nic
