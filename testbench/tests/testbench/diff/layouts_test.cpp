// SPDX-License-Identifier: Apache-2.0
#include "testbench/diff/layouts.h"

#include <gtest/gtest.h>

#include "model/idpf/mailbox.h"
#include "model/idpf/psp_ext.h"
#include "model/idpf/rx_descriptors.h"
#include "model/idpf/tx_descriptors.h"
#include "model/idpf/virtchnl2.h"
#include "testbench/vectors/descriptors.h"

namespace pspnic::diff {
namespace {

std::string name_at(const std::vector<Field>& fields, size_t byte) {
  return place_in(fields, byte);
}

// In order and without gaps.
void expect_whole(const std::vector<Field>& fields, size_t bytes, const std::string& what) {
  size_t at = 0;
  for (const Field& field : fields) {
    EXPECT_EQ(field.begin, at) << what << " " << field.name;
    EXPECT_GT(field.end, at) << what << " " << field.name;
    at = field.end;
  }
  EXPECT_EQ(at, bytes) << what;
}

TEST(DescriptorFields, OfEachKindThereIs) {
  for (const std::string& kind : vectors::descriptor_kinds()) {
    ASSERT_GT(descriptor_bytes(kind), 0u) << kind;
    expect_whole(descriptor_fields(kind, descriptor_bytes(kind)), descriptor_bytes(kind), kind);
  }
  EXPECT_EQ(descriptor_bytes("mailbox"), idpf::kMailboxDescriptorBytes);
  EXPECT_EQ(descriptor_bytes("tx_completion"), idpf::kTxCompletionBytes);
  EXPECT_EQ(descriptor_bytes("rx_completion"), idpf::kRxCompletionBytes);
  EXPECT_EQ(descriptor_bytes("no such"), 0u);
  EXPECT_TRUE(descriptor_fields("no such", 8).empty());
}

TEST(DescriptorFields, OneHasNoNumberSeveralHave) {
  EXPECT_EQ(name_at(descriptor_fields("tx_completion", 8, 8), 2), "value, byte 1 of 2");
  const auto two = descriptor_fields("tx_completion", 16, 8);
  EXPECT_EQ(name_at(two, 2), "entry 1 value, byte 1 of 2");
  EXPECT_EQ(name_at(two, 11), "entry 2 value, byte 2 of 2");
  expect_whole(two, 16, "two");
}

TEST(DescriptorFields, BeginInTheMiddleOfOne) {
  const auto part = descriptor_fields("rx_completion", 8, 32 + 12);
  expect_whole(part, 8, "part");
  EXPECT_EQ(name_at(part, 0), "buf_id, byte 1 of 2");
  EXPECT_EQ(name_at(part, 4), "hash, byte 1 of 4");
  // A field of which only the end is there.
  EXPECT_EQ(name_at(descriptor_fields("rx_completion", 8, 13), 0), "buf_id");
}

TEST(MessageFields, FollowTheStructs) {
  const std::vector<uint8_t> payload(sizeof(idpf::CreateVport) + 2 * sizeof(idpf::QueueRegChunk));
  const auto opcode = static_cast<uint32_t>(idpf::Opcode::kCreateVport);
  const auto answer = message_fields(opcode, Direction::kAnswer, payload);
  expect_whole(answer, payload.size(), "CREATE_VPORT");
  EXPECT_EQ(name_at(answer, offsetof(idpf::CreateVport, num_rx_q)), "num_rx_q, byte 1 of 2");
  const size_t second = sizeof(idpf::CreateVport) + sizeof(idpf::QueueRegChunk);
  EXPECT_EQ(name_at(answer, second + offsetof(idpf::QueueRegChunk, num_queues)),
            "QueueRegChunk[1].num_queues, byte 1 of 4");
  // The request is the head alone.
  EXPECT_EQ(name_at(message_fields(opcode, Direction::kRequest, payload), second),
            "byte " + std::to_string(second));
}

TEST(MessageFields, GoIntoStructsInside) {
  const std::vector<uint8_t> payload(sizeof(idpf::GetCapabilities));
  const auto fields =
      message_fields(static_cast<uint32_t>(idpf::Opcode::kGetCaps), Direction::kAnswer, payload);
  expect_whole(fields, payload.size(), "GET_CAPS");
}

TEST(MessageFields, OfEventsByTheirCode) {
  std::vector<uint8_t> payload(sizeof(idpf::PspEvent));
  const auto opcode = static_cast<uint32_t>(idpf::Opcode::kEvent);
  payload[0] = 1;
  EXPECT_EQ(name_at(message_fields(opcode, Direction::kAnswer, payload), 12), "link_status");
  payload[0] = 0x31;  // 30001
  payload[1] = 0x75;
  EXPECT_EQ(name_at(message_fields(opcode, Direction::kAnswer, payload), 12), "phase");
}

TEST(MessageFields, EndWhereThePayloadEnds) {
  const std::vector<uint8_t> payload(5);
  const auto fields =
      message_fields(static_cast<uint32_t>(idpf::Opcode::kVersion), Direction::kAnswer, payload);
  expect_whole(fields, payload.size(), "VERSION");
  EXPECT_TRUE(message_fields(12345, Direction::kAnswer, payload).empty());
}

}  // namespace
}  // namespace pspnic::diff
