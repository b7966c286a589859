// SPDX-License-Identifier: Apache-2.0
#include "model/idpf/rx_descriptors.h"

#include <gtest/gtest.h>

#include "model/idpf/generation.h"
#include "model/idpf/rx_single.h"
#include "testbench/tests/model/idpf/images.h"

namespace pspnic::idpf {
namespace {

TEST(RxBufferDescriptor, FieldsAndReservedBytes) {
  const RxBufferDescriptor buffer{
      .buf_id = 0x0102, .packet_address = 0x1122334455667788, .header_address = 0x99};
  EXPECT_EQ(
      (encoded<RxBufferDescriptor, 32>(buffer)),
      hex("02 01 00 00 00 00 00 00 88 77 66 55 44 33 22 11 99 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"));
  BitRule<32> rule;
  for (size_t b = 2; b < 8; ++b) rule.byte(b, 0);
  for (size_t b = 24; b < 32; ++b) rule.byte(b, 0);
  EXPECT_EQ((count_rule_breaks<RxBufferDescriptor, 32>(rule)), 0);
}

// A TCP/IPv4 frame of 60 bytes in a buffer of queue 2, first pass: status 0Bh makes DPDK report good
// checksums.
TEST(RxCompletion, PlainTcpPacket) {
  const RxCompletion completion{.status0 = kRxRssValid,
                                .ptype = 26,
                                .length = 60,
                                .generation = true,
                                .bufq2 = true,
                                .status1 = kRxDd | kRxEof | kRxL3l4p,
                                .buf_id = 0x0102,
                                .hash = 0xDDCCBBAA};
  EXPECT_EQ(
      (encoded<RxCompletion, 32>(completion)),
      hex("02 10 1a 10 3c c0 00 00 0b 00 00 00 02 01 00 00 aa bb cc dd 00 00 00 00 00 00 00 00 00 00 00 00"));
}

TEST(RxCompletion, DecryptedPspPacket) {
  const RxCompletion completion{.ptype = 29,
                                .psp_status = PspRxStatus::kOk,
                                .length = 1500,
                                .generation = true,
                                .bufq2 = false,
                                .status1 = kRxDd | kRxEof,
                                .status2 = kRxXtrmd4Valid | kRxXtrmd5Valid,
                                .psp_generation = 5,
                                .psp_icv_stripped = true,
                                .psp_spi = 0x9A345678};
  const char* image =
      "02 00 1d 30 dc 45 00 00 03 c0 85 00 00 00 00 00 00 00 00 00 00 00 78 56 00 00 34 9a 00 00 00 00";
  EXPECT_EQ((encoded<RxCompletion, 32>(completion)), hex(image));
  EXPECT_EQ((decoded<RxCompletion, 32>(image)), completion);
}

TEST(RxCompletion, EveryFlagHasItsBit) {
  const auto completion = decoded<RxCompletion, 32>(
      "82 ff 00 cc 00 00 ff ff 00 00 00 01 00 00 34 12 00 00 00 00 01 02 00 00 03 04 00 00 44 33 22 11");
  EXPECT_EQ(completion.cast, RxCast::kBroadcast);
  EXPECT_EQ(completion.ptype, 0);
  EXPECT_TRUE(completion.ip_hdr_err);
  EXPECT_TRUE(completion.udp_len_err);
  EXPECT_FALSE(completion.raw_csum_inv);
  EXPECT_EQ(completion.psp_status, PspRxStatus::kEngineBypass);
  EXPECT_EQ(completion.header_length, 1023);
  EXPECT_TRUE(completion.rsc && completion.sph && completion.ext_udp_0 && completion.int_udp_0);
  EXPECT_TRUE(completion.trunc_mirror && completion.miss_prepend);
  EXPECT_EQ(completion.ts_low, 1);
  EXPECT_EQ(completion.raw_csum, 0x1234);
  EXPECT_EQ(completion.l2tag2, 0x0201);
  EXPECT_EQ(completion.l2tag1, 0x0403);
  EXPECT_EQ(completion.ts_high, 0x11223344u);
}

TEST(RxCompletion, LimitsAndReservedBits) {
  BitRule<32> rule;
  rule.byte(0, 0xCF);
  EXPECT_EQ((count_rule_breaks<RxCompletion, 32>(rule)), 0);
  const RxCompletion wide{.ptype = 0xFC00,
                          .raw_csum_inv = false,
                          .length = 0xC000,
                          .header_length = 0xFC00,
                          .psp_generation = 0x80};
  EXPECT_EQ(
      (encoded<RxCompletion, 32>(wide)),
      hex("02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"));
  EXPECT_EQ(kMaxRxLength, 16383u);
}

TEST(SingleRxFlex, WriteBack) {
  const SingleRxFlex flex{.ptype = 24,
                          .length = 98,
                          .status0 = kSingleDd | kSingleEof | kSingleL3l4p | kSingleRssValid,
                          .hash = 0x01020304,
                          .status1 = kSingleCrypto};
  EXPECT_EQ(
      (encoded<SingleRxFlex, 32>(flex)),
      hex("02 00 18 00 62 00 00 00 0b 10 00 00 04 03 02 01 20 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"));
  BitRule<32> rule;
  rule.byte(0, 0, 2).byte(1, 0).byte(3, 0x03).byte(5, 0x3F).byte(6, 0).byte(7, 0).byte(18, 0);
  EXPECT_EQ((count_rule_breaks<SingleRxFlex, 32>(rule)), 0);
}

TEST(SingleRxBase, WriteBack) {
  const SingleRxBase base{.rss = 0x01020304,
                          .status = kBaseRxDd | kBaseRxEof | kBaseRxL3l4p | kBaseRxFltstatRss,
                          .error = kBaseRxeL4e,
                          .ptype = 26,
                          .length = 60};
  // 300Bh | 10h<<19 | 26<<30 | 60<<38
  EXPECT_EQ((encoded<SingleRxBase, 16>(base)), hex("00 00 00 00 04 03 02 01 0b 30 80 80 06 0f 00 00"));
  BitRule<16> rule;
  rule.byte(0, 0).byte(1, 0).byte(2, 0).byte(3, 0).byte(11, 0xC7).byte(14, 0x0F).byte(15, 0);
  EXPECT_EQ((count_rule_breaks<SingleRxBase, 16>(rule)), 0);
}

// A buffer posted over an old write-back takes DD away.
TEST(SingleRxBuffer, ClearsDescriptorDone) {
  const auto image = encoded<SingleRxBuffer, 16>(SingleRxBuffer{.packet_address = 0x1000});
  EXPECT_EQ(image, hex("00 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00"));
  EXPECT_EQ((count_rule_breaks<SingleRxBuffer, 16>(BitRule<16>())), 0);
}

TEST(RingPosition, GenerationStartsAtOneAndFlipsAtEachWrap) {
  RingPosition position(3);
  std::vector<int> generations;
  std::vector<uint32_t> indexes;
  for (int i = 0; i < 7; ++i, position.advance()) {
    generations.push_back(position.generation() ? 1 : 0);
    indexes.push_back(position.index());
  }
  EXPECT_EQ(generations, (std::vector<int>{1, 1, 1, 0, 0, 0, 1}));
  EXPECT_EQ(indexes, (std::vector<uint32_t>{0, 1, 2, 0, 1, 2, 0}));
}

TEST(RingDistance, CountsAcrossTheWrap) {
  EXPECT_EQ(ring_distance(0, 0, 64), 0u);
  EXPECT_EQ(ring_distance(0, 63, 64), 63u);
  EXPECT_EQ(ring_distance(63, 0, 64), 1u);
  EXPECT_EQ(ring_distance(40, 39, 64), 63u);
}

}  // namespace
}  // namespace pspnic::idpf
