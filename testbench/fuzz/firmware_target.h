// SPDX-License-Identifier: Apache-2.0
// The control plane on a device that only takes notes, under messages, device events, resets and time as
// bytes of a fuzzer say. Checked: one answer each, or none where none may be; a well-formed one; a refusal
// changes nothing; keys only where they belong; what the firmware may ask of the device (fake_hardware.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace pspnic::fuzz {

// The first rule that was broken, or nothing.
std::string fuzz_firmware(std::span<const uint8_t> bytes);

}  // namespace pspnic::fuzz
