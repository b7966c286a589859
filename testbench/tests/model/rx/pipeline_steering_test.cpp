// SPDX-License-Identifier: Apache-2.0
// Which queue a PSP packet of a driver's own SAs goes to.
#include <gtest/gtest.h>

#include "testbench/tests/model/rx/rx_bench.h"

namespace pspnic::rx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::RxBench;
using pspnic::test::TcpFlow;

class RxPspSteeringTest : public testing::Test {
 protected:
  // RSS over both queues; the second has no PSP flag unless `both`.
  void configure(const PspReceive& config) {
    VportFilter filter;
    filter.enabled = true;
    filter.addresses = {net::MacAddress{{2, 0, 0, 0, 0, 2}}};
    filter.rss_types = 0xff;
    for (size_t i = 0; i < filter.rss_key.size(); ++i) filter.rss_key[i] = static_cast<uint8_t>(7 * i + 1);
    filter.rss_queues = {0, 1};
    filter.rx_queues = {0, 1};
    bench_.pipeline.configure_vport(0, filter);
    bench_.pipeline.configure_psp(config);
  }
  // Inner ports differ, the outer flow is one.
  Bytes packet(uint16_t inner_port, std::optional<uint64_t> cookie = {}) {
    TcpFlow flow = RxBench::psp_flow();
    flow.vc = cookie.has_value();
    Bytes frame = RxBench::clear(flow, 40, ++iv_);
    const size_t header = flow.psp_offset() + psp::kHeaderBytes;
    if (cookie) net::store_be64(&frame[header], *cookie);
    net::store_be16(&frame[header + (cookie ? psp::kVcBytes : 0)], inner_port);
    const psp::SessionKey key = bench_.keys.derive(flow.spi, psp::Version::kAesGcm128);
    EXPECT_TRUE(psp::seal(*bench_.aead, key, std::span(frame).subspan(flow.psp_offset())));
    return frame;
  }
  // How many of 64 inner flows reach each queue.
  std::array<size_t, 2> spread() {
    for (uint16_t port = 1; port <= 64; ++port) {
      bench_.receive(packet(port));
      bench_.run();
    }
    EXPECT_TRUE(bench_.balanced());
    return {bench_.received(0).size(), bench_.received(1).size()};
  }

  RxBench bench_;
  uint64_t iv_ = 0;
};

TEST_F(RxPspSteeringTest, OuterHeadersKeepAnOuterFlowTogether) {
  configure({.versions = 0xf});
  const auto queues = spread();
  EXPECT_TRUE(queues[0] == 64 || queues[1] == 64);
}

TEST_F(RxPspSteeringTest, InnerHeadersSpreadAndAQueueWithoutTheFlagGetsNothing) {
  configure({.versions = 0xf, .rss_inner = true});
  const auto queues = spread();
  EXPECT_GT(queues[0], 10u);
  EXPECT_EQ(queues[1], 0u) << "no PSP flag";
  EXPECT_EQ(bench_.drop(DropReason::kRxPspNoQueue), 64 - queues[0]);
  EXPECT_EQ(bench_.pipeline.stats().psp_packets.value(), 64u);
}

TEST_F(RxPspSteeringTest, ACookieNamesTheQueueIfThatTakesPsp) {
  configure({.versions = 0xf, .rss_inner = true, .vc_steering = true});
  uint64_t to_first = 0;
  for (uint16_t port = 1; port <= 32; ++port) {
    bench_.receive(packet(port, 0xabcd'0000));  // queue 0
    bench_.run();
    to_first += bench_.received(0).size();
  }
  EXPECT_EQ(to_first, 32u);
  // Of a queue without the flag, one that is not there, or none, RSS decides.
  uint64_t delivered = 0;
  for (const uint64_t cookie : {0xabcd'0001, 0xabcd'0002, 0xabcd'ffff}) {
    for (uint16_t port = 1; port <= 32; ++port) {
      bench_.receive(packet(port, cookie));
      bench_.run();
      delivered += bench_.received(0).size();
    }
  }
  EXPECT_GT(delivered, 10u);
  EXPECT_EQ(delivered + bench_.drop(DropReason::kRxPspNoQueue), 96u);
  EXPECT_TRUE(bench_.received(1).empty());
}

TEST_F(RxPspSteeringTest, AForgedCookieSteersNothing) {
  configure({.versions = 0xf, .rss_inner = true, .vc_steering = true});
  Bytes frame = packet(1, 0xabcd'0000);
  frame[RxBench::psp_flow().psp_offset() + psp::kHeaderBytes + 7] ^= 1;
  bench_.receive(frame);
  bench_.run();
  EXPECT_EQ(bench_.drop(DropReason::kRxPspAuthFail), 1u);
}

}  // namespace
}  // namespace pspnic::rx
