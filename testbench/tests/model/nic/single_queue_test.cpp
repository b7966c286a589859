// SPDX-License-Identifier: Apache-2.0
// The single-queue model on a whole card, under a driver in DPDK's manner.
#include "model/idpf/ptypes.h"
#include "model/idpf/registers.h"
#include "model/idpf/rx_single.h"
#include "model/net/bytes.h"
#include "testbench/tests/model/nic/poll_bench.h"

namespace pspnic::nic {
namespace {

using base::DropReason;
using polling::Config;
using polling::Driver;
using polling::Frame;
using polling::Received;
using test::Bytes;
using test::kFlight;
using test::kIpBytes;
using test::kMacBytes;
using test::TcpFlow;
using SingleQueueTest = test::PollBench;

constexpr uint16_t kGoodTcp = idpf::kSingleDd | idpf::kSingleEof | idpf::kSingleL3l4p | idpf::kSingleRssValid;

TEST_F(SingleQueueTest, TheVportHasChunksForItsTwoKindsOfQueueOnly) {
  run([&] {
    polling::Driver driver(host_, {});
    driver.probe();
    const idpf::CreateVport& vport = driver.created();
    EXPECT_EQ(vport.txq_model, idpf::QueueModel::kSingle);
    EXPECT_EQ(vport.rxq_model, idpf::QueueModel::kSingle);
    EXPECT_EQ(vport.num_tx_q, 4);
    EXPECT_EQ(vport.num_rx_q, 4);
    EXPECT_EQ(vport.num_tx_complq + vport.num_rx_bufq, 0);
    EXPECT_EQ(vport.num_chunks, 2);
    EXPECT_EQ(vport.tx_desc_ids, 0b10'1011u) << "DTYPE 0, 1, 3, 5";
    EXPECT_EQ(vport.rx_desc_ids, 0b100u) << "RXDID 2";
    EXPECT_EQ(driver.tx_tail_register(1), idpf::pf::tx_tail(1));
    EXPECT_EQ(driver.rx_tail_register(1), idpf::pf::rx_tail(1));
    driver.close();
  });
  expect_no_violation();
}

TEST_F(SingleQueueTest, FramesOfAllSizesComeBackInOrderThroughManyTurnsOfTheRings) {
  run([&] {
    polling::Driver driver(host_, {});
    driver.probe();
    driver.start();
    std::mt19937 random(7);
    std::vector<Bytes> sent;
    std::vector<polling::Received> got;
    while (sent.size() < 2000) {
      const Bytes bytes = frame(6 + random() % 1400, static_cast<unsigned>(sent.size()));
      if (driver.transmit(0, {.bytes = bytes, .pieces = 1 + random() % 4, .base = random() % 2 == 0})) {
        sent.push_back(bytes);
        if (random() % 8 != 0) continue;
      }
      driver.flush(0);
      host_.delay(base::kUs * (random() % 8));
      std::vector<polling::Received> more = driver.receive(0);
      std::move(more.begin(), more.end(), std::back_inserter(got));
    }
    driver.flush(0);
    std::vector<polling::Received> rest = drain(driver, 0);
    std::move(rest.begin(), rest.end(), std::back_inserter(got));
    ASSERT_EQ(got.size(), sent.size());
    for (size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i].bytes, sent[i]) << i;
      EXPECT_EQ(got[i].status, kGoodTcp) << i;
      EXPECT_EQ(got[i].ptype, idpf::find_ptype(idpf::PtypeL3::kIpv4, idpf::PtypeL4::kTcp)) << i;
    }
    driver.reclaim(0);
    EXPECT_LT(driver.in_use(0), 32u + 4u) << "all that was to be reported has been";
    driver.stop();
    driver.close();
  });
  expect_no_violation();
}

// DPDK 22.11 never gives its vectors' count back, so that many starts need that many vectors; the device does
// take them back.
TEST_F(SingleQueueTest, APortMayBeStartedMoreOftenThanThereAreVectors) {
  run([&] {
    polling::Driver driver(host_, {});
    driver.probe();
    for (unsigned round = 0; round < 70; ++round) {
      driver.start();
      driver.stop();
    }
    driver.close();
  });
  expect_no_violation();
}

TEST_F(SingleQueueTest, TenLivesInOneProcess) {
  run([&] {
    for (unsigned life = 0; life < 10; ++life) {
      polling::Config config;
      config.queues = life % 2 == 0 ? 1 : 4;
      polling::Driver driver(host_, config);
      driver.probe();
      for (unsigned round = 0; round < 2; ++round) {
        driver.start();
        for (uint16_t queue = 0; queue < config.queues; ++queue) {
          send(driver, queue, {.bytes = frame(100, life * 100 + queue)});
        }
        size_t got = 0;
        for (uint16_t queue = 0; queue < config.queues; ++queue) got += drain(driver, queue).size();
        EXPECT_EQ(got, config.queues);
        driver.stop();
      }
      driver.close();
    }
  });
  expect_no_violation();
}

TEST_F(SingleQueueTest, TsoMakesTheReferenceSegments) {
  run([&] {
    polling::Driver driver(host_, {});
    driver.probe();
    driver.start();
    TcpFlow flow;
    Bytes payload(9000);
    for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<uint8_t>(i * 31 >> 3);
    const std::vector<Bytes> expected = pspnic::test::segments(flow, payload, 1000);
    for (const bool base : {false, true}) {
      SCOPED_TRACE(base ? "DTYPE 1 and 0" : "DTYPE 5 and 3");
      send(driver, 0,
           {.bytes = pspnic::test::tso_template(flow, payload),
            .pieces = 3,
            .mss = 1000,
            .header_bytes = static_cast<uint16_t>(flow.header_bytes()),
            .base = base,
            .mac_bytes = kMacBytes,
            .ip_bytes = kIpBytes});
      const std::vector<polling::Received> got = drain(driver, 0);
      ASSERT_EQ(got.size(), expected.size());
      for (size_t i = 0; i < got.size(); ++i) {
        EXPECT_EQ(got[i].bytes, expected[i]) << i;
        EXPECT_EQ(got[i].status, kGoodTcp);
      }
    }
    driver.stop();
    driver.close();
  });
  expect_no_violation();
}

TEST_F(SingleQueueTest, ChecksumsAreMadeOnlyWhenAskedForAndJudgedOnTheOtherSide) {
  run([&] {
    polling::Driver driver(host_, {});
    driver.probe();
    driver.start();
    const Bytes right = frame(333);
    Bytes spoilt = right;
    spoilt[kMacBytes + 10] ^= 0x55;
    spoilt[kMacBytes + kIpBytes + 16] ^= 0xaa;
    for (const bool base : {false, true}) {
      send(driver, 0, {.bytes = spoilt, .checksum = true, .base = base});
      send(driver, 0, {.bytes = spoilt, .base = base});
      const std::vector<polling::Received> got = drain(driver, 0);
      ASSERT_EQ(got.size(), 2u);
      EXPECT_EQ(got[0].bytes, right);
      EXPECT_EQ(got[0].status, kGoodTcp);
      EXPECT_EQ(got[1].bytes, spoilt);
      EXPECT_EQ(got[1].status & (idpf::kSingleIpe | idpf::kSingleL4e), idpf::kSingleIpe | idpf::kSingleL4e);
    }
    driver.stop();
    driver.close();
  });
}

TEST_F(SingleQueueTest, FullRingDropsAndGoesOnWhenThereAreBuffersAgain) {
  run([&] {
    polling::Driver driver(host_, {});
    driver.probe();
    driver.start();
    const auto burst = [&](unsigned count) {
      for (unsigned i = 0; i < count; ++i) {
        while (!driver.transmit(0, {.bytes = frame(100, i)})) {
          driver.flush(0);
          host_.delay(kFlight);
        }
      }
      driver.flush(0);
      host_.delay(kFlight);
    };
    burst(200);
    EXPECT_EQ(nic_.drops()[DropReason::kRxNoBuffer], 200u - 127u) << "a ring of 128 holds 127 buffers";
    std::vector<polling::Received> got = driver.receive(0);
    ASSERT_EQ(got.size(), 127u);
    for (unsigned i = 0; i < 127; ++i) EXPECT_EQ(got[i].bytes, frame(100, i));
    host_.delay(kFlight);
    burst(50);
    got = driver.receive(0);
    ASSERT_EQ(got.size(), 50u);
    EXPECT_EQ(nic_.drops()[DropReason::kRxNoBuffer], 200u - 127u);
    driver.stop();
    driver.close();
  });
  expect_no_violation();
}

TEST_F(SingleQueueTest, ALargeFrameTakesSeveralDescriptors) {
  run([&] {
    polling::Config config;
    config.buffer_bytes = 1024;
    config.max_packet = 9200;
    polling::Driver driver(host_, config);
    driver.probe();
    driver.start();
    for (const size_t payload : {1024 - 54, 1024 - 53, 2048 - 54, 2048 - 53, 9000}) {
      expect_echo(driver, 0, frame(payload));
    }
    driver.stop();
    driver.close();
  });
  expect_no_violation();
}

TEST_F(SingleQueueTest, RssSpreadsFlowsAndReportsTheHash) {
  run([&] {
    polling::Config config;
    config.queues = 4;
    polling::Driver driver(host_, config);
    driver.probe();
    driver.start();
    for (unsigned i = 0; i < 64; ++i) {
      Bytes bytes = frame(60);
      net::store_be16(&bytes[kMacBytes + kIpBytes], static_cast<uint16_t>(1024 + i * 7));  // source port
      send(driver, 0, {.bytes = bytes, .checksum = true});
    }
    size_t all = 0;
    for (uint16_t queue = 0; queue < 4; ++queue) {
      const std::vector<polling::Received> got = drain(driver, queue);
      EXPECT_GT(got.size(), 4u) << queue;
      for (const polling::Received& one : got) {
        EXPECT_NE(one.status & idpf::kSingleRssValid, 0);
        EXPECT_EQ(one.hash % 64 % 4, queue);
      }
      all += got.size();
    }
    EXPECT_EQ(all, 64u);
    driver.stop();
    driver.close();
  });
  expect_no_violation();
}

TEST_F(SingleQueueTest, ModelsMayBeMixed) {
  run([&] {
    polling::Config config;
    config.rx_model = idpf::QueueModel::kSplit;
    polling::Driver driver(host_, config);
    driver.probe();
    EXPECT_EQ(driver.created().num_chunks, 3);
    driver.start();
    for (unsigned i = 0; i < 500; ++i) expect_echo(driver, 0, frame(60 + i, i));
    driver.stop();
    driver.close();
  });
  expect_no_violation();
}

}  // namespace
}  // namespace pspnic::nic
