// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/model/sanitizer/config_kit.h"
#include "testbench/tests/model/sanitizer/pairs.h"

namespace pspnic::misbehave {

namespace {

using Rule = DriverRule;
using Bench = test::ConfigQueueBench;
using Posted = idpf::ConfigQueueDescriptor;

constexpr const char* kFirst = "config queue 0 commands, descriptor 0";

// A command with a record, changed.
Violations spoilt(void (*change)(Posted&)) {
  Bench bench;
  const uint16_t index = bench.put_add({Bench::record(1, 1)});
  Posted descriptor = bench.get(0, index);
  change(descriptor);
  bench.put(0, index, descriptor);
  bench.ring();
  bench.run();
  return bench.violations.first();
}
Violations unspoilt() {
  return spoilt([](Posted&) {});
}
Violations fence(uint16_t bytes) {
  Bench bench;
  const uint16_t index = bench.put_fence();
  Posted descriptor = bench.get(0, index);
  descriptor.datalen = bytes;
  bench.put(0, index, descriptor);
  bench.ring();
  bench.run();
  return bench.violations.first();
}
// Five commands, and a tail that goes back over some.
Violations tail_behind(uint16_t tail) {
  Bench bench;
  for (int i = 0; i < 5; ++i) bench.put_add({Bench::record(idpf::kPspSaIdxAny, 1)});
  bench.ring();
  bench.run();
  bench.queues.write_tail(Bench::Direction::kCommands, 0, tail);
  bench.run();
  return bench.violations.first();
}
Violations answered_into(uint16_t bytes) {
  Bench bench;
  bench.post_buffer(0, bytes);
  bench.put_add({Bench::record(1, 1)}, Bench::Response::kAlways);
  bench.ring();
  bench.run();
  return bench.violations.first();
}

// The opcode behind the last one that there is, and the last.
Violations opcode(uint16_t behind_fence) {
  ConfigKit kit;
  Posted command;
  command.opcode =
      Bench::Opcode{static_cast<uint16_t>(static_cast<unsigned>(Bench::Opcode::kSaFence) + behind_fence)};
  return kit.done(kit.put_command(command));
}
Violations iv_from(uint64_t first) {
  ConfigKit kit;
  idpf::PspTxSa sa = Bench::record(1, 1);
  sa.iv_init = first;
  return kit.done(kit.put_add({sa}));
}

}  // namespace

std::vector<Pair> config_queue_pairs() {
  return {
      {Rule::kCfgqOverwrite, "config queue 0 commands, descriptor 0", [] { return tail_behind(2); },
       [] { return tail_behind(5); }},
      {Rule::kCfgqRecords, kFirst, [] { return spoilt([](Posted& d) { d.datalen = 0; }); }, unspoilt},
      {Rule::kCfgqFence, kFirst, [] { return fence(64); }, [] { return fence(0); }},
      {Rule::kCfgqCount, kFirst, [] { return spoilt([](Posted& d) { d.num_records = 5; }); }, unspoilt},
      {Rule::kCfgqLength, kFirst, [] { return spoilt([](Posted& d) { d.datalen = 63; }); }, unspoilt},
      {Rule::kCfgqFlags, kFirst, [] { return spoilt([](Posted& d) { d.flags = 0; }); }, unspoilt},
      {Rule::kCfgqBufferSmall, "config queue 0 answers, descriptor 0", [] { return answered_into(63); },
       [] { return answered_into(64); }},
      {Rule::kCfgqOpcode, kFirst, [] { return opcode(1); }, [] { return opcode(0); }},
      {Rule::kPspIvAhead, "config queue 0 commands, descriptor 0, record 0", [] { return iv_from(~0ull); },
       [] { return iv_from(Bench::kEpoch); }},
  };
}

}  // namespace pspnic::misbehave
