// SPDX-License-Identifier: Apache-2.0
// The checksum that the sender of a PSP packet computed before it was sealed: of the TCP or UDP datagram
// inside.
#pragma once

#include <cstdint>
#include <span>

#include "model/net/checksum.h"
#include "model/net/parse.h"

namespace pspnic::rx {

// `frame` has been opened and is still encapsulated, with or without ICV; `outer` is its parse_frame(). In
// transport mode the pseudo header has the outer addresses; in tunnel mode the inner packet has its own.
net::L4Checksum check_inner_checksum(std::span<const uint8_t> frame, const net::Parsed& outer,
                                     net::Payload payload = net::Payload::kBytes) noexcept;

}  // namespace pspnic::rx
