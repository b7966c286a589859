// SPDX-License-Identifier: Apache-2.0
// How virtchnl2 messages are kept and moved: a message struct has exactly the bytes of the wire (little
// endian, no hidden padding) and is copied in and out of a buffer as a whole. A message with a flexible tail
// is its header struct, which names its `Element`, followed by elements at element_offset(i).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace pspnic::idpf {

static_assert(std::endian::native == std::endian::little,
              "message structs are the little-endian wire image; a big-endian host needs converting helpers");

// A struct that may be copied to and from the wire: no byte of it is hidden padding.
template <class T>
concept WireStruct = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T> &&
    std::has_unique_object_representations_v<T>;

// A header struct with a flexible tail.
template <class T>
concept WireHeader = WireStruct<T> && WireStruct<typename T::Element>;

// The struct at `offset`, or nothing if it does not lie wholly inside `bytes`.
template <WireStruct T>
std::optional<T> read_at(std::span<const uint8_t> bytes, size_t offset = 0) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

// Puts the struct at `offset`; false, with nothing written, if it does not fit.
template <WireStruct T>
[[nodiscard]] bool write_at(std::span<uint8_t> bytes, size_t offset, const T& value) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return false;
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
  return true;
}

// Byte offset of element `index` behind header H, and so also the size of a message with `index` elements.
template <WireHeader H>
constexpr size_t element_offset(size_t index) {
  return sizeof(H) + index * sizeof(typename H::Element);
}

// Bytes of a message with `count` elements.
template <WireHeader H>
constexpr size_t message_size(size_t count) {
  return element_offset<H>(count);
}

// Element `index` of the message whose header is at the start of `message`; nothing if the message is too
// short.
template <WireHeader H>
std::optional<typename H::Element> read_element(std::span<const uint8_t> message, size_t index) {
  if (index > message.size()) return std::nullopt;  // also keeps the product below from wrapping
  return read_at<typename H::Element>(message, element_offset<H>(index));
}

// Writes element `index`; false if the buffer is too short.
template <WireHeader H>
[[nodiscard]] bool write_element(std::span<uint8_t> message, size_t index, const typename H::Element& value) {
  if (index > message.size()) return false;
  return write_at(message, element_offset<H>(index), value);
}

// `count` elements and the header fit in `message`: the check to make before reading any of them.
template <WireHeader H>
constexpr bool holds_elements(std::span<const uint8_t> message, size_t count) {
  return count <= message.size() && message_size<H>(count) <= message.size();
}

}  // namespace pspnic::idpf
