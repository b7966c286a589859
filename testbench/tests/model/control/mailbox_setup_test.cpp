// SPDX-License-Identifier: Apache-2.0
// How drivers set the rings up, rightly and wrongly, and what happens to work under way then.
#include <random>

#include "testbench/tests/model/control/mailbox_bench.h"

namespace pspnic::control {
namespace {

using idpf::Register;
using pspnic::test::Bytes;
using pspnic::test::MailboxBench;

class MailboxSetupTest : public testing::Test {
 protected:
  // Until the device has asked for a descriptor and not got it.
  void start_a_request(const Bytes& payload = Bytes(4096, 1)) {
    bench_.put_request(0, payload, 1);
    bench_.write(Register::kAtqt, 1);
    ASSERT_GT(bench_.dma.reads_in_flight(), 0u);
  }
  MailboxBench bench_;
};

TEST_F(MailboxSetupTest, RegistersReadBackWhatWasWritten) {
  bench_.set_up_transmit();
  bench_.set_up_receive();
  EXPECT_EQ(bench_.mailbox.read(Register::kAtqlen), 64u | idpf::kMbxLenEnable);
  EXPECT_EQ(bench_.mailbox.read(Register::kArqlen), 64u | idpf::kMbxLenEnable);
  EXPECT_EQ(bench_.mailbox.read(Register::kAtqbal), static_cast<uint32_t>(bench_.atq));
  EXPECT_EQ(bench_.mailbox.read(Register::kAtqbah), static_cast<uint32_t>(bench_.atq >> 32));
  EXPECT_EQ(bench_.mailbox.read(Register::kArqbal), static_cast<uint32_t>(bench_.arq));
  EXPECT_EQ(bench_.mailbox.read(Register::kArqbah), static_cast<uint32_t>(bench_.arq >> 32));
  EXPECT_EQ(bench_.mailbox.read(Register::kArqt), 63u);
  EXPECT_EQ(bench_.mailbox.read(Register::kArqh), 0u);
  bench_.mailbox.reset();
  for (auto id = Register::kArqbal; id <= Register::kAtqt;
       id = Register{static_cast<uint8_t>(static_cast<int>(id) + 1)}) {
    EXPECT_EQ(bench_.mailbox.read(id), 0u);
  }
}

TEST_F(MailboxSetupTest, ATailBeyondTheRingStopsIt) {
  bench_.set_up_transmit();
  bench_.write(Register::kAtqt, 64);
  bench_.run();
  ASSERT_EQ(bench_.violations.count(), 1u);
  EXPECT_EQ(bench_.violations.first()[0].field, "tail");
  EXPECT_EQ(bench_.mailbox.read(Register::kAtqlen), 64u | idpf::kMbxLenCrit);
  bench_.put_request(0, {});
  bench_.write(Register::kAtqt, 1);
  bench_.run();
  EXPECT_TRUE(bench_.requests.empty());

  bench_.set_up_transmit();
  bench_.write(Register::kAtqt, 1);
  bench_.run();
  EXPECT_EQ(bench_.requests.size(), 1u) << "set up anew";
}

TEST_F(MailboxSetupTest, AReceiveTailBeyondTheRing) {
  bench_.set_up_receive(64);
  bench_.send(Bytes(10, 1));
  bench_.run();
  ASSERT_EQ(bench_.violations.count(), 1u);
  EXPECT_NE(bench_.violations.first()[0].place().find("ARQ"), std::string::npos);
  bench_.set_up_receive();
  bench_.run();
  EXPECT_TRUE(bench_.done(bench_.arq, 0)) << "the message has waited";
}

TEST_F(MailboxSetupTest, APostedBufferWithoutRoomStopsTheRingAndTheMessageWaits) {
  struct Posted {
    uint16_t flags, datalen;
    bool fits;
  };
  for (const Posted& posted :
       {Posted{idpf::kMbxFlagsRequest, 9, false}, Posted{idpf::kMbxFlagRd, 4096, false},
        Posted{idpf::kMbxFlagsRequest, 10, true}}) {
    bench_.set_up_receive();
    idpf::MailboxDescriptor buffer = bench_.get(bench_.arq, 0);
    buffer.flags = posted.flags;
    buffer.datalen = posted.datalen;
    bench_.put(bench_.arq, 0, buffer);
    const uint64_t before = bench_.violations.count();
    if (before == 0) bench_.send(Bytes(10, 1));
    bench_.write(Register::kArqt, 2);
    bench_.run();
    EXPECT_EQ(bench_.violations.count(), before + (posted.fits ? 0u : 1u));
    EXPECT_EQ(bench_.done(bench_.arq, 0), posted.fits);
    EXPECT_EQ((bench_.mailbox.read(Register::kArqlen) & idpf::kMbxLenCrit) == 0, posted.fits);
  }
  EXPECT_EQ(bench_.violations.first()[0].field, "datalen");
}

TEST_F(MailboxSetupTest, RingsOutsideHostMemoryStop) {
  bench_.atq = pspnic::test::FlatMemory::kUnmapped;
  bench_.set_up_transmit();
  bench_.write(Register::kAtqt, 1);
  bench_.run();
  ASSERT_EQ(bench_.violations.count(), 1u);
  EXPECT_EQ(bench_.violations.first()[0].field, "base");
  EXPECT_NE(bench_.mailbox.read(Register::kAtqlen) & idpf::kMbxLenCrit, 0u);
  bench_.set_up_receive();
  bench_.write(Register::kArqbal, 0);
  bench_.write(Register::kArqbah, 0);
  bench_.send(Bytes(10, 1));
  bench_.run();
  EXPECT_EQ(bench_.violations.count(), 2u);
}

TEST_F(MailboxSetupTest, SwitchedOffWhileADescriptorIsOnItsWay) {
  bench_.set_up_transmit();
  start_a_request();
  bench_.write(Register::kAtqlen, 0);
  bench_.run();
  EXPECT_TRUE(bench_.requests.empty());
  EXPECT_FALSE(bench_.done(bench_.atq, 0));

  bench_.set_up_receive();
  bench_.send(Bytes(10, 1));
  ASSERT_GT(bench_.dma.reads_in_flight(), 0u);
  bench_.write(Register::kArqlen, 0);
  bench_.run();
  EXPECT_FALSE(bench_.done(bench_.arq, 0));
  bench_.set_up_receive();
  bench_.run();
  EXPECT_TRUE(bench_.done(bench_.arq, 0)) << "not lost";
}

TEST_F(MailboxSetupTest, SwitchedOffWhileAPayloadIsOnItsWay) {
  bench_.set_up_transmit();
  start_a_request();
  bench_.run_for(600'000);  // the descriptor is there, its payload not
  ASSERT_GT(bench_.dma.reads_in_flight(), 0u);
  bench_.write(Register::kAtqlen, 0);
  bench_.run();
  EXPECT_TRUE(bench_.requests.empty());
}

TEST_F(MailboxSetupTest, NothingIsLeftOfAPayloadNobodyWaitsFor) {
  bench_.set_up_transmit();
  bench_.put_request(0, Bytes(300, 0xa5));  // a key, for instance
  bench_.write(Register::kAtqt, 1);
  bench_.run_for(600'000);
  ASSERT_GT(bench_.dma.reads_in_flight(), 0u);
  bench_.put_request(0, Bytes(20, 7), 2);
  std::ranges::fill(bench_.memory.at(bench_.request_buffer(0) + 20, 280), uint8_t{0xa5});
  bench_.set_up_transmit();
  bench_.run();
  ASSERT_EQ(bench_.requests.size(), 1u);
  EXPECT_EQ(bench_.requests[0].payload, Bytes(20, 7));
  const std::span<const uint8_t> memory = bench_.mailbox.payload_memory();
  EXPECT_EQ(std::ranges::count_if(memory, [](uint8_t byte) { return byte != 0; }), 0);
}

TEST_F(MailboxSetupTest, SetUpAnewWhileADescriptorIsOnItsWay) {
  bench_.set_up_transmit();
  start_a_request();
  bench_.atq = bench_.memory.allocate(4096);
  bench_.put_request(0, Bytes(20, 7), 2);
  bench_.write(Register::kAtqt, 0);
  bench_.set_up_transmit();
  bench_.write(Register::kAtqt, 1);
  bench_.run();
  ASSERT_EQ(bench_.requests.size(), 1u);
  EXPECT_EQ(bench_.requests[0].descriptor.sw_cookie, 2);
  EXPECT_EQ(bench_.requests[0].payload, Bytes(20, 7));
  EXPECT_EQ(bench_.mailbox.read(Register::kAtqh), 1u);
}

TEST_F(MailboxSetupTest, ResetAtEveryMomentOfAConversation) {
  bench_.when_requested = [&](const firmware::MailboxMessage& request) {
    bench_.send(request.payload, request.descriptor.sw_cookie);
  };
  for (pspnic::test::Time when = 0; when < 4'000'000; when += 97'000) {
    bench_.set_up_receive();
    bench_.set_up_transmit();
    for (uint16_t i = 0; i < 4; ++i) bench_.put_request(i, Bytes(300, 1), i);
    bench_.write(Register::kAtqt, 4);
    bench_.run_for(when);
    bench_.dma.reset();
    bench_.mailbox.reset();
    const size_t before = bench_.requests.size();
    bench_.run();
    ASSERT_EQ(bench_.requests.size(), before) << when;
    ASSERT_EQ(bench_.mailbox.read(Register::kAtqh), 0u);
  }
  EXPECT_EQ(bench_.violations.count(), 0u);
}

TEST_F(MailboxSetupTest, NonsenseInRegistersAndDescriptorsDoesNoHarm) {
  std::mt19937 random(11);
  bench_.when_requested = [&](const firmware::MailboxMessage& request) {
    bench_.send(request.payload, request.descriptor.sw_cookie);
  };
  bench_.set_up_receive();
  bench_.set_up_transmit();
  for (int i = 0; i < 2000; ++i) {
    const auto id = static_cast<Register>(random() % 10);
    const uint32_t values[] = {static_cast<uint32_t>(random()), static_cast<uint32_t>(random() % 70), 0,
                               64 | idpf::kMbxLenEnable, idpf::kMbxLenEnable};
    bench_.write(id, values[random() % 5]);
    const std::span<uint8_t> ring = bench_.memory.at(random() % 2 == 0 ? bench_.atq : bench_.arq, 64 * 32);
    ring[random() % ring.size()] = static_cast<uint8_t>(random());
    if (random() % 3 == 0) bench_.run_for(random() % 1'000'000);
    if (random() % 20 == 0) {
      bench_.set_up_receive();
      bench_.set_up_transmit();
    }
  }
  bench_.run();
  bench_.dma.reset();
  bench_.mailbox.reset();
  bench_.requests.clear();
  bench_.set_up_receive();
  bench_.set_up_transmit();
  bench_.put_request(0, Bytes(10, 4));
  bench_.write(Register::kAtqt, 1);
  bench_.run();
  ASSERT_EQ(bench_.requests.size(), 1u);
  EXPECT_TRUE(bench_.done(bench_.arq, 0));
  EXPECT_EQ(bench_.reply_payload(0, 10), Bytes(10, 4));
}

}  // namespace
}  // namespace pspnic::control
