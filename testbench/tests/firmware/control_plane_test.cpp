// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

std::array<uint8_t, 32> encoded(const MailboxMessage& message) {
  std::array<uint8_t, 32> bytes{};
  message.descriptor.encode(bytes);
  return bytes;
}

// Request with every echoed field set, as bytes from the ring.
MailboxMessage raw_request(uint16_t opcode, Bytes payload) {
  std::array<uint8_t, 32> bytes = {0x00, 0x14, 0x01, 0x08, 0x08, 0x00, 0x00, 0x00, 0,    0,    0x00,
                                   0x00, 0,    0,    0,    0,    0xa1, 0xa2, 0xa3, 0xa4, 0x07, 0x5c,
                                   0xb1, 0xb2, 0,    0,    0,    0,    0,    0,    0,    0};
  bytes[8] = static_cast<uint8_t>(opcode);
  bytes[9] = static_cast<uint8_t>(opcode >> 8);
  MailboxMessage message;
  message.descriptor = idpf::MailboxDescriptor::decode(bytes);
  message.payload = std::move(payload);
  return message;
}

TEST(MailboxReply, HeaderIsExact) {
  ControlBench bench;
  bench.plane.handle(raw_request(1, {2, 0, 0, 0, 0, 0, 0, 0}));
  ASSERT_EQ(bench.hardware.sent.size(), 1u);
  const std::array<uint8_t, 32> expected = {
      0x03, 0x10, 0x04, 0x08, 0x08, 0x00, 0x00, 0x00,   // DD CMP BUF, 0804h, 8 bytes, ret_val 0
      0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,   // v_opcode 1, v_retval 0
      0xa1, 0xa2, 0xa3, 0xa4, 0x07, 0x5c, 0xb1, 0xb2};  // echoed
  EXPECT_EQ(encoded(bench.hardware.sent[0]), expected);
  EXPECT_EQ(bench.hardware.sent[0].payload, (Bytes{2, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(MailboxReply, UnknownOpcodeEchoesItsPayloadWithStatus3) {
  ControlBench bench;
  const Bytes payload = {9, 8, 7, 6, 5, 4, 3, 2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1};
  bench.plane.handle(raw_request(999, payload));
  ASSERT_EQ(bench.hardware.sent.size(), 1u);
  const std::array<uint8_t, 32> expected = {0x03, 0x10, 0x04, 0x08, 18,   0,    0,    0,
                                            0xe7, 0x03, 0,    0,    3,    0,    0,    0,
                                            0xa1, 0xa2, 0xa3, 0xa4, 0x07, 0x5c, 0xb1, 0xb2};
  EXPECT_EQ(encoded(bench.hardware.sent[0]), expected);
  EXPECT_EQ(bench.hardware.sent[0].payload, payload);
}

TEST(MailboxReply, PayloadIsNeverEmptyAndNeverTooLong) {
  ControlBench bench;
  EXPECT_EQ(bench.send(Opcode{777}, Bytes{}).payload, Bytes(16));
  EXPECT_EQ(bench.send(Opcode{777}, Bytes(10000, 1)).payload, Bytes(4096, 1));
}

TEST(MailboxReply, ResetVfHasNoAnswerAndNoEffect) {
  ControlBench bench;
  bench.negotiate();
  bench.bring_up();
  const uint64_t digest = bench.plane.state_digest();
  bench.hardware.sent.clear();
  bench.post(Opcode::kResetVf, {});
  bench.post(Opcode::kResetVf, Bytes(100));
  EXPECT_TRUE(bench.hardware.sent.empty());
  EXPECT_EQ(bench.plane.state_digest(), digest);
}

TEST(MailboxReply, OrderOfNegotiationIsKept) {
  ControlBench bench;
  EXPECT_EQ(bench.status_of(Opcode::kGetCaps, idpf::GetCapabilities{}), Status::kEsm);
  EXPECT_EQ(bench.send(Opcode::kVersion, idpf::VersionInfo{1, 0}).status,
            Status::kSuccess);  // answered, not agreed
  EXPECT_EQ(bench.status_of(Opcode::kGetCaps, idpf::GetCapabilities{}), Status::kEsm);
  EXPECT_EQ(bench.send(Opcode::kVersion, idpf::VersionInfo{2, 0}).status, Status::kSuccess);
  EXPECT_EQ(bench.status_of(Opcode::kCreateVport, Bytes(160)), Status::kEsm);
  EXPECT_EQ(bench.status_of(Opcode::kGetCaps, idpf::GetCapabilities{}), Status::kSuccess);
}

TEST(MailboxReply, LinkEventFollowsTheEnableReply) {
  ControlBench bench;
  bench.negotiate();
  bench.create_vport();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(bench.send(Opcode::kEnableVport, idpf::VportMessage{}).status, Status::kSuccess);
    ASSERT_EQ(bench.hardware.sent.size(), 1u);
    const std::array<uint8_t, 32> header = {0x03, 0x10, 0x04, 0x08, 0x10, 0, 0, 0, 0x0a, 0x02};
    EXPECT_EQ(encoded(bench.hardware.sent[0]), header);
    EXPECT_EQ(bench.hardware.sent[0].payload, (Bytes{1, 0, 0, 0, 0x40, 0x0d, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0}));
    EXPECT_EQ(bench.send(Opcode::kDisableVport, idpf::VportMessage{}).status, Status::kSuccess);
    EXPECT_TRUE(bench.hardware.sent.empty());
  }
}

TEST(MailboxReply, NothingHappensBeforeTheFirstReset) {
  FakeHardware hardware;
  ControlPlane plane(hardware);
  hardware.plane = &plane;
  plane.handle(raw_request(1, Bytes(8)));
  plane.hardware_done(1);
  EXPECT_TRUE(hardware.sent.empty());
  EXPECT_EQ(hardware.writes, 0u);
}

// The memory stays with the message, so that it can be looked at.
TEST(MailboxMessage, ForgetsItsPayload) {
  MailboxMessage message;
  message.payload.assign(64, 0xa5);
  const uint8_t* memory = message.payload.data();
  message.forget_payload();
  EXPECT_TRUE(message.payload.empty());
  EXPECT_EQ(std::count(memory, memory + 64, 0xa5), 0);

  MailboxMessage next;
  next.payload.assign(8, 0x77);
  message.payload.assign(64, 0xa5);
  message = std::move(next);
  EXPECT_EQ(message.payload, Bytes(8, 0x77));
  EXPECT_EQ(std::count(memory, memory + 64, 0xa5), 0) << "what it held before";
}

// What the mailbox asks, so as not to take without end what cannot be answered.
TEST(Unanswered, AreThoseThatWaitForTheDataPathOrBehindAFence) {
  ControlBench bench;
  bench.negotiate(true);
  const idpf::PspTxSaList add{.vport_id = idpf::kVportNone, .num_sa = 1};
  bench.send(Opcode::kPspAddTxSa, to_bytes(add, {{.sa_idx = 3, .spi = 5, .key_len = 16}}));
  bench.hardware.hold_work = true;
  bench.hardware.sent.clear();
  const auto post = [&](Opcode opcode, const Bytes& payload, uint16_t flags, Origin origin) {
    MailboxMessage request;
    request.descriptor.v_opcode = opcode;
    request.descriptor.v_flags = flags;
    request.payload = payload;
    bench.plane.handle(request, origin);
  };
  const Bytes all = to_bytes(idpf::PspTxSaDel{.vport_id = idpf::kVportNone, .flags = idpf::kPspDelAll});
  const Bytes stats = to_bytes(idpf::PspStats{.vport_id = idpf::kVportNone});
  EXPECT_EQ(bench.plane.unanswered(), 0u);
  post(Opcode::kPspDelTxSa, all, 0, Origin::kFunction);
  post(Opcode::kPspDelTxSa, all, idpf::kVflagRespOnErrorOnly, Origin::kFunction);
  EXPECT_EQ(bench.plane.unanswered(), 2u);
  post(Opcode::kPspGetStats, stats, idpf::kVflagFence, Origin::kFunction);
  EXPECT_EQ(bench.plane.unanswered(), 3u);
  post(Opcode::kPspGetStats, stats, 0, Origin::kFunction);
  post(Opcode::kPspDelTxSa, all, 0, Origin::kManagement);
  EXPECT_EQ(bench.plane.unanswered(), 3u) << "answered, and not the function's";
  EXPECT_EQ(bench.hardware.sent.size(), 1u);
  bench.hardware.finish_work();
  EXPECT_EQ(bench.plane.unanswered(), 0u);
  EXPECT_EQ(bench.hardware.sent.size(), 3u);
  post(Opcode::kPspDelTxSa, all, 0, Origin::kFunction);
  bench.plane.reset();
  EXPECT_EQ(bench.plane.unanswered(), 0u);
}

}  // namespace
}  // namespace pspnic::firmware
