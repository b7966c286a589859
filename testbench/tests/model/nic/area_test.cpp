// SPDX-License-Identifier: Apache-2.0
#include "model/nic/area.h"

#include <gtest/gtest.h>

#include "model/crypto/area.h"

namespace pspnic::nic {
namespace {

double growth(const NicParams& from, const NicParams& to) {
  return area_of(to).gates(1) - area_of(from).gates(1);
}

TEST(CardArea, CountsMemoriesByTheirBits) {
  const NicParams base;
  NicParams more = base;
  more.tx.buffer.bytes += 1000;
  EXPECT_EQ(growth(base, more), 8000);
  more = base;
  more.rx.buffer.bytes += 1000;
  EXPECT_EQ(growth(base, more), 8000);
  more = base;
  more.pcie.tags += 1;
  EXPECT_EQ(growth(base, more), 16 * 8);
  more = base;
  more.tx_queue.cache_descriptors += 1;
  EXPECT_EQ(growth(base, more), 16 * 16 * 8) << "of 16 queues";
  more = base;
  more.rx_queue.cache_descriptors += 1;
  EXPECT_EQ(growth(base, more), 16 * 2 * 32 * 8) << "two buffer queues each";
}

TEST(CardArea, CountsLogicOnceAndBitsByTheirPrice) {
  const NicParams base;
  NicParams more = base;
  more.crypto.gcm.lanes += 1;
  more.crypto.kdf.units += 1;
  const crypto::CryptoCost cost = crypto::cost_of(base.crypto.gcm, base.crypto.kdf);
  EXPECT_EQ(growth(base, more),
            2.0 * static_cast<double>(cost.lane_gates) + static_cast<double>(cost.unit_gates));
  EXPECT_EQ(area_of(base).gates(0), static_cast<double>(cost.gates));
  EXPECT_GT(area_of(base).gates(2), area_of(base).gates(1));
}

TEST(CardArea, LeavesOutWhatHoldsConnections) {
  const NicParams base;
  NicParams more = base;
  more.device.sa_slots *= 2;
  more.flow.entries *= 2;
  EXPECT_EQ(growth(base, more), 0);
  NicParams cached = base;
  cached.crypto.sa_cache.memory = crypto::SaCacheParams::Memory::kDevice;
  more = cached;
  more.crypto.sa_cache.entries += 8;
  EXPECT_EQ(growth(cached, more), 8 * 64 * 8);
}

TEST(CardArea, QueuesOfVirtualFunctionsHaveCachesToo) {
  NicParams base;
  NicParams more = base;
  more.device.vfs = 2;
  more.device.vf_queues = 8;
  NicParams wide = base;
  wide.device.queues = 32;
  EXPECT_EQ(growth(base, more), growth(base, wide));
}

}  // namespace
}  // namespace pspnic::nic
