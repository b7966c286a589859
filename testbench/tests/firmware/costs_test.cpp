// SPDX-License-Identifier: Apache-2.0
#include "firmware/costs.h"

#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

TEST(Costs, EveryMessageCostsSomething) {
  EXPECT_GT(command_cycles(Opcode{12345}, {}), 0u);
  EXPECT_GT(command_cycles(Opcode::kCreateVport, {}), command_cycles(Opcode::kVersion, {}));
}

TEST(Costs, BulkIsCheaperThanSingleMessages) {
  const auto cost = [](uint16_t count) {
    const idpf::PspRxSaList header{.num_sa = count};
    return command_cycles(Opcode::kPspAllocRxSa, to_bytes(header, std::vector<idpf::PspRxSa>(count)));
  };
  EXPECT_EQ(cost(20) - cost(10), 10 * (cost(2) - cost(1)));
  EXPECT_LT(cost(85), 85 * cost(1));
}

TEST(Costs, ALieAboutTheCountCostsNothing) {
  const Bytes honest = to_bytes(idpf::PspRxSaList{.num_sa = 1}, {idpf::PspRxSa{}});
  const Bytes lie = to_bytes(idpf::PspRxSaList{.num_sa = 0xFFFF}, {idpf::PspRxSa{}});
  EXPECT_EQ(command_cycles(Opcode::kPspAllocRxSa, lie), command_cycles(Opcode::kPspAllocRxSa, honest));
  EXPECT_EQ(command_cycles(Opcode::kPspAllocRxSa, Bytes(3)), command_cycles(Opcode::kPspAllocRxSa, {}));
}

TEST(Costs, ControlPlaneAsksTheTable) {
  ControlBench bench;
  MailboxMessage message;
  message.descriptor.v_opcode = Opcode::kPspRotateKey;
  EXPECT_EQ(bench.plane.cycles(message), command_cycles(Opcode::kPspRotateKey, {}));
}

}  // namespace
}  // namespace pspnic::firmware
