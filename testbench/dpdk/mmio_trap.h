// SPDX-License-Identifier: Apache-2.0
// Registers for a driver that dereferences pointers: a range of addresses without memory behind it. Each
// access faults, and the handler of SIGSEGV carries the instruction out on the registers' owner. Accesses are
// thus exact: each one alone, in order, at the instant of the instruction. x86-64 Linux only.
//
// The handler runs on the driver's stack like a call made by the instruction. The driver may hold locks
// there, its own or DPDK's: the owner must not take one of those, nor one under which another thread may wait
// for them, unless it is recursive and whoever enters the driver has it already. It must not let simulated
// time pass or throw; to allocate is allowed, as malloc accesses no registers. A fault outside every window
// goes to the handler that was there before. Under gdb: `handle SIGSEGV nostop noprint pass`.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pspnic::dpdk {

class Registers32 {
 public:
  virtual ~Registers32() = default;
  virtual uint32_t read32(uint64_t offset) = 0;
  virtual void write32(uint64_t offset, uint32_t value) = 0;
};

// One such range, while the object lives. At most kMaxWindows at a time; made and destroyed by one thread,
// accessed by any. An access that is no 32-bit MOV ends the process with a text that shows the instruction.
class MmioWindow {
 public:
  static constexpr unsigned kMaxWindows = 8;

  // Throws std::runtime_error if there are too many, std::system_error if the system refuses the range.
  MmioWindow(size_t bytes, Registers32& owner);
  ~MmioWindow();
  MmioWindow(const MmioWindow&) = delete;
  MmioWindow& operator=(const MmioWindow&) = delete;

  void* address() const { return base_; }
  size_t size() const { return bytes_; }
  uint64_t accesses() const { return accesses_; }

 private:
  friend class MmioTrap;
  uint8_t* base_ = nullptr;
  size_t bytes_;
  Registers32& owner_;
  std::atomic<uint64_t> accesses_ = 0;
};

}  // namespace pspnic::dpdk
