// SPDX-License-Identifier: Apache-2.0
// The PSP of one host of the TCP workload: the kernel's core and commands over the driver, the process
// context in which they run, and the administrator who rotates keys.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "testbench/bench/platform.h"
#include "testbench/bench/psp_worker.h"
#include "testbench/bench/tcp_workload.h"
#include "testbench/host/driver_psp.h"
#include "testbench/tcp/endpoint.h"
#include "testbench/tcp/psp_netlink.h"

namespace pspnic::bench {

class TcpPspHost {
 public:
  // What the host's applications have to do with rotations.
  class Applications {
   public:
    virtual ~Applications() = default;
    // No connection would lose anything: all have moved to SPIs of the current key.
    virtual bool may_rotate() const = 0;
    // Job: the key has been rotated; connections want new SPIs.
    virtual void on_rotated() = 0;
  };

  // Before the simulation begins.
  TcpPspHost(const TcpParams& params, Side side, KeyLog& keys);

  // Script, driver started: registers the device and has it receive the workload's version. Throws
  // host::DriverError if it cannot.
  void start(Platform& platform, tcp::Endpoint& endpoint);
  // Frames of a flow, as this host names it, are in clear until it is upgraded.
  void begin_in_clear(const net::FlowKey& flow) { keys_.clear_flow(flow); }
  // The measured window has begun.
  void begin(Applications& applications);
  // No connection is left: rotations end, the device is unregistered. A second call does nothing.
  void finish();

  void post(std::function<void()> job) { worker_.post(std::move(job)); }
  void pause(uint64_t duration_ps) { worker_.pause(duration_ps); }
  // Jobs: the commands on a socket, with what the run wants to know of them.
  host::PspResult rx_assoc(tcp::Connection& socket, tcp::PspRxReply& reply);
  host::PspResult tx_assoc(tcp::Connection& socket, const host::TxSaRequest& key);

  psp::Version version() const { return version_; }
  uint8_t generation() const { return generation_; }
  // After the run.
  TcpPspOutcome outcome(const tcp::Endpoint& endpoint) const;

 private:
  void schedule(uint64_t after_ps, uint64_t what);
  void on_due(uint64_t what);
  void rotate();

  const Side side_;
  const uint64_t rotation_period_ps_;
  const uint64_t delete_poll_ps_;
  const psp::Version version_;
  KeyLog& keys_;
  host::PspCore core_;
  tcp::PspNetlink netlink_;
  PspWorker worker_;
  Platform* platform_ = nullptr;
  tcp::Endpoint* endpoint_ = nullptr;
  Applications* applications_ = nullptr;
  std::optional<host::DriverPsp> driver_;
  std::shared_ptr<host::PspDevice> device_;
  bool finished_ = false;
  bool rotation_under_way_ = false;
  uint8_t generation_ = 0;
  uint64_t postponed_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace pspnic::bench
