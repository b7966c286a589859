// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/mov.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "testbench/dpdk/mmio_trap.h"

namespace pspnic::dpdk {
namespace {

struct Case {
  std::vector<uint8_t> code;
  bool write;
  bool constant;
  unsigned general;
  uint32_t value;
};

// Encodings as the assembler makes them.
const std::vector<Case> kMoves = {
    {{0x89, 0x02}, true, false, 0, 0},                                // mov [rdx], eax
    {{0x89, 0x4a, 0x10}, true, false, 1, 0},                          // mov [rdx+16], ecx
    {{0x89, 0xb2, 0x24, 0x00, 0x40, 0x08}, true, false, 6, 0},        // mov [rdx+0x8400024], esi
    {{0x44, 0x89, 0x00}, true, false, 8, 0},                          // mov [rax], r8d
    {{0x45, 0x89, 0x7c, 0x24, 0x08}, true, false, 15, 0},             // mov [r12+8], r15d
    {{0x41, 0x89, 0x1c, 0x24}, true, false, 3, 0},                    // mov [r12], ebx
    {{0x89, 0x04, 0x25, 0x00, 0x10, 0x00, 0x00}, true, false, 0, 0},  // mov [0x1000], eax
    {{0x89, 0x3d, 0x78, 0x56, 0x34, 0x12}, true, false, 7, 0},        // mov [rip+disp32], edi
    {{0x8b, 0x80, 0x08, 0x70, 0x40, 0x08}, false, false, 0, 0},       // mov eax, [rax+0x8407008]
    {{0x45, 0x8b, 0x28}, false, false, 13, 0},                        // mov r13d, [r8]
    {{0x8b, 0x44, 0x88, 0x04}, false, false, 0, 0},                   // mov eax, [rax+rcx*4+4]
    {{0xc7, 0x00, 0x3f, 0x00, 0x00, 0x00}, true, true, 0, 0x3f},      // mov dword [rax], 0x3f
    {{0x41, 0xc7, 0x45, 0x04, 0x40, 0x00, 0x00, 0x80}, true, true, 0, 0x80000040},  // mov dword [r13+4], ..
};

TEST(Mov, TakesTheFormsOfRegisterAccesses) {
  for (const Case& move : kMoves) {
    SCOPED_TRACE(testing::PrintToString(move.code));
    const std::optional<Mov> mov = decode_mov(move.code.data());
    ASSERT_TRUE(mov);
    EXPECT_EQ(mov->write, move.write);
    EXPECT_EQ(mov->constant, move.constant);
    EXPECT_EQ(mov->code_bytes, move.code.size());
    if (move.constant) {
      EXPECT_EQ(mov->value, move.value);
    } else {
      EXPECT_EQ(mov->general, move.general);
    }
  }
}

TEST(Mov, LeavesAllElse) {
  const std::vector<std::vector<uint8_t>> others = {
      {0x48, 0x89, 0x02},                    // mov [rdx], rax: 64 bits
      {0x66, 0x89, 0x02},                    // mov [rdx], ax
      {0x88, 0x02},                          // mov [rdx], al
      {0x89, 0xd0},                          // mov eax, edx: no memory
      {0x01, 0x02},                          // add [rdx], eax
      {0xc7, 0xf8, 0x00, 0x00, 0x00, 0x00},  // xbegin
      {0x0f, 0xae, 0x38},                    // clflush
  };
  for (const std::vector<uint8_t>& code : others) {
    EXPECT_FALSE(decode_mov(code.data())) << testing::PrintToString(code);
  }
}

class Recorder : public Registers32 {
 public:
  uint32_t read32(uint64_t offset) override {
    reads.push_back(offset);
    return static_cast<uint32_t>(0xa000'0000 + reads.size());
  }
  void write32(uint64_t offset, uint32_t value) override { writes.emplace_back(offset, value); }

  std::vector<uint64_t> reads;
  std::vector<std::pair<uint64_t, uint32_t>> writes;
};

TEST(MmioWindow, CarriesOutEachAccessInOrder) {
  Recorder recorder;
  const MmioWindow window(size_t{256} << 20, recorder);
  auto* base = static_cast<uint8_t*>(window.address());
  const auto at = [&](size_t offset) { return reinterpret_cast<volatile uint32_t*>(base + offset); };
  *at(0x8400024) = 7;
  asm volatile("" ::: "memory");  // the compiler cannot know what the write does
  *at(0x8400020) = static_cast<uint32_t>(recorder.writes.size());
  const uint32_t first = *at(0x8407008);
  const uint32_t second = *at(0x8407008);
  EXPECT_EQ(first, 0xa000'0001u);
  EXPECT_EQ(second, 0xa000'0002u);
  using Write = std::pair<uint64_t, uint32_t>;
  EXPECT_EQ(recorder.writes, (std::vector<Write>{{0x8400024, 7}, {0x8400020, 1}}));
  EXPECT_EQ(recorder.reads, (std::vector<uint64_t>{0x8407008, 0x8407008}));
  EXPECT_EQ(window.accesses(), 4u);
}

TEST(MmioWindow, ReachesTheHighRegistersAndClearsTheirUpperHalves) {
  Recorder recorder;
  const MmioWindow window(4096, recorder);
  uint64_t loaded = ~uint64_t{0};
  asm volatile(
      "movq $-1, %%r13\n\t"
      "movl 8(%1), %%r13d\n\t"
      "movq %%r13, %0\n\t"
      "movl $0x89abcdef, %%r14d\n\t"
      "movl %%r14d, 12(%1)\n\t"
      "movl $0x80000040, 16(%1)\n\t"
      : "=&r"(loaded)
      : "r"(window.address())
      : "r13", "r14", "memory");
  EXPECT_EQ(loaded, 0xa000'0001u);
  using Write = std::pair<uint64_t, uint32_t>;
  EXPECT_EQ(recorder.writes, (std::vector<Write>{{12, 0x89abcdef}, {16, 0x80000040}}));
}

TEST(MmioWindow, TellsWindowsApart) {
  Recorder recorders[2];
  const MmioWindow first(8192, recorders[0]);
  const MmioWindow second(8192, recorders[1]);
  *(static_cast<volatile uint32_t*>(second.address()) + 1) = 5;
  EXPECT_TRUE(recorders[0].writes.empty());
  ASSERT_EQ(recorders[1].writes.size(), 1u);
  EXPECT_EQ(recorders[1].writes[0].first, 4u);
}

TEST(MmioWindowDeathTest, LeavesOtherFaultsToTheSystem) {
  EXPECT_DEATH(
      {
        Recorder recorder;
        const MmioWindow window(4096, recorder);
        *static_cast<volatile uint32_t*>(nullptr) = 1;
      },
      "");
}

TEST(MmioWindowDeathTest, NamesAnInstructionThatIsNoRegisterAccess) {
  EXPECT_DEATH(
      {
        Recorder recorder;
        const MmioWindow window(4096, recorder);
        *static_cast<volatile uint64_t*>(window.address()) = 1;
      },
      "mmio_trap: not a 32-bit MOV");
}

}  // namespace
}  // namespace pspnic::dpdk
