// SPDX-License-Identifier: Apache-2.0
// Which byte of a frame is what, for people who look at a difference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pspnic::diff {

struct Field {
  size_t begin = 0;  // [begin, end) from the start of the frame
  size_t end = 0;
  std::string name;
};

// Of a PSP packet: as on the wire; decrypted, ICV still on; in clear and without an ICV.
enum class Written { kSealed, kOpened, kDriver };

// In order and without gaps as far as the headers can be read; all bytes of any frame have a field. Where PSP
// encrypts nothing the headers inside are named as well.
std::vector<Field> frame_fields(std::span<const uint8_t> frame, Written written = Written::kSealed);

// "ICV, byte 3 of 16"; "byte 7" where no field is.
std::string place_in(const std::vector<Field>& fields, size_t byte);

}  // namespace pspnic::diff
