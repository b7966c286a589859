// SPDX-License-Identifier: Apache-2.0
// Receive: merged frames, headers in buffers of their own, PSP whose headers the device has taken off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/idpf/ptypes.h"
#include "testbench/tests/testbench/host/fake_device.h"
#include "testbench/tests/testbench/host/frames.h"

namespace pspnic::host::test {
namespace {

using idpf::Opcode;
using testing::HasSubstr;
using Bytes = std::vector<uint8_t>;

constexpr uint16_t kTcp4 = idpf::find_ptype(idpf::PtypeL3::kIpv4, idpf::PtypeL4::kTcp);
constexpr uint16_t kUdp4 = idpf::find_ptype(idpf::PtypeL3::kIpv4, idpf::PtypeL4::kUdp);
constexpr size_t kHeaders = 14 + 20 + 20;  // of tcp_frame()

class RxMergedTest : public testing::Test {
 protected:
  void start(bool gro, bool split, bool strip) {
    DriverConfig config;
    config.tx_ring = 128;
    config.rx_ring = 128;
    config.buffer_ring = 64;
    config.tso = false;
    config.gro = gro;
    config.header_split = split;
    config.psp_strip_headers = strip;
    driver_ = std::make_unique<Driver>(device_, config);
    driver_->start(stack_);
  }
  static idpf::RxCompletion merged(uint16_t segment_bytes) {
    idpf::RxCompletion completion;
    completion.rsc = true;
    completion.raw_csum = segment_bytes;
    completion.ptype = kTcp4;
    completion.status1 = idpf::kRxL3l4p;
    return completion;
  }
  void receive(const Bytes& frame, const idpf::RxCompletion& completion, size_t header_bytes = 0) {
    device_.receive(0, 0, frame, completion, header_bytes);
    device_.interrupt(1);
  }
  const RecordingStack::Received& last() const { return stack_.received.back(); }
  // Sent to a driver that must not take it; the reason.
  std::string refused(const Bytes& frame, const idpf::RxCompletion& completion, size_t header_bytes = 0) {
    const size_t before = stack_.received.size();
    const uint64_t bad = driver_->stats().rx_bad_completions;
    receive(frame, completion, header_bytes);
    EXPECT_EQ(stack_.received.size(), before);
    EXPECT_EQ(driver_->stats().rx_bad_completions, bad + 1);
    return driver_->anomalies().empty() ? "" : driver_->anomalies().back();
  }

  FakeDevice device_;
  RecordingStack stack_;
  std::unique_ptr<Driver> driver_;
};

TEST_F(RxMergedTest, CapabilitiesAndQueueFlags) {
  start(true, true, true);
  const auto caps = device_.request(Opcode::kGetCaps).as<idpf::GetCapabilities>();
  EXPECT_EQ(caps.rsc_caps, 0x5u);
  EXPECT_EQ(caps.hsplit_caps, 0xcu);
  for (size_t i = 0; i < 3; ++i) {
    const auto info = device_.request(Opcode::kConfigRxQueues).element<idpf::ConfigRxQueues>(i);
    EXPECT_EQ(info.qflags & 3, 3) << "RSC and header split";
    EXPECT_EQ(info.hdr_buffer_size, 256);
  }
  const uint32_t flags = device_.request(Opcode::kPspSetConfig).as<idpf::PspConfig>().flags;
  EXPECT_NE(flags & idpf::kPspConfigStripHeaders, 0u);
  EXPECT_NE(flags & idpf::kPspConfigMetaSpi, 0u);
}

TEST_F(RxMergedTest, ADeviceThatCannotIsAnError) {
  const auto error = [this](bool gro, bool split, bool strip) -> std::string {
    try {
      start(gro, split, strip);
    } catch (const DriverError& found) {
      return found.what();
    }
    return "started";
  };
  device_.caps.rsc_caps = 1;
  EXPECT_THAT(error(true, false, false), HasSubstr("gro"));
  device_.caps.hsplit_caps = 4;
  EXPECT_THAT(error(false, true, false), HasSubstr("header_split"));
  device_.answers[Opcode::kPspGetCaps] = [](const Request& request) {
    return Answer{.payload = bytes_of(request.as<idpf::PspCaps>())};
  };
  EXPECT_THAT(error(false, false, true), HasSubstr("psp_strip_headers"));
}

TEST_F(RxMergedTest, AMergedFrameGoesUpAsOne) {
  start(true, false, false);
  const Bytes frame = tcp_frame(10'001);
  receive(frame, merged(1000));
  ASSERT_EQ(stack_.received.size(), 1u);
  EXPECT_EQ(last().frame, frame);
  EXPECT_EQ(last().info.segments, 11u);
  EXPECT_EQ(last().info.segment_bytes, 1000u);
  EXPECT_TRUE(last().info.l4_checksum_ok);
  const Bytes largest = tcp_frame(65535 - 40);
  receive(largest, merged(1000));
  EXPECT_EQ(last().frame, largest);
  receive(tcp_frame(100), {.ptype = kTcp4});
  EXPECT_EQ(last().info.segments, 1u);
  EXPECT_EQ(last().info.segment_bytes, 0u);
  EXPECT_EQ(driver_->stats().rx_merged_frames, 2u);
  EXPECT_EQ(driver_->stats().rx_merged_segments, 11u + 66u);
}

TEST_F(RxMergedTest, MergedFramesThatBreakARuleAreRefused) {
  start(true, false, false);
  const Bytes frame = tcp_frame(1000);
  receive(frame, merged(999));
  EXPECT_EQ(last().info.segments, 2u);
  EXPECT_THAT(refused(frame, merged(0)), HasSubstr("two segments"));
  EXPECT_THAT(refused(frame, merged(1000)), HasSubstr("two segments"));
  idpf::RxCompletion udp = merged(500);
  udp.ptype = kUdp4;
  EXPECT_THAT(refused(frame, udp), HasSubstr("not TCP"));
  Bytes padded = frame;
  padded.push_back(0);
  EXPECT_THAT(refused(padded, merged(500)), HasSubstr("IP length"));
  receive(frame, merged(500));
  EXPECT_EQ(last().frame, frame) << "the next frame is not touched by that";
}

TEST_F(RxMergedTest, NothingThatWasNotAskedForIsTaken) {
  start(false, false, false);
  EXPECT_THAT(refused(tcp_frame(1000), merged(500)), HasSubstr("not asked for"));
  const idpf::RxBufferDescriptor buffer = device_.take_buffer(0, 0);
  EXPECT_EQ(buffer.header_address, 0u);
  idpf::RxCompletion split{.length = 100, .header_length = 54, .sph = true};
  split.buf_id = buffer.buf_id;
  split.status1 = idpf::kRxDd | idpf::kRxEof;
  device_.complete_rx(0, split);
  device_.interrupt(1);
  EXPECT_TRUE(stack_.received.empty());
  EXPECT_THAT(driver_->anomalies().back(), HasSubstr("not asked for"));
  EXPECT_THAT(refused(tcp_frame(10'000), merged(500)), HasSubstr("max_pkt_size"));
}

TEST_F(RxMergedTest, SplitHeadersAreJoined) {
  start(true, true, false);
  for (const size_t payload : {size_t{0}, size_t{100}, size_t{5000}}) {
    const Bytes frame = tcp_frame(payload);
    receive(frame, payload > 100 ? merged(1000) : idpf::RxCompletion{.ptype = kTcp4}, kHeaders);
    EXPECT_EQ(last().frame, frame) << payload;
  }
  EXPECT_EQ(driver_->stats().rx_header_split, 3u);
  EXPECT_EQ(driver_->stats().rx_multi_buffer, 1u) << "header buffers do not count";
  receive(tcp_frame(50), {.ptype = kTcp4});
  EXPECT_EQ(last().frame, tcp_frame(50)) << "not all packets are split";
  EXPECT_EQ(driver_->stats().rx_header_split, 3u);
  idpf::RxCompletion overflow{.ptype = kTcp4};
  overflow.status1 = idpf::kRxHbo;
  EXPECT_THAT(refused(tcp_frame(50), overflow, kHeaders), HasSubstr("HBO"));
  EXPECT_THAT(refused(tcp_frame(1000), {.ptype = kTcp4}, 257), HasSubstr("header buffer"));
  receive(tcp_frame(50), {.ptype = kTcp4}, kHeaders);
  EXPECT_EQ(last().frame, tcp_frame(50));
}

TEST_F(RxMergedTest, StrippedPspIsCheckedByTheCompletionAlone) {
  start(true, false, true);
  const RxSa sa = driver_->allocate_rx_sas(psp::Version::kAesGcm256, 1).at(0);
  idpf::RxCompletion completion;
  completion.ptype = kTcp4;
  completion.status0 = idpf::kRxPspStripped;
  completion.status1 = idpf::kRxL3l4p;
  completion.status2 = idpf::kRxXtrmd4Valid | idpf::kRxXtrmd5Valid;
  completion.psp_status = idpf::PspRxStatus::kOk;
  completion.psp_icv_stripped = true;
  completion.psp_spi = sa.spi;
  completion.psp_generation = sa.generation;
  completion.l2tag2 = 1;
  const Bytes frame = tcp_frame(300);
  receive(frame, completion);
  ASSERT_EQ(stack_.received.size(), 1u);
  EXPECT_EQ(last().frame, frame);
  EXPECT_TRUE(last().info.psp);
  EXPECT_EQ(last().info.spi, sa.spi);
  EXPECT_EQ(last().info.version, psp::Version::kAesGcm256);
  EXPECT_TRUE(last().info.l4_checksum_ok);
  const auto with = [&](auto change) {
    idpf::RxCompletion changed = completion;
    change(changed);
    receive(frame, changed);
    EXPECT_EQ(stack_.received.size(), 1u);
  };
  with([](auto& c) { c.l2tag2 = 0; });
  with([](auto& c) { c.psp_generation++; });
  EXPECT_EQ(driver_->stats().rx_psp_policy, 2u);
  with([](auto& c) { c.psp_spi++; });
  EXPECT_EQ(driver_->stats().rx_psp_unknown_spi, 1u);
  with([](auto& c) { c.psp_status = idpf::PspRxStatus::kAuthFail; });
  EXPECT_EQ(driver_->stats().rx_psp_failed, 1u);
  completion.status2 = 0;
  EXPECT_THAT(refused(frame, completion), HasSubstr("no SPI"));
}

TEST_F(RxMergedTest, HeadersAreNotMissedUnlessTheyMayBe) {
  start(false, false, false);
  const RxSa sa = driver_->allocate_rx_sas(psp::Version::kAesGcm128, 1).at(0);
  idpf::RxCompletion completion;
  completion.status0 = idpf::kRxPspStripped;
  completion.status2 = idpf::kRxXtrmd4Valid | idpf::kRxXtrmd5Valid;
  completion.psp_status = idpf::PspRxStatus::kOk;
  completion.psp_spi = sa.spi;
  completion.psp_generation = sa.generation;
  EXPECT_THAT(refused(tcp_frame(100), completion), HasSubstr("not asked for"));
}

}  // namespace
}  // namespace pspnic::host::test
