// SPDX-License-Identifier: Apache-2.0
#include "model/nic/nic_setup.h"

#include <gtest/gtest.h>

#include "model/idpf/registers.h"

namespace pspnic::nic {
namespace {

NicParams three_functions() {
  NicParams params;
  params.device.queues = 8;
  params.device.vports = 3;
  params.device.vectors = 20;
  params.device.sa_slots = 1000;
  params.device.spi_count = 5000;
  params.device.vfs = 2;
  params.device.vf_queues = 4;
  params.device.vf_vports = 2;
  params.device.vf_vectors = 2;
  params.device.vf_sa_slots = 100;
  params.device.vf_spi_count = 1000;
  return params;
}

TEST(NicSetup, SharesLieBehindEachOther) {
  const std::vector<Share> shares = shares_of(three_functions());
  ASSERT_EQ(shares.size(), 3u);
  EXPECT_EQ(shares[0].queues, 8);
  EXPECT_EQ(shares[1].first_queue, 8);
  EXPECT_EQ(shares[2].first_queue, 12);
  EXPECT_EQ(shares[2].buffer_queue(1), 25);
  EXPECT_EQ(shares[1].first_vport, 3);
  EXPECT_EQ(shares[2].first_vport, 5);
  EXPECT_EQ(shares[1].first_vector, 20);
  EXPECT_EQ(shares[1].vectors, 5) << "one more than queues";
  EXPECT_EQ(shares[2].first_vector, 25);
  EXPECT_EQ(queues_of(shares), 16);
  EXPECT_EQ(vports_of(shares), 7);
}

TEST(NicSetup, SlotsAndSpisAreDividedWithoutGapOrOverlap) {
  const NicParams params = three_functions();
  const std::vector<crypto::SaRange> ranges = sa_ranges_of(params.device);
  EXPECT_EQ(ranges[0].count, 800u);
  EXPECT_EQ(ranges[1].first, 800u);
  EXPECT_EQ(ranges[2].end(), 1000u);
  uint32_t next = 77;
  for (const Share& share : shares_of(params)) {
    const firmware::Limits limits = limits_of(params, share, {}, 77);
    EXPECT_EQ(limits.spi_first, next);
    next += limits.spi_count;
    EXPECT_EQ(limits.tx_sa_slots, ranges[share.function].count);
    EXPECT_EQ(limits.is_virtual, share.function != 0);
    EXPECT_EQ(limits.max_vfs, share.function == 0 ? 2 : 0);
    EXPECT_EQ(limits.config_queue_pairs, share.function == 0 ? params.config_queue.pairs : 0);
    EXPECT_EQ(limits.mac.bytes[4], share.first_vport) << "each vport counts one on";
    EXPECT_EQ(pci_identity(params, share).device,
              share.function == 0 ? idpf::kPciDeviceIdPf : idpf::kPciDeviceIdVf);
  }
  EXPECT_EQ(next, 77u + 5000);
}

TEST(NicSetup, KeyDomainsAreTheDevicesAFunctionsOrAGroups) {
  DeviceParams params = three_functions().device;
  EXPECT_EQ(key_domains(params), 1);
  EXPECT_EQ(key_domain_of(params, 2), 0);
  params.key_domain = DeviceParams::KeyDomains::kFunction;
  EXPECT_EQ(key_domains(params), 3);
  EXPECT_EQ(key_domain_of(params, 2), 2);
  params.key_domain = DeviceParams::KeyDomains::kGroup;
  params.key_group_size = 2;
  EXPECT_EQ(key_domains(params), 2);
  EXPECT_EQ(key_domain_of(params, 1), 0);
  EXPECT_EQ(key_domain_of(params, 2), 1);
}

}  // namespace
}  // namespace pspnic::nic
