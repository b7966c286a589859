// SPDX-License-Identifier: Apache-2.0
// Transmit: descriptors and frames in memory byte by byte.
#include "testbench/host/tx_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/idpf/registers.h"
#include "model/net/udp.h"
#include "model/psp/header.h"
#include "testbench/tests/testbench/host/tx_fixture.h"

namespace pspnic::host::test {
namespace {

using idpf::TxCompletionType;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(TxQueueTest, PlainFrameIsOneDescriptor) {
  const Bytes frame = tcp_frame(100);
  ASSERT_TRUE(send(frame, 77));
  EXPECT_EQ(device_.count_writes(idpf::pf::tx_tail(0)), 0u) << "no doorbell before flush";
  driver_->flush(0);
  EXPECT_EQ(device_.last_write(idpf::pf::tx_tail(0)), 1u);
  driver_->flush(0);
  EXPECT_EQ(device_.count_writes(idpf::pf::tx_tail(0)), 1u) << "nothing new, no doorbell";

  const auto descriptors = device_.fetch_tx(0);
  ASSERT_EQ(descriptors.size(), 1u);
  const Bytes& bytes = descriptors[0];
  EXPECT_THAT(Bytes(bytes.begin() + 8, bytes.end()), ElementsAre(0x2c, 0, 0, 0, 0, 0, 154, 0))
      << "DTYPE 12, EOP; no departure time; tag 0; 154 bytes";
  EXPECT_EQ(gather(descriptors), frame);

  complete(TxCompletionType::kRs, tag(bytes));
  poll();
  EXPECT_THAT(stack_.sent, ElementsAre(std::pair(0u, uint64_t{77})));
  EXPECT_EQ(stack_.rooms, 1u);
  EXPECT_EQ(driver_->in_flight(0), 0u);
}

TEST_F(TxQueueTest, ChecksumOffloadSetsCsEn) {
  const Bytes frame = tcp_frame(1);
  TxFrame tx;
  tx.bytes = frame;
  tx.checksum_offload = true;
  ASSERT_TRUE(driver_->transmit(0, tx));
  driver_->flush(0);
  EXPECT_EQ(device_.fetch_tx(0).at(0)[8], 0x6c);
}

TEST_F(TxQueueTest, TinyFrameIsPaddedTo17Bytes) {
  ASSERT_TRUE(send(Bytes(14, 0xff)));
  driver_->flush(0);
  const auto descriptors = device_.fetch_tx(0);
  Bytes expected(14, 0xff);
  expected.resize(17);
  EXPECT_EQ(gather(descriptors), expected);
}

TEST_F(TxQueueTest, TsoContextAndPieces) {
  for (const bool v6 : {false, true}) {
    const Bytes frame = tcp_frame(40'000, v6);
    TxFrame tx;
    tx.bytes = frame;
    tx.tso_mss = 1400;
    ASSERT_TRUE(driver_->transmit(0, tx));
    driver_->flush(0);
    const auto descriptors = device_.fetch_tx(0);
    ASSERT_EQ(descriptors.size(), 4u);
    const uint8_t header = v6 ? 74 : 54;
    // TLEN 40000 = 0x9c40, MSS 1400 = 0x578, DTYPE 5 with TSO.
    EXPECT_THAT(descriptors[0],
                ElementsAre(0x40, 0x9c, 0, 0, 0x78, 0x05, header, 0, 0x25, 0, 0, 0, 0, 0, 0, 0));
    EXPECT_EQ(net::load_le16(&descriptors[1][14]), 12288);
    EXPECT_EQ(net::load_le16(&descriptors[2][14]), 12288);
    EXPECT_EQ(net::load_le16(&descriptors[3][14]), 40'000 + header - 2 * 12288);
    EXPECT_EQ(descriptors[1][8], 0x4c) << "CS_EN, no EOP";
    EXPECT_EQ(descriptors[3][8], 0x6c) << "CS_EN, EOP";
    for (size_t i = 1; i < 4; ++i) EXPECT_EQ(tag(descriptors[i]), tag(descriptors[1]));
    EXPECT_GE(tag(descriptors[1]), kRing) << "a large slot";

    Bytes expected = frame;
    uint8_t* ip = &expected[14];
    if (v6) {
      net::set_ipv6_payload_length(ip, 0);
      net::set_tcp_checksum(&expected[54], net::checksum_fold(net::ipv6_pseudo_header_sum(ip, 6, 0)));
    } else {
      net::set_ipv4_total_length(ip, 0);
      net::set_ipv4_checksum(ip, 0);
      net::set_tcp_checksum(&expected[34], net::checksum_fold(net::ipv4_pseudo_header_sum(ip, 6, 0)));
    }
    EXPECT_EQ(gather(descriptors), expected);
  }
  EXPECT_EQ(driver_->stats().tx_tso_frames, 2u);
}

// Retransmissions in clear between sealed frames: each has its own descriptors, and no context outlasts it.
TEST_F(TxQueueTest, R43_PlainAndSealedFramesInterleave) {
  constexpr uint8_t kPspDtype = 0x10;
  uint32_t random = 1;
  std::vector<Bytes> descriptors;
  for (unsigned i = 0; i < 60; ++i) {
    random = random * 1664525 + 1013904223;
    const bool sealed = (random >> 30 & 1) != 0;
    const Bytes frame = tcp_frame(random >> 24);
    TxFrame tx;
    tx.bytes = frame;
    if (sealed) tx.sa = SaHandle{i + 1, static_cast<uint16_t>(i)};
    tx.spi = 5;
    ASSERT_TRUE(driver_->transmit(0, tx));
    driver_->flush(0);
    descriptors = device_.fetch_tx(0);
    ASSERT_EQ(descriptors.size(), sealed ? 2u : 1u) << i;
    if (sealed) {
      EXPECT_EQ(descriptors[0][8] & 0x1f, kPspDtype);
      EXPECT_EQ(descriptors[0][12], i + 1) << "the index";
    }
    EXPECT_EQ(descriptors.back()[8] & 0x1f, 12);
    EXPECT_EQ(gather(descriptors).size(), frame.size() + (sealed ? 24 : 0));
    complete(idpf::TxCompletionType::kRs, tag(descriptors.back()));
    if ((descriptors.back()[8] & 0x80) != 0) complete(idpf::TxCompletionType::kRe, 64);
    poll();
  }
  EXPECT_EQ(driver_->stats().tx_bad_completions, 0u);
}

TEST_F(TxQueueTest, PspContextAndFrame) {
  const Bytes frame = tcp_frame(10);
  TxFrame tx;
  tx.bytes = frame;
  tx.sa = SaHandle{0x12'3456, 0xbeef};
  tx.spi = 0x9a34'5678;
  tx.version = psp::Version::kAesGcm256;
  tx.flow_hash = 0x8000'0000;
  tx.checksum_offload = true;
  ASSERT_TRUE(driver_->transmit(0, tx));
  driver_->flush(0);
  const auto descriptors = device_.fetch_tx(0);
  ASSERT_EQ(descriptors.size(), 2u);
  // PSP header at 42 (21 words), header length 78, SA table and ICV, DTYPE 16 without TSO, tag, index.
  EXPECT_THAT(descriptors[0],
              ElementsAre(0, 0, 0, 21, 0, 0, 78, 0x05, 0x10, 0, 0xef, 0xbe, 0x56, 0x34, 0x12, 0));
  EXPECT_EQ(descriptors[1][8], 0x6c);
  const Bytes sent = gather(descriptors);
  ASSERT_EQ(sent.size(), frame.size() + 24);
  EXPECT_EQ(net::ipv4_total_length(&sent[14]), 50 + 24) << "without the ICV";
  EXPECT_EQ(net::ipv4_protocol(&sent[14]), 17);
  EXPECT_EQ(net::ipv4_checksum(&sent[14]), net::ipv4_header_checksum(std::span(sent).subspan(14, 20)));
  EXPECT_EQ(net::udp_source_port(&sent[34]), 32768 + (60999 - 32768 + 1) / 2)
      << "hash scaled to Linux's range";
  EXPECT_EQ(net::udp_destination_port(&sent[34]), 1000);
  EXPECT_EQ(net::udp_length(&sent[34]), 8 + 16 + 30);
  EXPECT_EQ(net::udp_checksum(&sent[34]), 0);
  EXPECT_THAT(Bytes(sent.begin() + 42, sent.begin() + 58),
              ElementsAre(6, 1, 0, 0x05, 0x9a, 0x34, 0x56, 0x78, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_TRUE(std::equal(frame.begin() + 34, frame.end(), sent.begin() + 58))
      << "the TCP segment is untouched";
  EXPECT_EQ(driver_->stats().tx_psp_frames, 1u);
}

TEST_F(TxQueueTest, PspSourcePortIsStablePerFlow) {
  TxFrame tx;
  tx.sa = SaHandle{1, 0};
  std::vector<uint16_t> ports;
  for (const size_t payload : {1, 500, 1000}) {
    const Bytes frame = tcp_frame(payload);
    tx.bytes = frame;
    ASSERT_TRUE(driver_->transmit(0, tx));
    driver_->flush(0);
    ports.push_back(net::udp_source_port(&gather(device_.fetch_tx(0))[34]));
  }
  EXPECT_EQ(ports[0], ports[1]);
  EXPECT_EQ(ports[0], ports[2]);
  EXPECT_GE(ports[0], 32768);
}

TEST_F(TxQueueTest, PspDropsEthernetPadding) {
  Bytes frame = tcp_frame(0);
  frame.resize(60, 0xee);
  TxFrame tx;
  tx.bytes = frame;
  tx.sa = SaHandle{1, 0};
  ASSERT_TRUE(driver_->transmit(0, tx));
  driver_->flush(0);
  EXPECT_EQ(gather(device_.fetch_tx(0)).size(), 54u + 24);
}

TEST_F(TxQueueTest, PspTso) {
  for (const bool v6 : {false, true}) {
    const size_t ip_bytes = v6 ? 40 : 20;
    const Bytes frame = tcp_frame(65'000, v6);
    TxFrame tx;
    tx.bytes = frame;
    tx.sa = SaHandle{5, 6};
    tx.spi = 7;
    tx.tso_mss = 1400;
    ASSERT_TRUE(driver_->transmit(0, tx));
    driver_->flush(0);
    const auto descriptors = device_.fetch_tx(0);
    ASSERT_EQ(descriptors.size(), 6u);
    // TLEN 65000 = 0xfde8, MSS 0x578, DTYPE 16 with TSO.
    const auto psp_word = static_cast<uint8_t>((14 + ip_bytes + 8) / 2);
    const auto header = static_cast<uint8_t>(14 + ip_bytes + 24 + 20);
    EXPECT_THAT(descriptors[0],
                ElementsAre(0xe8, 0xfd, 0, psp_word, 0x78, 0x05, header, 0x05, 0x30, 0, 6, 0, 5, 0, 0, 0));
    const Bytes sent = gather(descriptors);
    ASSERT_EQ(sent.size(), frame.size() + 24);
    EXPECT_TRUE(std::equal(frame.end() - 65'000, frame.end(), sent.end() - 65'000));
    const size_t tcp = 14 + ip_bytes + 24;
    const uint64_t sum =
        v6 ? net::ipv6_pseudo_header_sum(&frame[14], 6, 0) : net::ipv4_pseudo_header_sum(&frame[14], 6, 0);
    EXPECT_EQ(net::tcp_checksum(&sent[tcp]), net::checksum_fold(sum)) << "seed without length";
    const size_t udp_bytes = 24 + 20 + 65'000;
    EXPECT_EQ(net::udp_length(&sent[14 + ip_bytes]), udp_bytes);
    if (v6) {
      EXPECT_EQ(net::ipv6_payload_length(&sent[14]), udp_bytes);
    } else {
      EXPECT_EQ(net::ipv4_total_length(&sent[14]), udp_bytes + 20);
    }
  }
}

TEST_F(TxQueueTest, TsoOf64KiBFits) {
  Bytes frame = tcp_frame(65'000);
  frame.resize(54 + 65'536);  // the IP length cannot say so
  TxFrame tx;
  tx.bytes = frame;
  tx.tso_mss = 1400;
  tx.sa = SaHandle{0, 0};
  EXPECT_TRUE(driver_->transmit(0, tx));
  driver_->flush(0);
  EXPECT_EQ(gather(device_.fetch_tx(0)).size(), frame.size() + 24);
}

TEST_F(TxQueueTest, RefusedFrames) {
  const auto refusal = [&](const Bytes& frame, auto change) -> std::string {
    TxFrame tx;
    tx.bytes = frame;
    change(tx);
    EXPECT_FALSE(driver_->transmit(0, tx));
    return driver_->anomalies().back();
  };
  const auto nothing = [](TxFrame&) {};
  EXPECT_THAT(refusal(Bytes(1523), nothing), HasSubstr("longer than the MTU"));
  EXPECT_THAT(refusal(Bytes(13), nothing), HasSubstr("Ethernet header"));
  EXPECT_THAT(refusal(Bytes(60), [](TxFrame& t) { t.sa = SaHandle{1, 0}; }), HasSubstr("IP packet"));
  EXPECT_THAT(refusal(tcp_frame(1421), [](TxFrame& t) { t.sa = SaHandle{1, 0}; }), HasSubstr("MTU"));
  EXPECT_THAT(refusal(tcp_frame(5000), [](TxFrame& t) { t.tso_mss = 16384; }), HasSubstr("1..16383"));
  EXPECT_THAT(refusal(tcp_frame(5000), [](TxFrame& t) { t.tso_mss = 1461; }), HasSubstr("MTU"));
  EXPECT_THAT(refusal(Bytes(5000), [](TxFrame& t) { t.tso_mss = 1000; }), HasSubstr("neither TCP nor UDP"));
  EXPECT_THAT(refusal(tcp_frame(10),
                      [](TxFrame& t) {
                        t.sa = SaHandle{1u << 24, 0};
                      }),
              HasSubstr("no SA slot"));
  EXPECT_THAT(refusal(tcp_frame(10), [](TxFrame& t) { t.sa = SaHandle{}; }), HasSubstr("no SA slot"))
      << "an SA that the device refused";
  EXPECT_EQ(driver_->stats().tx_refused, 9u);
  EXPECT_EQ(driver_->in_flight(0), 0u);
  TxFrame largest;
  const Bytes frame = tcp_frame(1420);
  largest.bytes = frame;
  largest.sa = SaHandle{1, 0};
  EXPECT_TRUE(driver_->transmit(0, largest)) << "1420 bytes of TCP payload are what MTU 1500 leaves";
}
class PlainTxQueueTest : public TxQueueTest {
 protected:
  PlainTxQueueTest() : TxQueueTest(false) {}
};

TEST_F(PlainTxQueueTest, PspIsRefusedWhenNotNegotiated) {
  const Bytes frame = tcp_frame(10);
  TxFrame tx;
  tx.bytes = frame;
  tx.sa = SaHandle{1, 0};
  EXPECT_FALSE(driver_->transmit(0, tx));
  EXPECT_THAT(driver_->anomalies().back(), HasSubstr("not negotiated"));
  EXPECT_EQ(driver_->transmit_room(0), kRing - 1u) << "no context descriptors to keep room for";
}

}  // namespace
}  // namespace pspnic::host::test
