// SPDX-License-Identifier: Apache-2.0
// Takes the outer headers and the ICV off an opened PSP packet, so that the driver gets the plain one.
#pragma once

#include <cstdint>
#include <span>

#include "model/base/packet.h"
#include "model/idpf/rx_descriptors.h"

namespace pspnic::rx {

// False for a tunnel packet that met congestion outside (ECN CE): that mark is for the receiver to carry over
// (RFC 6040), so it gets the headers.
bool may_strip_psp(std::span<const uint8_t> frame) noexcept;

// For a packet that may be stripped and whose metadata ask for it (kRxPspStripped). Packet type, ICV bit and
// checksum bits become those of what is left; kRxEipe tells of the outer IPv4 header of a tunnel. What cannot
// be stripped, a tunnel packet of another family than Next Header says, keeps its headers and loses
// kRxPspStripped.
void strip_psp(base::Packet& packet, idpf::RxCompletion& metadata) noexcept;

}  // namespace pspnic::rx
