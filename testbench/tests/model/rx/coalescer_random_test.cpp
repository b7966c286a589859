// SPDX-License-Identifier: Apache-2.0
// Random traffic against a plain statement of what coalescing must not change: each flow's payloads come in
// the order in which they were sent, packets of different origin never share a frame, no limit is passed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <random>

#include "model/psp/encapsulate.h"
#include "model/rx/coalescer.h"
#include "testbench/tests/model/rx/gro_bench.h"

namespace pspnic::rx {
namespace {

using pspnic::test::Bytes;
using pspnic::test::GroBench;
using pspnic::test::GroPacket;

// How a packet came: what must be equal in a frame. Written into each payload.
struct Origin {
  bool psp = false;
  uint32_t spi = 0;  // bit 31: the device key, so its generation
};
constexpr std::array<Origin, 4> kOrigins{
    {{false, 0}, {true, 0x00000007}, {true, 0x80000007}, {true, 0x00000008}}};

constexpr size_t kTagBytes = 6;  // origin, flow, four of number

Bytes payload_of(uint8_t origin, uint8_t flow, uint32_t number, size_t bytes) {
  Bytes payload(std::max(bytes, kTagBytes), static_cast<uint8_t>(number * 7 + flow));
  payload[0] = origin;
  payload[1] = flow;
  net::store_be32(&payload[2], number);
  return payload;
}

class Traffic {
 public:
  Traffic(GroBench& bench, uint32_t seed, unsigned flows) : bench_(bench), random_(seed), flows_(flows) {
    for (unsigned i = 0; i < flows; ++i) {
      flows_[i].packet.source_port = static_cast<uint16_t>(3000 + i);
      flows_[i].packet.v6 = i % 3 == 2;
      flows_[i].packet.sequence = 0xfffff000;
    }
  }

  void send_one() {
    const auto number = static_cast<uint8_t>(pick(static_cast<unsigned>(flows_.size())));
    Flow& flow = flows_[number];
    GroPacket& packet = flow.packet;
    if (pick(40) == 0) flow.origin = static_cast<uint8_t>(pick(kOrigins.size()));
    packet.psp = kOrigins[flow.origin].psp;
    packet.spi = kOrigins[flow.origin].spi;
    const bool is_short = pick(12) == 0;
    packet.payload = payload_of(flow.origin, number, flow.sent++, is_short ? 20 + pick(80) : 200);
    packet.flags = 0x10;
    if (pick(15) == 0) packet.flags |= 0x08;
    if (pick(40) == 0) packet.flags |= static_cast<uint8_t>(1u << pick(8));
    if (pick(40) == 0) packet.sequence += 1000;
    if (pick(40) == 0) packet.window ^= 1;
    if (pick(10) == 0) packet.ts_value++;
    if (pick(50) == 0) packet.tos ^= 1;
    packet.bad_tcp_checksum = pick(50) == 0;
    packet.ip_option = !packet.psp && pick(50) == 0;
    bench_.receive(packet);
    flow.expected[packet.psp ? 1 : 0].push_back(packet.payload);
    packet.sequence += static_cast<uint32_t>(packet.payload.size());
  }

  // Compares a frame with what was sent, and forgets that.
  void check(const GroBench::Received& frame, const GroParams& params) {
    const bool psp = frame.completion.psp_status == idpf::PspRxStatus::kOk;
    const bool stripped = (frame.completion.status0 & idpf::kRxPspStripped) != 0;
    Bytes plain = frame.bytes;
    if (psp && !stripped) plain = without_psp(frame);
    const net::Parsed parsed = net::parse_frame(plain);
    ASSERT_TRUE(parsed.ok() && parsed.l4 == net::L4::kTcp);
    const Bytes payload(plain.begin() + parsed.payload_offset, plain.begin() + parsed.ip_end);
    const size_t step = frame.completion.rsc ? frame.completion.raw_csum : payload.size();
    ASSERT_GE(step, kTagBytes);
    const size_t segments = (payload.size() + step - 1) / step;
    EXPECT_LE(segments, params.limit_segments);
    EXPECT_LE(frame.bytes.size() - 14, params.limit_bytes + (frame.completion.rsc ? 0u : 1500u));
    EXPECT_EQ(frame.completion.rsc, segments > 1);
    if (frame.completion.rsc) {
      EXPECT_EQ(net::check_l4_checksum(plain, parsed), net::L4Checksum::kGood);
      EXPECT_TRUE(parsed.ip_checksum_ok);
    }
    most_ = std::max(most_, segments);
    for (size_t i = 0; i < segments; ++i) {
      const Bytes piece(payload.begin() + static_cast<ptrdiff_t>(i * step),
                        payload.begin() + static_cast<ptrdiff_t>(std::min((i + 1) * step, payload.size())));
      take(piece, frame.completion);
    }
  }

  bool all_came() const {
    return std::all_of(flows_.begin(), flows_.end(),
                       [](const Flow& flow) { return flow.expected[0].empty() && flow.expected[1].empty(); });
  }
  size_t most() const { return most_; }
  unsigned pick(size_t below) { return static_cast<unsigned>(random_() % below); }

 private:
  struct Flow {
    GroPacket packet;
    uint8_t origin = 0;
    uint32_t sent = 0;
    // In clear, PSP: what is in clear overtakes what is in the lanes.
    std::array<std::deque<Bytes>, 2> expected;
  };

  static Bytes without_psp(const GroBench::Received& frame) {
    Bytes copy = frame.bytes;
    psp::FrameBuffer buffer{copy, 0, copy.size()};
    const bool merged = frame.completion.rsc;
    EXPECT_EQ(psp::decapsulate(buffer, merged ? psp::IcvState::kStripped : psp::IcvState::kInFrame),
              psp::EncapStatus::kOk);
    return pspnic::test::to_bytes(buffer.frame());
  }

  void take(const Bytes& piece, const idpf::RxCompletion& completion) {
    ASSERT_GE(piece.size(), kTagBytes);
    ASSERT_LT(piece[1], flows_.size());
    Flow& flow = flows_[piece[1]];
    const Origin& origin = kOrigins[piece[0]];
    std::deque<Bytes>& expected = flow.expected[origin.psp ? 1 : 0];
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(piece, expected.front()) << "order or bytes of flow " << int{piece[1]};
    expected.pop_front();
    EXPECT_EQ(completion.psp_status == idpf::PspRxStatus::kOk, origin.psp);
    if (!origin.psp) return;
    EXPECT_EQ(completion.psp_spi, origin.spi);
    EXPECT_EQ(completion.psp_generation, 10 + (origin.spi >> 31));
  }

  GroBench& bench_;
  std::mt19937 random_;
  std::vector<Flow> flows_;
  size_t most_ = 0;
};

void run(uint32_t seed, bool strip, GroParams::Miss miss, uint16_t split) {
  GroParams params;
  params.contexts = 8;
  params.ways = 2;
  params.miss = miss;
  params.timeout.ps = 3'000'000;
  params.limit_segments = 6;
  params.limit_bytes = 1400;
  GroBench bench(params, idpf::kRscIpv4Tcp | idpf::kRscIpv6Tcp, split);
  bench.pipeline.configure_psp({.versions = 0xf, .strip_headers = strip});
  Traffic traffic(bench, seed, 3 + seed % 12);
  for (int burst = 0; burst < 150; ++burst) {
    for (unsigned i = traffic.pick(20); i > 0; --i) traffic.send_one();
    bench.run_for(traffic.pick(4) == 0 ? 4'000'000 : 100'000);
    for (const auto& frame : bench.frames(0)) traffic.check(frame, params);
    if (testing::Test::HasFailure()) return;
  }
  bench.run();
  for (const auto& frame : bench.frames(0)) traffic.check(frame, params);
  EXPECT_TRUE(traffic.all_came());
  EXPECT_TRUE(bench.balanced());
  EXPECT_GT(traffic.most(), 3u) << "or the test says nothing";
  EXPECT_EQ(bench.gro().contexts.value(), 0u);
  EXPECT_EQ(bench.gro().held.value(), 0u);
}

class CoalescerRandom : public testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, CoalescerRandom, testing::Range(1u, 25u));

TEST_P(CoalescerRandom, OrderOriginAndLimitsAreKept) {
  const uint32_t seed = GetParam();
  run(seed, seed % 2 == 0, seed % 3 == 0 ? GroParams::Miss::kPass : GroParams::Miss::kEvict,
      seed % 5 == 0 ? 256 : 0);
}

}  // namespace
}  // namespace pspnic::rx
