// SPDX-License-Identifier: Apache-2.0
// Names of the fields of descriptors and messages, as docs/descriptors.md and docs/message_layouts.md have
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "testbench/diff/frame_fields.h"

namespace pspnic::diff {

// `kind` as in docs/descriptors.md: "tx_completion". 0 if there is none of that name.
size_t descriptor_bytes(std::string_view kind);

// Of `bytes` bytes that begin `offset` bytes behind the start of the ring. Where they reach over several
// descriptors the names say which. None if there is no such kind.
std::vector<Field> descriptor_fields(std::string_view kind, size_t bytes, uint64_t offset = 0);

enum class Direction { kRequest, kAnswer };  // an event is an answer

// Of a message's payload; elements are numbered. Bytes behind what is known have no field.
std::vector<Field> message_fields(uint32_t opcode, Direction direction, std::span<const uint8_t> payload);

}  // namespace pspnic::diff
