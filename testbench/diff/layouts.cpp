// SPDX-License-Identifier: Apache-2.0
#include "testbench/diff/layouts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "model/idpf/virtchnl2_opcodes.h"
#include "model/net/bytes.h"

namespace pspnic::diff {
namespace {

struct Layout {
  std::string_view name;
  std::string_view fields;  // "name:bytes;name:bytes;"
};

struct Message {
  uint32_t opcode;
  std::string_view request;
  std::string_view request_element;
  std::string_view answer;
  std::string_view answer_element;
};

#include "testbench/diff/layouts.inc"

std::string_view fields_of(std::span<const Layout> layouts, std::string_view name) {
  const auto found = std::ranges::find(layouts, name, &Layout::name);
  return found == layouts.end() ? "" : found->fields;
}

// Calls act(name, bytes) for each.
template <class Act>
void for_each_field(std::string_view fields, Act act) {
  while (!fields.empty()) {
    const std::string_view one = fields.substr(0, fields.find(';'));
    const std::string_view digits = one.substr(one.find(':') + 1);
    size_t bytes = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
    act(one.substr(0, one.find(':')), bytes);
    fields.remove_prefix(one.size() + 1);
  }
}

size_t bytes_of(std::string_view fields) {
  size_t sum = 0;
  for_each_field(fields, [&](std::string_view, size_t bytes) { sum += bytes; });
  return sum;
}

// What of a layout that begins at `begin`, which may be before the first byte, lies in [0, end).
void add(std::vector<Field>& list, std::string_view fields, const std::string& prefix, int64_t begin,
         size_t end) {
  for_each_field(fields, [&](std::string_view name, size_t bytes) {
    const auto from = static_cast<size_t>(std::max<int64_t>(begin, 0));
    begin += static_cast<int64_t>(bytes);
    const auto to = std::min(static_cast<size_t>(std::max<int64_t>(begin, 0)), end);
    if (from < to) list.push_back({from, to, prefix + std::string(name)});
  });
}

bool is_psp_event(std::span<const uint8_t> payload) {
  return payload.size() >= 4 && net::load_le32(payload.data()) > idpf::kPspEventBase;
}

}  // namespace

size_t descriptor_bytes(std::string_view kind) {
  return bytes_of(fields_of(kDescriptors, kind));
}

std::vector<Field> descriptor_fields(std::string_view kind, size_t bytes, uint64_t offset) {
  std::vector<Field> list;
  const std::string_view fields = fields_of(kDescriptors, kind);
  const size_t each = bytes_of(fields);
  if (each == 0) return list;
  const bool several = offset % each + bytes > each;
  uint64_t index = offset / each;
  for (auto begin = -static_cast<int64_t>(offset % each); begin < static_cast<int64_t>(bytes); ++index) {
    add(list, fields, several ? fmt::format("entry {} ", index) : "", begin, bytes);
    begin += static_cast<int64_t>(each);
  }
  return list;
}

std::vector<Field> message_fields(uint32_t opcode, Direction direction, std::span<const uint8_t> payload) {
  std::vector<Field> list;
  const auto found = std::ranges::find(kMessages, opcode, &Message::opcode);
  if (found == std::end(kMessages)) return list;
  const bool request = direction == Direction::kRequest;
  std::string_view head = request ? found->request : found->answer;
  if (opcode == static_cast<uint32_t>(idpf::Opcode::kEvent) && is_psp_event(payload)) head = "PspEvent";
  const std::string_view fields = fields_of(kStructs, head);
  add(list, fields, "", 0, payload.size());
  const std::string_view element = request ? found->request_element : found->answer_element;
  const std::string_view inner = fields_of(kStructs, element);
  const size_t each = bytes_of(inner);
  size_t begin = bytes_of(fields);
  for (size_t i = 0; each > 0 && begin < payload.size(); ++i, begin += each) {
    add(list, inner, fmt::format("{}[{}].", element, i), static_cast<int64_t>(begin), payload.size());
  }
  return list;
}

}  // namespace pspnic::diff
