// SPDX-License-Identifier: Apache-2.0
// Receive: buffers, completions of one and several buffers, checksums, PSP metadata.
#include "testbench/host/rx_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/idpf/ptypes.h"
#include "model/idpf/registers.h"
#include "model/psp/encapsulate.h"
#include "testbench/tests/testbench/host/fake_device.h"
#include "testbench/tests/testbench/host/frames.h"

namespace pspnic::host::test {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<uint8_t>;

class RxQueueTest : public testing::Test {
 protected:
  static constexpr uint16_t kBufferRing = 64;
  static constexpr uint16_t kTcp4 = idpf::find_ptype(idpf::PtypeL3::kIpv4, idpf::PtypeL4::kTcp);

  void start(auto change) {
    DriverConfig config;
    config.tx_ring = 128;
    config.rx_ring = 96;
    config.buffer_ring = kBufferRing;
    config.tso = false;
    config.mtu = 9000;
    change(config);
    driver_ = std::make_unique<Driver>(device_, config);
    driver_->start(stack_);
  }
  void start() {
    start([](DriverConfig&) {});
  }
  void poll() { device_.interrupt(1); }
  const RecordingStack::Received& last() const { return stack_.received.back(); }

  FakeDevice device_;
  RecordingStack stack_;
  std::unique_ptr<Driver> driver_;
};

TEST_F(RxQueueTest, OneBufferWithMetadata) {
  start();
  const Bytes frame = tcp_frame(100);
  idpf::RxCompletion completion;
  completion.hash = 0x1234'5678;
  completion.ptype = kTcp4;
  completion.status1 = idpf::kRxL3l4p;
  device_.receive(0, 1, frame, completion);
  device_.delay(1'000'000);
  poll();
  ASSERT_EQ(stack_.received.size(), 1u);
  EXPECT_EQ(last().frame, frame);
  EXPECT_EQ(last().info.hash, 0x1234'5678u);
  EXPECT_EQ(last().info.ptype, kTcp4);
  EXPECT_TRUE(last().info.l4_checksum_ok);
  EXPECT_FALSE(last().info.psp);
  EXPECT_EQ(last().info.now_ps, device_.now_ps());
  EXPECT_EQ(driver_->stats().rx_frames, 1u);
  EXPECT_EQ(driver_->stats().rx_bytes, frame.size());
  EXPECT_EQ(device_.last_write(idpf::pf::glint_dyn_ctl(1)), 0x19u) << "armed again";
}

TEST_F(RxQueueTest, SeveralBuffersAreAssembled) {
  start();
  const Bytes frame = tcp_frame(8000);
  device_.receive(0, 0, frame);
  device_.receive(0, 1, tcp_frame(1));
  poll();
  ASSERT_EQ(stack_.received.size(), 2u);
  EXPECT_EQ(stack_.received[0].frame, frame);
  EXPECT_EQ(stack_.received[1].frame, tcp_frame(1));
  EXPECT_EQ(driver_->stats().rx_multi_buffer, 1u);
}

TEST_F(RxQueueTest, FrameOverTwoPolls) {
  start();
  const Bytes frame = tcp_frame(3000);
  idpf::RxBufferDescriptor buffer = device_.take_buffer(0, 0);
  std::copy_n(frame.begin(), 2048, device_.memory(buffer.packet_address, 2048).begin());
  idpf::RxCompletion part;
  part.length = 2048;
  part.buf_id = buffer.buf_id;
  part.status1 = idpf::kRxDd;
  device_.complete_rx(0, part);
  poll();
  EXPECT_TRUE(stack_.received.empty());
  device_.receive(0, 0, std::span(frame).subspan(2048));
  poll();
  ASSERT_EQ(stack_.received.size(), 1u);
  EXPECT_EQ(last().frame, frame);
}

TEST_F(RxQueueTest, BuffersComeBackInStepsOf16) {
  start();
  const uint64_t tail = idpf::pf::rx_buf_tail(1);
  for (int i = 0; i < 15; ++i) device_.receive(0, 1, tcp_frame(0));
  poll();
  EXPECT_EQ(device_.count_writes(tail), 1u);
  device_.receive(0, 1, tcp_frame(0));
  poll();
  EXPECT_EQ(device_.count_writes(tail), 2u);
  EXPECT_EQ(device_.last_write(tail), (63u + 16) % 64);
  for (int i = 0; i < 40; ++i) device_.receive(0, 1, tcp_frame(0));
  poll();
  EXPECT_EQ(device_.count_writes(tail), 3u) << "one doorbell for 32 buffers";
  EXPECT_EQ(device_.last_write(tail), (63u + 48) % 64);
  EXPECT_EQ(device_.last_write(idpf::pf::rx_buf_tail(0)), 63u) << "the other queue is untouched";
}

// The rings turn many times; each frame must be the one sent, and generations must not confuse.
TEST_F(RxQueueTest, RingsWrapForManyRounds) {
  start();
  size_t sent = 0;
  for (int round = 0; round < 300; ++round) {
    for (int i = 0; i < round % 30; ++i, ++sent)
      device_.receive(0, sent % 5 == 0 ? 0 : 1, tcp_frame(sent % 1000));
    poll();
    ASSERT_EQ(stack_.received.size(), sent);
    if (sent > 0) {
      ASSERT_EQ(last().frame, tcp_frame((sent - 1) % 1000));
    }
  }
  EXPECT_GT(sent, 4000u);
  EXPECT_EQ(driver_->stats().rx_bad_completions, 0u);
}

TEST_F(RxQueueTest, ChecksumIsBelievedOnlyIfCheckedAndAnnounced) {
  start();
  const auto reported = [&](uint16_t ptype, uint8_t status) {
    idpf::RxCompletion completion;
    completion.ptype = ptype;
    completion.status1 = status;
    device_.receive(0, 1, tcp_frame(4), completion);
    poll();
    return last().info.l4_checksum_ok;
  };
  EXPECT_TRUE(reported(kTcp4, idpf::kRxL3l4p));
  EXPECT_FALSE(reported(kTcp4, 0));
  EXPECT_FALSE(reported(500, idpf::kRxL3l4p)) << "a type that was never announced";
  EXPECT_FALSE(reported(23, idpf::kRxL3l4p)) << "announced without L4";
  EXPECT_EQ(driver_->stats().rx_checksum_bad, 0u);
  EXPECT_FALSE(reported(kTcp4, idpf::kRxL3l4p | idpf::kRxL4e));
  EXPECT_FALSE(reported(kTcp4, idpf::kRxL3l4p | idpf::kRxIpe));
  EXPECT_EQ(driver_->stats().rx_checksum_bad, 2u);
}

TEST_F(RxQueueTest, DriverVerifiesWhatTheDeviceSays) {
  start([](DriverConfig& config) { config.verify_checksums = true; });
  Bytes frame = tcp_frame(4);
  idpf::RxCompletion completion;
  completion.ptype = kTcp4;
  completion.status1 = idpf::kRxL3l4p;
  device_.receive(0, 1, frame, completion);
  poll();
  EXPECT_TRUE(last().info.l4_checksum_ok);
  frame.back() ^= 1;
  device_.receive(0, 1, frame, completion);
  poll();
  EXPECT_FALSE(last().info.l4_checksum_ok);
  EXPECT_EQ(driver_->stats().rx_checksum_bad, 1u);
  EXPECT_THAT(driver_->anomalies().back(), HasSubstr("checksum reported as right is wrong"));
}

TEST_F(RxQueueTest, BadCompletionsAreCountedAndHarmless) {
  start();
  const auto refused = [&](auto spoil) -> std::string {
    const idpf::RxBufferDescriptor buffer = device_.take_buffer(0, 1);
    idpf::RxCompletion completion;
    completion.length = 60;
    completion.bufq2 = true;
    completion.buf_id = buffer.buf_id;
    completion.status1 = idpf::kRxDd | idpf::kRxEof;
    spoil(completion);
    const uint64_t before = driver_->stats().rx_bad_completions;
    device_.complete_rx(0, completion);
    poll();
    EXPECT_EQ(driver_->stats().rx_bad_completions, before + 1);
    EXPECT_TRUE(stack_.received.empty());
    return driver_->anomalies().back();
  };
  EXPECT_THAT(refused([](auto& c) { c.rxdid = 1; }), HasSubstr("RXDID"));
  EXPECT_THAT(refused([](auto& c) { c.status1 = idpf::kRxEof; }), HasSubstr("DD"));
  EXPECT_THAT(refused([](auto& c) { c.length = 0; }), HasSubstr("length"));
  EXPECT_THAT(refused([](auto& c) { c.length = 2049; }), HasSubstr("length"));
  EXPECT_THAT(refused([](auto& c) { c.buf_id = 63; }), HasSubstr("not with the device"));
  EXPECT_THAT(refused([](auto& c) { c.buf_id = 0; }), HasSubstr("not with the device"));
}

TEST_F(RxQueueTest, BufferOutOfOrderIsRefused) {
  start();
  device_.take_buffer(0, 1);
  device_.receive(0, 1, tcp_frame(0));  // skips one
  poll();
  EXPECT_TRUE(stack_.received.empty());
  EXPECT_THAT(driver_->anomalies().back(), HasSubstr("ring order"));
}

TEST_F(RxQueueTest, TooLongFrameIsDropped) {
  start([](DriverConfig& config) { config.mtu = 1500; });
  device_.receive(0, 0, Bytes(1527));
  device_.receive(0, 0, Bytes(2100));
  device_.receive(0, 1, Bytes(1526));
  poll();
  ASSERT_EQ(stack_.received.size(), 1u);
  EXPECT_EQ(last().frame.size(), 1526u);
  EXPECT_EQ(driver_->stats().rx_bad_completions, 2u);
}

TEST_F(RxQueueTest, PollDelayUsesATimer) {
  start([](DriverConfig& config) { config.poll_delay_ps = 3'000'000; });
  device_.receive(0, 1, tcp_frame(0));
  poll();
  EXPECT_TRUE(stack_.received.empty());
  device_.delay(2'999'999);
  EXPECT_TRUE(stack_.received.empty());
  device_.delay(1);
  EXPECT_EQ(stack_.received.size(), 1u);
}

// ---- PSP

class PspRxTest : public RxQueueTest {
 protected:
  void SetUp() override {
    start();
    sa_ = driver_->allocate_rx_sas(psp::Version::kAesGcm128, 1).at(0);
  }
  // As it lies in the buffer after decryption: plaintext, headers and ICV in place.
  Bytes psp_frame(const Bytes& plain, psp::Version version = psp::Version::kAesGcm128) {
    Bytes room(24 + plain.size() + 16);
    std::copy(plain.begin(), plain.end(), room.begin() + 24);
    psp::FrameBuffer buffer{room, 24, 24 + plain.size()};
    psp::EncapParams params;
    params.spi = sa_.spi;
    params.version = version;
    params.iv = 99;
    EXPECT_EQ(psp::transport_encapsulate(buffer, params), psp::EncapStatus::kOk);
    EXPECT_EQ(psp::append_icv(buffer), psp::EncapStatus::kOk);
    return {buffer.frame().begin(), buffer.frame().end()};
  }
  idpf::RxCompletion ok_completion() const {
    idpf::RxCompletion completion;
    completion.psp_status = idpf::PspRxStatus::kOk;
    completion.psp_generation = sa_.generation;
    completion.psp_spi = sa_.spi;
    completion.status1 = idpf::kRxL3l4p;
    completion.status2 = idpf::kRxXtrmd4Valid | idpf::kRxXtrmd5Valid;
    completion.ptype = idpf::kPtypeIpv4Psp;
    return completion;
  }
  void receive(const Bytes& frame, const idpf::RxCompletion& completion) {
    device_.receive(0, 1, frame, completion);
    poll();
  }

  RxSa sa_;
};

TEST_F(PspRxTest, DecapsulatedWithMetadata) {
  for (const bool v6 : {false, true}) {
    const Bytes plain = tcp_frame(333, v6);
    receive(psp_frame(plain), ok_completion());
    EXPECT_EQ(last().frame, plain);
    EXPECT_TRUE(last().info.psp);
    EXPECT_EQ(last().info.spi, sa_.spi);
    EXPECT_EQ(last().info.version, psp::Version::kAesGcm128);
    EXPECT_EQ(last().info.generation, sa_.generation);
    EXPECT_TRUE(last().info.l4_checksum_ok);
  }
  EXPECT_EQ(driver_->stats().rx_psp_frames, 2u);
}

TEST_F(PspRxTest, StrippedIcvWithOldAndNewLengths) {
  const Bytes plain = tcp_frame(50);
  Bytes frame = psp_frame(plain);
  frame.resize(frame.size() - 16);
  idpf::RxCompletion completion = ok_completion();
  completion.psp_icv_stripped = true;
  receive(frame, completion);
  EXPECT_EQ(last().frame, plain);
  // A device that corrects the lengths, too.
  net::set_ipv4_total_length(&frame[14], static_cast<uint16_t>(net::ipv4_total_length(&frame[14]) - 16));
  net::store_be16(&frame[38], static_cast<uint16_t>(net::load_be16(&frame[38]) - 16));
  net::update_ipv4_checksum(&frame[14]);
  receive(frame, completion);
  ASSERT_EQ(stack_.received.size(), 2u);
  EXPECT_EQ(last().frame, plain);
}

TEST_F(PspRxTest, InnerChecksumErrorIsReported) {
  idpf::RxCompletion completion = ok_completion();
  completion.status1 |= idpf::kRxL4e;
  receive(psp_frame(tcp_frame(5)), completion);
  EXPECT_TRUE(last().info.psp);
  EXPECT_FALSE(last().info.l4_checksum_ok);
}

TEST_F(PspRxTest, PlainUdpToPspPortGoesUpUntouched) {
  const Bytes frame = psp_frame(tcp_frame(5));
  idpf::RxCompletion completion = ok_completion();
  for (const auto status : {idpf::PspRxStatus::kNotPsp, idpf::PspRxStatus::kBadVersion}) {
    completion.psp_status = status;
    receive(frame, completion);
    EXPECT_EQ(last().frame, frame);
    EXPECT_FALSE(last().info.psp);
  }
  EXPECT_EQ(driver_->stats().rx_psp_frames, 0u);
}

TEST_F(PspRxTest, DroppedWithoutTrust) {
  const Bytes frame = psp_frame(tcp_frame(5));
  const auto with = [&](auto change, const Bytes& bytes) {
    idpf::RxCompletion completion = ok_completion();
    change(completion);
    receive(bytes, completion);
    EXPECT_TRUE(stack_.received.empty());
  };
  const DriverStats& stats = driver_->stats();
  with([](auto& c) { c.psp_status = idpf::PspRxStatus::kAuthFail; }, frame);
  with([](auto& c) { c.psp_status = idpf::PspRxStatus::kMalformed; }, frame);
  with([](auto& c) { c.psp_status = idpf::PspRxStatus::kNoKey; }, frame);
  EXPECT_EQ(stats.rx_psp_failed, 3u);
  EXPECT_EQ(stack_.captured, 3u) << "shown to who looks for faults";
  with([](auto& c) { c.psp_status = idpf::PspRxStatus::kSample; }, frame);
  EXPECT_EQ(stats.rx_psp_samples, 1u);
  with([](auto& c) { c.psp_status = idpf::PspRxStatus::kEngineBypass; }, frame);
  EXPECT_EQ(stats.rx_psp_bypassed, 1u);
  with([](auto& c) { ++c.psp_generation; }, frame);
  with([](auto& c) { ++c.psp_spi; }, frame);
  with([](auto&) {}, psp_frame(tcp_frame(5), psp::Version::kAesGcm256));
  EXPECT_EQ(stats.rx_psp_policy, 3u);
  sa_.spi += 1;
  with([](auto&) {}, psp_frame(tcp_frame(5)));
  EXPECT_EQ(stats.rx_psp_unknown_spi, 1u);
  with([](auto&) {}, tcp_frame(5));
  EXPECT_EQ(stats.rx_psp_malformed, 1u);
  EXPECT_EQ(stats.rx_frames, 0u);
}

TEST_F(PspRxTest, HeaderLengthBeyondThePacketIsMalformed) {
  Bytes frame = psp_frame(tcp_frame(5));
  frame[43] = 200;  // HdrExtLen
  receive(frame, ok_completion());
  EXPECT_TRUE(stack_.received.empty());
  EXPECT_EQ(driver_->stats().rx_psp_malformed, 1u);
}

TEST_F(PspRxTest, OldGenerationsAreRefusedAfterTwoRotations) {
  const Bytes frame = psp_frame(tcp_frame(5));
  driver_->rotate_keys();
  receive(frame, ok_completion());
  EXPECT_EQ(stack_.received.size(), 1u) << "the previous key still counts";
  driver_->rotate_keys();
  receive(frame, ok_completion());
  EXPECT_EQ(stack_.received.size(), 1u);
  EXPECT_EQ(driver_->stats().rx_psp_unknown_spi, 1u);
}

}  // namespace
}  // namespace pspnic::host::test
