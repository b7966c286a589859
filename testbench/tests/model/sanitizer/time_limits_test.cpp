// SPDX-License-Identifier: Apache-2.0
// What a driver does not do in time is reported when its limit passes, and at the end of a run.
#include <gtest/gtest.h>

#include "testbench/tests/model/sanitizer/card_kit.h"
#include "testbench/tests/model/sanitizer/mailbox_kit.h"
#include "testbench/tests/model/sanitizer/receive_kit.h"
#include "testbench/tests/model/sanitizer/vector_kit.h"

namespace pspnic::misbehave {
namespace {

// The one thing that the kit's driver is late with since `since`: nothing before the limit, all of it then.
template <class Kit>
void expect_at_the_limit(Kit& kit, DriverRule rule, base::Time since) {
  size_t before = 99;
  size_t then = 99;
  kit.at(since + kLimit - 1, [&] { before = kit.violations.count(); });
  kit.at(since + kLimit, [&] { then = kit.violations.count(); });
  kit.run();
  EXPECT_EQ(before, 0u);
  EXPECT_EQ(then, 1u);
  ASSERT_EQ(kit.violations.first().size(), 1u);
  EXPECT_EQ(kit.violations.first()[0].rule, rule);
  EXPECT_EQ(kit.violations.first()[0].when, since + kLimit);
  EXPECT_EQ(kit.violations.count(), 1u) << "once";
}

TEST(TimeLimits, OfAVectorThatIsNotEnabledAgain) {
  VectorKit kit;
  kit.work_twice();
  expect_at_the_limit(kit, DriverRule::kIrqNotRearmed, 0);
}

TEST(TimeLimits, OfAMaskedEntry) {
  VectorKit kit;
  kit.mask(true);
  kit.work_twice();
  expect_at_the_limit(kit, DriverRule::kMsixMasked, 0);
}

TEST(TimeLimits, OfReceiveBuffers) {
  RxKit kit;
  kit.start();
  kit.post(2);
  const base::Time empty = kit.events.now();
  const Bytes frame(100, 1);
  for (int i = 0; i < 3; ++i) kit.queues.deliver(0, kit.packet(frame), {});
  expect_at_the_limit(kit, DriverRule::kRxBuffersKept, empty);
}

TEST(TimeLimits, OfAMailboxsBuffers) {
  MailboxKit kit;
  kit.set_up_receive(0);
  kit.send(Bytes(100, 1));
  expect_at_the_limit(kit, DriverRule::kMbxBuffersMissing, kit.events.now());
}

TEST(TimeLimits, BuffersGoneForLongAreMissedWithTheFirstPacket) {
  RxKit kit;
  kit.start();
  kit.post(1);
  kit.receive(1);
  kit.run_for(2 * kLimit);
  EXPECT_EQ(kit.violations.count(), 0u) << "nobody asked for a buffer";
  kit.receive(1);
  ASSERT_EQ(kit.violations.count(), 1u);
  EXPECT_EQ(kit.violations.first()[0].when, kit.events.now());
}

TEST(TimeLimits, SomeMessagesHaveBuffersAndOthersWait) {
  MailboxKit kit;
  kit.set_up_receive(0);
  for (int i = 0; i < 3; ++i) kit.send(Bytes(100, 1));
  kit.write(idpf::Register::kArqt, 1);
  kit.run();
  ASSERT_EQ(kit.violations.count(), 1u);
  EXPECT_GT(kit.violations.first()[0].when, kLimit);
}

TEST(TimeLimits, AMailboxThatIsSwitchedOffWantsNoBuffers) {
  MailboxKit kit;
  kit.set_up_receive(0);
  kit.send(Bytes(100, 1));
  kit.write(idpf::Register::kArqlen, 0);
  kit.run();
  EXPECT_EQ(kit.violations.count(), 0u);
}

TEST(TimeLimits, BeginWithTheLastRegisterTheDriverWrote) {
  VectorKit kit;
  kit.work_twice();
  const base::Time awake = kLimit / 2;
  kit.at(awake, [&] { kit.watch.on_register(sanitizer::Sanitizer::RegisterWrite{}); });
  kit.run();
  ASSERT_EQ(kit.violations.count(), 1u);
  EXPECT_EQ(kit.violations.first()[0].when, awake + kLimit);
}

TEST(TimeLimits, OfAVectorAreNotPutOffByWhatBelongsToOthers) {
  VectorKit kit;
  const base::Site buffers{base::Site::Kind::kBufferQueue, 4};
  const base::Site received{base::Site::Kind::kRxQueue, 2};
  kit.watch.on_vector_mapped(received, 1);
  kit.watch.on_ring_answered(buffers, received);
  kit.work_twice();
  kit.at(kLimit / 2, [&] {
    kit.watch.on_tail(buffers, 1, true);
    kit.watch.on_register({.hit = {}, .function = 1, .first_vector = 1});
  });
  kit.run();
  ASSERT_EQ(kit.violations.count(), 1u);
  EXPECT_EQ(kit.violations.first()[0].when, kLimit);
}

TEST(TimeLimits, BeginWithTheLastTailOfAQueueThatTheVectorAnswers) {
  VectorKit kit;
  const base::Site buffers{base::Site::Kind::kBufferQueue, 4};
  const base::Site received{base::Site::Kind::kRxQueue, 2};
  kit.watch.on_vector_mapped(received, 0);
  kit.watch.on_ring_answered(buffers, received);
  kit.work_twice();
  const base::Time awake = kLimit / 2;
  kit.at(awake, [&] { kit.watch.on_tail(buffers, 1, true); });
  kit.run();
  ASSERT_EQ(kit.violations.count(), 1u);
  EXPECT_EQ(kit.violations.first()[0].when, awake + kLimit);
}

TEST(TimeLimits, WorkBehindAMaskBeginsWhenTheMaskGoes) {
  VectorKit kit;
  kit.mask(true);
  kit.work_twice();
  const base::Time unmasked = kLimit - 1;
  kit.at(unmasked, [&] { kit.mask(false); });
  kit.run();
  ASSERT_EQ(kit.violations.count(), 1u);
  EXPECT_EQ(kit.violations.first()[0].rule, DriverRule::kIrqNotRearmed);
  EXPECT_EQ(kit.violations.first()[0].when, unmasked + kLimit);
}

TEST(TimeLimits, NothingIsLateOnceMsixIsOff) {
  VectorKit kit;
  kit.mask(true);
  kit.arm(0);
  kit.work();
  kit.set_msix(0);
  kit.run();
  EXPECT_EQ(kit.violations.count(), 0u);
}

TEST(TimeLimits, NothingIsLateAfterAResetOfTheVectors) {
  VectorKit kit;
  kit.work_twice();
  kit.interrupts.reset(0, 1);
  kit.run();
  EXPECT_EQ(kit.violations.count(), 0u);
}

TEST(TimeLimits, KeepNoRunGoingAndAreToldAtItsEnd) {
  VectorKit kit;
  kit.events.stop_for_background(true);
  kit.work_twice();
  kit.run();
  EXPECT_EQ(kit.violations.count(), 0u);
  EXPECT_LT(kit.events.now(), kLimit);
  kit.watch.on_end();
  ASSERT_EQ(kit.violations.count(), 1u);
  EXPECT_EQ(kit.violations.first()[0].when, kLimit) << "as if time had gone on";
  kit.watch.on_end();
  kit.run_for(2 * kLimit);
  EXPECT_EQ(kit.violations.count(), 1u) << "once";
}

// MSI-X is on, entry 0 masked as after power-on, and vector 0 fires.
TEST(TimeLimits, AWholeCardTellsAtTheEndOfARun) {
  CardKit kit;
  kit.events().stop_for_background(true);
  kit.play([](CardKit& card) {
    card.host().write32(host::Space::kConfig, pcie::ConfigSpace::kMsixCapability, kMsixOn);
    card.write(idpf::pf::glint_dyn_ctl(0), 0x1d);
  });
  const Violations seen = kit.end_of_run();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].rule, DriverRule::kMsixMasked);
}

TEST(TimeLimits, AreNoWork) {
  VectorKit kit;
  kit.work_twice();
  kit.run();
  EXPECT_EQ(kit.events.now(), kLimit);
  EXPECT_LT(kit.events.last_work(), kLimit);
}

}  // namespace
}  // namespace pspnic::misbehave
