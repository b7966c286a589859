// SPDX-License-Identifier: Apache-2.0
// Two drivers that know nothing of each other: that of testbench/host on host A, DPDK's on host B.
#include <gtest/gtest.h>

#include <vector>

#include "testbench/tests/testbench/dpdk/ports.h"

namespace pspnic::dpdk {
namespace {

constexpr uint64_t kPackets = 5000;

rte_ether_addr to_dpdk(const net::MacAddress& address) {
  rte_ether_addr result;
  address.store(result.addr_bytes);
  return result;
}

// Sends its datagrams as room comes up, counts those of the peer.
class OwnStack : public host::Stack {
 public:
  OwnStack(host::Driver& driver, const Datagrams& sends, const Datagrams& receives)
      : driver_(driver), sends_(sends), receives_(receives) {}

  void send() {
    while (sent < kPackets && driver_.transmit_room(0) > 0) {
      frame_.resize(sends_.size(sent));
      sends_.write(sent, frame_.data());
      host::TxFrame frame;
      frame.bytes = frame_;
      if (!driver_.transmit(0, frame)) break;
      ++sent;
    }
    driver_.flush(0);
  }
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo&) override {
    if (receives_.read(frame) == received) ++received;
  }
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned) override { send(); }

  uint64_t sent = 0;
  uint64_t received = 0;  // in order and whole

 private:
  host::Driver& driver_;
  const Datagrams& sends_;
  const Datagrams& receives_;
  std::vector<uint8_t> frame_;
};

TEST(Mixed, OurDriverAndDpdksExchangePackets) {
  BenchOptions options;
  options.dpdk = {false, true};
  DpdkBench bench("bench", options);
  host::DriverConfig config;
  config.mtu = kJumboMtu;
  config.buffer_bytes = 9216;
  config.tso = false;
  config.psp = false;
  host::Driver own(bench.own_host(kA), config);
  bench.run([&] {
    const Pool pool = make_pool("packets", 8191, kJumboBytes);
    Port port(kSlots[kB]);
    port.configure({.mtu = kJumboMtu}, pool.get());
    port.start();
    const Datagrams from_own(card_mac(kA), port.mac(), Datagrams::kLeastBytes, 9000, 1);
    const Datagrams from_dpdk(port.mac(), card_mac(kA), Datagrams::kLeastBytes, 9000, 1);
    OwnStack stack(own, from_own, from_dpdk);
    own.start(stack);
    const rte_ether_addr macs[] = {to_dpdk(own.mac()), card_mac(kA)};
    ASSERT_EQ(rte_is_same_ether_addr(&macs[0], &macs[1]), 1);
    Exchange::Options exchange{.to_send = kPackets, .to_receive = kPackets};
    exchange.wait = [&](base::Time time) { bench.wait_for(time); };
    Exchange dpdk(port, pool.get(), from_dpdk, from_own, exchange);
    stack.send();
    dpdk.run();
    bench.wait_for(base::kMs);
    EXPECT_EQ(stack.sent, kPackets);
    EXPECT_EQ(stack.received, kPackets);
    EXPECT_EQ(dpdk.outcome().received, kPackets);
    EXPECT_EQ(dpdk.outcome().wrong + dpdk.outcome().misplaced, 0u);
    port.stop();
    port.close();
    own.stop();
    for (const std::string& anomaly : own.anomalies()) ADD_FAILURE() << anomaly;
  });
  for (const Side side : {kA, kB}) {
    EXPECT_EQ(bench.nic(side).violations().count(), 0u);
    EXPECT_EQ(bench.nic(side).imbalance(), "");
  }
}

}  // namespace
}  // namespace pspnic::dpdk
