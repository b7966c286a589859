// SPDX-License-Identifier: Apache-2.0
// Puts PSP around a plain frame, as the template of an SA says: for flows whose driver knows nothing of PSP,
// and for drivers that leave the headers to the device.
#pragma once

#include <cstdint>

#include "model/base/packet.h"
#include "model/crypto/sa_table.h"
#include "model/flow/rule.h"
#include "model/psp/layout.h"
#include "model/tx/transform.h"

namespace pspnic::tx {

struct ProtectedFrame {
  TransformError error = TransformError::kNone;  // else the frame must not be sent
  uint32_t psp_offset = 0;
  psp::Layout psp;  // of the packet to be sealed
};

// `packet` is one finished frame, lengths and checksums included; it then has all headers, room for the ICV
// at its end, and wants IV and sealing. Headers move, the payload stays. Ethernet padding goes.
[[gnu::noinline]] ProtectedFrame protect(base::Packet& packet, const flow::Encapsulation& how,
                                         const crypto::Sa& sa, uint32_t max_frame_bytes);

}  // namespace pspnic::tx
