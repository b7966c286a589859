// SPDX-License-Identifier: Apache-2.0
// Drivers of single queues that break rules, or leave without a word.
#include "model/idpf/ptypes.h"
#include "model/idpf/registers.h"
#include "model/idpf/rx_single.h"
#include "model/net/bytes.h"
#include "testbench/tests/model/nic/poll_bench.h"

namespace pspnic::nic {
namespace {

using idpf::Opcode;
using polling::Config;
using polling::Driver;
using polling::Received;
using test::Bytes;
using test::kFlight;
using test::kIpBytes;
using test::kMacBytes;
class SingleQueueHostileTest : public test::PollBench {};

TEST_F(SingleQueueHostileTest, PspDescriptorsNeedASplitQueue) {
  run([&] {
    polling::Driver driver(host_, {});
    driver.probe();
    idpf::TxqInfo info{.dma_ring_addr = host_.allocate(2048, 128).iova,
                       .model = idpf::QueueModel::kSingle,
                       .qflags = idpf::kQflagPsp,
                       .ring_len = 128};
    Bytes message(idpf::message_size<idpf::ConfigTxQueues>(1));
    ASSERT_TRUE(idpf::write_at(std::span(message), 0, idpf::ConfigTxQueues{.num_qinfo = 1}));
    ASSERT_TRUE(idpf::write_element<idpf::ConfigTxQueues>(message, 0, info));
    EXPECT_NE(driver.status_of(Opcode::kConfigTxQueues, message), idpf::Status::kSuccess);
    driver.close();
  });
}

// DPDK frees the mailbox's memory without telling the device, and may come back much later.
TEST_F(SingleQueueHostileTest, NothingIsWrittenBehindADriverThatHasClosed) {
  run([&] {
    const uint64_t first = host_.allocate(128, 128).iova;
    polling::Driver driver(host_, {});
    driver.probe();
    driver.start();
    expect_echo(driver, 0, frame(100));
    driver.stop();
    driver.close();
    const host::DmaBuffer last = host_.allocate(128, 128);
    const size_t size = last.iova - first;
    const uint8_t* memory = last.bytes.data() - size;
    const Bytes before(memory, memory + size);
    host_.delay(1000 * base::kMs);
    EXPECT_EQ(std::memcmp(before.data(), memory, size), 0);
    driver.probe();
    driver.start();
    expect_echo(driver, 0, frame(100));
    driver.stop();
    driver.close();
  });
  expect_no_violation();
}

TEST_F(SingleQueueHostileTest, HostileDescriptorsStopTheirQueueOnly) {
  run([&] {
    polling::Config config;
    config.queues = 2;
    polling::Driver driver(host_, config);
    driver.probe();
    std::mt19937 random(11);
    const auto spoil = [&](std::span<uint8_t> ring) {
      for (uint8_t& byte : ring) byte = static_cast<uint8_t>(random());
    };
    // Flows that steer to queue 0 and to queue 1.
    Bytes flows[2];
    driver.start();
    for (uint16_t port = 1024; flows[0].empty() || flows[1].empty(); ++port) {
      Bytes bytes = frame(100);
      net::store_be16(&bytes[kMacBytes + kIpBytes], port);
      send(driver, 0, {.bytes = bytes, .checksum = true});
      host_.delay(kFlight);
      for (const uint16_t queue : {uint16_t{0}, uint16_t{1}}) {
        for (const polling::Received& one : driver.receive(queue)) flows[queue] = one.bytes;
      }
    }
    driver.stop();
    for (unsigned life = 0; life < 20; ++life) {
      const uint64_t before = nic_.violations().count();
      driver.start();
      spoil(driver.tx_ring(1).bytes);
      host_.write32(host::Space::kBar0, driver.tx_tail_register(1), random() % 256);
      // What the device has fetched already is still good, the rest is nonsense.
      spoil(driver.rx_ring(1).bytes);
      host_.write32(host::Space::kBar0, driver.rx_tail_register(1), life % 2 == 0 ? 126 : 128 + life);
      host_.delay(kFlight);
      driver.receive(0);
      for (unsigned i = 0; i < 300; ++i) {
        send(driver, 0, {.bytes = flows[1]});
        if (i % 64 == 0) host_.delay(kFlight);
      }
      host_.delay(kFlight);
      for (unsigned i = 0; i < 200; ++i) {
        send(driver, 0, {.bytes = flows[0]});
        host_.delay(kFlight / 20);
        const std::vector<polling::Received> got = driver.receive(0);
        ASSERT_EQ(got.size(), 1u) << "life " << life << ", frame " << i;
        EXPECT_EQ(got[0].bytes, flows[0]);
      }
      EXPECT_GT(nic_.violations().count(), before) << life;
      driver.stop();
    }
    driver.close();
  });
}

}  // namespace
}  // namespace pspnic::nic
