// SPDX-License-Identifier: Apache-2.0
// However a frame is cut into descriptors, the same bytes leave; plain and PSP packets of a queue keep their
// order.
#include <gtest/gtest.h>

#include "testbench/tests/model/tx/flow_shapes.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using pspnic::test::Bytes;
using pspnic::test::TcpFlow;
using pspnic::test::TxBench;

class ScatterTest : public testing::Test {
 protected:
  static constexpr uint16_t kTag = 3;

  void add_sa(const TcpFlow& flow) {
    const auto version = static_cast<psp::Version>(flow.version);
    bench_.sas.write(1, {flow.spi, version, kTag, pspnic::test::session_key(version, 9)}, 1 * base::kSec);
  }
  void put_context(const TcpFlow& flow, uint16_t mss) {
    const auto header_length = static_cast<uint8_t>(flow.header_bytes());
    if (!flow.psp) {
      if (mss != 0) bench_.put(0, queue::test::tso(mss, header_length));
      return;
    }
    idpf::PspContextDescriptor context = queue::test::psp(1, kTag);
    if (mss != 0) context.command = idpf::kContextTso;
    context.mss = mss;
    context.header_length = header_length;
    bench_.put(0, queue::test::encode(context));
  }
  // What left, decrypted, IVs and ICVs zeroed.
  std::vector<Bytes> sent(const TcpFlow& flow) {
    std::vector<Bytes> all;
    for (const auto& frame : bench_.port.frames) {
      all.push_back(frame.bytes);
      if (!flow.psp) continue;
      const std::span<uint8_t> packet = std::span(all.back()).subspan(flow.psp_offset());
      const auto version = static_cast<psp::Version>(flow.version);
      EXPECT_TRUE(psp::open(bench_.aead, pspnic::test::session_key(version, 9), packet));
      std::fill_n(packet.begin() + psp::kIvOffset, 8, uint8_t{0});
      std::fill(all.back().end() - 16, all.back().end(), uint8_t{0});
    }
    return all;
  }
  std::vector<Bytes> send(const TcpFlow& flow, const Bytes& frame, uint16_t mss,
                          const std::vector<size_t>& cuts) {
    bench_.port.frames.clear();
    put_context(flow, mss);
    bench_.put_frame(0, frame, 5, cuts);
    bench_.ring(0);
    bench_.run();
    return sent(flow);
  }
  static std::vector<Bytes> expected(const TcpFlow& flow, const Bytes& payload, uint16_t mss) {
    std::vector<Bytes> all = pspnic::test::segments(flow, payload, mss);
    for (Bytes& each : all) each.resize(std::max<size_t>(each.size(), 60));
    return all;
  }

  TxBench bench_;
  std::mt19937 random_{7};
};

TEST_F(ScatterTest, EveryBoundary) {
  for (unsigned kind = 0; kind < 8; ++kind) {
    TcpFlow flow;
    flow.psp = (kind & 1) != 0;
    flow.udp = (kind & 2) != 0;
    flow.tunnel = flow.psp && (kind & 4) != 0;
    flow.outer_v6 = (kind & 4) != 0;
    flow.vlan_tags = kind % 3;
    if (flow.psp) add_sa(flow);
    const Bytes payload = pspnic::test::random_bytes(random_, 50);
    const Bytes frame = pspnic::test::tso_template(flow, payload);
    const std::vector<Bytes> wanted = expected(flow, payload, 20);
    for (size_t cut = 1; cut < frame.size(); ++cut) {
      ASSERT_EQ(send(flow, frame, 20, {cut}), wanted) << kind << ", cut at " << cut;
    }
  }
}

TEST_F(ScatterTest, PiecesOfOneByte) {
  TcpFlow flow;
  flow.psp = true;
  add_sa(flow);
  const Bytes payload = pspnic::test::random_bytes(random_, 40);
  const Bytes frame = pspnic::test::tso_template(flow, payload);
  const std::vector<Bytes> wanted = expected(flow, payload, 15);
  // 47 pieces of one byte and one of the rest is what a packet may have.
  for (size_t first = 1; first + 46 < frame.size(); first += 9) {
    std::vector<size_t> cuts;
    for (size_t i = 0; i < 47; ++i) cuts.push_back(first + i);
    ASSERT_EQ(send(flow, frame, 15, cuts), wanted) << "from " << first;
  }
}

TEST_F(ScatterTest, RandomPieces) {
  for (unsigned i = 0; i < 400; ++i) {
    const TcpFlow flow = pspnic::test::random_flow(random_);
    if (flow.psp) add_sa(flow);
    const Bytes payload = pspnic::test::random_bytes(random_, 1 + random_() % 5000);
    const auto mss = static_cast<uint16_t>(40 + random_() % 1400);
    const Bytes frame = pspnic::test::tso_template(flow, payload);
    std::vector<size_t> cuts(random_() % 47);
    for (size_t& cut : cuts) cut = 1 + random_() % (frame.size() - 1);
    ASSERT_EQ(send(flow, frame, mss, cuts), expected(flow, payload, mss)) << i;
  }
}

// One after another as they were posted, whatever each needs of the device.
TEST_F(ScatterTest, PlainAndPspPacketsKeepTheirOrder) {
  TcpFlow psp;
  psp.psp = true;
  psp.icv_room = false;
  TcpFlow plain;
  add_sa(psp);
  unsigned serial = 0;
  for (unsigned round = 0; round < 30; ++round) {
    bench_.port.frames.clear();
    const unsigned first = serial;
    for (unsigned i = 0; i < 20; ++i, ++serial) {
      const bool sealed = random_() % 2 != 0;
      TcpFlow& flow = sealed ? psp : plain;
      flow.ip_id = static_cast<uint16_t>(serial);  // stays in clear
      const size_t bytes = random_() % 1300;
      put_context(flow, 0);
      bench_.put_frame(0, pspnic::test::segment(flow, Bytes(bytes, 1), 0, 0, bytes, true, true), 1);
    }
    bench_.ring(0);
    bench_.run();
    ASSERT_EQ(bench_.port.frames.size(), 20u);
    for (unsigned i = 0; i < 20; ++i) {
      const Bytes& frame = bench_.port.frames[i].bytes;
      EXPECT_EQ(frame[18] * 256u + frame[19], (first + i) & 0xffff);
    }
  }
}

}  // namespace
}  // namespace pspnic::tx
