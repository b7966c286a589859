// SPDX-License-Identifier: Apache-2.0
// Which rings are in use, and so may not overlap: those that are enabled.
#include "model/sanitizer/ring_checks.h"

#include <gtest/gtest.h>

#include <array>

#include "model/idpf/rx_descriptors.h"

namespace pspnic::sanitizer {
namespace {

using base::DriverRule;
using base::Site;

class RingChecksTest : public testing::Test {
 protected:
  static constexpr Site kFirst{Site::Kind::kTxQueue, 0};
  static constexpr Site kSecond{Site::Kind::kTxQueue, 1};

  void configure(Site site) {
    checks_.configured({.site = site, .address = 0x1000, .length = 64, .descriptor_bytes = 16});
  }

  base::EventQueue events_{"events"};
  base::ViolationLog log_{"device"};
  Reporter reporter_{events_, log_};
  RingChecks checks_{reporter_, base::kMs};
};

TEST_F(RingChecksTest, ARingThatWasNeverEnabledTakesNoMemory) {
  configure(kFirst);  // and is given up without a word, with its vport
  configure(kSecond);
  checks_.enabled(kSecond);
  EXPECT_EQ(log_.count(), 0u);
}

TEST_F(RingChecksTest, RingsThatAreEnabledMustNotOverlap) {
  configure(kFirst);
  checks_.enabled(kFirst);
  configure(kSecond);
  EXPECT_EQ(log_.count(), 0u);
  checks_.enabled(kSecond);
  ASSERT_EQ(log_.count(), 1u);
  EXPECT_EQ(log_.first()[0].rule, DriverRule::kRingOverlap);
  EXPECT_EQ(log_.first()[0].site, kSecond);
}

TEST_F(RingChecksTest, AnEndedRingTakesNone) {
  configure(kFirst);
  checks_.enabled(kFirst);
  checks_.ended(kFirst);
  configure(kSecond);
  checks_.enabled(kSecond);
  EXPECT_EQ(log_.count(), 0u);
}

TEST_F(RingChecksTest, ARingThatIsEnabledOverABuffer) {
  constexpr Site kBuffers{Site::Kind::kBufferQueue, 0};
  checks_.configured({.site = kBuffers,
                      .address = 0x8000,
                      .length = 64,
                      .descriptor_bytes = 32,
                      .buffer_bytes = 0x100,
                      .model = idpf::QueueModel::kSplit});
  checks_.enabled(kBuffers);
  std::array<uint8_t, idpf::kRxBufferDescriptorBytes> descriptor{};
  const auto post = [&](uint16_t index, uint64_t address) {
    idpf::RxBufferDescriptor{.buf_id = index, .packet_address = address}.encode(descriptor);
    checks_.buffer_posted(kBuffers, index, descriptor);
  };
  post(1, 0xf00);   // ends where the ring begins
  post(2, 0x1400);  // begins where it ends
  configure(kFirst);
  checks_.enabled(kFirst);
  EXPECT_EQ(log_.count(), 0u);
  checks_.ended(kFirst);
  checks_.buffer_used(kBuffers, 2);
  post(3, 0x13ff);
  configure(kFirst);
  EXPECT_EQ(log_.count(), 0u);
  checks_.enabled(kFirst);
  ASSERT_EQ(log_.count(), 1u);
  EXPECT_EQ(log_.first()[0].rule, DriverRule::kRxBufferOverRing);
  EXPECT_EQ(log_.first()[0].site, kBuffers);
  EXPECT_EQ(log_.first()[0].part, "descriptor 3");
}

TEST_F(RingChecksTest, RingsOfDifferentFunctionsMayHaveTheSameAddresses) {
  RingChecks checks{reporter_, base::kMs, [](Site site) { return static_cast<uint16_t>(site.number / 2); }};
  for (const uint32_t queue : {0u, 2u, 1u}) {
    const Site site{Site::Kind::kTxQueue, queue};
    EXPECT_EQ(log_.count(), 0u) << queue;
    checks.configured({.site = site, .address = 0x1000, .length = 64, .descriptor_bytes = 16});
    checks.enabled(site);
  }
  ASSERT_EQ(log_.count(), 1u) << "queues 0 and 1 are of one function";
  EXPECT_NE(log_.first()[0].seen.find("tx queue 0"), std::string::npos) << log_.first()[0].seen;
}

}  // namespace
}  // namespace pspnic::sanitizer
