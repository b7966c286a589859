// SPDX-License-Identifier: Apache-2.0
#include "model/idpf/mailbox.h"

#include <gtest/gtest.h>

#include "model/idpf/psp_config_queue.h"
#include "testbench/tests/model/idpf/images.h"

namespace pspnic::idpf {
namespace {

TEST(MailboxDescriptor, RequestOfADriver) {
  const MailboxDescriptor request{.flags = kMbxFlagsRequest,
                                  .opcode = MailboxOpcode::kSendToCp,
                                  .datalen = 80,
                                  .v_opcode = Opcode::kGetCaps,
                                  .sw_cookie = 0xAB07,
                                  .address = 0x0000000123456780};
  const auto image =
      hex("00 14 01 08 50 00 00 00 f4 01 00 00 00 00 00 00"
          "00 00 00 00 07 ab 00 00 01 00 00 00 80 67 45 23");
  EXPECT_EQ((encoded<MailboxDescriptor, 32>(request)), image);
  EXPECT_TRUE(request.has_payload());
}

TEST(MailboxDescriptor, ReplyDecodes) {
  const auto reply = decoded<MailboxDescriptor, 32>(
      "03 10 04 08 10 00 00 00 0a 02 00 10 16 00 00 00"
      "78 56 34 12 07 ab 03 00 00 00 7f 00 00 f0 ff ff");
  EXPECT_EQ(reply.flags, kMbxFlagsReply);
  EXPECT_EQ(reply.opcode, MailboxOpcode::kSendToPeerDriver);
  EXPECT_EQ(reply.datalen, 16);
  EXPECT_EQ(reply.v_opcode, Opcode::kEvent);
  EXPECT_EQ(reply.v_dtype, 1);
  EXPECT_EQ(reply.v_retval, Status::kEinval);
  EXPECT_EQ(reply.param0, 0x12345678u);
  EXPECT_EQ(reply.sw_cookie, 0xAB07);
  EXPECT_EQ(reply.v_flags, kVflagRespOnErrorOnly | kVflagFence);
  EXPECT_EQ(reply.address, 0x007F0000FFFFF000u);
}

TEST(MailboxDescriptor, HasNoReservedBits) {
  EXPECT_EQ((count_rule_breaks<MailboxDescriptor, 32>(BitRule<32>())), 0);
}

TEST(MailboxDescriptor, OpcodeIsCutTo28Bits) {
  const MailboxDescriptor descriptor{.v_opcode = Opcode{0xFFFFFFFF}, .v_dtype = 2};
  const auto image = encoded<MailboxDescriptor, 32>(descriptor);
  EXPECT_EQ((std::vector<uint8_t>(image.begin() + 8, image.begin() + 12)), hex("ff ff ff 2f"));
}

TEST(MailboxDescriptor, PayloadNeedsFlagAndLength) {
  EXPECT_FALSE((MailboxDescriptor{.flags = kMbxFlagsRequest, .datalen = 0}).has_payload());
  EXPECT_FALSE((MailboxDescriptor{.flags = 0, .datalen = 8}).has_payload());
}

TEST(MailboxDescriptor, FlagWordsOfDriversAndReplies) {
  EXPECT_EQ(kMbxFlagsRequest, 0x1400);
  EXPECT_EQ(kMbxFlagsReply, 0x1003);
}

TEST(ConfigQueueDescriptor, SaAddOfTwoRecords) {
  ConfigQueueDescriptor command{.flags = 0x1400,
                                .opcode = ConfigQueueOpcode::kSaAdd,
                                .datalen = 128,
                                .cookie = 0x1122334455667788,
                                .vport = 3,
                                .response = ConfigQueueResponse::kAlways,
                                .num_records = 2,
                                .sa_tag = 0};
  command.set_address(0x00000002DEAD0100);
  EXPECT_EQ((encoded<ConfigQueueDescriptor, 32>(command)),
            hex("00 14 00 15 80 00 00 00 88 77 66 55 44 33 22 11"
                "03 00 80 02 00 00 00 00 02 00 00 00 00 01 ad de"));
  EXPECT_EQ(command.address(), 0x00000002DEAD0100u);
}

TEST(ConfigQueueDescriptor, DirectDeleteNamesSaAndTag) {
  const auto command = decoded<ConfigQueueDescriptor, 32>(
      "00 00 01 15 00 00 21 00 01 00 00 00 00 00 00 00"
      "00 00 40 00 cd ab 00 00 45 23 01 00 00 00 00 00");
  EXPECT_EQ(command.opcode, ConfigQueueOpcode::kSaDel);
  EXPECT_EQ(command.status, ConfigQueueStatus::kTagMismatch);
  EXPECT_EQ(command.response, ConfigQueueResponse::kOnError);
  EXPECT_EQ(command.sa_tag, 0xABCD);
  EXPECT_EQ(command.addr_high, 0x12345u);
}

TEST(ConfigQueueDescriptor, ReservedBitsAreIgnoredAndWrittenZero) {
  BitRule<32> rule;
  rule.byte(17, 0x07).byte(18, 0xC0).byte(19, 0x07).byte(22, 0).byte(23, 0);
  EXPECT_EQ((count_rule_breaks<ConfigQueueDescriptor, 32>(rule)), 0);
}

}  // namespace
}  // namespace pspnic::idpf
