// SPDX-License-Identifier: Apache-2.0
// All that a driver has of its machine: the function's address spaces, memory for DMA, time, and interrupts.
// The bench implements it on TLM sockets; the driver above knows neither SystemC nor the device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pspnic::host {

inline constexpr size_t kRingAlignment = 4096;      // of what HostPort::allocate() gives to rings and buffers
inline constexpr uint32_t kNoAnswer = 0xffff'ffff;  // read outside what the device decodes

// Memory that the device can reach. It lives until free() or the end of the run.
struct DmaBuffer {
  uint64_t iova = 0;         // address the device uses
  std::span<uint8_t> bytes;  // the same memory as the host sees it; zeroed when allocated
};

enum class Space : uint8_t { kConfig, kBar0, kBar4 };

// Called in the order of simulated time; must not call HostPort::delay().
class HostEvents {
 public:
  virtual ~HostEvents() = default;
  virtual void on_interrupt(uint32_t message_data) = 0;
  virtual void on_timer(uint64_t cookie) = 0;
};

class HostPort {
 public:
  virtual ~HostPort() = default;

  // 32-bit accesses, aligned. Writes are posted. A read outside what the device decodes returns kNoAnswer.
  virtual uint32_t read32(Space space, uint64_t offset) = 0;
  virtual void write32(Space space, uint64_t offset, uint32_t value) = 0;

  virtual DmaBuffer allocate(size_t bytes, size_t alignment) = 0;
  virtual void free(const DmaBuffer& buffer) = 0;

  virtual uint64_t now_ps() const = 0;
  // Lets simulated time pass. Only from a script (bring-up, tear-down), never from HostEvents.
  virtual void delay(uint64_t duration_ps) = 0;
  // One on_timer(cookie) at now + delay; any number may be pending.
  virtual void set_timer(uint64_t delay_ps, uint64_t cookie) = 0;

  virtual void set_events(HostEvents* events) = 0;
  // Address a device writes to for an interrupt; its data word comes back in on_interrupt().
  virtual uint64_t message_address() const = 0;
};

}  // namespace pspnic::host
