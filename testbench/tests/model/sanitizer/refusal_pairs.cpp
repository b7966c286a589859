// SPDX-License-Identifier: Apache-2.0
// What the firmware refuses for a reason that has a rule of its own.
#include "testbench/tests/model/sanitizer/asking_kit.h"
#include "testbench/tests/model/sanitizer/pairs.h"

namespace pspnic::misbehave {

namespace {

using Rule = DriverRule;

constexpr const char* kFourth = "mailbox ring ATQ, descriptor 3, entry 0";
constexpr const char* kFifth = "mailbox ring ATQ, descriptor 4, entry 0";
constexpr base::Time kInterval = base::kMs;

Violations added(void (*change)(idpf::PspTxSa&)) {
  return asking([change](AskingKit& kit) {
    idpf::PspTxSa sa = kit.sa(1);
    change(sa);
    kit.add(sa);
  });
}
Violations unchanged() {
  return added([](idpf::PspTxSa&) {});
}
// A second SA for the slot.
Violations added_again(uint16_t flags) {
  return asking([flags](AskingKit& kit) {
    kit.add(kit.sa(1));
    idpf::PspTxSa again = kit.sa(1);
    again.flags = flags;
    kit.add(again);
  });
}
// Behind the addition of slot 1.
Violations deleted(const std::vector<idpf::PspTxSaId>& list) {
  return asking([&](AskingKit& kit) {
    kit.add(kit.sa(1));
    kit.del(list);
  });
}
Violations freed(int times) {
  return asking([times](AskingKit& kit) {
    const idpf::PspRxSaList one{.vport_id = kWholeFunction, .num_sa = 1};
    const Bytes answer = kit.ask(Opcode::kPspAllocRxSa, one, {{}});
    const auto sa = idpf::read_element<idpf::PspRxSaList>(answer, 0).value();
    for (int i = 0; i < times; ++i) kit.ask(Opcode::kPspFreeRxSa, one, {sa});
  });
}
Violations rotated_again_after(base::Time pause) {
  nic::NicParams params = strict_card();
  params.control.min_rotate_interval = {kInterval};
  const auto play = [pause](AskingKit& kit) {
    const Bytes request = polling::bytes_of(idpf::PspRotateKey{.vport_id = kWholeFunction});
    kit.ask(Opcode::kPspRotateKey, request);
    kit.card().host().delay(pause);
    kit.ask(Opcode::kPspRotateKey, request);
  };
  return asking(play, true, params);
}
Violations configured(uint64_t ring_offset, uint16_t ring_length) {
  return asking([=](AskingKit& kit) { kit.configure(ring_offset, ring_length); });
}

std::vector<Pair> added_pairs() {
  return {
      {Rule::kPspSaVersion, kFourth, [] { return added([](idpf::PspTxSa& sa) { sa.version = 9; }); },
       unchanged},
      {Rule::kPspSaKeyLength, kFourth, [] { return added([](idpf::PspTxSa& sa) { sa.key_len = 15; }); },
       unchanged},
      {Rule::kPspSaSpi, kFourth, [] { return added([](idpf::PspTxSa& sa) { sa.spi = 0; }); }, unchanged},
      {Rule::kPspSaSlot, kFourth, [] { return added([](idpf::PspTxSa& sa) { sa.sa_idx = 64; }); },
       [] { return added([](idpf::PspTxSa& sa) { sa.sa_idx = 63; }); }},
      {Rule::kPspSaExists, kFifth, [] { return added_again(0); },
       [] { return added_again(idpf::kPspTxSaOverwrite); }},
  };
}

}  // namespace

std::vector<Pair> refusal_pairs() {
  std::vector<Pair> pairs = {
      {Rule::kPspSaAbsent, kFifth,
       [] {
         return deleted({{2, TxKit::kTag}});
       },
       [] {
         return deleted({{1, TxKit::kTag}});
       }},
      {Rule::kPspSaWrongTag, kFifth,
       [] {
         return deleted({{1, TxKit::kTag + 1}});
       },
       [] {
         return deleted({{1, TxKit::kTag}});
       }},
      {Rule::kPspSaErasing, "mailbox ring ATQ, descriptor 4, entry 1",
       [] {
         return deleted({{1, TxKit::kTag}, {1, TxKit::kTag}});
       },
       [] {
         return deleted({{1, TxKit::kTag}});
       }},
      {Rule::kPspSpiUnknown, "mailbox ring ATQ, descriptor 5, entry 0", [] { return freed(2); },
       [] { return freed(1); }},
      {Rule::kPspRotateInterval, "mailbox ring ATQ, descriptor 4",
       [] { return rotated_again_after(kInterval / 2); }, [] { return rotated_again_after(kInterval); }},
      {Rule::kRingAlignment, kFifth, [] { return configured(64, 64); }, [] { return configured(128, 64); }},
      {Rule::kRingLength, kFifth, [] { return configured(0, 63); }, [] { return configured(0, 64); }},
  };
  for (const Pair& pair : added_pairs()) pairs.push_back(pair);
  return pairs;
}

}  // namespace pspnic::misbehave
