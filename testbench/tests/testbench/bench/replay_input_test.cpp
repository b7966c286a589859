// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/replay_input.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "model/net/capture.h"
#include "testbench/tests/model/net/capture_files.h"

namespace pspnic::bench {
namespace {

constexpr uint32_t kMtu = 1500;

// A UDP datagram over IPv4 without checksum; the IP header's checksum is right.
std::vector<uint8_t> udp_frame(uint8_t source, size_t data_bytes, uint8_t port = 1) {
  std::vector<uint8_t> frame(14 + 20 + 8 + data_bytes, 0x11);
  const uint8_t ethernet[] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, source, 8, 0};
  std::copy(std::begin(ethernet), std::end(ethernet), frame.begin());
  const size_t total = frame.size() - 14;
  uint8_t ip[20] = {
      0x45, 0, uint8_t(total >> 8), uint8_t(total), 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2};
  uint32_t sum = 0;
  for (size_t i = 0; i < 20; i += 2) sum += uint32_t{ip[i]} << 8 | ip[i + 1];
  sum = ~((sum & 0xffff) + (sum >> 16));
  ip[10] = uint8_t(sum >> 8);
  ip[11] = uint8_t(sum);
  std::copy(std::begin(ip), std::end(ip), frame.begin() + 14);
  const uint8_t udp[] = {0, port, 0, 7, uint8_t((8 + data_bytes) >> 8), uint8_t(8 + data_bytes), 0, 0};
  std::copy(std::begin(udp), std::end(udp), frame.begin() + 34);
  return frame;
}

class ReplayInputTest : public testing::Test {
 protected:
  void add(const std::vector<uint8_t>& frame, uint64_t time_ns = 0, uint32_t original_bytes = 0) {
    ASSERT_TRUE(writer_.write(time_ns, frame, original_bytes));
  }
  ReplayInput read(uint64_t limit = UINT64_MAX) {
    EXPECT_TRUE(writer_.close());
    return read_replay(file_.path(), limit, kMtu);
  }

  net::test::TemporaryFile file_;
  net::CaptureWriter writer_{file_.path()};
};

TEST_F(ReplayInputTest, TheFirstSourceAddressIsHostA) {
  for (const uint8_t source : std::array<uint8_t, 4>{5, 6, 5, 7}) add(udp_frame(source, 30));
  const ReplayInput input = read();
  ASSERT_EQ(input.packets.size(), 4u);
  EXPECT_EQ(input.packets[0].from, kA);
  EXPECT_EQ(input.packets[1].from, kB);
  EXPECT_EQ(input.packets[2].from, kA);
  EXPECT_EQ(input.packets[3].from, kB);
  EXPECT_EQ(input.error, "");
}

TEST_F(ReplayInputTest, PaddingBehindProtectedPacketsIsTrimmed) {
  const std::vector<uint8_t> bare = udp_frame(1, 2);
  std::vector<uint8_t> padded = bare;
  padded.resize(60);
  add(padded);
  const ReplayInput input = read();
  ASSERT_EQ(input.packets.size(), 1u);
  EXPECT_EQ(input.packets[0].treatment, Treatment::kPsp);
  EXPECT_EQ(input.packets[0].bytes, bare);
  EXPECT_EQ(input.packets[0].payload_bytes, 2u);
  EXPECT_EQ(input.padding_trimmed, 1u);
}

TEST_F(ReplayInputTest, ShortPacketsInClearArePadded) {
  std::vector<uint8_t> arp(42, 1);
  arp[12] = 8;
  arp[13] = 6;
  add(arp);
  const ReplayInput input = read();
  ASSERT_EQ(input.packets.size(), 1u);
  EXPECT_EQ(input.packets[0].treatment, Treatment::kNotIp);
  arp.resize(60);
  EXPECT_EQ(input.packets[0].bytes, arp);
}

TEST_F(ReplayInputTest, LengthsDecideAtTheirLimits) {
  const size_t headers = 28;
  add(udp_frame(1, kMtu - 40 - headers));
  add(udp_frame(1, kMtu - 40 - headers + 1));
  add(udp_frame(1, kMtu - headers));
  add(udp_frame(1, kMtu - headers + 1));
  add(std::vector<uint8_t>(16, 0));
  add(std::vector<uint8_t>(17, 0));
  add(udp_frame(1, 500), 0, 600);
  const Treatment expected[] = {Treatment::kPsp,      Treatment::kNoRoomForPsp, Treatment::kNoRoomForPsp,
                                Treatment::kTooLong,  Treatment::kTooShort,     Treatment::kNotIp,
                                Treatment::kTruncated};
  const ReplayInput input = read();
  ASSERT_EQ(input.packets.size(), std::size(expected));
  for (size_t i = 0; i < std::size(expected); ++i) EXPECT_EQ(input.packets[i].treatment, expected[i]) << i;
}

TEST_F(ReplayInputTest, FlowsAreCountedInEachDirection) {
  for (const uint8_t port : std::array<uint8_t, 4>{1, 2, 1, 3}) add(udp_frame(1, 20, port));
  add(udp_frame(2, 20, 9));
  const ReplayInput input = read();
  ASSERT_EQ(input.packets.size(), 5u);
  EXPECT_EQ(input.flows[kA], 3u);
  EXPECT_EQ(input.flows[kB], 1u);
  EXPECT_EQ(input.packets[0].flow, input.packets[2].flow);
  EXPECT_NE(input.packets[0].flow, input.packets[1].flow);
}

TEST_F(ReplayInputTest, TimesCountFromTheFirstPacketAndTheLimitHolds) {
  for (const uint64_t time : {5000u, 7000u, 4000u, 9000u}) add(udp_frame(1, 20), time);
  const ReplayInput input = read(3);
  ASSERT_EQ(input.packets.size(), 3u);
  EXPECT_EQ(input.packets[0].time_ns, 0u);
  EXPECT_EQ(input.packets[1].time_ns, 2000u);
  EXPECT_EQ(input.packets[2].time_ns, 0u);
  EXPECT_EQ(input.largest_frame, 62u);
}

TEST(Treatment, EachHasANameOfItsOwn) {
  std::set<std::string> names;
  for (size_t i = 0; i < static_cast<size_t>(Treatment::kCount); ++i)
    names.insert(text(static_cast<Treatment>(i)));
  EXPECT_EQ(names.size(), static_cast<size_t>(Treatment::kCount));
  EXPECT_EQ(names.count("unknown"), 0u);
  EXPECT_TRUE(is_sent(Treatment::kNoRoomForPsp));
  EXPECT_FALSE(is_sent(Treatment::kTooShort));
}

}  // namespace
}  // namespace pspnic::bench
