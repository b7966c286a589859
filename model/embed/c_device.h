// SPDX-License-Identifier: Apache-2.0
// What a pspnic_device is: a device, the program's callbacks, and the lock that every call holds.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "model/embed/c_error.h"
#include "model/embed/c_host.h"
#include "model/embed/device.h"
#include "model/embed/pspnic.h"
#include "model/record/writer.h"

struct pspnic_device {
  pspnic_device(const pspnic_callbacks& callbacks, const pspnic::embed::CardOptions& options,
                const pspnic::embed::InterruptRange& interrupts)
      : host(callbacks), device(options, host, interrupts), range(interrupts) {
    host.attach(device);
  }

  // Recursive: callbacks call again. Whoever has it while the device runs is in one.
  mutable std::recursive_mutex mutex;
  pspnic::embed::CHost host;
  pspnic::embed::Device device;
  pspnic::embed::InterruptRange range;
  bool fresh = true;  // nothing has happened since power-on
  std::unique_ptr<pspnic::record::Writer> recording;
  std::string recording_error;  // of one that has ended, until somebody asks; empty: none

  // At `time`. Keeps what goes wrong in recording_error.
  void end_recording(uint64_t time);
};

namespace pspnic::embed {

// guarded(), with the device's lock.
template <class Device, class Body>
pspnic_status locked(Device* device, const char* call, pspnic_status refused, Body&& body) noexcept {
  if (device == nullptr) return null_argument(call, "device");
  return guarded(refused, [&] {
    const std::lock_guard lock(device->mutex);
    return body();
  });
}

}  // namespace pspnic::embed
