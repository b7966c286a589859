// SPDX-License-Identifier: Apache-2.0
// The device writes IV, lengths, checksums and ICV into a driver's PSP packet, encrypts what Crypt Offset
// says, and leaves every other bit as it is: random packets of all shapes, from the descriptors to the wire.
#include <gtest/gtest.h>

#include "testbench/tests/model/tx/flow_shapes.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using pspnic::test::Bytes;
using pspnic::test::TcpFlow;
using pspnic::test::TxBench;
using pspnic::test::TxSettings;

constexpr size_t kIcv = 16;

class UntouchedTest : public testing::Test {
 protected:
  static constexpr uint16_t kTag = 3;

  void send(TxBench& bench, const TcpFlow& flow, const Bytes& frame, bool checksum) {
    const auto version = static_cast<psp::Version>(flow.version);
    bench.sas.write(1, {flow.spi, version, kTag, pspnic::test::session_key(version, 9)}, 1 * base::kSec);
    bench.put(0, queue::test::encode(queue::test::psp(1, kTag)));
    if (buffer_ == 0) buffer_ = bench.memory.allocate(4096);
    std::copy(frame.begin(), frame.end(), bench.memory.at(buffer_, frame.size()).begin());
    idpf::FlowDataDescriptor data{.buffer_address = buffer_, .eop = true, .cs_en = checksum};
    data.buffer_size = static_cast<uint16_t>(frame.size());
    bench.put(0, queue::test::encode(data));
    bench.port.frames.clear();
    bench.ring(0);
    bench.run();
  }
  // Bytes of the frame that the device may write, of those in front of what it seals and of the IV.
  static std::vector<bool> writable(const TcpFlow& flow, const Bytes& frame, bool checksum) {
    std::vector<bool> allowed(frame.size());
    const auto allow = [&allowed](size_t at, size_t count) {
      std::fill_n(allowed.begin() + static_cast<ptrdiff_t>(at), count, true);
    };
    const size_t l3 = 14 + 4 * flow.vlan_tags;
    const auto allow_ip = [&](size_t at, bool v6) {
      allow(at + (v6 ? 4 : 2), 2);
      if (!v6) allow(at + 10, 2);
    };
    allow_ip(l3, flow.outer_v6);
    allow(flow.psp_offset() - 4, 4);  // length and checksum of UDP
    allow(flow.psp_offset() + 8, 8);  // IV
    if (!checksum) return allowed;
    const size_t l4 = flow.header_bytes() - (flow.udp ? 8 : 20 + flow.tcp_options.size());
    allow(l4 + (flow.udp ? 6 : 16), 2);
    const size_t inner = flow.psp_offset() + 16 + (flow.vc ? 8 : 0) + flow.psp_extension.size();
    if (flow.tunnel && !flow.inner_v6) allow(inner + 10, 2);
    return allowed;
  }
  std::mt19937 random_{31};
  uint64_t buffer_ = 0;
};

TEST_F(UntouchedTest, OnlyWhatTheDeviceMustWriteChanges) {
  TxBench bench;
  unsigned cases = 0;
  for (unsigned i = 0; i < 8000; ++i) {
    TcpFlow flow = pspnic::test::random_flow(random_, 600);
    if (!flow.psp) continue;
    flow.icv_room = false;
    const Bytes payload = pspnic::test::random_bytes(random_, random_() % 300);
    Bytes frame = pspnic::test::segment(flow, payload, 0, 0, payload.size(), true, true);
    const size_t psp = flow.psp_offset();
    frame[psp + 2] = static_cast<uint8_t>(frame[psp + 2] | random_() % 4 << 6);  // R
    for (const size_t at : {6, 7, 8, 9, 10, 11}) frame[at] = static_cast<uint8_t>(random_());
    const bool checksum = i % 2 == 0;
    send(bench, flow, frame, checksum);
    ASSERT_EQ(bench.port.frames.size(), 1u) << i;
    Bytes seen = bench.port.frames[0].bytes;
    ASSERT_EQ(seen.size(), frame.size() + kIcv);
    const auto version = static_cast<psp::Version>(flow.version);
    const size_t clear = psp::is_gmac(version) ? frame.size() : psp + 16 + 4u * flow.crypt_offset;
    const bool encrypts = frame.size() >= clear + 16;
    if (encrypts) {
      EXPECT_FALSE(std::equal(frame.begin() + static_cast<ptrdiff_t>(clear), frame.end(),
                              seen.begin() + static_cast<ptrdiff_t>(clear)));
    }
    ASSERT_TRUE(psp::open(bench.aead, pspnic::test::session_key(version, 9), std::span(seen).subspan(psp)));
    const std::vector<bool> allowed = writable(flow, frame, checksum);
    for (size_t at = 0; at < frame.size(); ++at) {
      if (!allowed[at]) {
        ASSERT_EQ(seen[at], frame[at]) << "case " << i << ", byte " << at << ", PSP at " << psp;
      }
    }
    ++cases;
  }
  EXPECT_GE(cases, 5000u);
}

// The right values, not just the right places: the frame as the reference builds it with room for the ICV.
TEST_F(UntouchedTest, WhatItWritesIsRight) {
  TxBench bench;
  for (unsigned i = 0; i < 8000; ++i) {
    TcpFlow flow = pspnic::test::random_flow(random_, 600);
    if (!flow.psp) continue;
    const Bytes payload = pspnic::test::random_bytes(random_, random_() % 300);
    const Bytes expected = pspnic::test::segment(flow, payload, 0, 0, payload.size(), true, true);
    flow.icv_room = false;
    Bytes frame = pspnic::test::segment(flow, payload, 0, 0, payload.size(), true, true);
    const size_t l4 = flow.header_bytes() - (flow.udp ? 8 : 20 + flow.tcp_options.size());
    frame[l4 + (flow.udp ? 6 : 16)] ^= 0x5a;  // the checksum that it is asked for
    frame[flow.psp_offset() - 1] = 0x77;      // an outer UDP checksum of the driver's
    send(bench, flow, frame, true);
    ASSERT_EQ(bench.port.frames.size(), 1u) << i;
    Bytes seen = bench.port.frames[0].bytes;
    const std::span<uint8_t> packet = std::span(seen).subspan(flow.psp_offset());
    ASSERT_TRUE(
        psp::open(bench.aead, pspnic::test::session_key(static_cast<psp::Version>(flow.version), 9), packet));
    std::fill_n(packet.begin() + 8, 8, uint8_t{0});
    std::fill(seen.end() - kIcv, seen.end(), uint8_t{0});
    ASSERT_EQ(seen, expected) << i;
  }
}

uint16_t plain_sum(const Bytes& bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) sum += uint64_t{bytes[i]} << (i % 2 == 0 ? 8 : 0);
  while (sum > 0xffff) sum = (sum >> 16) + (sum & 0xffff);
  return static_cast<uint16_t>(sum);
}

// nic.tx.udp_checksum=valid: over the ciphertext and the ICV, never 0.
TEST_F(UntouchedTest, AValidUdpChecksumIsOneOverTheCiphertext) {
  TxSettings settings;
  settings.tx.udp_checksum = TxParams::UdpChecksum::kValid;
  TxBench bench(settings);
  for (unsigned i = 0; i < 3000; ++i) {
    TcpFlow flow = pspnic::test::random_flow(random_, 600);
    if (!flow.psp) continue;
    flow.icv_room = false;
    const Bytes payload = pspnic::test::random_bytes(random_, random_() % 300);
    send(bench, flow, pspnic::test::segment(flow, payload, 0, 0, payload.size(), true, true), true);
    ASSERT_EQ(bench.port.frames.size(), 1u);
    Bytes seen = bench.port.frames[0].bytes;
    const size_t udp = flow.psp_offset() - 8;
    const size_t ip = 14 + 4 * flow.vlan_tags;
    Bytes covered(seen.begin() + static_cast<ptrdiff_t>(udp), seen.end());
    const auto length = static_cast<uint16_t>(covered.size());
    covered.resize(covered.size() + covered.size() % 2);
    const size_t addresses = ip + (flow.outer_v6 ? 8 : 12);
    covered.insert(covered.end(), seen.begin() + static_cast<ptrdiff_t>(addresses),
                   seen.begin() + static_cast<ptrdiff_t>(addresses + (flow.outer_v6 ? 32 : 8)));
    covered.insert(covered.end(), {0, 17, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)});
    EXPECT_EQ(plain_sum(covered), 0xffff) << i;
    EXPECT_TRUE(seen[udp + 6] != 0 || seen[udp + 7] != 0);
    ASSERT_TRUE(psp::open(bench.aead, pspnic::test::session_key(static_cast<psp::Version>(flow.version), 9),
                          std::span(seen).subspan(udp + 8)));
  }
}

}  // namespace
}  // namespace pspnic::tx
