// SPDX-License-Identifier: Apache-2.0
#include "model/tx/protect.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using flow::Encapsulation;
using pspnic::test::Bytes;
using Mode = Encapsulation::Mode;

class ProtectTest : public testing::Test {
 protected:
  ProtectTest() {
    sa_.spi = 0x80000123;
    sa_.version = psp::Version::kAesGcm256;
  }
  static Bytes frame(size_t payload, bool v6 = false, unsigned tags = 0) {
    pspnic::test::TcpFlow flow;
    flow.outer_v6 = v6;
    flow.vlan_tags = tags;
    const Bytes bytes(payload, 0x5a);
    return pspnic::test::segment(flow, bytes, 0, 0, payload, true, true);
  }
  base::PacketPtr packet(const Bytes& bytes) {
    base::PacketPtr taken = pool_.take(static_cast<uint32_t>(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), taken->data());
    return taken;
  }
  ProtectedFrame protect_packet(base::Packet& taken, const Encapsulation& how) {
    return protect(taken, how, sa_, kMaxFrame);
  }
  // The same by the functions that a driver uses, in a buffer of its own; IV and ICV 0.
  Bytes expected(const Bytes& plain, const Encapsulation& how, uint16_t source_port) {
    Bytes room(1024 + plain.size() + 64);
    std::copy(plain.begin(), plain.end(), room.begin() + 1024);
    psp::FrameBuffer buffer{room, 1024, 1024 + plain.size()};
    psp::EncapParams params;
    params.version = sa_.version;
    params.spi = sa_.spi;
    params.crypt_offset = how.crypt_offset;
    params.sample = how.sample;
    params.drop_after_sample = how.drop_after_sample;
    params.vc = how.vc;
    params.source_port = source_port;
    if (how.mode == Mode::kTransport) {
      EXPECT_EQ(psp::transport_encapsulate(buffer, params), psp::EncapStatus::kOk);
    } else {
      const bool v6 = how.mode == Mode::kTunnelV6;
      psp::TunnelParams outer;
      outer.outer_v6 = v6;
      outer.source = std::span(how.source).first(v6 ? 16 : 4);
      outer.destination = std::span(how.destination).first(v6 ? 16 : 4);
      outer.ttl = how.ttl;
      outer.traffic_class = how.traffic_class;
      outer.flow_label = how.flow_label;
      EXPECT_EQ(psp::tunnel_encapsulate(buffer, params, outer), psp::EncapStatus::kOk);
    }
    EXPECT_EQ(psp::append_icv(buffer), psp::EncapStatus::kOk);
    Bytes bytes(buffer.frame().begin(), buffer.frame().end());
    std::fill(bytes.end() - 16, bytes.end(), uint8_t{0});
    return bytes;
  }
  static uint16_t source_port(std::span<const uint8_t> frame) {
    const net::Parsed parsed = net::parse_frame(frame);
    return net::load_be16(&frame[parsed.l4_offset]);
  }

  static constexpr uint32_t kMaxFrame = 1522;
  base::PacketPool pool_;
  crypto::Sa sa_;
};

TEST_F(ProtectTest, BytesAreThoseOfADriverThatEncapsulates) {
  for (unsigned kind = 0; kind < 24; ++kind) {
    Encapsulation how;
    how.mode = static_cast<Mode>(1 + kind % 3);
    how.sample = (kind & 1) != 0;
    how.drop_after_sample = (kind & 2) != 0;
    how.crypt_offset = static_cast<uint8_t>(kind & 4);
    if ((kind & 8) != 0) how.vc = 0x1122334455667788;
    for (size_t i = 0; i < 16; ++i) {
      how.source[i] = static_cast<uint8_t>(i + 1);
      how.destination[i] = static_cast<uint8_t>(100 + i);
    }
    how.ttl = 77;
    how.traffic_class = 0x2e;
    how.flow_label = 0x54321;
    const Bytes plain = frame(100 + kind, (kind & 16) != 0, kind % 2);
    const base::PacketPtr taken = packet(plain);
    const uint8_t* payload = taken->data() + plain.size() - 1;
    const ProtectedFrame done = protect_packet(*taken, how);
    ASSERT_EQ(done.error, TransformError::kNone) << kind;
    EXPECT_EQ(taken->size(), plain.size() + how.overhead_bytes());
    EXPECT_EQ(taken->data() + taken->size() - 17, payload) << "the payload has not moved";
    std::fill_n(taken->data() + taken->size() - 16, 16, uint8_t{0});
    EXPECT_EQ(pspnic::test::to_bytes(taken->bytes()), expected(plain, how, source_port(taken->bytes())))
        << kind;
    EXPECT_TRUE(done.psp.valid());
    EXPECT_EQ(net::load_be32(taken->data() + done.psp_offset + psp::kSpiOffset), sa_.spi);
    EXPECT_EQ(done.psp.aad_bytes + done.psp.text_bytes + psp::kIcvBytes, taken->size() - done.psp_offset);
  }
}

TEST_F(ProtectTest, TheSourcePortIsTheFlowsWithinTheRange) {
  Encapsulation how;
  how.first_port = 2000;
  how.last_port = 2003;
  const auto port_of = [&](uint8_t source) {
    Bytes plain = frame(50);
    plain[29] = source;
    const base::PacketPtr taken = packet(plain);
    EXPECT_EQ(protect_packet(*taken, how).error, TransformError::kNone);
    return source_port(taken->bytes());
  };
  std::array<unsigned, 4> seen{};
  for (unsigned source = 0; source < 200; ++source) {
    const uint16_t port = port_of(static_cast<uint8_t>(source));
    ASSERT_GE(port, 2000);
    ASSERT_LE(port, 2003);
    ASSERT_EQ(port, port_of(static_cast<uint8_t>(source))) << "constant per flow";
    seen[port - 2000u]++;
  }
  for (const unsigned count : seen) EXPECT_GT(count, 20u);
  how.last_port = how.first_port = 4711;
  EXPECT_EQ(port_of(9), 4711);
}

TEST_F(ProtectTest, TheMtuIsThatOfTheEncapsulatedFrame) {
  const Encapsulation how;
  const size_t headers = frame(0).size();
  const size_t most = kMaxFrame - how.overhead_bytes() - headers;
  const base::PacketPtr fits = packet(frame(most));
  EXPECT_EQ(protect_packet(*fits, how).error, TransformError::kNone);
  EXPECT_EQ(fits->size(), kMaxFrame);
  const base::PacketPtr too_long = packet(frame(most + 1));
  EXPECT_EQ(protect_packet(*too_long, how).error, TransformError::kProtectedTooLong);
  EXPECT_EQ(rule_of(TransformError::kProtectedTooLong), base::DriverRule::kCount) << "the device adds it";
}

TEST_F(ProtectTest, WhatPspCannotGoAroundIsRefused) {
  Encapsulation how;
  Bytes arp(60, 1);
  arp[12] = 8;
  arp[13] = 6;
  EXPECT_EQ(protect_packet(*packet(arp), how).error, TransformError::kNotProtected);
  Bytes fragment = frame(50);
  fragment[20] = 0x20;  // more fragments
  EXPECT_EQ(protect_packet(*packet(fragment), how).error, TransformError::kNotProtected);
  how.mode = Mode::kTunnelV4;
  EXPECT_EQ(protect_packet(*packet(fragment), how).error, TransformError::kNone) << "in a tunnel it can";
  how.mode = Mode::kTransport;
  how.crypt_offset = 6;  // 24 bytes, TCP has 20
  EXPECT_EQ(protect_packet(*packet(frame(3)), how).error, TransformError::kNotProtected);
  EXPECT_EQ(protect_packet(*packet(frame(4)), how).error, TransformError::kNone);
}

TEST_F(ProtectTest, PaddingDoesNotTravel) {
  Bytes padded = frame(2);
  const size_t real = padded.size();
  padded.resize(60, 0xee);
  const Encapsulation how;
  const base::PacketPtr taken = packet(padded);
  EXPECT_EQ(protect_packet(*taken, how).error, TransformError::kNone);
  EXPECT_EQ(taken->size(), real + how.overhead_bytes());
}

}  // namespace
}  // namespace pspnic::tx
