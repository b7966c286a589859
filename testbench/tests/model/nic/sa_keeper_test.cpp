// SPDX-License-Identifier: Apache-2.0
#include "model/nic/sa_keeper.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "testbench/tests/model/harness.h"

namespace pspnic::nic {
namespace {

using pspnic::test::Time;

// Who has slots erased.
struct Waiting {
  std::vector<uint64_t> told;
  std::function<void(uint64_t)> then;
  void done(uint64_t token) {
    told.push_back(token);
    if (then) then(token);
  }
  base::Callback callback() { return base::Callback::to<&Waiting::done>(*this); }
};

class SaKeeperTest : public testing::Test {
 protected:
  void write(uint32_t slot, uint16_t tag = 1) {
    crypto::Sa sa;
    sa.spi = 5;
    sa.tag = tag;
    ASSERT_TRUE(keeper_.write_sa(slot, sa, 0));
  }
  void use(uint32_t slot) { ASSERT_NE(sas_.acquire(slot, 1), nullptr); }

  pspnic::test::Harness h_;
  std::unique_ptr<psp::Aead> aead_ = psp::make_openssl_aead();
  crypto::SaTable sas_{16, *aead_};
  flow::FlowTable flows_{h_.root, {}};
  psp::IvClock iv_clock_{0};
  control::ConfigQueues config_queues_{
      h_.root, {}, 0xf, {h_.events, h_.dma, h_.pool, h_.violations, sas_, iv_clock_}};
  SaKeeper keeper_{{h_.events, sas_, flows_, config_queues_}};
  Waiting waiting_;
};

TEST_F(SaKeeperTest, ASlotThatNothingUsesIsFreeAtOnce) {
  write(3);
  EXPECT_FALSE(keeper_.start_erase(3, waiting_.callback(), 7));
  EXPECT_TRUE(sas_.empty(3));
  write(3);
  EXPECT_TRUE(keeper_.erase_sa(3, 7)) << "nothing follows";
  h_.run();
  EXPECT_TRUE(waiting_.told.empty());
}

TEST_F(SaKeeperTest, AKeyIsWipedWhenItsLastPacketIsSealedAndNoPicosecondSooner) {
  write(3);
  use(3);
  use(3);
  EXPECT_TRUE(keeper_.start_erase(3, waiting_.callback(), 7));
  sas_.release(3, 9'000);
  EXPECT_EQ(sas_.state(3), crypto::SaState::kErasing) << "one more uses it";
  sas_.release(3, 5'000);
  h_.run_for(8'999);
  EXPECT_EQ(sas_.state(3), crypto::SaState::kErasing);
  EXPECT_TRUE(waiting_.told.empty());
  h_.run_for(1);
  EXPECT_TRUE(sas_.empty(3));
  EXPECT_EQ(waiting_.told, (std::vector<uint64_t>{7}));
}

TEST_F(SaKeeperTest, ItsTimesMayBeKnownAlready) {
  write(3);
  use(3);
  sas_.release(3, 9'000);
  EXPECT_TRUE(keeper_.start_erase(3, waiting_.callback(), 7));
  h_.run_for(8'999);
  EXPECT_TRUE(waiting_.told.empty());
  h_.run_for(1);
  EXPECT_EQ(waiting_.told.size(), 1u);
}

TEST_F(SaKeeperTest, AllWhoWaitForASlotAreToldOnce) {
  Waiting other;
  write(3);
  write(4);
  use(3);
  use(4);
  EXPECT_TRUE(keeper_.start_erase(3, waiting_.callback(), 7));
  EXPECT_TRUE(keeper_.start_erase(3, other.callback(), 8));
  EXPECT_TRUE(keeper_.start_erase(3, waiting_.callback(), 9));
  EXPECT_TRUE(keeper_.start_erase(4, waiting_.callback(), 10));
  sas_.release(3, 1'000);
  h_.run();
  std::ranges::sort(waiting_.told);
  EXPECT_EQ(waiting_.told, (std::vector<uint64_t>{7, 9}));
  EXPECT_EQ(other.told, (std::vector<uint64_t>{8}));
  sas_.release(4, h_.events.now());
  h_.run();
  EXPECT_EQ(waiting_.told, (std::vector<uint64_t>{7, 9, 10}));
}

// Who is told may use the slot again, and wait for it again.
TEST_F(SaKeeperTest, WhoIsToldMayHaveItErasedAgain) {
  write(3);
  use(3);
  waiting_.then = [&](uint64_t token) {
    if (token != 7) return;
    write(3);
    use(3);
    EXPECT_TRUE(keeper_.start_erase(3, waiting_.callback(), 8));
  };
  EXPECT_TRUE(keeper_.start_erase(3, waiting_.callback(), 7));
  sas_.release(3, 1'000);
  h_.run();
  EXPECT_EQ(waiting_.told, (std::vector<uint64_t>{7}));
  sas_.release(3, h_.events.now() + 1'000);
  h_.run();
  EXPECT_EQ(waiting_.told, (std::vector<uint64_t>{7, 8}));
}

// What is sealed with the next key must not be built as the last one's owner wanted it.
TEST_F(SaKeeperTest, TheHeadersThatTheDeviceBuildsEndWithTheirSa) {
  for (const bool by_erase : {false, true}) {
    write(3);
    flows_.set_encapsulation({3, 1}, {});
    flows_.set_encapsulation({4, 1}, {});
    if (by_erase) {
      use(3);
      EXPECT_TRUE(keeper_.start_erase(3, waiting_.callback(), 7));
    } else {
      write(3);
    }
    EXPECT_EQ(flows_.encapsulation({3, 1}), nullptr);
    EXPECT_NE(flows_.encapsulation({4, 1}), nullptr) << "another's";
  }
}

// It has wiped all: a slot in use anew must not be wiped by what was to come.
TEST_F(SaKeeperTest, AResetForgetsWhoWaitsAndWhatWasToBeWiped) {
  write(3);
  use(3);
  EXPECT_TRUE(keeper_.start_erase(3, waiting_.callback(), 7));
  sas_.release(3, 9'000);
  sas_.reset();
  keeper_.reset();
  write(3, 2);
  h_.run();
  EXPECT_TRUE(waiting_.told.empty());
  EXPECT_EQ(sas_.state(3), crypto::SaState::kUsed);
}

}  // namespace
}  // namespace pspnic::nic
