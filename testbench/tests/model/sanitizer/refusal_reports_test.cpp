// SPDX-License-Identifier: Apache-2.0
// What reports of refusals say, and that what is no driver's fault gives none.
#include <algorithm>

#include "testbench/tests/model/sanitizer/asking_kit.h"
#include "testbench/tests/model/sanitizer/config_kit.h"
#include "testbench/tests/model/sanitizer/mailbox_kit.h"

namespace pspnic::misbehave {
namespace {

void expect_one(const Violations& seen, const std::string& place, const std::string& field,
                const std::string& found, const std::string& expected) {
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].place(), place);
  EXPECT_EQ(seen[0].field, field);
  EXPECT_EQ(seen[0].seen, found);
  EXPECT_EQ(seen[0].expected, expected);
}

TEST(RefusalReports, AMessageNamesEntryAndField) {
  expect_one(asking([](AskingKit& kit) { kit.configure(0, 63); }), "mailbox ring ATQ, descriptor 4, entry 0",
             "ring_len", "63 in CONFIG_TX_QUEUES (505), answered EINVAL", "a multiple of 32, 32 to 8192");
}

TEST(RefusalReports, AnEntryOfAListNamesItsField) {
  const auto play = [](AskingKit& kit) {
    idpf::PspTxSa sa = kit.sa(1);
    sa.key_len = 15;
    sa.key.fill(0xab);
    kit.add(sa);
  };
  const Violations seen = asking(play);
  expect_one(seen, "mailbox ring ATQ, descriptor 3, entry 0", "key_len",
             "15 in PSP_ADD_TX_SA (30004), answered PSP_BAD_KEY_LEN", "16");
  EXPECT_EQ(base::explain(seen[0], "card").find("ab"), std::string::npos) << "of the key";
}

TEST(RefusalReports, AMissingCapabilityIsNamed) {
  const auto play = [](AskingKit& kit) {
    kit.ask(Opcode::kVersion, polling::bytes_of(idpf::VersionInfo{2, 0}));
    kit.ask(Opcode::kGetCaps, polling::bytes_of(idpf::GetCapabilities{.other_caps = ~0ull}));
    kit.ask(Opcode::kPspRotateKey, polling::bytes_of(idpf::PspRotateKey{.vport_id = kWholeFunction}));
  };
  expect_one(asking(play, false), "mailbox ring ATQ, descriptor 2", "v_opcode",
             "PSP_ROTATE_KEY (30002), answered EPERM",
             "capability PSP messages (caps bit 32), from GET_OEM_CAPS");
}

TEST(RefusalReports, ARequestWithoutCookieHasItsDescriptorToo) {
  const auto play = [](AskingKit& kit) {
    kit.mailbox().post(Opcode::kEnableVport, polling::bytes_of(idpf::VportMessage{.vport_id = 9}));
    kit.mailbox().ring();
    kit.card().host().delay(test::kFlight);
  };
  expect_one(asking(play), "mailbox ring ATQ, descriptor 3", "vport_id",
             "9 in ENABLE_VPORT (503), answered ENXIO", "of a vport that has been created");
}

TEST(RefusalReports, WhatIsUsedUpIsNoFault) {
  const auto play = [](AskingKit& kit) {
    kit.ask(Opcode::kAllocVectors, polling::bytes_of(idpf::AllocVectors{.num_vectors = 60000}));
    for (int i = 0; i < 65; ++i) kit.add(kit.sa(idpf::kPspSaIdxAny));
  };
  EXPECT_TRUE(asking(play).empty());
}

TEST(RefusalReports, RecordsOfConfigQueuesNameTheirField) {
  ConfigKit kit;
  idpf::PspTxSa bad = test::ConfigQueueBench::record(2, 2);
  bad.key_len = 15;
  const uint16_t index = kit.put_add({test::ConfigQueueBench::record(1, 1), bad});
  expect_one(kit.done(index), "config queue 0 commands, descriptor 0, record 1", "key_len",
             "15, completed with BAD_KEY_LEN", "16");
}

TEST(RefusalReports, ADirectCommandHasNoRecord) {
  ConfigKit kit;
  expect_one(kit.done(kit.put_delete(3, 1)), "config queue 0 commands, descriptor 0", "sa_idx",
             "3, completed with NOT_FOUND", "a slot with an SA of its own");
}

TEST(RefusalReports, ASlotThatPacketsNeedIsNoFault) {
  ConfigKit kit;
  kit.done(kit.put_add({test::ConfigQueueBench::record(1, 1)}));
  ASSERT_NE(kit.sas.acquire(test::ConfigQueueBench::kFirst + 1, 1), nullptr);
  idpf::PspTxSa again = test::ConfigQueueBench::record(1, 2);
  again.flags = idpf::kPspTxSaOverwrite;
  EXPECT_TRUE(kit.done(kit.put_add({again})).empty());
}

// What is wrong is the flag that is missing, not the length beside it.
TEST(RefusalReports, ARequestWithoutTheFlagOfItsPayload) {
  MailboxKit asks;
  asks.request([](idpf::MailboxDescriptor& request) {
    request.flags = static_cast<uint16_t>(request.flags & ~idpf::kMbxFlagBuf);
  });
  ASSERT_EQ(asks.violations.count(), 1u);
  EXPECT_EQ(asks.violations.first()[0].rule, DriverRule::kMbxArgument);
  EXPECT_EQ(asks.violations.first()[0].field, "flags");
  EXPECT_EQ(asks.violations.first()[0].seen, "0x400, and datalen 64");
}

TEST(RefusalReports, AMailboxBufferWithoutItsFlag) {
  MailboxKit waits;
  waits.set_up_receive();
  idpf::MailboxDescriptor buffer = waits.get(waits.arq, 0);
  buffer.flags = 0;
  waits.put(waits.arq, 0, buffer);
  waits.send(Bytes(100, 1));
  waits.run();
  ASSERT_EQ(waits.violations.count(), 1u);
  EXPECT_EQ(waits.violations.first()[0].rule, DriverRule::kMbxBufferSmall);
  EXPECT_EQ(waits.violations.first()[0].field, "flags");
}

TEST(RefusalReports, AConfigQueuesBufferWithoutItsFlag) {
  test::ConfigQueueBench commands;
  commands.post_buffer(0, 64);
  auto answer = commands.get(1, 0);
  answer.flags = 0;
  commands.put(1, 0, answer);
  commands.put_add({commands.record(1, 1)}, test::ConfigQueueBench::Response::kAlways);
  commands.ring();
  commands.run();
  ASSERT_EQ(commands.violations.count(), 1u);
  EXPECT_EQ(commands.violations.first()[0].rule, DriverRule::kCfgqBufferSmall);
  EXPECT_EQ(commands.violations.first()[0].field, "flags");
}

TEST(RefusalReports, RingsOfAMailboxMustNotOverlap) {
  const auto play = [](AskingKit& kit) {
    const host::MailboxRegisters& at = kit.mailbox().registers();
    const auto requests = [&](uint64_t offset) {
      return kit.card().host().read32(host::Space::kBar0, offset);
    };
    kit.mailbox().write(at.arqlen, 0);
    kit.mailbox().write(at.arqbal, requests(at.atqbal) + 63 * 32);
    kit.mailbox().write(at.arqbah, requests(at.atqbah));
    kit.mailbox().write(at.arqlen, nic::RawMailbox::kRing | idpf::kMbxLenEnable);
  };
  const Violations seen = asking(play);
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(std::ranges::count(seen, DriverRule::kRingOverlap, &base::Violation::rule), 1);
}

TEST(RefusalReports, ARingOfBeforeIsForgottenWithItsMailbox) {
  const auto play = [](AskingKit& kit) {
    kit.mailbox().write(kit.mailbox().registers().atqlen, 0);
    kit.mailbox().write(kit.mailbox().registers().arqlen, 0);
    kit.mailbox().set_up();
    kit.mailbox().negotiate();
  };
  EXPECT_TRUE(asking(play).empty());
}

TEST(RefusalReports, RingsOfConfigQueuesMustNotOverlap) {
  ConfigKit kit;
  using Direction = test::ConfigQueueBench::Direction;
  kit.queues.configure(Direction::kCommands, 0, kit.rings[0], 32, 1);
  kit.queues.configure(Direction::kAnswers, 0, kit.rings[0] + 31 * 32, 32, 1);
  ASSERT_EQ(kit.violations.first().size(), 1u);
  EXPECT_EQ(kit.violations.first()[0].rule, DriverRule::kRingOverlap);
  EXPECT_EQ(kit.violations.first()[0].site.kind, base::Site::Kind::kConfigAnswers);
}

}  // namespace
}  // namespace pspnic::misbehave
