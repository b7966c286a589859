// SPDX-License-Identifier: Apache-2.0
// The PSP state of a socket, after Linux's psp_assoc: what it accepts, and the SA that it sends under. Holds
// no key.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

#include "testbench/host/driver.h"
#include "testbench/host/psp_ops.h"

namespace pspnic::host {

// What a received packet says of its SA; two packets may be merged only if all of it is equal.
struct PspRxMark {
  uint32_t spi = 0;
  uint8_t generation = 0;  // of the device key that opened it
  psp::Version version = psp::Version::kAesGcm128;
  uint16_t device = 0;  // id of the PSP device, PspCore
  bool operator==(const PspRxMark&) const = default;
};

// Linux's drv_data: position-free, so that it can be copied from association to association.
static_assert(std::is_trivially_copyable_v<SaHandle> && sizeof(SaHandle) <= 8);

struct PspAssociation {
  // Receive side, from rx-assoc on. The generation was noted before the SPI was allocated.
  PspRxMark rx;
  // Accepted as well, since a rekey and until the next rotation.
  bool has_previous = false;
  uint32_t previous_spi = 0;
  uint8_t previous_generation = 0;
  // Transmit side, from tx-assoc on.
  bool has_tx = false;
  uint32_t tx_spi = 0;
  SaHandle tx_handle;
  // A packet of the peer has matched: nothing in clear is taken any more.
  bool peer_tx = false;
  // The peer sends under rx.spi, not under previous_spi any more.
  bool peer_moved = false;
  // Sequence number that was expected at tx-assoc: a FIN in clear is taken there alone.
  uint32_t upgrade_sequence = 0;

  bool stale() const { return (rx.generation & kPspStaleBit) != 0; }
  bool matches(const PspRxMark& mark) const {
    if (mark == rx) return true;
    return has_previous && mark.spi == previous_spi && mark.generation == previous_generation &&
           mark.version == rx.version && mark.device == rx.device;
  }
};

// The last one that goes gives the association back to its device.
using PspAssociationRef = std::shared_ptr<PspAssociation>;

}  // namespace pspnic::host
