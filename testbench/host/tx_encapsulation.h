// SPDX-License-Identifier: Apache-2.0
// What the driver's transmit side puts around a frame that PSP protects: its size, and the bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/net/parse.h"
#include "model/psp/encapsulate.h"
#include "testbench/host/driver.h"

namespace pspnic::host {

// Bytes in front of what PSP carries: UDP and PSP headers, in tunnel mode the outer IP header as well.
size_t inserted_bytes(const PspMode& mode) noexcept;

// Where the PSP header will stand in the frame; `parsed` is of the frame without PSP.
size_t psp_offset(const PspMode& mode, const net::Parsed& parsed) noexcept;

// Of a packet of the outer family, as long as it has not been segmented: what IP says its length is.
size_t outer_ip_bytes(const PspMode& mode, const net::Parsed& parsed) noexcept;

// Puts the headers in front of the frame, as `frame` wants them. `identification` is for an outer IPv4
// header.
psp::EncapStatus encapsulate(psp::FrameBuffer& buffer, const net::Parsed& parsed, const TxFrame& frame,
                             uint16_t identification, net::IpLength length) noexcept;

}  // namespace pspnic::host
