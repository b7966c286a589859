// SPDX-License-Identifier: Apache-2.0
// Checksums and segmentation by the card, looked at with arithmetic of this file's own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "model/net/bytes.h"
#include "model/net/segment.h"
#include "testbench/tests/testbench/dpdk/ports.h"

namespace pspnic::dpdk {
namespace {

using Frame = std::vector<uint8_t>;

constexpr size_t kIp = 14;
constexpr size_t kL4 = kIp + 20;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint64_t kTxOffloads = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
                                 RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO |
                                 RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
constexpr uint64_t kRxOffloads =
    RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;

uint32_t sum_words(const uint8_t* bytes, size_t count) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += i % 2 == 0 ? uint32_t{bytes[i]} << 8 : bytes[i];
  return sum;
}

uint16_t fold(uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

uint32_t pseudo_header(const Frame& frame, size_t l4_bytes) {
  return sum_words(&frame[kIp + 12], 8) + frame[kIp + 9] + static_cast<uint32_t>(l4_bytes);
}

size_t l4_bytes(const Frame& frame) {
  return net::load_be16(&frame[kIp + 2]) - 20u;
}

bool ip_checksum_right(const Frame& frame) {
  return fold(sum_words(&frame[kIp], 20)) == 0;
}

bool l4_checksum_right(const Frame& frame) {
  return fold(pseudo_header(frame, l4_bytes(frame)) + sum_words(&frame[kL4], l4_bytes(frame))) == 0;
}

size_t checksum_offset(uint8_t protocol) {
  return kL4 + (protocol == kTcp ? 16 : 6);
}

// Checksums are zero. For TCP 20 bytes of header, for UDP 8.
Frame make_frame(Ports& ports, uint8_t protocol, size_t payload, unsigned salt) {
  const size_t header = protocol == kTcp ? 20 : 8;
  Frame frame(kL4 + header + payload);
  std::memcpy(&frame[0], ports[kB].mac().addr_bytes, 6);
  std::memcpy(&frame[6], ports[kA].mac().addr_bytes, 6);
  net::store_be16(&frame[12], 0x0800);
  frame[kIp] = 0x45;
  net::store_be16(&frame[kIp + 2], static_cast<uint16_t>(std::min<size_t>(frame.size() - kIp, 65535)));
  net::store_be16(&frame[kIp + 4], static_cast<uint16_t>(0xfff0 + salt));
  frame[kIp + 8] = 64;
  frame[kIp + 9] = protocol;
  net::store_be32(&frame[kIp + 12], 0xc0000201);
  net::store_be32(&frame[kIp + 16], 0xc0000202);
  net::store_be16(&frame[kL4], static_cast<uint16_t>(20000 + salt));
  net::store_be16(&frame[kL4 + 2], 5001);
  if (protocol == kTcp) {
    net::store_be32(&frame[kL4 + 4], 0xffff'f000);  // wraps within the payload
    frame[kL4 + 12] = 0x50;
    frame[kL4 + 13] = 0x19;  // FIN, PSH, ACK
  } else {
    net::store_be16(&frame[kL4 + 4], static_cast<uint16_t>(header + payload));
  }
  for (size_t i = 0; i < payload; ++i) {
    frame[kL4 + header + i] = static_cast<uint8_t>(i * 13 + (i >> 8) * 7 + salt);
  }
  return frame;
}

void fill_checksums(Frame& frame) {
  net::store_be16(&frame[kIp + 10], fold(sum_words(&frame[kIp], 20)));
  const uint32_t sum = pseudo_header(frame, l4_bytes(frame)) + sum_words(&frame[kL4], l4_bytes(frame));
  net::store_be16(&frame[checksum_offset(frame[kIp + 9])], fold(sum));
}

// What an application leaves in the L4 checksum for the hardware: the sum over the pseudo header, for TSO
// without the length.
void fill_pseudo_sum(Frame& frame, bool tso) {
  const uint16_t sum = fold(pseudo_header(frame, tso ? 0 : l4_bytes(frame)));
  net::store_be16(&frame[checksum_offset(frame[kIp + 9])], static_cast<uint16_t>(~sum));
}

// A frame as a chain of buffers of at most `piece` bytes.
rte_mbuf* to_mbuf(const Frame& frame, rte_mempool* pool, size_t piece) {
  rte_mbuf* head = nullptr;
  for (size_t at = 0; at < frame.size(); at += piece) {
    const size_t bytes = std::min(piece, frame.size() - at);
    rte_mbuf* part = rte_pktmbuf_alloc(pool);
    std::memcpy(rte_pktmbuf_append(part, static_cast<uint16_t>(bytes)), &frame[at], bytes);
    if (head == nullptr) {
      head = part;
    } else {
      EXPECT_EQ(rte_pktmbuf_chain(head, part), 0);
    }
  }
  head->l2_len = 14;
  head->l3_len = 20;
  return head;
}

struct Received {
  Frame frame;
  uint64_t flags;
};

std::vector<Received> receive_all(DpdkBench& bench, Port& port) {
  std::vector<Received> all;
  for (unsigned idle = 0; idle < 200;) {
    rte_mbuf* packets[Port::kMaxBurst];
    const unsigned count = port.receive(0, packets);
    for (unsigned i = 0; i < count; ++i) {
      const auto* bytes = rte_pktmbuf_mtod(packets[i], const uint8_t*);
      all.push_back({Frame(bytes, bytes + rte_pktmbuf_data_len(packets[i])), packets[i]->ol_flags});
    }
    rte_pktmbuf_free_bulk(packets, count);
    idle = count == 0 ? idle + 1 : 0;
    bench.wait_for(base::kUs);
  }
  return all;
}

class Offload : public testing::TestWithParam<Mode> {
 protected:
  // Runs `test` with both ports started.
  template <class Test>
  void run(const Test& test, BenchOptions options = {}) {
    options.arguments.fill(GetParam().arguments);
    DpdkBench bench("bench", options);
    bench.run([&] {
      const Pool pool = make_pool("packets", 8191, 16000);
      Ports ports;
      ports.start({.mtu = kJumboMtu, .rx_offloads = kRxOffloads, .tx_offloads = kTxOffloads}, pool.get());
      test(bench, ports, pool.get());
      ports.stop();
    });
    expect_clean(bench);
  }
};

TEST_P(Offload, ChecksumsAreFilledIn) {
  run([](DpdkBench& bench, Ports& ports, rte_mempool* pool) {
    for (const uint8_t protocol : {kTcp, kUdp}) {
      for (const size_t payload : {18u, 19u, 777u, 1400u}) {
        Frame frame = make_frame(ports, protocol, payload, 3);
        fill_pseudo_sum(frame, false);
        rte_mbuf* packet = to_mbuf(frame, pool, 16000);
        packet->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM |
                            (protocol == kTcp ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM);
        packet->l4_len = protocol == kTcp ? 20 : 8;
        ASSERT_EQ(ports[kA].send(0, {&packet, 1}), 1u);
        const std::vector<Received> received = receive_all(bench, ports[kB]);
        ASSERT_EQ(received.size(), 1u);
        fill_pseudo_sum(frame, false);
        net::store_be16(&frame[checksum_offset(protocol)], 0);
        fill_checksums(frame);
        EXPECT_EQ(received[0].frame, frame);
        EXPECT_TRUE(ip_checksum_right(received[0].frame));
        EXPECT_TRUE(l4_checksum_right(received[0].frame));
      }
    }
  });
}

TEST_P(Offload, ReceivedChecksumsAreJudged) {
  run([](DpdkBench& bench, Ports& ports, rte_mempool* pool) {
    for (const uint8_t protocol : {kTcp, kUdp}) {
      for (const bool ip_good : {true, false}) {
        for (const bool l4_good : {true, false}) {
          Frame frame = make_frame(ports, protocol, 300, 9);
          fill_checksums(frame);
          if (!ip_good) frame[kIp + 10] ^= 1;
          if (!l4_good) frame.back() ^= 0x80;
          rte_mbuf* packet = to_mbuf(frame, pool, 16000);
          ASSERT_EQ(ports[kA].send(0, {&packet, 1}), 1u);
          const std::vector<Received> received = receive_all(bench, ports[kB]);
          ASSERT_EQ(received.size(), 1u) << ip_good << l4_good;
          EXPECT_EQ(received[0].frame, frame);
          EXPECT_EQ(received[0].flags & RTE_MBUF_F_RX_IP_CKSUM_MASK,
                    ip_good ? RTE_MBUF_F_RX_IP_CKSUM_GOOD : RTE_MBUF_F_RX_IP_CKSUM_BAD);
          EXPECT_EQ(received[0].flags & RTE_MBUF_F_RX_L4_CKSUM_MASK,
                    l4_good ? RTE_MBUF_F_RX_L4_CKSUM_GOOD : RTE_MBUF_F_RX_L4_CKSUM_BAD)
              << int{protocol} << ip_good << l4_good;
        }
      }
    }
  });
}

// What net::fix_segment_headers() makes of it, in the order of the payload.
std::vector<Frame> reference_segments(const Frame& frame, uint32_t mss) {
  constexpr size_t kHeaders = kL4 + 20;
  const net::SegmentLayout layout{.l3_offset = kIp, .l4_offset = kL4};
  const auto payload = static_cast<uint32_t>(frame.size() - kHeaders);
  std::vector<Frame> segments;
  for (uint32_t i = 0; i < net::segment_count(payload, mss); ++i) {
    const net::SegmentFixup fixup = net::segment_fixup(layout, payload, mss, i);
    Frame segment(frame.begin(), frame.begin() + kHeaders);
    const auto begin = frame.begin() + static_cast<ptrdiff_t>(kHeaders + fixup.payload_offset);
    segment.insert(segment.end(), begin, begin + fixup.payload_bytes);
    net::fix_segment_headers(segment, fixup);
    segments.push_back(std::move(segment));
  }
  return segments;
}

void check_segments(const std::vector<Received>& received, const Frame& frame, uint32_t mss) {
  constexpr size_t kHeaders = kL4 + 20;
  const std::vector<Frame> reference = reference_segments(frame, mss);
  ASSERT_EQ(received.size(), reference.size());
  Frame payload;
  for (size_t i = 0; i < received.size(); ++i) {
    SCOPED_TRACE(i);
    Frame segment = received[i].frame;
    if (segment.size() == 60) segment.resize(std::min(segment.size(), reference[i].size()));  // padding
    EXPECT_EQ(segment, reference[i]);
    // The same without that reference.
    ASSERT_GT(segment.size(), kHeaders);
    EXPECT_EQ(net::load_be16(&segment[kIp + 2]), segment.size() - kIp);
    EXPECT_EQ(net::load_be16(&segment[kIp + 4]), static_cast<uint16_t>(net::load_be16(&frame[kIp + 4]) + i));
    EXPECT_EQ(net::load_be32(&segment[kL4 + 4]),
              static_cast<uint32_t>(net::load_be32(&frame[kL4 + 4]) + payload.size()));
    const bool last = i + 1 == received.size();
    EXPECT_EQ(segment[kL4 + 13], last ? 0x19 : 0x10);
    EXPECT_TRUE(last || segment.size() - kHeaders == mss);
    EXPECT_TRUE(ip_checksum_right(segment));
    EXPECT_TRUE(l4_checksum_right(segment));
    payload.insert(payload.end(), segment.begin() + kHeaders, segment.end());
  }
  EXPECT_EQ(payload, Frame(frame.begin() + kHeaders, frame.end()));
}

// One buffer: the driver's descriptor has 14 bits for its length.
TEST_P(Offload, LargeFramesAreSegmented) {
  run([](DpdkBench& bench, Ports& ports, rte_mempool* pool) {
    struct Case {
      size_t payload;
      uint16_t mss;
    };
    for (const Case& shape : {Case{14480, 1448}, Case{14481, 1448}, Case{15000, 536}, Case{9000, 8960}}) {
      SCOPED_TRACE(testing::Message() << shape.payload << " bytes, mss " << shape.mss);
      Frame frame = make_frame(ports, kTcp, shape.payload, 5);
      fill_pseudo_sum(frame, true);
      rte_mbuf* packet = to_mbuf(frame, pool, 16000);
      packet->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_SEG;
      packet->l4_len = 20;
      packet->tso_segsz = shape.mss;
      ASSERT_EQ(ports[kA].send(0, {&packet, 1}), 1u);
      check_segments(receive_all(bench, ports[kB]), frame, shape.mss);
    }
  });
}

// Several buffers: with split queues the driver frees a buffer only by a completion with its own tag, which
// the specification gives to the last alone. The quirk gives one to each.
TEST_P(Offload, FramesOf60KilobytesInSeveralBuffersAreSegmented) {
  BenchOptions options;
  options.params.nic.quirks.complete_every_descriptor = true;
  unsigned in_use_before = 0;
  run(
      [&](DpdkBench& bench, Ports& ports, rte_mempool* pool) {
        for (unsigned round = 0; round < 150; ++round) {  // more descriptors than the ring has
          SCOPED_TRACE(round);
          constexpr uint16_t kMss = 1448;
          Frame frame = make_frame(ports, kTcp, 60'000 + round, round % 8);
          fill_pseudo_sum(frame, true);
          rte_mbuf* packet = to_mbuf(frame, pool, 14'000);
          packet->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_SEG;
          packet->l4_len = 20;
          packet->tso_segsz = kMss;
          ASSERT_EQ(ports[kA].send(0, {&packet, 1}), 1u);
          check_segments(receive_all(bench, ports[kB]), frame, kMss);
          if (testing::Test::HasFailure()) return;
          if (round == 100) in_use_before = rte_mempool_in_use_count(pool);
        }
        // The ring is full of sent buffers from the hundredth on; what is not freed would add to them.
        EXPECT_LT(rte_mempool_in_use_count(pool), in_use_before + 100);
      },
      options);
}

INSTANTIATE_TEST_SUITE_P(Modes, Offload, testing::Values(Mode{"Split", 1, ""}, Mode{"Single", 1, kSingle}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace pspnic::dpdk
