// SPDX-License-Identifier: Apache-2.0
// The two device keys of a key domain as the firmware sees them: it orders them made and chooses between
// them, and never sees one.
#pragma once

#include <cstdint>

#include "model/psp/header.h"
#include "model/psp/key.h"

namespace pspnic::firmware {

class KeySlots {
 public:
  virtual ~KeySlots() = default;

  // From the device's own random generator; slot = SPI bit 31. False: the generator failed its health test,
  // and the slot holds what it held.
  [[nodiscard]] virtual bool make_device_key(unsigned slot) = 0;
  // Both or neither.
  [[nodiscard]] virtual bool make_device_keys() = 0;
  virtual void activate_device_key(unsigned slot, uint8_t generation) = 0;
  virtual psp::SessionKey derive_session_key(uint32_t spi, psp::Version version) = 0;

  // Time since power-on, ps; no adjustment of a clock changes it.
  virtual uint64_t now_ps() const = 0;
  // Calls KeyDomain::wake() at this time or at once if it has passed. Calls for several times may be
  // outstanding.
  virtual void wake_at(uint64_t time_ps) = 0;
};

}  // namespace pspnic::firmware
