// SPDX-License-Identifier: Apache-2.0
// The core's devices by themselves: registration, ids, notices, removal.
#include "testbench/host/psp_device.h"

#include <gtest/gtest.h>

#include <string>

namespace pspnic::host::test {
namespace {

PspDeviceOps all_ops() {
  PspDeviceOps ops;
  ops.set_config = [](uint32_t) { return PspErrno::kOk; };
  ops.key_rotate = [](uint8_t&) { return PspErrno::kOk; };
  ops.rx_spi_alloc = [](psp::Version version, RxSa& out) {
    out.spi = 5;
    out.version = version;
    return PspErrno::kOk;
  };
  ops.tx_key_add = [](const TxSaRequest&, SaHandle&) { return PspErrno::kOk; };
  ops.tx_key_del = [](const SaHandle&) {};
  ops.get_stats = [](PspDeviceCounters&) { return PspErrno::kOk; };
  return ops;
}

PspErrno error_of(uint32_t versions, const PspDeviceOps& ops, uint8_t generation = 0) {
  PspCore core;
  PspErrno error = PspErrno::kOk;
  const auto device = core.add({versions}, ops, generation, error);
  EXPECT_EQ(device == nullptr, error != PspErrno::kOk);
  EXPECT_EQ(core.devices().size(), device == nullptr ? 0u : 1u);
  return error;
}

TEST(PspCore, RegistrationIsRefusedWithoutWhatADeviceMustHave) {
  EXPECT_EQ(error_of(1, all_ops()), PspErrno::kOk);
  EXPECT_EQ(error_of(0, all_ops()), PspErrno::kInval);
  EXPECT_EQ(error_of(1, all_ops(), 127), PspErrno::kOk);
  EXPECT_EQ(error_of(1, all_ops(), 128), PspErrno::kInval);
  const auto without = [](auto member) {
    PspDeviceOps ops = all_ops();
    ops.*member = nullptr;
    return error_of(1, ops);
  };
  EXPECT_EQ(without(&PspDeviceOps::set_config), PspErrno::kInval);
  EXPECT_EQ(without(&PspDeviceOps::key_rotate), PspErrno::kInval);
  EXPECT_EQ(without(&PspDeviceOps::rx_spi_alloc), PspErrno::kInval);
  EXPECT_EQ(without(&PspDeviceOps::get_stats), PspErrno::kInval);
  EXPECT_EQ(without(&PspDeviceOps::tx_key_add), PspErrno::kInval);
  EXPECT_EQ(without(&PspDeviceOps::tx_key_del), PspErrno::kInval);
}

// For devices that take the key with each packet.
TEST(PspCore, KeyOperationsMayBothBeMissing) {
  PspDeviceOps ops = all_ops();
  ops.tx_key_add = nullptr;
  ops.tx_key_del = nullptr;
  PspCore core;
  PspErrno error = PspErrno::kOk;
  const auto device = core.add({1}, ops, 0, error);
  ASSERT_NE(device, nullptr);
  EXPECT_FALSE(device->has_key_ops());
  psp::SessionKey key;
  PspResult result;
  PspAssociationRef association = device->allocate(psp::Version::kAesGcm128, key, result);
  ASSERT_NE(association, nullptr);
  const TxSaRequest request{9, psp::Version::kAesGcm128, psp::SessionKey(std::vector<uint8_t>(16, 1))};
  EXPECT_TRUE(device->add_tx_key(*association, request).ok());
  EXPECT_TRUE(association->has_tx);
  EXPECT_EQ(device->counters().tx_keys, 0u);
  association.reset();
  EXPECT_EQ(device->keys_to_delete(), 0u);
}

TEST(PspCore, IdsCountOnAndComeAgainLast) {
  PspCore core;
  PspErrno error = PspErrno::kOk;
  const auto stays = core.add({1}, all_ops(), 0, error);
  EXPECT_EQ(stays->id(), 1);
  uint16_t last = 1;
  for (unsigned i = 0; i < 65'533; ++i) {
    const auto device = core.add({1}, all_ops(), 0, error);
    ASSERT_EQ(device->id(), last + 1);
    last = device->id();
    core.remove(device);
  }
  EXPECT_EQ(core.add({1}, all_ops(), 0, error)->id(), 65'535);
  EXPECT_EQ(core.add({1}, all_ops(), 0, error)->id(), 2) << "1 is in use, 0 is none";
}

// Bug class of wrong order: the notice of a removal comes before, those of changes behind the fact.
TEST(PspCore, NoticesComeWhenTheFactHolds) {
  PspCore core;
  std::vector<std::string> told;
  core.subscribe(PspGroup::kManagement, [&](PspNotice notice, uint16_t id) {
    if (notice == PspNotice::kDeviceAdded) told.push_back(core.find(id) ? "added" : "too early");
    if (notice == PspNotice::kDeviceChanged) {
      told.push_back(core.find(id)->versions_enabled() == 1 ? "changed" : "too early");
    }
    if (notice == PspNotice::kDeviceDeleted)
      told.push_back(core.find(id)->registered() ? "deleted" : "too late");
  });
  core.subscribe(PspGroup::kUse, [&](PspNotice, uint16_t id) {
    told.push_back(core.find(id)->generation() == 1 ? "rotated" : "too early");
  });
  PspErrno error = PspErrno::kOk;
  const auto device = core.add({1}, all_ops(), 0, error);
  EXPECT_TRUE(device->set_config(1).ok());
  EXPECT_TRUE(device->rotate().ok());
  core.remove(device);
  EXPECT_EQ(told, (std::vector<std::string>{"added", "changed", "rotated", "deleted"}));
}

// Bug class of a use behind the removal.
TEST(PspCore, ARemovedDeviceIsAskedNothing) {
  PspCore core;
  unsigned calls = 0;
  PspDeviceOps ops = all_ops();
  ops.tx_key_del = [&](const SaHandle&) { ++calls; };
  PspErrno error = PspErrno::kOk;
  const auto device = core.add({1}, ops, 0, error);
  psp::SessionKey key;
  PspResult result;
  PspAssociationRef association = device->allocate(psp::Version::kAesGcm128, key, result);
  const TxSaRequest request{9, psp::Version::kAesGcm128, psp::SessionKey(std::vector<uint8_t>(16, 1))};
  ASSERT_TRUE(device->add_tx_key(*association, request).ok());
  ASSERT_TRUE(device->add_tx_key(*association, request).ok()) << "the first waits for its deletion";
  core.remove(device);
  core.remove(device);
  EXPECT_EQ(calls, 2u);
  EXPECT_EQ(device->counters().tx_keys, 0u);
  EXPECT_EQ(device->add_tx_key(*association, request).error, PspErrno::kNoDev);
  EXPECT_EQ(device->allocate(psp::Version::kAesGcm128, key, result), nullptr);
  EXPECT_EQ(result.error, PspErrno::kNoDev);
  EXPECT_EQ(device->rotate().error, PspErrno::kNoDev);
  EXPECT_EQ(device->set_config(1).error, PspErrno::kNoDev);
  PspDeviceCounters counters;
  EXPECT_EQ(device->get_stats(counters).error, PspErrno::kNoDev);
  device->on_rotated(9);
  association.reset();
  device->delete_drained();
  EXPECT_EQ(calls, 2u);
  EXPECT_EQ(device->associations(), 0u);
}

TEST(PspCore, ARotationThatBreaksTheRangeIsAnError) {
  PspCore core;
  PspDeviceOps ops = all_ops();
  ops.key_rotate = [](uint8_t& generation) {
    generation = 0x80;
    return PspErrno::kOk;
  };
  PspErrno error = PspErrno::kOk;
  const auto device = core.add({1}, ops, 3, error);
  EXPECT_EQ(device->rotate().error, PspErrno::kIo);
  EXPECT_EQ(device->generation(), 3);
}

}  // namespace
}  // namespace pspnic::host::test
