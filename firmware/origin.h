// SPDX-License-Identifier: Apache-2.0
// Whose request a request is.
#pragma once

#include <cstdint>

namespace pspnic::firmware {

// The physical function's mailbox, or the management port: the privileged side, which attaches SAs to flows.
enum class Origin : uint8_t { kFunction, kManagement };

}  // namespace pspnic::firmware
