// SPDX-License-Identifier: Apache-2.0
// Packets of other implementations, read from the directory that PSPNIC_EXTRA_VECTORS names: decrypted, and
// made again from the cleartext to the same bytes.
#include <gtest/gtest.h>

#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/udp.h"
#include "model/psp/encapsulate.h"
#include "model/psp/kdf.h"
#include "model/psp/seal.h"
#include "model/psp/spi.h"
#include "testbench/tests/model/psp/engines.h"
#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::psp {
namespace {

using nlohmann::json;
using test::Bytes;
using test::from_hex;
using test::to_hex;

constexpr size_t kRoomBytes = 256;

class PublishedPackets : public test::EngineTest {
 protected:
  static Bytes send_again(const Bytes& cleartext, const Bytes& wire, bool tunnel, const SessionKey& key);
  static SessionKey key_for(const json& vector);
  static void check_both_ways(const json& vector, const std::string& clear, const std::string& wire,
                              bool tunnel);
};
PSPNIC_ON_EVERY_ENGINE(PublishedPackets);

// Cleartext to the wire as the header of `wire` says. The tunnel's outer header is a copy of the inner one's
// fields, which is how these packets were made.
Bytes PublishedPackets::send_again(const Bytes& cleartext, const Bytes& wire, bool tunnel,
                                   const SessionKey& key) {
  const Check like = check_packet(wire, net::parse_frame(wire));
  EXPECT_EQ(like.verdict, Verdict::kDeliver);
  EncapParams params;
  params.version = static_cast<Version>(like.header.version);
  params.spi = like.header.spi;
  params.iv = like.header.iv;
  params.crypt_offset = like.header.crypt_offset;
  if (like.header.vc_present) params.vc = 0;
  params.source_port = net::udp_source_port(wire.data() + like.psp_offset - net::kUdpHeaderBytes);

  Bytes storage = test::surround(cleartext, kRoomBytes, kIcvBytes);
  FrameBuffer buffer{storage, kRoomBytes, kRoomBytes + cleartext.size()};
  if (tunnel) {
    const uint8_t* ip = cleartext.data() + 14;
    TunnelParams outer;
    outer.outer_v6 = net::ip_version(ip) == 6;
    const size_t bytes = outer.outer_v6 ? net::kIpv6AddressBytes : net::kIpv4AddressBytes;
    const uint8_t* source = ip + (outer.outer_v6 ? net::kIpv6SourceOffset : net::kIpv4SourceOffset);
    outer.source = {source, bytes};
    outer.destination = {source + bytes, bytes};
    outer.ttl = outer.outer_v6 ? net::ipv6_hop_limit(ip) : net::ipv4_ttl(ip);
    outer.traffic_class = outer.outer_v6 ? net::ipv6_traffic_class(ip) : net::ipv4_tos(ip);
    outer.flow_label = net::ipv6_flow_label(ip);
    outer.identification = net::ipv4_id(ip);
    outer.dont_fragment = (net::ipv4_fragment_field(ip) & net::kIpv4DontFragment) != 0;
    EXPECT_EQ(tunnel_encapsulate(buffer, params, outer), EncapStatus::kOk);
  } else {
    EXPECT_EQ(transport_encapsulate(buffer, params), EncapStatus::kOk);
  }
  EXPECT_EQ(append_icv(buffer), EncapStatus::kOk);
  const Check check = check_packet(buffer.frame(), net::parse_frame(buffer.frame()));
  const auto aead = make_aead();
  EXPECT_TRUE(seal(*aead, key, check.psp_packet(buffer.frame())));
  const std::span<uint8_t> frame = buffer.frame();
  return Bytes(frame.begin(), frame.end());
}

SessionKey PublishedPackets::key_for(const json& vector) {
  const uint32_t spi = test::hex32(vector.at("spi"));
  const Kdf kdf = make_kdf(test::device_key(vector.at(spi_phase(spi) != 0 ? "master_key1" : "master_key0")));
  return kdf.derive(spi, static_cast<Version>(vector.at("psp_version").get<int>()));
}

void PublishedPackets::check_both_ways(const json& vector, const std::string& clear, const std::string& wire,
                                       bool tunnel) {
  test::Receiver receiver(vector.at("master_key0"), vector.at("master_key1"), engine());
  const test::Received received = receiver.receive(from_hex(wire));
  EXPECT_EQ(received.verdict, Verdict::kDeliver) << vector.at("name");
  EXPECT_EQ(to_hex(received.cleartext), clear) << vector.at("name");
  EXPECT_EQ(to_hex(send_again(from_hex(clear), from_hex(wire), tunnel, key_for(vector))), wire)
      << vector.at("name");
}

TEST_P(PublishedPackets, EveryPacket) {
  const auto file = test::read_extra("psp_packets.json");
  if (!file) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  unsigned packets = 0;
  for (const json& vector : file->at("packets")) {
    EXPECT_EQ(to_hex(key_for(vector).view()), vector.at("derived_key").get<std::string>());
    check_both_ways(vector, vector.at("cleartext_frame"), vector.at("encrypted_frame"),
                    vector.at("mode") == "tunnel");
    ++packets;
  }
  EXPECT_EQ(packets, 52u);
}

TEST_P(PublishedPackets, EveryTsoSegment) {
  const auto file = test::read_extra("psp_tso_examples.json");
  if (!file) GTEST_SKIP() << "PSPNIC_EXTRA_VECTORS is not set";
  unsigned segments = 0;
  for (const json& example : file->at("examples")) {
    const json& clear = example.at("cleartext_segments");
    const json& wire = example.at("psp_segments");
    ASSERT_EQ(clear.size(), wire.size());
    for (size_t i = 0; i < wire.size(); ++i) {
      check_both_ways(example, clear[i], wire[i], false);
      const Bytes frame = from_hex(wire[i]);
      EXPECT_EQ(check_packet(frame, net::parse_frame(frame)).header.iv,
                test::hex64(example.at("iv_list")[i]));
      ++segments;
    }
  }
  EXPECT_EQ(segments, 32u);
}

}  // namespace
}  // namespace pspnic::psp
