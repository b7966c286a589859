// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/json_view.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "model/base/config_error.h"

namespace pspnic::vectors {

nlohmann::json JsonView::parse(std::string_view text, const std::string& origin) {
  std::vector<std::set<std::string>> open;  // names of each object that is not closed yet
  std::string twice;
  using Event = nlohmann::json::parse_event_t;
  const auto look = [&](int, Event event, nlohmann::json& parsed) {
    if (event == Event::object_start) open.emplace_back();
    if (event == Event::object_end) open.pop_back();
    if (event != Event::key || open.back().insert(parsed.get<std::string>()).second) return true;
    if (twice.empty()) twice = parsed.get<std::string>();
    return true;
  };
  try {
    nlohmann::json document = nlohmann::json::parse(text, look);
    if (!twice.empty())
      throw base::ConfigError(origin, "member \"" + twice + "\" stands twice in one object");
    return document;
  } catch (const nlohmann::json::parse_error& error) {
    const std::string_view before =
        text.substr(0, std::min(error.byte == 0 ? 0 : error.byte - 1, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t column = before.size() - (before.rfind('\n') + 1) + 1;
    throw base::ConfigError(origin + ":" + std::to_string(line) + ":" + std::to_string(column),
                            "is not JSON from here on");
  } catch (const nlohmann::json::out_of_range&) {
    throw base::ConfigError(origin, "has a number that is too large for any use");
  }
}

bool JsonView::has(const char* member) const {
  return value_.is_object() && value_.contains(member) && !value_.at(member).is_null();
}

JsonView JsonView::at(const char* member) const {
  if (!value_.is_object()) fail("must be an object");
  const auto found = value_.find(member);
  if (found == value_.end()) fail(std::string("has no member \"") + member + '"');
  const bool top = place_.empty() || place_.back() == ' ';
  return {*found, place_ + (top ? "" : ".") + member};
}

size_t JsonView::size() const {
  if (!value_.is_array()) fail("must be an array");
  return value_.size();
}

JsonView JsonView::at(size_t index) const {
  if (index >= size()) fail("has no element " + std::to_string(index));
  return {value_.at(index), place_ + '[' + std::to_string(index) + ']'};
}

JsonView JsonView::list(const char* member) const {
  const JsonView view = at(member);
  if (view.size() == 0) view.fail("is empty");
  return view;
}

std::string JsonView::text() const {
  if (!value_.is_string()) fail("must be a string");
  return value_.get<std::string>();
}

uint64_t JsonView::number(uint64_t most) const {
  if (!value_.is_number_unsigned() || value_.get<uint64_t>() > most) {
    fail("must be a whole number, 0.." + std::to_string(most));
  }
  return value_.get<uint64_t>();
}

bool JsonView::boolean() const {
  if (!value_.is_boolean()) fail("must be true or false");
  return value_.get<bool>();
}

Bytes JsonView::hex() const {
  auto bytes = parse_hex(text());
  if (!bytes) fail("must be bytes of two hexadecimal digits each");
  return std::move(*bytes);
}

Bytes JsonView::hex(size_t bytes) const {
  Bytes read = hex();
  if (read.size() != bytes) {
    fail("has " + std::to_string(read.size()) + " bytes, must have " + std::to_string(bytes));
  }
  return read;
}

uint64_t JsonView::hex_number(size_t digits) const {
  uint64_t number = 0;
  for (const uint8_t byte : hex(digits / 2)) number = number << 8 | byte;
  return number;
}

uint64_t JsonView::hex_number() const {
  const std::string digits = text();
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc{} || end != digits.data() + digits.size())
    fail("must be 1 to 16 hexadecimal digits");
  return number;
}

std::vector<std::string> JsonView::members() const {
  if (!value_.is_object()) fail("must be an object");
  std::vector<std::string> names;
  for (const auto& [name, value] : value_.items()) names.push_back(name);
  return names;
}

void JsonView::fail(const std::string& rule) const {
  std::string place = place_;
  while (!place.empty() && (place.back() == ' ' || place.back() == ':')) place.pop_back();
  throw base::ConfigError(place, rule);
}

}  // namespace pspnic::vectors
