// SPDX-License-Identifier: Apache-2.0
#include "model/idpf/tx_descriptors.h"

#include <gtest/gtest.h>

#include "model/idpf/tx_single.h"
#include "testbench/tests/model/idpf/images.h"

namespace pspnic::idpf {
namespace {

Dtype dtype_of(std::string_view text, QueueModel model) {
  const auto bytes = hex(text);
  return tx_dtype(TxDescriptorIn(bytes), model);
}

// As the DPDK driver posts a 60-byte frame.
TEST(FlowDataDescriptor, FrameOfADriver) {
  const auto data = decoded<FlowDataDescriptor, 16>("40 91 94 1e 01 00 00 00 2c 00 00 00 00 00 3c 00");
  EXPECT_EQ(data, (FlowDataDescriptor{.buffer_address = 0x11e949140, .eop = true, .buffer_size = 60}));
  EXPECT_EQ((encoded<FlowDataDescriptor, 16>(data)), hex("40 91 94 1e 01 00 00 00 2c 00 00 00 00 00 3c 00"));
}

TEST(FlowDataDescriptor, EveryField) {
  const FlowDataDescriptor data{.buffer_address = 0x8877665544332211,
                                .eop = false,
                                .cs_en = true,
                                .re = true,
                                .departure_time = 0x123456,
                                .horizon_overflow = true,
                                .completion_tag = 0xBEEF,
                                .buffer_size = 0x3FFF,
                                .rxr = true};
  EXPECT_EQ((encoded<FlowDataDescriptor, 16>(data)), hex("11 22 33 44 55 66 77 88 cc 56 34 92 ef be ff 7f"));
}

TEST(FlowDataDescriptor, SizesBeyondTheirFieldsDoNotSpill) {
  const FlowDataDescriptor data{.departure_time = 0xFF800000, .buffer_size = 0xC001};
  EXPECT_EQ((encoded<FlowDataDescriptor, 16>(data)), hex("00 00 00 00 00 00 00 00 0c 00 00 00 00 00 01 00"));
  EXPECT_EQ(kMaxTxBufferSize, 16383u);
}

TEST(FlowDataDescriptor, ReservedBits) {
  BitRule<16> rule;
  rule.byte(8, 0xE0, 12).byte(15, 0x7F);
  EXPECT_EQ((count_rule_breaks<FlowDataDescriptor, 16>(rule)), 0);
}

// Bytes 0..9 as the DPDK driver writes them; the flex bytes are stale.
TEST(TsoContextDescriptor, ContextOfADriver) {
  const auto context = decoded<TsoContextDescriptor, 16>("9a 07 00 00 18 02 36 00 25 00 de ad be ef 00 01");
  EXPECT_EQ(context.tlen, 1946u);
  EXPECT_EQ(context.mss, 536);
  EXPECT_EQ(context.header_length, 54);
  EXPECT_TRUE(context.tso());
  EXPECT_EQ(context.command, kContextTso);
  EXPECT_EQ(context.flex, (std::array<uint8_t, 8>{0x00, 0x00, 0xde, 0xad, 0xbe, 0xef, 0x00, 0x01}));
}

TEST(TsoContextDescriptor, LimitsAndReservedBits) {
  BitRule<16> rule;
  rule.byte(2, 0x03).byte(5, 0x3F).byte(8, 0xE0, 5);
  EXPECT_EQ((count_rule_breaks<TsoContextDescriptor, 16>(rule)), 0);
  const TsoContextDescriptor context{.tlen = 0xFFFFFFFF, .mss = 0xFFFF, .command = 0xFFFF};
  EXPECT_EQ((encoded<TsoContextDescriptor, 16>(context)),
            hex("ff ff 03 00 ff 3f 00 00 e5 ff 00 00 00 00 00 00"));
}

TEST(PspContextDescriptor, LsoWithSaTableAndDeviceIcv) {
  const PspContextDescriptor context{.tlen = 4000,
                                     .psp_offset = 42,
                                     .mss = 1400,
                                     .header_length = 78,
                                     .key_source = PspKeySource::kSaTable,
                                     .append_icv = true,
                                     .iv_from_header = false,
                                     .insert_spi = true,
                                     .command = kContextTso,
                                     .sa_tag = 0xBEEF,
                                     .sa_idx = 0x12345};
  const char* image = "a0 0f 00 15 78 05 4e 15 30 00 ef be 45 23 01 00";
  EXPECT_EQ((encoded<PspContextDescriptor, 16>(context)), hex(image));
  EXPECT_EQ((decoded<PspContextDescriptor, 16>(image)), context);
  EXPECT_EQ(dtype_of(image, QueueModel::kSplit), Dtype::kPspContext);
}

TEST(PspContextDescriptor, HeadersBuiltByTheDeviceAreBit5) {
  const PspContextDescriptor context{
      .key_source = PspKeySource::kSaTable, .device_built = true, .sa_tag = 1, .sa_idx = 2};
  const char* image = "00 00 00 00 00 00 00 21 10 00 01 00 02 00 00 00";
  EXPECT_EQ((encoded<PspContextDescriptor, 16>(context)), hex(image));
  EXPECT_EQ((decoded<PspContextDescriptor, 16>(image)), context);
}

TEST(PspContextDescriptor, LimitsAndReservedBits) {
  BitRule<16> rule;
  rule.byte(2, 0x03).byte(5, 0x3F).byte(7, 0x3F).byte(8, 0xE0, 16).byte(14, 0xFF).byte(15, 0);
  EXPECT_EQ((count_rule_breaks<PspContextDescriptor, 16>(rule)), 0);
  const PspContextDescriptor context{
      .psp_offset = 510, .key_source = PspKeySource::kInline, .sa_idx = 0xFFFFFFFF};
  EXPECT_EQ((encoded<PspContextDescriptor, 16>(context)),
            hex("00 00 00 ff 00 00 00 02 10 00 00 00 ff ff ff 00"));
}

TEST(PspKeyDescriptor, ThirteenKeyBytes) {
  PspKeyDescriptor descriptor{.index = 1, .last = true};
  for (uint8_t i = 0; i < 13; ++i) descriptor.key[i] = static_cast<uint8_t>(0xC0 + i);
  const char* image = "c0 c1 c2 c3 c4 c5 c6 c7 11 00 81 c8 c9 ca cb cc";
  EXPECT_EQ((encoded<PspKeyDescriptor, 16>(descriptor)), hex(image));
  EXPECT_EQ((decoded<PspKeyDescriptor, 16>(image)), descriptor);
  EXPECT_EQ(dtype_of(image, QueueModel::kSplit), Dtype::kPspKey);
  BitRule<16> rule;
  rule.byte(8, 0, 17).byte(9, 0).byte(10, 0x83);
  EXPECT_EQ((count_rule_breaks<PspKeyDescriptor, 16>(rule)), 0);
}

TEST(PspKeyDescriptor, TwoForA128BitKeyThreeForA256BitOne) {
  EXPECT_EQ(psp_key_descriptors(16), 2u);
  EXPECT_EQ(psp_key_descriptors(32), 3u);
}

// Byte 8 is 10h: DTYPE 16 on a split queue, but on a single queue DTYPE 0 with EOP.
TEST(TxDtype, QueueModelDecidesBetweenFourAndFiveBits) {
  const char* type16 = "00 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00";
  EXPECT_EQ(dtype_of(type16, QueueModel::kSplit), Dtype::kPspContext);
  EXPECT_EQ(dtype_of(type16, QueueModel::kSingle), Dtype::kBaseData);
  const char* type11 = "00 00 00 00 00 00 00 00 11 00 00 00 00 00 00 00";
  EXPECT_EQ(dtype_of(type11, QueueModel::kSplit), Dtype::kPspKey);
  EXPECT_EQ(dtype_of(type11, QueueModel::kSingle), Dtype::kBaseContext);
  const char* data = "40 91 94 1e 01 00 00 00 2c 00 00 00 00 00 3c 00";
  EXPECT_EQ(dtype_of(data, QueueModel::kSplit), Dtype::kFlowData);
  const char* tso = "9a 07 00 00 18 02 36 00 25 00 00 00 00 00 00 00";
  EXPECT_EQ(dtype_of(tso, QueueModel::kSplit), Dtype::kTsoContext);
  EXPECT_EQ(dtype_of(tso, QueueModel::kSingle), Dtype::kTsoContext);
  EXPECT_EQ(dtype_of("00 00 00 00 00 00 00 00 3f 00 00 00 00 00 00 00", QueueModel::kSingle),
            Dtype::kDescDone);
}

// cmd_dtype `23 04` is what the DPDK driver writes for a whole packet with checksums.
TEST(FlexDataDescriptor, FrameOfADriver) {
  const auto data = decoded<FlexDataDescriptor, 16>("40 91 94 1e 01 00 00 00 23 04 00 00 00 00 3c 00");
  EXPECT_EQ(data.dtype, Dtype::kFlexData);
  EXPECT_EQ(data.command, kFlexEop | kFlexCsEn);
  EXPECT_EQ(data.buffer_size, 60);
  BitRule<16> rule;
  rule.byte(15, 0x3F);
  EXPECT_EQ((count_rule_breaks<FlexDataDescriptor, 16>(rule)), 0);
}

TEST(BaseDataDescriptor, LengthsAreInWords) {
  const BaseDataDescriptor data{.buffer_address = 0x1000,
                                .command = kBaseEop | kBaseRs | kBaseIiptIpv4Csum | kBaseL4tTcp,
                                .mac_length = 14,
                                .ip_length = 20,
                                .l4_length = 20,
                                .buffer_size = 1514,
                                .l2tag1 = 0x0123};
  // command 163h<<4 = 1630h; 7<<16 | 5<<23 | 5<<30 | 1514<<34 | 123h<<48
  EXPECT_EQ((encoded<BaseDataDescriptor, 16>(data)), hex("00 10 00 00 00 00 00 00 30 16 87 42 a9 17 23 01"));
  BitRule<16> rule;
  rule.byte(8, 0xF0);
  EXPECT_EQ((count_rule_breaks<BaseDataDescriptor, 16>(rule)), 0);
}

TEST(BaseContextDescriptor, TsoFields) {
  const BaseContextDescriptor context{.command = kBaseContextTso, .tlen = 0x20001, .mss = 1460};
  // 1 | 1<<4 | 20001h<<30 | 1460<<50: the length's highest bit lands in bit 47
  EXPECT_EQ((encoded<BaseContextDescriptor, 16>(context)),
            hex("00 00 00 00 00 00 00 00 11 00 00 40 00 80 d0 16"));
  BitRule<16> rule;
  rule.byte(6, 0).byte(7, 0).byte(8, 0xF0, 1).byte(10, 0).byte(11, 0xC0).byte(14, 0xFC);
  EXPECT_EQ((count_rule_breaks<BaseContextDescriptor, 16>(rule)), 0);
}

TEST(DescDone, KeepsTheBitsAboveTheType) {
  EXPECT_EQ(desc_done_byte(0x30), 0x3F);
  EXPECT_EQ(desc_done_byte(0x23), 0x2F);
}

TEST(TxCompletion, RsCarriesTheTag) {
  const TxCompletion rs{.queue_id = 5, .type = TxCompletionType::kRs, .generation = true, .value = 0x1234};
  EXPECT_EQ((encoded<TxCompletion, 8>(rs)), hex("05 90 34 12 00 00 00 00"));
}

TEST(TxCompletion, ReCarriesTheHead) {
  const auto re = decoded<TxCompletion, 8>("ff 23 e0 01 03 02 01 00");
  EXPECT_EQ(re.queue_id, kMaxCompletionQid);
  EXPECT_EQ(re.type, TxCompletionType::kRe);
  EXPECT_FALSE(re.generation);
  EXPECT_EQ(re.value, 480);
  EXPECT_EQ(re.timestamp, 0x010203u);
}

TEST(TxCompletion, FieldsDoNotSpill) {
  const TxCompletion wide{.queue_id = 0xF800, .type = TxCompletionType::kItrFlush, .timestamp = 0xFF000000};
  EXPECT_EQ((encoded<TxCompletion, 8>(wide)), hex("00 00 00 00 00 00 00 00"));
  const TxCompletion marker{.queue_id = 1023, .type = TxCompletionType::kSwMarker, .generation = true};
  EXPECT_EQ((encoded<TxCompletion, 8>(marker)), hex("ff ab 00 00 00 00 00 00"));
  BitRule<8> rule;
  rule.byte(1, 0xBF).byte(7, 0);
  EXPECT_EQ((count_rule_breaks<TxCompletion, 8>(rule)), 0);
}

}  // namespace
}  // namespace pspnic::idpf
