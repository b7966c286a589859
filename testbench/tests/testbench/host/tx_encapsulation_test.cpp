// SPDX-License-Identifier: Apache-2.0
// Headers in every mode of PSP, against vectors/psp, and what the descriptors say of them.
#include "testbench/host/tx_encapsulation.h"

#include <gmock/gmock.h>

#include "model/net/ipv6.h"
#include "model/net/udp.h"
#include "testbench/tests/model/psp/vector_file.h"
#include "testbench/tests/testbench/host/tx_fixture.h"

namespace pspnic::host::test {
namespace {

using nlohmann::json;
using psp::test::from_hex;
using psp::test::to_hex;
using testing::HasSubstr;

constexpr uint16_t kVectorIdentification = 0x1234;
constexpr uint32_t kNoFlowLabel = 0x100000;  // a flow hash whose flow label is 0, as in the vectors

// The vectors' outer addresses: 10.2.0.x and 2001:db8:2::x.
void write_outer(PspMode& mode) {
  const Bytes network = from_hex(mode.outer_v6 ? "20010db8000200000000000000000000" : "0a020000");
  std::copy(network.begin(), network.end(), mode.source.begin());
  std::copy(network.begin(), network.end(), mode.destination.begin());
  const size_t last = mode.outer_v6 ? 15 : 3;
  mode.source[last] = 1;
  mode.destination[last] = 2;
}

TEST(TxEncapsulation, GivesTheDriversFrameOfEveryVector) {
  unsigned compared = 0;
  const json file = psp::test::read_own("packets.json");
  for (const json& vector : file.at("vectors")) {
    const std::string name = vector.at("name");
    const Bytes clear = from_hex(vector.at("cleartext"));
    const Bytes extension = from_hex(vector.at("extension"));
    const uint16_t port = vector.at("source_port");
    PspMode mode;
    mode.tunnel = vector.at("mode") == "tunnel";
    mode.outer_v6 = vector.at("outer_family") == 6;
    write_outer(mode);
    mode.crypt_offset = vector.at("crypt_offset");
    mode.sample = vector.at("sample");
    mode.drop_after_sample = vector.at("drop_after_sample");
    if (!vector.at("vc").is_null()) mode.vc = psp::test::hex64(vector.at("vc"));
    mode.extension = extension;
    mode.source_ports = std::span(&port, 1);
    TxFrame frame;
    frame.bytes = clear;
    frame.spi = psp::test::hex32(vector.at("spi"));
    frame.version = static_cast<psp::Version>(vector.at("version").get<int>());
    frame.mode = &mode;
    frame.flow_hash = kNoFlowLabel;
    const net::Parsed parsed = net::parse_frame(clear);
    const size_t room = inserted_bytes(mode);
    Bytes storage = psp::test::surround(clear, room, 0);
    psp::FrameBuffer buffer{storage, room, storage.size()};
    ASSERT_EQ(encapsulate(buffer, parsed, frame, kVectorIdentification, net::IpLength::kCheck),
              psp::EncapStatus::kOk)
        << name;
    EXPECT_EQ(buffer.begin, 0u) << name;
    EXPECT_EQ(to_hex(buffer.frame()), vector.at("driver").get<std::string>()) << name;
    EXPECT_EQ(psp_offset(mode, parsed), vector.at("offsets").at("psp").get<size_t>()) << name;
    EXPECT_EQ(outer_ip_bytes(mode, parsed) + parsed.l3_offset, from_hex(vector.at("encrypted")).size())
        << name;
    ++compared;
  }
  EXPECT_GE(compared, 245u);
}

class TxModesTest : public TxQueueTest {
 protected:
  Bytes send(const Bytes& frame, const PspMode& mode, uint32_t hash = 1, uint16_t mss = 0) {
    TxFrame tx;
    tx.bytes = frame;
    tx.sa = SaHandle{1, 0};
    tx.mode = &mode;
    tx.flow_hash = hash;
    tx.tso_mss = mss;
    if (!driver_->transmit(0, tx)) return {};
    driver_->flush(0);
    descriptors_ = device_.fetch_tx(0);
    return gather(descriptors_);
  }
  std::vector<Bytes> descriptors_;
};

TEST_F(TxModesTest, ATableOfSourcePortsIsIndexedByTheFlowsHash) {
  std::array<uint16_t, 16> table;
  for (size_t i = 0; i < table.size(); ++i) table[i] = static_cast<uint16_t>(40000 + i);
  PspMode mode;
  mode.source_ports = table;
  for (uint32_t i = 0; i < 16; ++i) {
    for (const uint32_t hash : {i << 28 | 1u, i << 28 | 0x0fff'ffffu}) {
      EXPECT_EQ(net::udp_source_port(&send(tcp_frame(10), mode, hash)[34]), 40000 + i);
    }
  }
}

TEST_F(TxModesTest, CryptOffsetNeverPassesWhatItMayShow) {
  PspMode mode;
  const auto offset = [&](size_t payload, uint16_t mss = 0) {
    return send(tcp_frame(payload), mode, 1, mss)[44];
  };
  for (const unsigned wanted : {0u, 5u, 6u, 63u}) {
    mode.crypt_offset = static_cast<uint8_t>(wanted);
    EXPECT_EQ(offset(3), std::min(wanted, 5u)) << "20 bytes of TCP and 3";
    EXPECT_EQ(offset(4), std::min(wanted, 6u));
    EXPECT_EQ(offset(3000, 1000), std::min(wanted, 5u)) << "with TSO the headers";
  }
  mode.crypt_offset = PspMode::kExposePorts;
  EXPECT_EQ(offset(0), 1);
}

TEST_F(TxModesTest, ATunnelsOuterHeader) {
  PspMode mode;
  mode.tunnel = mode.outer_v6 = true;
  mode.source[0] = 0xfd;
  mode.destination[15] = 9;
  Bytes frame = tcp_frame(10);
  frame[15] = 0xb9;
  net::update_ipv4_checksum(&frame[14]);
  const Bytes sent = send(frame, mode, 0x1234'5678);
  ASSERT_EQ(sent.size(), frame.size() + 40 + 24);
  EXPECT_EQ(net::load_be16(&sent[12]), net::kEtherTypeIpv6);
  EXPECT_EQ(net::ipv6_traffic_class(&sent[14]), 0xb9) << "ECN and all";
  EXPECT_EQ(net::ipv6_flow_label(&sent[14]), 0x45678u);
  EXPECT_EQ(net::ipv6_payload_length(&sent[14]), 24u + 50);
  EXPECT_EQ(sent[22], 0xfd);
  EXPECT_EQ(sent[53], 9);
  EXPECT_EQ(sent[62], net::kProtocolIpv4);
  EXPECT_TRUE(std::equal(frame.begin() + 14, frame.end(), sent.begin() + 78));
  EXPECT_EQ(descriptors_[0][3], 31) << "PSP at 62";
}

// Identifications of outer headers go on over segments.
TEST_F(TxModesTest, OuterIdentificationsCountPackets) {
  PspMode mode;
  mode.tunnel = true;
  const uint16_t first = net::ipv4_id(&send(tcp_frame(10), mode)[14]);
  EXPECT_EQ(net::ipv4_id(&send(tcp_frame(2500), mode, 1, 1000)[14]), first + 1);
  EXPECT_EQ(net::ipv4_id(&send(tcp_frame(10), mode)[14]), first + 4);
}

TEST_F(TxModesTest, TheMtuCountsAllThatIsPutInFront) {
  const Bytes extension(16, 1);
  PspMode mode;
  mode.tunnel = mode.outer_v6 = true;
  mode.vc = 1;
  mode.extension = extension;
  const size_t most = 1500 - 40 - 8 - 16 - 8 - 16 - 16 - 40;  // IPv4 and TCP are the last 40
  EXPECT_FALSE(send(tcp_frame(most), mode).empty());
  EXPECT_TRUE(send(tcp_frame(most + 1), mode).empty());
  EXPECT_THAT(driver_->anomalies().back(), HasSubstr("MTU"));
  EXPECT_FALSE(send(tcp_frame(5000), mode, 1, static_cast<uint16_t>(most)).empty());
  EXPECT_TRUE(send(tcp_frame(5000), mode, 1, static_cast<uint16_t>(most + 1)).empty());
}

TEST_F(TxModesTest, HeadersOfASegmentedFrameFitTheirField) {
  Bytes extension(136, 1);
  PspMode mode;
  mode.extension = extension;  // 14 + 20 + 8 + 16 + 136 + 20 = 214
  EXPECT_EQ(send(tcp_frame(3000), mode, 1, 1000).size(), 3000u + 214);
  EXPECT_EQ(descriptors_[0][6], 214);
  extension.resize(184);  // 262
  mode.extension = extension;
  EXPECT_TRUE(send(tcp_frame(3000), mode, 1, 1000).empty());
  EXPECT_THAT(driver_->anomalies().back(), HasSubstr("too long for the device"));
}

TEST_F(TxModesTest, SegmentationOfUdpAsLinuxHandsItDown) {
  Bytes frame = tcp_frame(2000);
  frame.erase(frame.begin() + 42, frame.begin() + 54);
  net::set_ipv4_protocol(&frame[14], 17);
  net::set_ipv4_total_length(&frame[14], static_cast<uint16_t>(frame.size() - 14));
  net::set_udp_length(&frame[34], 2008);
  for (const bool psp : {false, true}) {
    TxFrame tx;
    tx.bytes = frame;
    tx.tso_mss = 900;
    if (psp) tx.sa = SaHandle{1, 0};
    ASSERT_TRUE(driver_->transmit(0, tx)) << driver_->anomalies().back();
    driver_->flush(0);
    const auto descriptors = device_.fetch_tx(0);
    const Bytes sent = gather(descriptors);
    const size_t udp = psp ? 58 : 34;
    EXPECT_EQ(descriptors[0][6], udp + 8) << "header length";
    EXPECT_EQ(net::udp_length(&sent[udp]), 908) << "a segment's";
    EXPECT_EQ(net::udp_checksum(&sent[udp]),
              net::checksum_fold(net::ipv4_pseudo_header_sum(&frame[14], 17, 0)));
  }
}

}  // namespace
}  // namespace pspnic::host::test
