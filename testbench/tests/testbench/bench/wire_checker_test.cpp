// SPDX-License-Identifier: Apache-2.0
// Cards that break a rule, played by hand, and ones that do not.
#include "testbench/bench/wire_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testbench/tests/testbench/bench/psp_frames.h"

namespace pspnic::bench {
namespace {

using test::Bytes;
using testing::HasSubstr;

constexpr uint32_t kSpi = 0x1234;

class WireCheckerTest : public testing::Test {
 protected:
  WireChecker& make(CheckParams params = {}) {
    params.authentic = CheckParams::Authentic::kOn;
    checker_ = std::make_unique<WireChecker>(params, WireChecker::Setup{false, 1500}, events_);
    checker_->on_key(kSpi, psp::Version::kAesGcm128, key_);
    return *checker_;
  }
  void transmit(const Bytes& clear, bool sealed, psp::Version version = psp::Version::kAesGcm128,
                const host::PspMode* mode = nullptr, uint32_t spi = kSpi) {
    host::TxFrame frame;
    frame.bytes = clear;
    if (sealed) frame.sa = host::SaHandle{1, 1};
    frame.version = version;
    frame.mode = mode;
    frame.spi = spi;
    checker_->on_transmit(kA, frame);
  }
  base::PacketPtr packet(const Bytes& bytes) {
    base::PacketPtr packet = pool_.take(static_cast<uint32_t>(bytes.size()));
    std::memcpy(packet->data(), bytes.data(), bytes.size());
    return packet;
  }
  void leave(const Bytes& frame, unsigned card = 0) { checker_->on_departure(card, *packet(frame)); }
  void arrive(const Bytes& frame, bool fcs_ok = true) {
    base::PacketPtr arriving = packet(frame);
    arriving->fcs_ok = fcs_ok;
    checker_->on_arrival(0, *arriving);
  }
  void deliver(const Bytes& frame, uint32_t spi = kSpi, uint16_t segment_bytes = 0) {
    host::RxInfo info;
    info.psp = true;
    info.spi = spi;
    info.segment_bytes = segment_bytes;
    checker_->on_delivery(1, frame, info);
  }
  // As a driver gets what its card has protected without its knowledge.
  void deliver_plain(const Bytes& frame) { checker_->on_delivery(1, frame, {}); }
  // The cards protect all from port 20000 to 5001, A to B; the SA has kSpi.
  void protect() {
    params_of_flows_.payload_every = 1;
    make(params_of_flows_);
    const auto flows = parse_flows(R"([{"protocol": "tcp", "a_port": 20000, "b_port": 5001}])", "f");
    checker_->protect(flows);
    checker_->on_key(kSpi, psp::Version::kAesGcm128, key_);
    checker_->end_of_flow_keys();
  }
  uint64_t failures() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < static_cast<size_t>(CheckRule::kCount); ++i) {
      sum += checker_->count(static_cast<CheckRule>(i));
    }
    return sum;
  }
  // What a card makes of `clear_`.
  Bytes sealed(uint64_t iv) const { return test::sealed_frame(clear_, kSpi, iv, key_); }

  base::EventQueue events_{"events"};
  base::PacketPool pool_;
  CheckParams params_of_flows_;
  psp::SessionKey key_ = test::key_of(5);
  Bytes clear_ = test::clear_frame(test::payload_of(600));
  std::unique_ptr<WireChecker> checker_;
};

TEST_F(WireCheckerTest, FindsNothingInAGoodRun) {
  CheckParams params;
  params.payload_every = 1;
  make(params);
  for (uint64_t iv = 1; iv <= 500; ++iv) {
    transmit(clear_, true);
    const Bytes frame = sealed(iv);
    leave(frame);
    arrive(frame);
    deliver(clear_);
  }
  EXPECT_EQ(failures(), 0u);
  EXPECT_EQ(checker_->opened(), 500u);
  EXPECT_EQ(checker_->frames(), 500u);
  EXPECT_TRUE(checker_->findings().empty());
}

TEST_F(WireCheckerTest, AProtectedFlowInClear) {
  make();
  transmit(clear_, true);
  leave(clear_, 1);
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 1u);
  EXPECT_EQ(failures(), 1u);
  ASSERT_EQ(checker_->findings().size(), 1u);
  EXPECT_THAT(checker_->findings()[0], HasSubstr("nic_b frame 1: plaintext"));
  EXPECT_THAT(checker_->findings()[0], HasSubstr("20000"));
}

TEST_F(WireCheckerTest, AnotherFlowMayBeInClear) {
  make();
  transmit(clear_, true);
  const Bytes other = test::clear_frame(test::payload_of(600, 2), 20001);
  transmit(other, false);
  leave(other);
  EXPECT_EQ(failures(), 0u);
}

TEST_F(WireCheckerTest, AFlowThatIsSentBothWaysIsItsSendersAffair) {
  make();
  transmit(clear_, true);
  transmit(clear_, false);
  transmit(clear_, true);
  leave(clear_);
  EXPECT_EQ(failures(), 0u);
}

// The frame looks like PSP, but is not encrypted: 16 bytes are enough to find it, at any offset.
// A flow that is upgraded is watched though it was in clear.
TEST_F(WireCheckerTest, AnUpgradedFlowBehindItsFence) {
  make();
  const net::Parsed parsed = net::parse_frame(clear_);
  const net::FlowKey flow = *net::FlowKey::from_frame(clear_, parsed);
  const uint32_t end =
      net::load_be32(&clear_[parsed.l4_offset + 4]) + (parsed.l4_end - parsed.payload_offset);
  checker_->on_clear_flow(flow);
  transmit(clear_, false);
  leave(clear_);
  checker_->on_upgrade(flow, end);
  transmit(clear_, true);
  leave(clear_);
  EXPECT_EQ(failures(), 0u) << "queued before";
  checker_->on_upgrade(flow, end - 1);
  leave(clear_);
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 1u);
  transmit(clear_, false);
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 2u) << "the host itself asks for it";
  EXPECT_THAT(checker_->findings().back(), HasSubstr("host_a: plaintext"));
}

TEST_F(WireCheckerTest, ProtectedPayloadInClearInsideAPspFrame) {
  CheckParams params;
  params.payload_every = 1;
  make(params);
  transmit(clear_, true);
  Bytes frame = sealed(1);
  std::copy_n(clear_.begin() + 54, 16, frame.begin() + 101);
  leave(frame);
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 1u);
  EXPECT_THAT(checker_->findings().at(0), HasSubstr("at byte 101"));
  frame = sealed(2);
  std::copy_n(clear_.begin() + 54, 15, frame.begin() + 101);
  leave(frame);
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 1u) << "15 bytes";
}

// What a card leaves in clear by a wrong Crypt Offset is not found as payload where that was not searched.
TEST_F(WireCheckerTest, MoreInClearThanTheDriverAskedFor) {
  make();
  host::PspMode mode;
  mode.crypt_offset = 2;
  transmit(clear_, true, psp::Version::kAesGcm128, &mode);
  leave(test::sealed_frame(clear_, kSpi, 1, key_, 0, 2));
  EXPECT_EQ(failures(), 0u);
  leave(test::sealed_frame(clear_, kSpi, 2, key_, 0, 3));
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 1u);
  EXPECT_THAT(checker_->findings().at(0), HasSubstr("SPI 0x00001234: Crypt Offset 3, 2 was asked for"));
}

TEST_F(WireCheckerTest, ExposedPortsAreAllThatMayBeExposed) {
  make();
  host::PspMode mode;
  mode.crypt_offset = host::PspMode::kExposePorts;
  transmit(clear_, true, psp::Version::kAesGcm128, &mode);
  leave(test::sealed_frame(clear_, kSpi, 1, key_, 0, 1));
  EXPECT_EQ(failures(), 0u);
  leave(test::sealed_frame(clear_, kSpi, 2, key_, 0, 2));
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 1u);
}

TEST_F(WireCheckerTest, ANewSaOfAFlowIsAskedForAnew) {
  make();
  host::PspMode mode;
  mode.crypt_offset = 2;
  transmit(clear_, true, psp::Version::kAesGcm128, &mode);
  transmit(clear_, true, psp::Version::kAesGcm128, nullptr, kSpi + 1);
  leave(test::sealed_frame(clear_, kSpi + 1, 1, key_, 0, 1));
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 1u);
}

TEST_F(WireCheckerTest, CryptOffsetOfAFlowThatTheCardsProtect) {
  protect();
  leave(test::sealed_frame(clear_, kSpi, 1, key_, 0, 1));
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 1u);
}

TEST_F(WireCheckerTest, PayloadOfGmacMayBeSeen) {
  CheckParams params;
  params.payload_every = 1;
  make(params);
  transmit(clear_, true, psp::Version::kAesGmac128);
  leave(test::sealed_frame(clear_, kSpi, 1, key_, 2));
  EXPECT_EQ(failures(), 0u);
}

TEST_F(WireCheckerTest, AnIvUsedTwice) {
  make();
  leave(sealed(7));
  leave(sealed(8));
  leave(sealed(7), 1);
  EXPECT_EQ(checker_->count(CheckRule::kIvReuse), 1u) << "by the other card, too";
  EXPECT_THAT(checker_->findings().at(0), HasSubstr("nic_b frame 1: iv_reuse: SPI 0x00001234"));
}

TEST_F(WireCheckerTest, AnIvMayComeLateOnce) {
  make();
  for (const uint64_t iv : {10, 14, 12, 13, 15, 9}) leave(sealed(iv));
  EXPECT_EQ(failures(), 0u);
  leave(sealed(12));
  EXPECT_EQ(checker_->count(CheckRule::kIvReuse), 1u);
}

TEST_F(WireCheckerTest, AnIvSoOldThatItMayHaveBeenUsedCounts) {
  make();
  for (uint64_t iv = 1000; iv < 2025; ++iv) leave(sealed(iv));
  leave(sealed(999));
  EXPECT_EQ(checker_->count(CheckRule::kIvReuse), 1u);
}

TEST_F(WireCheckerTest, IvsCountModulo2To64) {
  make();
  for (uint64_t iv = ~uint64_t{0} - 5; iv != 5; ++iv) leave(sealed(iv));
  EXPECT_EQ(failures(), 0u);
  leave(sealed(~uint64_t{0}));
  EXPECT_EQ(checker_->count(CheckRule::kIvReuse), 1u);
}

// After a reset the same key may come again, or another one under the same SPI.
TEST_F(WireCheckerTest, AKeyGivenOutAgainKeepsItsIvsAnotherDoesNot) {
  make();
  leave(sealed(7));
  checker_->on_key(kSpi, psp::Version::kAesGcm128, test::key_of(6));
  leave(sealed(7));
  EXPECT_EQ(failures(), 0u);
  checker_->on_key(kSpi, psp::Version::kAesGcm128, test::key_of(6));
  leave(sealed(7));
  EXPECT_EQ(checker_->count(CheckRule::kIvReuse), 1u);
}

TEST_F(WireCheckerTest, ADeliveryThatNeverArrived) {
  make();
  deliver(clear_);
  EXPECT_EQ(checker_->count(CheckRule::kNotAuthentic), 1u);
  EXPECT_THAT(checker_->findings().at(0), HasSubstr("nic_b delivery 1: not_authentic"));
}

TEST_F(WireCheckerTest, ADeliveryOfADamagedPacket) {
  make();
  Bytes frame = sealed(7);
  frame[80] ^= 1;
  arrive(frame);
  deliver(clear_);
  EXPECT_EQ(checker_->count(CheckRule::kNotAuthentic), 1u);
}

TEST_F(WireCheckerTest, ADeliveryOfAPacketWithABadFcs) {
  make();
  arrive(sealed(7), false);
  deliver(clear_);
  EXPECT_EQ(checker_->count(CheckRule::kNotAuthentic), 1u);
}

TEST_F(WireCheckerTest, ADeliveryWithAnotherByteOrSpi) {
  make();
  arrive(sealed(7));
  Bytes changed = clear_;
  changed.back() ^= 1;
  deliver(changed);
  deliver(clear_, kSpi + 1);
  EXPECT_EQ(checker_->count(CheckRule::kNotAuthentic), 2u);
  deliver(clear_);
  EXPECT_EQ(checker_->count(CheckRule::kNotAuthentic), 2u);
}

TEST_F(WireCheckerTest, ADeliveryMoreThanArrived) {
  make();
  arrive(sealed(7));
  arrive(sealed(7));  // the cable may double it
  deliver(clear_);
  deliver(clear_);
  EXPECT_EQ(failures(), 0u);
  deliver(clear_);
  EXPECT_EQ(checker_->count(CheckRule::kNotAuthentic), 1u);
}

TEST_F(WireCheckerTest, ADeliveryOfMergedSegments) {
  make();
  const Bytes payload = test::payload_of(900);
  Bytes merged = test::clear_frame(payload);
  for (const uint32_t at : {0u, 400u, 800u}) {
    const size_t bytes = std::min<size_t>(400, payload.size() - at);
    Bytes piece = test::clear_frame({payload.begin() + at, payload.begin() + at + static_cast<long>(bytes)});
    net::store_be32(&piece[38], at);
    arrive(test::sealed_frame(piece, kSpi, 1 + at, key_));
  }
  deliver(merged, kSpi, 400);
  EXPECT_EQ(failures(), 0u);
  deliver(merged, kSpi, 400);
  EXPECT_EQ(checker_->count(CheckRule::kNotAuthentic), 1u) << "each counts once";
}

TEST_F(WireCheckerTest, AFlowThatTheCardsProtect) {
  protect();
  transmit(clear_, false);
  leave(sealed(1));
  arrive(sealed(1));
  deliver_plain(clear_);
  EXPECT_EQ(failures(), 0u);
  EXPECT_EQ(checker_->opened(), 1u);
  deliver_plain(clear_);
  EXPECT_EQ(checker_->count(CheckRule::kNotAuthentic), 1u) << "it never came";
}

TEST_F(WireCheckerTest, AFlowThatTheCardsShouldProtectInClear) {
  protect();
  transmit(clear_, false);
  leave(clear_);
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 2u) << "the flow, and its payload";
  leave(test::clear_frame(Bytes(600), 20001));
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 2u) << "another flow may";
}

TEST_F(WireCheckerTest, AFlowThatTheCardsProtectDeliveredFromClear) {
  protect();
  arrive(clear_);
  deliver_plain(clear_);
  EXPECT_EQ(checker_->count(CheckRule::kNotAuthentic), 1u);
  deliver_plain(test::clear_frame(test::payload_of(600, 2), 20001));
  EXPECT_EQ(failures(), 1u) << "another flow may";
}

TEST_F(WireCheckerTest, AFrameLongerThanTheMtu) {
  make();
  const auto tagged = [](size_t ip_bytes) {
    Bytes frame = test::clear_frame(test::payload_of(ip_bytes - 40));
    for (int i = 0; i < 2; ++i) frame.insert(frame.begin() + 12, {0x81, 0, 0, 1});
    return frame;
  };
  leave(test::clear_frame(test::payload_of(1500 - 40)));
  leave(tagged(1500));
  EXPECT_EQ(failures(), 0u);
  leave(test::clear_frame(test::payload_of(1501 - 40)));
  EXPECT_EQ(checker_->count(CheckRule::kFrameSize), 1u);
  leave(tagged(1501));
  EXPECT_EQ(checker_->count(CheckRule::kFrameSize), 2u);
}

TEST_F(WireCheckerTest, RulesThatAreOffFindNothing) {
  CheckParams params;
  params.plaintext = params.ivs = params.frame_size = false;
  params.payload_every = 0;
  make(params);
  transmit(clear_, true);
  leave(clear_);
  leave(sealed(7));
  leave(sealed(7));
  leave(test::clear_frame(test::payload_of(3000)));
  EXPECT_EQ(failures(), 0u);
}

TEST_F(WireCheckerTest, AllAreCountedAndTheFirstOnesTold) {
  CheckParams params;
  params.payload_every = 0;
  make(params);
  transmit(clear_, true);
  for (int i = 0; i < 100; ++i) leave(clear_);
  EXPECT_EQ(checker_->count(CheckRule::kPlaintext), 100u);
  EXPECT_EQ(checker_->findings().size(), WireChecker::kKept);
}

}  // namespace
}  // namespace pspnic::bench
