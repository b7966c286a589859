// SPDX-License-Identifier: Apache-2.0
#include "model/base/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/base/config_error.h"

namespace pspnic::base {

namespace {

// Lets the handler below know how far the parser has read: nlohmann tells places only for syntax errors.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, size_t* consumed) : at_(at), consumed_(consumed) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*consumed_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator old = *this;
    ++*this;
    return old;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  size_t* consumed_;
};

struct Place {
  size_t line;
  size_t column;
};

// The handler nlohmann's parser calls. Any problem is thrown as a ConfigError from inside.
class LeafCollector {
 public:
  LeafCollector(std::string_view json, const std::string& origin) : json_(json), origin_(origin) {}

  size_t* consumed() { return &consumed_; }
  std::vector<JsonLeaf> take_leaves() { return std::move(leaves_); }

  // nlohmann's names from here on.
  bool null() { return leaf(JsonKind::kNull, ""); }
  bool boolean(bool value) { return leaf(JsonKind::kBool, value ? "true" : "false"); }
  bool number_integer(int64_t value) { return leaf(JsonKind::kNumber, std::to_string(value)); }
  bool number_unsigned(uint64_t value) { return leaf(JsonKind::kNumber, std::to_string(value)); }
  bool number_float(double, const std::string& text) { return leaf(JsonKind::kNumber, text); }
  bool string(std::string& text) { return leaf(JsonKind::kString, text); }
  bool binary(std::vector<uint8_t>&) { return false; }  // does not occur in text

  bool start_object(size_t) {
    if (array_depth_ == 0) objects_.push_back({.prefix = objects_.empty() ? "" : full_name(), .keys = {}});
    return true;
  }

  bool key(std::string& key) {
    if (array_depth_ != 0) return true;
    key_place_ = place_of(start_of_key());
    Object& object = objects_.back();
    const auto [first, is_new] = object.keys.emplace(key, key_place_);
    object.last_key = key;
    if (key.empty()) fail(key_place_, "a key is empty");
    if (!is_new) fail_twice(first->second);
    return true;
  }

  bool end_object() {
    if (array_depth_ != 0) return true;
    const Object done = std::move(objects_.back());
    objects_.pop_back();
    if (done.keys.empty() && !objects_.empty()) leaf(JsonKind::kEmptyObject, "");
    return true;
  }

  bool start_array(size_t) {
    if (array_depth_ == 0) leaf(JsonKind::kArray, "");
    ++array_depth_;  // what is inside does not matter: no parameter is a list
    return true;
  }

  bool end_array() {
    --array_depth_;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception& error) {
    // "[json.exception....] parse error at line 1, column 2: <reason>": the place is printed our way.
    std::string reason = error.what();
    const size_t after_id = reason.find("] ");
    if (after_id != std::string::npos) reason.erase(0, after_id + 2);
    const size_t column = reason.find(", column ");
    const size_t after_place = column == std::string::npos ? column : reason.find(": ", column);
    if (after_place != std::string::npos) reason.erase(0, after_place + 2);
    fail(place_of(position == 0 ? 0 : position - 1), "is not valid JSON: " + reason);
  }

 private:
  struct Object {
    std::string prefix;  // full name of the object; empty at the top
    std::map<std::string, Place> keys;
    std::string last_key = {};
  };

  std::string full_name() const {
    const Object& object = objects_.back();
    return object.prefix.empty() ? object.last_key : object.prefix + "." + object.last_key;
  }

  bool leaf(JsonKind kind, std::string text) {
    if (array_depth_ != 0) return true;
    if (objects_.empty()) fail({1, 1}, "must hold one JSON object { ... }");
    std::string name = full_name();
    // The place of an object that just ended is that of its own key, not of the last key inside.
    const Object& object = objects_.back();
    const Place place = object.keys.at(object.last_key);
    const auto [first, is_new] = seen_.emplace(name, place);
    key_place_ = place;
    if (!is_new) fail_twice(first->second);
    leaves_.push_back({std::move(name), kind, std::move(text), place.line, place.column});
    return true;
  }

  // The closing quote of the key is the last character read.
  size_t start_of_key() const {
    size_t at = consumed_ - 1;
    while (at > 0) {
      --at;
      if (json_[at] != '"') continue;
      size_t backslashes = 0;
      while (backslashes < at && json_[at - 1 - backslashes] == '\\') ++backslashes;
      if (backslashes % 2 == 0) break;
    }
    return at;
  }

  Place place_of(size_t offset) const {
    const std::string_view before = json_.substr(0, std::min(offset, json_.size()));
    const size_t newline = before.rfind('\n');
    return {.line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
            .column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline};
  }

  [[noreturn]] void fail(Place place, const std::string& rule) const {
    throw ConfigError(fmt::format("{}:{}:{}", origin_, place.line, place.column), rule);
  }

  [[noreturn]] void fail_twice(Place first) const {
    throw ConfigError(fmt::format("{}:{}:{}: {}", origin_, key_place_.line, key_place_.column, full_name()),
                      fmt::format("is named twice; first in line {}", first.line));
  }

  std::string_view json_;
  const std::string& origin_;
  size_t consumed_ = 0;
  size_t array_depth_ = 0;
  Place key_place_{1, 1};
  std::vector<Object> objects_;
  std::map<std::string, Place> seen_;
  std::vector<JsonLeaf> leaves_;
};

}  // namespace

std::vector<JsonLeaf> read_json_leaves(std::string_view json, const std::string& origin) {
  LeafCollector collector(json, origin);
  const CountingIterator first(json.data(), collector.consumed());
  const CountingIterator last(json.data() + json.size(), collector.consumed());
  constexpr bool kWholeText = true;
  constexpr bool kIgnoreComments = true;
  nlohmann::json::sax_parse(first, last, &collector, nlohmann::json::input_format_t::json, kWholeText,
                            kIgnoreComments);
  return collector.take_leaves();
}

bool is_utf8(const std::string& text) {
  try {
    return !nlohmann::json(text).dump().empty();
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

}  // namespace pspnic::base
