// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/mmio_trap.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "testbench/dpdk/mov.h"

namespace pspnic::dpdk {

namespace {

// Where the kernel's frame keeps general register n, in the order of the instruction encoding.
constexpr std::array<int, 16> kGeneral = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                          REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                          REG_R12, REG_R13, REG_R14, REG_R15};

[[noreturn]] void give_up(const uint8_t* code, const char* why) {
  fprintf(stderr, "mmio_trap: %s: instruction bytes", why);
  for (unsigned i = 0; i < 10; ++i) fprintf(stderr, " %02x", code[i]);
  fprintf(stderr, "\n");
  abort();
}

}  // namespace

class MmioTrap {
 public:
  static void add(MmioWindow& window) {
    for (std::atomic<MmioWindow*>& slot : windows_) {
      if (slot != nullptr) continue;
      slot = &window;
      if (++used_ == 1) install();
      return;
    }
    throw std::runtime_error("mmio_trap: more windows than kMaxWindows");
  }

  static void remove(MmioWindow& window) {
    for (std::atomic<MmioWindow*>& slot : windows_) {
      if (slot == &window) slot = nullptr;
    }
    if (--used_ == 0) sigaction(SIGSEGV, &before_, nullptr);
  }

 private:
  static void install() {
    struct sigaction action {};
    action.sa_sigaction = &MmioTrap::on_fault;
    // A fault of the model itself must not hang: it is to reach the handler again, and from there the
    // default.
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGSEGV, &action, &before_) != 0) throw std::system_error(errno, std::generic_category());
  }

  static void on_fault(int signal, siginfo_t* info, void* frame) {
    const auto* address = static_cast<const uint8_t*>(info->si_addr);
    for (const std::atomic<MmioWindow*>& slot : windows_) {
      MmioWindow* window = slot;
      if (window == nullptr || address < window->base_ || address >= window->base_ + window->bytes_) continue;
      emulate(*window, static_cast<uint64_t>(address - window->base_), *static_cast<ucontext_t*>(frame));
      return;
    }
    pass_on(signal, info, frame);
  }

  static void emulate(MmioWindow& window, uint64_t offset, ucontext_t& frame) {
    greg_t* registers = frame.uc_mcontext.gregs;
    const auto* code = reinterpret_cast<const uint8_t*>(registers[REG_RIP]);
    const std::optional<Mov> mov = decode_mov(code);
    if (!mov) give_up(code, "not a 32-bit MOV");
    greg_t& general = registers[kGeneral[mov->general]];
    ++window.accesses_;
    try {
      if (mov->write) {
        window.owner_.write32(offset, mov->constant ? mov->value : static_cast<uint32_t>(general));
      } else {
        general = window.owner_.read32(offset);  // the upper half becomes zero, as in the processor
      }
    } catch (const std::exception& error) {
      give_up(code, error.what());  // C code is above us on the stack
    }
    registers[REG_RIP] += mov->code_bytes;
  }

  static void pass_on(int signal, siginfo_t* info, void* frame) {
    if ((before_.sa_flags & SA_SIGINFO) != 0) {
      before_.sa_sigaction(signal, info, frame);
    } else if (before_.sa_handler != SIG_DFL && before_.sa_handler != SIG_IGN) {
      before_.sa_handler(signal);
    } else {
      sigaction(signal, &before_, nullptr);  // the instruction faults again, and the system does the rest
    }
  }

  static inline std::array<std::atomic<MmioWindow*>, MmioWindow::kMaxWindows> windows_{};
  static inline unsigned used_ = 0;
  static inline struct sigaction before_ {};
};

MmioWindow::MmioWindow(size_t bytes, Registers32& owner) : bytes_(bytes), owner_(owner) {
  void* range = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmio_trap");
  base_ = static_cast<uint8_t*>(range);
  try {
    MmioTrap::add(*this);
  } catch (...) {
    munmap(base_, bytes_);
    throw;
  }
}

MmioWindow::~MmioWindow() {
  MmioTrap::remove(*this);
  munmap(base_, bytes_);
}

}  // namespace pspnic::dpdk
