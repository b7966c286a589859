// SPDX-License-Identifier: Apache-2.0
// Mailbox rings by themselves, and requests to a whole card's firmware.
#include "testbench/polling/driver.h"
#include "testbench/polling/messages.h"
#include "testbench/tests/model/nic/hostile_bench.h"
#include "testbench/tests/model/sanitizer/card_kit.h"
#include "testbench/tests/model/sanitizer/mailbox_kit.h"
#include "testbench/tests/model/sanitizer/pairs.h"

namespace pspnic::misbehave {

namespace {

using Rule = DriverRule;
using idpf::Opcode;
using polling::bytes_of;

constexpr const char* kRequest = "mailbox ring ATQ, descriptor 0";

Violations request(void (*change)(idpf::MailboxDescriptor&)) {
  MailboxKit kit;
  kit.request(change);
  return kit.violations.first();
}
Violations as_it_should() {
  return request([](idpf::MailboxDescriptor&) {});
}
Violations twice(bool answered) {
  MailboxKit kit;
  kit.set_up_receive();
  kit.request([](idpf::MailboxDescriptor&) {});
  if (answered) kit.send(Bytes(8, 1), kCookie);
  kit.run();
  kit.put_request(1, Bytes(64, 1), kCookie);
  kit.write(idpf::Register::kAtqt, 2);
  kit.run();
  return kit.violations.first();
}
Violations answered_into_room_of(uint16_t bytes) {
  MailboxKit kit;
  kit.set_up_receive();
  idpf::MailboxDescriptor buffer = kit.get(kit.arq, 0);
  buffer.datalen = bytes;
  kit.put(kit.arq, 0, buffer);
  kit.send(Bytes(100, 1));
  kit.run();
  return kit.violations.first();
}
Violations ring_moved_by(uint64_t bytes) {
  MailboxKit kit;
  kit.atq += bytes;
  kit.set_up_transmit();
  return kit.violations.first();
}
// A message waits, and a buffer comes just before the limit, or never.
Violations without_buffers(bool for_ever) {
  MailboxKit kit;
  kit.set_up_receive(0);
  kit.send(Bytes(100, 1));
  if (!for_ever) kit.at(kit.events.now() + kLimit - 1, [&kit] { kit.write(idpf::Register::kArqt, 1); });
  kit.run();
  return kit.violations.first();
}

// A mailbox of a whole card, which has agreed on a version and on all capabilities.
Violations asked(void (*ask)(nic::RawMailbox&)) {
  return on_card([ask](CardKit& kit) {
    nic::RawMailbox mailbox(kit.host(), host::kPhysicalRegisters.mailbox);
    mailbox.set_up();
    ask(mailbox);
  });
}
Violations negotiated(Opcode opcode, const Bytes& payload) {
  return on_card([&](CardKit& kit) {
    nic::RawMailbox mailbox(kit.host(), host::kPhysicalRegisters.mailbox);
    mailbox.set_up();
    mailbox.negotiate();
    mailbox.call(opcode, payload);
  });
}
Violations oem_caps(uint64_t granted) {
  return on_card([granted](CardKit& kit) {
    nic::RawMailbox mailbox(kit.host(), host::kPhysicalRegisters.mailbox);
    mailbox.set_up();
    mailbox.call(Opcode::kVersion, bytes_of(idpf::VersionInfo{2, 0}));
    mailbox.call(Opcode::kGetCaps, bytes_of(idpf::GetCapabilities{.other_caps = granted}));
    mailbox.call(Opcode::kGetOemCaps, bytes_of(idpf::OemCaps{0}));
  });
}
Violations vectors_given_up(bool stopped) {
  return on_card([stopped](CardKit& kit) {
    polling::Driver driver(kit.host(), {});
    driver.probe();
    driver.start();
    if (stopped) return driver.stop();
    const idpf::VectorChunk chunk{.start_vector_id = 1, .num_vectors = 1};
    driver.status_of(Opcode::kDeallocVectors,
                     polling::message(idpf::VectorChunks{.num_vchunks = 1}, {chunk}));
  });
}

std::vector<Pair> form_pairs() {
  using Request = idpf::MailboxDescriptor;
  return {
      {Rule::kMbxLength, kRequest, [] { return request([](Request& r) { r.datalen = 4097; }); },
       [] { return request([](Request& r) { r.datalen = 4096; }); }},
      {Rule::kMessageUnmapped, kRequest,
       [] { return request([](Request& r) { r.address = FlatMemory::kUnmapped; }); }, as_it_should},
      {Rule::kMbxBufferSmall, "mailbox ring ARQ, descriptor 0", [] { return answered_into_room_of(99); },
       [] { return answered_into_room_of(100); }},
      {Rule::kMbxReserved, kRequest, [] { return request([](Request& r) { r.flags |= 1u << 3; }); },
       as_it_should},
      {Rule::kMbxInfraOpcode, kRequest,
       [] { return request([](Request& r) { r.opcode = idpf::MailboxOpcode::kSendToPeerPf; }); },
       as_it_should},
      {Rule::kMbxCookieReuse, "mailbox ring ATQ, descriptor 1", [] { return twice(false); },
       [] { return twice(true); }},
      {Rule::kMbxBuffersMissing, "mailbox ring ARQ", [] { return without_buffers(true); },
       [] { return without_buffers(false); }},
      {Rule::kMbxRingAlignment, "mailbox ring ATQ", [] { return ring_moved_by(64); },
       [] { return ring_moved_by(128); }},
  };
}

std::vector<Pair> refused_pairs() {
  return {
      {Rule::kMbxOpcode, "mailbox ring ATQ, descriptor 3", [] { return negotiated(Opcode{4000}, Bytes(8)); },
       [] {
         return negotiated(Opcode::kGetPtypeInfo, Bytes{0, 0, 58, 0, 0, 0, 0, 0});
       }},
      {Rule::kMbxState, kRequest,
       [] { return asked([](nic::RawMailbox& m) { m.call(Opcode::kGetCaps, Bytes(80)); }); },
       [] { return asked([](nic::RawMailbox& m) { m.negotiate(); }); }},
      {Rule::kMbxArgument, kRequest,
       [] { return asked([](nic::RawMailbox& m) { m.call(Opcode::kVersion, Bytes(4)); }); },
       [] {
         return asked([](nic::RawMailbox& m) {
           m.call(Opcode::kVersion, bytes_of(idpf::VersionInfo{2, 0}));
         });
       }},
      {Rule::kMbxObject, "mailbox ring ATQ, descriptor 3",
       [] { return negotiated(Opcode::kEnableVport, bytes_of(idpf::VportMessage{.vport_id = 9})); },
       [] {
         return negotiated(Opcode::kGetPtypeInfo, Bytes{0, 0, 58, 0, 0, 0, 0, 0});
       }},
      {Rule::kMbxNotGranted, "mailbox ring ATQ, descriptor 2", [] { return oem_caps(0); },
       [] { return oem_caps(~0ull); }},
      {Rule::kMbxBusy, "mailbox ring ATQ, descriptor 14, entry 0", [] { return vectors_given_up(false); },
       [] { return vectors_given_up(true); }},
  };
}

}  // namespace

std::vector<Pair> mailbox_pairs() {
  std::vector<Pair> pairs = form_pairs();
  for (const Pair& pair : refused_pairs()) pairs.push_back(pair);
  return pairs;
}

}  // namespace pspnic::misbehave
