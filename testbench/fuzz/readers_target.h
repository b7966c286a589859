// SPDX-License-Identifier: Apache-2.0
// What reads bytes that others made, under any bytes. Each function returns the first rule that was broken,
// or nothing; what a reader refuses by its documented exception is well.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace pspnic::fuzz {

// A file of test vectors: recognised and read. Cases have names, and their rules of applicability an answer.
std::string fuzz_vectors(std::span<const uint8_t> bytes);

// A capture file: read to its end or its error, which is final.
std::string fuzz_capture(std::span<const uint8_t> bytes);

// A configuration file, on a tree with a parameter of each kind. What was taken prints as a configuration
// that says the same; what was refused changed nothing.
std::string fuzz_config(std::span<const uint8_t> bytes);

// A received frame: its fields cover it; a packet that may be opened can be sealed and then opens to the same
// bytes; what can be encapsulated comes back by decapsulation.
std::string fuzz_packet(std::span<const uint8_t> bytes);

}  // namespace pspnic::fuzz
