// SPDX-License-Identifier: Apache-2.0
#include "model/idpf/psp_ext.h"

#include <gtest/gtest.h>

#include "model/idpf/psp_config_queue.h"
#include "testbench/tests/model/idpf/images.h"

namespace pspnic::idpf {
namespace {

TEST(PspMessages, TxSaImage) {
  PspTxSa sa{.sa_idx = 0x12345,
             .spi = 0x80000001,
             .version = 1,
             .key_len = 32,
             .status = entry_status(Status::kPspTagMismatch),
             .sa_tag = 0xBEEF,
             .flags = kPspTxSaOverwrite,
             .iv_init = 0x0102030405060708,
             .user_cookie = 0x1122334455667788};
  for (uint8_t i = 0; i < 32; ++i) sa.key[i] = i;
  EXPECT_EQ(image_of(sa), hex("45 23 01 00 01 00 00 80 01 20 47 01 ef be 01 00 08 07 06 05 04 03 02 01"
                              "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f"
                              "10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 88 77 66 55 44 33 22 11"));
}

TEST(PspMessages, RxSaDecodes) {
  const auto sa =
      read_at<PspRxSa>(hex("07 00 00 80 00 00 05 10 c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 ca cb cc cd ce cf"
                           "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00"));
  ASSERT_TRUE(sa);
  EXPECT_EQ(sa->spi, 0x80000007u);
  EXPECT_EQ(sa->spi & kPspSpiPhase, kPspSpiPhase);
  EXPECT_EQ(sa->generation, 5);
  EXPECT_EQ(sa->key_len, 16);
  EXPECT_EQ(sa->key[0], 0xC0);
  EXPECT_EQ(sa->key[15], 0xCF);
  EXPECT_EQ(sa->user_cookie, 1u);
}

TEST(PspMessages, ListHeaders) {
  const PspRxSaList list{.vport_id = kVportNone, .num_sa = 85, .version = 1};
  EXPECT_EQ(image_of(list), hex("ff ff ff ff 00 00 00 00 55 00 01 00 00 00 00 00"));
  EXPECT_LE(message_size<PspRxSaList>(kPspMaxAllocPerMsg), kMaxPayload);
  EXPECT_GT(message_size<PspRxSaList>(kPspMaxAllocPerMsg + 1), kMaxPayload);
  EXPECT_LE(message_size<PspTxSaList>(kPspMaxAddPerMsg), kMaxPayload);
  EXPECT_GT(message_size<PspTxSaList>(kPspMaxAddPerMsg + 1), kMaxPayload);
  EXPECT_LE(message_size<PspTxSaDel>(kPspMaxDelPerMsg), kMaxPayload);
  EXPECT_GT(message_size<PspTxSaDel>(kPspMaxDelPerMsg + 1), kMaxPayload);
}

// A driver that knows only the 16-byte event reads a PSP one without harm.
TEST(PspMessages, EventOverlaysThePlainEvent) {
  const PspEvent psp{.event = EventCode::kPspSpiLow, .value = 64, .vport_id = 1, .phase = 1, .generation = 9};
  const auto bytes = image_of(psp);
  EXPECT_EQ((std::vector<uint8_t>(bytes.begin(), bytes.begin() + 16)),
            hex("32 75 00 00 40 00 00 00 01 00 00 00 01 09 ff ff"));
  const auto plain = read_at<Event>(bytes);
  EXPECT_EQ(plain->event, EventCode::kPspSpiLow);
  EXPECT_EQ(plain->vport_id, 1u);
}

TEST(PspNumbers, AreInTheRangesOfVendors) {
  EXPECT_EQ(static_cast<uint32_t>(Opcode::kPspGetCaps), 30000u);
  EXPECT_EQ(static_cast<uint32_t>(Opcode::kPspFreeRxSa), 30007u);
  EXPECT_EQ(static_cast<uint32_t>(Opcode::kPspGetFlowStats), 30011u);
  EXPECT_LE(static_cast<uint32_t>(Opcode::kPspGetFlowStats), 0x7FFFu);
  EXPECT_EQ(static_cast<uint32_t>(Status::kPspBadVersion), 320u);
  EXPECT_EQ(static_cast<uint32_t>(Status::kPspHwError), 328u);
  EXPECT_EQ(static_cast<uint32_t>(EventCode::kPspKeyRotated), 30001u);
  EXPECT_EQ(static_cast<uint32_t>(EventCode::kPspEngineFault), 30007u);
  EXPECT_EQ(kPspCapMbx, 0x100000000u);
  EXPECT_EQ(kPspCapMbxVflags, 0x1000000000u);
  EXPECT_EQ(kPspMaxSaIdx, 16777215u);
  EXPECT_EQ(kCfgqMaxRecords * sizeof(PspTxSa), kCfgqBufferBytes);
}

// Device type is the four letters, most significant first.
TEST(PspNumbers, DeviceTypeSpellsOpsp) {
  EXPECT_EQ(kDeviceTypeOpsp, uint32_t{'O'} << 24 | uint32_t{'P'} << 16 | uint32_t{'S'} << 8 | uint32_t{'P'});
}

}  // namespace
}  // namespace pspnic::idpf
