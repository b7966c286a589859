// SPDX-License-Identifier: Apache-2.0
// Several vports of one driver: what is their own, what it takes to create them, how they end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "model/idpf/registers.h"
#include "testbench/tests/testbench/host/fake_device.h"

namespace pspnic::host::test {
namespace {

using idpf::Opcode;
using testing::ElementsAre;
using testing::HasSubstr;

// A driver with vports of one and of three queue pairs.
struct TwoVports {
  FakeDevice device;
  RecordingStack stack;
  std::unique_ptr<Driver> driver;

  TwoVports() {
    device.caps.max_vports = 2;
    DriverConfig config = small_config();
    config.queue_pairs = 1;
    config.more_vports = {3};
    driver = std::make_unique<Driver>(device, config);
    driver->start(stack);
  }
};

TEST(Vports, HaveQueuesAddressesAndRssOfTheirOwn) {
  TwoVports two;
  FakeDevice& device = two.device;
  Driver& driver = *two.driver;
  EXPECT_TRUE(driver.link_up());
  EXPECT_EQ(driver.vports(), 2u);
  EXPECT_EQ(driver.queue_pairs(), 4u);
  EXPECT_EQ(driver.first_queue(0), 0u);
  EXPECT_EQ(driver.first_queue(1), 1u);
  EXPECT_EQ(driver.first_queue(2), 4u);
  EXPECT_EQ(driver.vport_of(0), 0u);
  for (const unsigned queue : {1u, 2u, 3u}) EXPECT_EQ(driver.vport_of(queue), 1u);
  EXPECT_EQ(driver.mac(0).print(), "02:00:00:00:00:0a");
  EXPECT_EQ(driver.mac(1).print(), "02:00:00:00:01:0a");
  EXPECT_EQ(device.request(Opcode::kCreateVport, 1).as<idpf::CreateVport>().vport_index, 1);

  const Request& tx = device.request(Opcode::kConfigTxQueues, 1);
  EXPECT_EQ(tx.as<idpf::ConfigTxQueues>().vport_id, 1u);
  ASSERT_EQ(tx.as<idpf::ConfigTxQueues>().num_qinfo, 6);
  EXPECT_EQ(tx.element<idpf::ConfigTxQueues>(0).queue_id, 1u);
  EXPECT_EQ(tx.element<idpf::ConfigTxQueues>(4).queue_id, 3u);
  const Request& rx = device.request(Opcode::kConfigRxQueues, 1);
  EXPECT_EQ(rx.element<idpf::ConfigRxQueues>(2).rx_bufq1_id, 2);
  EXPECT_EQ(device.request(Opcode::kAddMacAddr, 1).element<idpf::MacAddrList>(0).addr[4], 1);
  const Request& table = device.request(Opcode::kSetRssLut, 1);
  EXPECT_EQ(table.as<idpf::RssLut>().vport_id, 1u);
  for (uint32_t i = 0; i < 64; ++i) EXPECT_EQ(table.as<uint32_t>(sizeof(idpf::RssLut) + 4 * i), i % 3);
  EXPECT_EQ(device.last_write(idpf::pf::rx_buf_tail(7)), 63u) << "the last buffer queue of the last vport";
}

TEST(Vports, MoreThanTheDeviceHasAreRefused) {
  FakeDevice device;
  device.caps.max_vports = 2;
  DriverConfig config = small_config();
  config.more_vports = {1, 1};
  EXPECT_THAT(start_error(device, config), HasSubstr("max_vports is 0x2: too few for the vports"));
  config.more_vports = {1};
  EXPECT_EQ(start_error(device, config), "started");
  device.caps.max_tx_q = 1;
  EXPECT_THAT(start_error(device, config), HasSubstr("max_tx_q is 0x1: too few for the queue pairs"));
}

TEST(Vports, TheLinkIsUpWhenThatOfEachIs) {
  FakeDevice device;
  device.caps.max_vports = 2;
  RecordingStack stack;
  DriverConfig config = small_config();
  config.more_vports = {1};
  Driver driver(device, config);
  driver.start(stack);
  EXPECT_TRUE(driver.link_up());
  device.send_event(idpf::EventCode::kLinkChange, 0, 1);
  device.interrupt(0);
  EXPECT_FALSE(driver.link_up());
  device.send_event(idpf::EventCode::kLinkChange, 1, 1);
  device.interrupt(0);
  EXPECT_TRUE(driver.link_up());
  device.send_event(idpf::EventCode::kLinkChange, 1, 2);
  device.interrupt(0);
  ASSERT_EQ(driver.anomalies().size(), 1u);
  EXPECT_EQ(driver.anomalies()[0], "event: no vport 2");
}

TEST(Vports, HaveStatisticsAndModesOfTheirOwn) {
  TwoVports two;
  two.device.requests.clear();
  two.driver->vport_statistics(1);
  EXPECT_EQ(two.device.request(Opcode::kGetStats).as<idpf::VportStats>().vport_id, 1u);
  EXPECT_THROW(two.driver->vport_statistics(2), std::out_of_range);
  EXPECT_THROW(two.driver->mac(2), std::out_of_range);
  two.driver->set_promiscuous(true, false);
  for (const unsigned vport : {0u, 1u}) {
    EXPECT_EQ(two.device.request(Opcode::kConfigPromiscuousMode, vport).as<idpf::PromiscInfo>().vport_id,
              vport);
  }
}

TEST(Vports, EndOneAfterTheOtherAndCanStartAgain) {
  TwoVports two;
  two.device.requests.clear();
  two.driver->stop();
  std::vector<Opcode> opcodes;
  for (const Request& request : two.device.requests) opcodes.push_back(request.opcode);
  EXPECT_THAT(opcodes, ElementsAre(Opcode::kDisableVport, Opcode::kDisableQueues, Opcode::kDisableVport,
                                   Opcode::kDisableQueues, Opcode::kUnmapQueueVector, Opcode::kDelMacAddr,
                                   Opcode::kUnmapQueueVector, Opcode::kDelMacAddr, Opcode::kDestroyVport,
                                   Opcode::kDestroyVport, Opcode::kDeallocVectors));
  for (const unsigned vport : {0u, 1u}) {
    EXPECT_EQ(two.device.request(Opcode::kDestroyVport, vport).as<idpf::VportMessage>().vport_id, vport);
  }
  EXPECT_FALSE(two.driver->link_up());
  EXPECT_TRUE(two.driver->anomalies().empty());
  EXPECT_EQ(two.device.allocations(), 0u) << "all DMA memory is given back";
  two.driver->start(two.stack);
  EXPECT_TRUE(two.driver->link_up());
  EXPECT_EQ(two.driver->mac(1).print(), "02:00:00:00:01:0a");
}

}  // namespace
}  // namespace pspnic::host::test
