// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/traffic_frames.h"

#include <gtest/gtest.h>

#include <set>

#include "model/net/parse.h"

namespace pspnic::bench {
namespace {

const net::MacAddress kTrafficHostA{{2, 0, 0, 0, 0, 1}};
const net::MacAddress kTrafficHostB{{2, 0, 0, 0, 0, 2}};

struct Frames : TrafficFrames {
  explicit Frames(const TrafficParams& params) : TrafficFrames(params, kA) {
    for (uint32_t flow = 0; flow < params.flows; ++flow) set_ends(flow, kTrafficHostA, kTrafficHostB);
  }
  std::vector<uint8_t> copy_of(uint32_t flow, const TrafficStamp& stamp, uint32_t payload) {
    const auto bytes = make(flow, stamp, payload);
    return {bytes.begin(), bytes.end()};
  }
  // As a direction judges a frame of one packet.
  bool accepts(std::span<const uint8_t> frame, uint32_t flow) const {
    if (flow_of(frame) != flow) return false;
    const auto payload = payload_of(frame);
    if (payload.size() < 16 || read(payload).bytes != payload.size()) return false;
    return headers_match(flow, frame, read(payload).position) && payload_matches(flow, payload);
  }
};

TEST(TrafficFrames, AreWellFormedWithEachHeader) {
  for (const bool ipv6 : {false, true}) {
    for (const bool udp : {false, true}) {
      for (const unsigned more : {0u, 2u}) {
        TrafficParams params;
        params.ipv6 = ipv6;
        params.udp = udp;
        params.vlan_tags = params.ip_option_words = params.ipv6_extensions = more;
        Frames frames(params);
        const auto frame = frames.copy_of(3, {.born = 1, .packet = 2, .position = 7}, 333);
        const net::Parsed parsed = net::parse_frame(frame);
        ASSERT_TRUE(parsed.ok()) << net::to_string(parsed.error);
        EXPECT_TRUE(parsed.ip_checksum_ok);
        EXPECT_EQ(parsed.l4, udp ? net::L4::kUdp : net::L4::kTcp);
        EXPECT_EQ(parsed.l4_end - parsed.payload_offset, 333u);
        EXPECT_EQ(frame.size(), frames.header_bytes() + 333u);
        EXPECT_TRUE(frames.accepts(frame, 3));
        EXPECT_EQ(frames.copy_of(3, {}, 16).size(), frames.header_bytes() + 16u) << "a second one, shorter";
      }
    }
  }
}

TEST(TrafficFrames, TellTheirStamp) {
  TrafficParams params;
  params.rpc.outstanding = 1;
  Frames frames(params);
  const auto frame = frames.copy_of(
      1, {.born = 123'456'789'012, .packet = 5, .position = 99, .slot = 77, .generation = 3}, 100);
  const TrafficStamp stamp = frames.read(frames.payload_of(frame));
  EXPECT_EQ(stamp.born, 123'456'789'012u);
  EXPECT_EQ(stamp.bytes, 100u);
  EXPECT_EQ(stamp.packet, 5u);
  EXPECT_EQ(stamp.position, 99u);
  EXPECT_EQ(stamp.slot, 77u);
  EXPECT_EQ(stamp.generation, 3u);
}

TEST(TrafficFrames, EveryWrongByteIsSeen) {
  TrafficParams params;
  params.udp = false;
  Frames frames(params);
  const std::vector<uint8_t> good = frames.copy_of(2, {.born = 5, .packet = 3, .position = 300}, 200);
  ASSERT_TRUE(frames.accepts(good, 2));
  const size_t l4 = 14 + 20;
  const size_t payload = l4 + 32;
  for (size_t at = 0; at < good.size(); ++at) {
    std::vector<uint8_t> bad = good;
    bad[at] ^= 0x40;
    // IP and TCP headers but lengths, ports and sequence number are the stack's to check; of the stamp, time
    // and number are what they say.
    const bool ip = at >= 14 && at < l4 && at != 16 && at != 17;
    const bool tcp = at >= l4 + 8 && at < payload;
    const bool stamp = (at >= payload && at < payload + 6) || (at >= payload + 8 && at < payload + 12);
    EXPECT_EQ(frames.accepts(bad, 2), ip || tcp || stamp) << at;
  }
  EXPECT_FALSE(frames.accepts(std::span(good).first(good.size() - 1), 2));
}

TEST(TrafficFrames, AFrameToBeCutHasAStampInEachPacket) {
  TrafficParams params;
  params.tso = true;
  params.mss = 1000;
  Frames frames(params);
  EXPECT_EQ(TrafficFrames::most_payload(params), 64000u);
  const auto frame = frames.copy_of(0, {.born = 9, .packet = 10, .position = 500}, 2500);
  const auto payload = std::span(frame).subspan(frames.header_bytes());
  for (uint32_t i = 0; i < 3; ++i) {
    const auto packet = payload.subspan(i * 1000, i < 2 ? 1000 : 500);
    const TrafficStamp stamp = frames.read(packet);
    EXPECT_EQ(stamp.packet, 10 + i);
    EXPECT_EQ(stamp.position, 500 + i * 1000);
    EXPECT_EQ(stamp.bytes, packet.size());
    EXPECT_EQ(stamp.born, 9u);
    EXPECT_TRUE(frames.payload_matches(0, packet));
  }
}

TEST(TrafficFrames, NoTwoFlowsHaveTheSamePorts) {
  TrafficParams params;
  params.flows = 65'536;
  Frames frames(params);
  std::set<std::vector<uint8_t>> seen;
  for (uint32_t flow = 0; flow < params.flows; flow += 7) {
    const auto frame = frames.copy_of(flow, {}, 16);
    ASSERT_TRUE(seen.emplace(frame.begin() + 34, frame.begin() + 38).second) << flow;
    ASSERT_EQ(frames.flow_of(frame), flow);
  }
}

}  // namespace
}  // namespace pspnic::bench
