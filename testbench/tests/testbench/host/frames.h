// SPDX-License-Identifier: Apache-2.0
// Frames for tests of the driver: Ethernet, IPv4 or IPv6, TCP, payload counting up, right checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"

namespace pspnic::host::test {

std::vector<uint8_t> tcp_frame(size_t payload_bytes, bool v6 = false);

}  // namespace pspnic::host::test
