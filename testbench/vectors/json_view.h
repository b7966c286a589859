// SPDX-License-Identifier: Apache-2.0
// Reads members of a JSON file that others wrote. Whatever is missing or of another kind is a
// base::ConfigError whose place is file and path, "a.json: vectors[3].spi".
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "testbench/vectors/hex.h"

namespace pspnic::vectors {

class JsonView {
 public:
  // `value` must outlive the view and those made of it.
  JsonView(const nlohmann::json& value, std::string place) : value_(value), place_(std::move(place)) {}

  // The whole text, in which no object has a member twice; the place of an error is
  // "<origin>:<line>:<column>".
  static nlohmann::json parse(std::string_view text, const std::string& origin);

  const std::string& place() const { return place_; }
  bool is_null() const { return value_.is_null(); }
  // There, and not null.
  bool has(const char* member) const;
  JsonView at(const char* member) const;
  size_t size() const;  // of an array
  JsonView at(size_t index) const;
  JsonView list(const char* member) const;  // an array with an element at least

  std::string text() const;
  uint64_t number(uint64_t most) const;
  bool boolean() const;
  Bytes hex() const;
  Bytes hex(size_t bytes) const;  // exactly so many
  uint64_t hex_number(size_t digits) const;
  uint64_t hex_number() const;               // of 1 to 16 digits
  std::vector<std::string> members() const;  // names, of an object

  // base::ConfigError at this place.
  [[noreturn]] void fail(const std::string& rule) const;

 private:
  const nlohmann::json& value_;
  std::string place_;
};

}  // namespace pspnic::vectors
