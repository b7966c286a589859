// SPDX-License-Identifier: Apache-2.0
// Names of the parts of a header or descriptor.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace pspnic::playback {

// A field begins here and ends where the next begins.
struct Field {
  size_t offset;
  const char* name;
};

// Of the one that has byte `offset`; the first begins at 0.
inline std::string field_at(std::span<const Field> fields, size_t offset) {
  const char* name = fields.front().name;
  for (const Field& field : fields) {
    if (field.offset <= offset) name = field.name;
  }
  return name;
}

}  // namespace pspnic::playback
