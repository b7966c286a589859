// SPDX-License-Identifier: Apache-2.0
// What is inside a PSP packet that has been opened, for steering.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "model/net/parse.h"

namespace pspnic::rx {

// `frame` has been opened and is still encapsulated; `outer` is its parse_frame(). Headers as steering looks
// at them: the inner packet's own in tunnel mode, the outer IP header with the inner ports in transport mode.
net::Parsed inner_headers(std::span<const uint8_t> frame, const net::Parsed& outer) noexcept;

// The queue that its virtualization cookie names, relative in the vport: the low 16 bits; nothing if there is
// no cookie, or it names none (0xffff). That use of the cookie is this device's, after a proposal for Linux.
std::optional<uint16_t> cookie_queue(std::span<const uint8_t> frame, const net::Parsed& outer) noexcept;

}  // namespace pspnic::rx
