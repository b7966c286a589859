// SPDX-License-Identifier: Apache-2.0
// Registers a started driver's function with the host's PSP core, and tells the core what the device does by
// itself.
#pragma once

#include <cstdint>
#include <memory>

#include "testbench/host/driver.h"
#include "testbench/host/psp_device.h"

namespace pspnic::host {

class DriverPsp : private PspEventListener {
 public:
  explicit DriverPsp(Driver& driver) : driver_(driver) {}
  // Without unregister_from() the core must not call the device any more.
  ~DriverPsp() override;
  DriverPsp(const DriverPsp&) = delete;
  DriverPsp& operator=(const DriverPsp&) = delete;

  // Scripts. As Linux demands, receive of all versions is off then. kOpNotSupp if the device has no PSP.
  PspErrno register_with(PspCore& core);
  // Before Driver::stop(). Deletes the transmit keys.
  void unregister_from(PspCore& core);
  // Null: not registered.
  const std::shared_ptr<PspDevice>& device() const { return device_; }
  // What operations threw last, for reports; empty: nothing.
  const std::string& last_error() const { return last_error_; }

 private:
  PspDeviceOps ops();
  template <class Call>
  PspErrno guarded(Call call);
  PspErrno allocate(psp::Version version, RxSa& out);
  PspErrno add_key(const TxSaRequest& request, SaHandle& out);
  PspErrno counters(PspDeviceCounters& out);
  std::function<bool()> watch_transmit() const;
  void on_psp_event(const idpf::PspEvent& event) override;

  Driver& driver_;
  std::shared_ptr<PspDevice> device_;
  std::string last_error_;
};

}  // namespace pspnic::host
