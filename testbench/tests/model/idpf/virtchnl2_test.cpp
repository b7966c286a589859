// SPDX-License-Identifier: Apache-2.0
#include "model/idpf/virtchnl2.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "testbench/tests/model/idpf/images.h"

namespace pspnic::idpf {
namespace {

TEST(Wire, ReadStopsAtTheBuffersEnd) {
  const std::vector<uint8_t> bytes = hex("02 00 00 00 00 00 00 00");
  const auto version = read_at<VersionInfo>(bytes);
  ASSERT_TRUE(version);
  EXPECT_EQ(version->major, 2u);
  EXPECT_FALSE(read_at<VersionInfo>(bytes, 1));
  EXPECT_FALSE(read_at<VersionInfo>(bytes, SIZE_MAX));
  EXPECT_FALSE(read_at<VersionInfo>({}, 0));
}

TEST(Wire, WriteThatDoesNotFitChangesNothing) {
  std::vector<uint8_t> bytes(8, 0xEE);
  EXPECT_FALSE(write_at(std::span<uint8_t>(bytes), 1, VersionInfo{}));
  EXPECT_FALSE(write_at(std::span<uint8_t>(bytes), SIZE_MAX, VersionInfo{}));
  EXPECT_EQ(bytes, std::vector<uint8_t>(8, 0xEE));
}

TEST(Wire, ElementsFollowTheHeader) {
  std::vector<uint8_t> bytes(message_size<DelEnaDisQueues>(2));
  const QueueChunk chunk{.type = QueueType::kRxBuffer, .start_queue_id = 7, .num_queues = 1};
  EXPECT_TRUE(write_element<DelEnaDisQueues>(bytes, 1, chunk));
  EXPECT_EQ((std::vector<uint8_t>(bytes.begin() + 32, bytes.end())),
            hex("03 00 00 00 07 00 00 00 01 00 00 00 00 00 00 00"));
  EXPECT_EQ(read_element<DelEnaDisQueues>(bytes, 1)->start_queue_id, 7u);
  EXPECT_FALSE(read_element<DelEnaDisQueues>(bytes, 2));
  EXPECT_FALSE(read_element<DelEnaDisQueues>(bytes, SIZE_MAX / 16));
  EXPECT_FALSE(write_element<DelEnaDisQueues>(bytes, 2, chunk));
  EXPECT_TRUE(holds_elements<DelEnaDisQueues>(bytes, 2));
  EXPECT_FALSE(holds_elements<DelEnaDisQueues>(bytes, 3));
  EXPECT_FALSE(holds_elements<DelEnaDisQueues>(bytes, SIZE_MAX));
}

// Lengths DPDK 22.11 sends, some with one element more than they use.
TEST(Messages, LengthsOfDriverRequests) {
  EXPECT_EQ(message_size<CreateVport>(1), 192u);
  EXPECT_EQ(message_size<AllocVectors>(1), 64u);
  EXPECT_EQ(message_size<QueueVectorMaps>(1), 40u);
  EXPECT_EQ(message_size<VectorChunks>(1), 48u);
  EXPECT_EQ(message_size<ConfigTxQueues>(2), 128u);
  EXPECT_EQ(message_size<ConfigTxQueues>(1), 72u);
  EXPECT_EQ(message_size<ConfigRxQueues>(3), 288u);
  EXPECT_EQ(message_size<ConfigRxQueues>(1), 112u);
  EXPECT_EQ(message_size<DelEnaDisQueues>(1), 32u);
  EXPECT_EQ(rss_key_message_size(52), 59u);
  EXPECT_EQ(message_size<RssLut>(64), 268u);
  EXPECT_EQ(sizeof(RssHash), 16u);
}

// What Linux puts into one message: the most that 4096 bytes hold.
TEST(Messages, ElementsPerMessage) {
  EXPECT_TRUE(message_size<ConfigTxQueues>(72) <= kMaxPayload &&
              message_size<ConfigTxQueues>(73) > kMaxPayload);
  EXPECT_TRUE(message_size<ConfigRxQueues>(46) <= kMaxPayload &&
              message_size<ConfigRxQueues>(47) > kMaxPayload);
  EXPECT_TRUE(message_size<DelEnaDisQueues>(255) <= kMaxPayload &&
              message_size<DelEnaDisQueues>(256) > kMaxPayload);
  EXPECT_TRUE(message_size<QueueVectorMaps>(170) <= kMaxPayload &&
              message_size<QueueVectorMaps>(171) > kMaxPayload);
}

TEST(Messages, CapabilityRequestOfLinux) {
  const uint32_t tx = kCsumTxL3Ipv4 | kCsumTxL4Ipv4Tcp | kCsumTxL4Ipv4Udp | kCsumTxL4Ipv4Sctp |
                      kCsumTxL4Ipv6Tcp | kCsumTxL4Ipv6Udp | kCsumTxL4Ipv6Sctp;
  const uint32_t rx = kCsumRxL3Ipv4 | kCsumRxL4Ipv4Tcp | kCsumRxL4Ipv4Udp | kCsumRxL4Ipv4Sctp |
                      kCsumRxL4Ipv6Tcp | kCsumRxL4Ipv6Udp | kCsumRxL4Ipv6Sctp | kCsumRxGeneric;
  const uint32_t tunnels =
      kCsumTxL3SingleTunnel | kCsumRxL3SingleTunnel | kCsumTxL4SingleTunnel | kCsumRxL4SingleTunnel;
  EXPECT_EQ(tx | rx | tunnels, 0x0055FF7Fu);
}

TEST(Messages, CapabilityRequestOfDpdk) {
  const auto request = read_at<GetCapabilities>(
      hex("ff ff 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff 3f 00 00 00 00 00 00 80 00 00 00 00 00 00 00"
          "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
          "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->csum_caps, 0xFFFFu);
  EXPECT_EQ(request->rss_caps, 0x3FFFu);
  EXPECT_EQ(request->rss_caps & kRssIpv6AhEsp, kRssIpv6AhEsp);
  EXPECT_EQ(request->other_caps, kCapWbOnItr);
}

TEST(Messages, CreateVportRequestOfDpdk) {
  auto bytes = hex("00 00 01 00 01 00 10 00 10 00 10 00 20 00");
  bytes.resize(192);
  const auto request = read_at<CreateVport>(bytes);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->vport_type, VportType::kDefault);
  EXPECT_EQ(request->txq_model, QueueModel::kSplit);
  EXPECT_EQ(request->rxq_model, QueueModel::kSplit);
  EXPECT_EQ(request->num_tx_q, 16);
  EXPECT_EQ(request->num_tx_complq, 16);
  EXPECT_EQ(request->num_rx_q, 16);
  EXPECT_EQ(request->num_rx_bufq, 32);
}

TEST(Messages, EnableVportWithGarbageInItsReservedBytes) {
  EXPECT_EQ(read_at<VportMessage>(hex("01 00 00 00 95 7f 00 00"))->vport_id, 1u);
}

TEST(Messages, RegisterChunkImage) {
  const QueueRegChunk chunk{.type = QueueType::kTxCompletion,
                            .start_queue_id = 1,
                            .num_queues = 16,
                            .qtail_reg_start = 0x05001000,
                            .qtail_reg_spacing = 0x1000};
  EXPECT_EQ(image_of(chunk), hex("02 00 00 00 01 00 00 00 10 00 00 00 00 00 00 00"
                                 "00 10 00 05 00 00 00 00 00 10 00 00 00 00 00 00"));
}

TEST(Messages, LinkUpEventImage) {
  const Event event{.event = EventCode::kLinkChange, .link_speed = 400000, .vport_id = 2, .link_status = 1};
  EXPECT_EQ(image_of(event), hex("01 00 00 00 80 1a 06 00 02 00 00 00 01 00 00 00"));
}

TEST(RssKey, KeyStartsAtByteSeven) {
  const std::vector<uint8_t> key = hex("6d 5a 56 da");
  std::vector<uint8_t> message(rss_key_message_size(key.size()), 0xEE);
  ASSERT_TRUE(write_rss_key(message, {.vport_id = 3, .key = key}));
  EXPECT_EQ(message, hex("03 00 00 00 04 00 00 6d 5a 56 da"));
  const auto view = read_rss_key(message);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->vport_id, 3u);
  EXPECT_EQ((std::vector<uint8_t>(view->key.begin(), view->key.end())), key);
}

TEST(RssKey, ShorterThanItsLengthIsRefused) {
  EXPECT_FALSE(read_rss_key(hex("03 00 00 00 05 00 00 6d 5a 56 da")));
  EXPECT_FALSE(read_rss_key(hex("03 00 00 00 00 00")));
  EXPECT_TRUE(read_rss_key(hex("03 00 00 00 00 00 00")));
  const std::vector<uint8_t> key(4);
  std::vector<uint8_t> message(10, 0xEE);
  EXPECT_FALSE(write_rss_key(message, {.vport_id = 0, .key = key}));
  EXPECT_EQ(message, std::vector<uint8_t>(10, 0xEE));
}

TEST(RssLut, EntriesFollowTheHeader) {
  std::vector<uint8_t> message(message_size<RssLut>(2));
  ASSERT_TRUE(write_at(std::span<uint8_t>(message), 0, RssLut{.vport_id = 1, .lut_entries = 2}));
  ASSERT_TRUE(write_element<RssLut>(message, 1, 9));
  EXPECT_EQ(message, hex("01 00 00 00 00 00 02 00 00 00 00 00 00 00 00 00 09 00 00 00"));
}

TEST(Names, OfMessagesStatusesAndEvents) {
  EXPECT_EQ(opcode_name(Opcode{1}), "VERSION");
  EXPECT_EQ(opcode_name(Opcode{511}), "MAP_QUEUE_VECTOR");
  EXPECT_EQ(opcode_name(Opcode{549}), "GET_LAN_MEMORY_REGIONS");
  EXPECT_EQ(opcode_name(Opcode{30003}), "PSP_ALLOC_RX_SA");
  EXPECT_EQ(opcode_name(Opcode{30007}), "PSP_FREE_RX_SA");
  EXPECT_EQ(opcode_name(Opcode{30008}), "PSP_SET_TX_ENCAP");
  EXPECT_EQ(opcode_name(Opcode{30011}), "PSP_GET_FLOW_STATS");
  EXPECT_EQ(opcode_name(Opcode{30012}), "?");
  EXPECT_EQ(status_name(Status{22}), "EINVAL");
  EXPECT_EQ(status_name(Status{321}), "PSP_SPI_EXHAUSTED");
  EXPECT_EQ(status_name(Status{328}), "PSP_HW_ERROR");
  EXPECT_EQ(status_name(Status{2}), "?");
  EXPECT_EQ(event_name(EventCode{1}), "LINK_CHANGE");
  EXPECT_EQ(event_name(EventCode{30007}), "PSP_ENGINE_FAULT");
}

// Every opcode the protocol defines has a name of its own.
TEST(Names, AreCompleteAndUnique) {
  std::set<std::string> names;
  const auto add = [&names](uint32_t first, uint32_t last) {
    for (uint32_t value = first; value <= last; ++value) {
      const auto name = opcode_name(Opcode{value});
      EXPECT_NE(name, "?") << value;
      EXPECT_TRUE(names.emplace(name).second) << value;
    }
  };
  add(1, 1);
  add(500, 526);
  add(529, 549);
  add(551, 558);
  add(4999, 4999);
  add(30000, 30007);
  EXPECT_EQ(names.size(), 66u);
}

}  // namespace
}  // namespace pspnic::idpf
