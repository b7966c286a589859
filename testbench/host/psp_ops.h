// SPDX-License-Identifier: Apache-2.0
// What a driver with PSP offers the host's PSP core: the operations of Linux's psp_dev_ops and their errors.
//
// All operations are scripts: they may let time pass. The core calls one at a time of a device.
#pragma once

#include <cstdint>
#include <functional>

#include "testbench/host/driver.h"

namespace pspnic::host {

// Numbers of Linux's errno; there they are negative.
enum class PspErrno : uint8_t {
  kOk = 0,
  kPerm = 1,        // no right to set up or rotate
  kIo = 5,          // the device did not do it
  kBusy = 16,       // the socket is in the wrong state, or holds data of another SA
  kNoDev = 19,      // no such device, or not any more
  kInval = 22,      // what was asked for contradicts itself or the socket
  kNoSpc = 28,      // SPIs or slots are used up
  kOpNotSupp = 95,  // the device or the socket cannot
  kNotConn = 107,   // the connection has ended
};
const char* text(PspErrno error);

// How a command ended; the text names the attribute or rule, like Linux's extended acknowledgment.
struct PspResult {
  PspErrno error = PspErrno::kOk;
  const char* text = "";

  bool ok() const { return error == PspErrno::kOk; }
};

// The counters that a device must have, in Linux's order; byte counts follow the PSP specification.
struct PspDeviceCounters {
  static constexpr uint64_t kUntouched = ~uint64_t{0};

  uint64_t rx_packets = kUntouched;
  uint64_t rx_bytes = kUntouched;
  uint64_t rx_auth_fail = kUntouched;
  uint64_t rx_error = kUntouched;
  uint64_t rx_bad = kUntouched;
  uint64_t tx_packets = kUntouched;
  uint64_t tx_bytes = kUntouched;
  uint64_t tx_error = kUntouched;

  // A driver must set each.
  bool complete() const;
};

// 7 bits; a generation with the top bit is stale and matches no packet.
inline constexpr uint8_t kPspStaleBit = 0x80;
// RxSa::generation of a device that does not say: the core takes what it noted before it asked.
inline constexpr uint8_t kPspGenerationUnknown = 0xff;

struct PspDeviceOps {
  // Receive of these versions (bit v) from now on. Transmit is not touched.
  std::function<PspErrno(uint32_t versions)> set_config;
  // In: the generation that the core suggests; out: the one that holds. On failure nothing has changed.
  std::function<PspErrno(uint8_t& generation)> key_rotate;
  std::function<PspErrno(psp::Version version, RxSa& out)> rx_spi_alloc;
  // Both or neither. The request is a copy that is gone when the call returns; the handle is all that the
  // driver may keep, and is moved about by memcpy.
  std::function<PspErrno(const TxSaRequest& request, SaHandle& out)> tx_key_add;
  std::function<void(const SaHandle& handle)> tx_key_del;
  std::function<PspErrno(PspDeviceCounters& out)> get_stats;
  // May be missing. Of what all transmit queues hold now: asks whether it is done with.
  std::function<std::function<bool()>()> watch_transmit;
};

}  // namespace pspnic::host
