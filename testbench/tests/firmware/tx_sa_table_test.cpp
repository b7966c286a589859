// SPDX-License-Identifier: Apache-2.0
#include "firmware/tx_sa_table.h"

#include "testbench/tests/firmware/fake_hardware.h"

namespace pspnic::firmware {
namespace {

TxSa table_sa(uint16_t tag, bool flows_only = false) {
  TxSa sa;
  sa.tag = tag;
  sa.key = psp::SessionKey(std::vector<uint8_t>(16, 0x5a));
  sa.flows_only = flows_only;
  return sa;
}

TEST(TxSaTable, SaysWhatTheHardwareSays) {
  FakeHardware hardware;
  const TxSaTable table(hardware);
  EXPECT_EQ(table.slots(), 128u);
  EXPECT_EQ(table.find_free(), 0u);
  hardware.write_tx_sa(0, table_sa(7));
  hardware.write_tx_sa(5, table_sa(8, true));
  EXPECT_EQ(table.used(), 2u);
  EXPECT_EQ(table.used_by(Origin::kManagement), 1u);
  EXPECT_EQ(table.free_slots(), 126u);
  EXPECT_EQ(table.find_free(), 6u);
  EXPECT_EQ(table.state(0), TxSaTable::State::kUsed);
  EXPECT_EQ(table.state(1), TxSaTable::State::kFree);
  EXPECT_EQ(table.tag(0), 7);
  EXPECT_EQ(table.owner(5), Origin::kManagement);
}

TEST(TxSaTable, HasNoMoreSlotsThanADescriptorCanName) {
  FakeHardware hardware;
  hardware.config.tx_sa_slots = 1u << 25;
  EXPECT_EQ(TxSaTable(hardware).slots(), 1u << 24);
}

TEST(TxSaTable, ADigestIsOfTheSlotsInUse) {
  FakeHardware hardware;
  const TxSaTable table(hardware);
  const auto value = [&] {
    Digest digest;
    table.digest(digest);
    return digest.value();
  };
  const uint64_t empty = value();
  hardware.write_tx_sa(3, table_sa(7));
  const uint64_t one = value();
  EXPECT_NE(one, empty);
  hardware.write_tx_sa(3, table_sa(8));
  EXPECT_NE(value(), one) << "another tag";
  hardware.tx_sas.clear();
  EXPECT_EQ(value(), empty);
}

}  // namespace
}  // namespace pspnic::firmware
