// SPDX-License-Identifier: Apache-2.0
// Mailbox messages as bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "model/idpf/wire.h"

namespace pspnic::polling {

template <idpf::WireStruct T>
std::vector<uint8_t> bytes_of(const T& value, size_t size = sizeof(T)) {
  std::vector<uint8_t> bytes(std::max(size, sizeof(T)));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

template <idpf::WireHeader H>
std::vector<uint8_t> message(const H& header, const std::vector<typename H::Element>& list) {
  std::vector<uint8_t> bytes = bytes_of(header, idpf::message_size<H>(list.size()));
  for (size_t i = 0; i < list.size(); ++i) {
    if (!idpf::write_element<H>(bytes, i, list[i])) throw std::logic_error("message too short");
  }
  return bytes;
}

}  // namespace pspnic::polling
