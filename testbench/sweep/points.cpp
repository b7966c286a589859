// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/base/config_error.h"

namespace pspnic::sweep {

namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// A JSON value as it would stand behind --set.
std::string text_of(const Json& value, const std::string& place) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  throw base::ConfigError(place, value.dump() + " is no number, text, true or false");
}

void check_keys(const std::vector<std::string>& keys, const std::string& place) {
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    if (key->empty()) throw base::ConfigError(place, "names an empty key");
    if (std::find(keys.begin(), key, *key) != key) throw base::ConfigError(place, "names " + *key + " twice");
  }
}

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// "3..5" as 3, 4 and 5; another text as it is.
void add_range(const std::string& text, std::vector<std::string>& values, const std::string& place) {
  const size_t dots = text.find("..");
  const auto first = whole_number(std::string_view(text).substr(0, dots));
  const auto last =
      dots == std::string::npos ? std::nullopt : whole_number(std::string_view(text).substr(dots + 2));
  if (!first || !last) return values.push_back(text);
  if (*first > *last) throw base::ConfigError(place, text + " counts down; write the smaller number first");
  if (*last - *first >= kMaxPoints)
    throw base::ConfigError(place, fmt::format("{} makes more than {} points", text, kMaxPoints));
  for (uint64_t step = 0; step <= *last - *first; ++step) values.push_back(std::to_string(*first + step));
}

std::vector<std::string> values_of(std::string_view text, const std::string& place) {
  if (!text.starts_with('[')) {
    std::vector<std::string> values;
    for (const std::string& part : split(text, ',')) add_range(part, values, place);
    return values;
  }
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_array()) throw base::ConfigError(place, "begins with [ but is no JSON list");
  std::vector<std::string> values;
  for (const Json& value : json) values.push_back(text_of(value, place));
  return values;
}

Points read_list(const std::string& list) {
  const std::string place = "--over " + list;
  const size_t equals = list.find('=');
  if (equals == std::string::npos) throw base::ConfigError(place, "has no values; write KEY=V1,V2,...");
  Points points;
  points.keys = split(std::string_view(list).substr(0, equals), ',');
  for (const std::string& value : values_of(std::string_view(list).substr(equals + 1), place)) {
    if (value.empty()) throw base::ConfigError(place, "has an empty value; write KEY=V1,V2,...");
    points.values.push_back(points.keys.size() == 1 ? std::vector{value} : split(value, ':'));
    if (points.values.back().size() == points.keys.size()) continue;
    throw base::ConfigError(place, fmt::format("\"{}\" has {} values for {} keys that vary together", value,
                                               points.values.back().size(), points.keys.size()));
  }
  if (points.values.empty()) throw base::ConfigError(place, "has no values");
  return points;
}

void check_count(size_t count) {
  if (count <= kMaxPoints) return;
  throw base::ConfigError("--over", fmt::format("makes more than {} points", kMaxPoints));
}

Points read_json_points(std::string_view text, const std::string& origin) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::exception& error) {
    const std::string_view what = error.what();
    throw base::ConfigError(origin, "is no JSON: " + std::string(what.substr(what.find(']') + 2)));
  }
  Points points;
  for (size_t i = 0; i < json.size(); ++i) {
    const std::string place = fmt::format("{}: point {}", origin, i);
    if (!json[i].is_object()) throw base::ConfigError(place, "is no object of keys and values");
    std::vector<std::string> values(points.keys.size());
    for (const auto& [key, value] : json[i].items()) {
      auto known = std::find(points.keys.begin(), points.keys.end(), key);
      if (known == points.keys.end()) {
        if (i > 0) throw base::ConfigError(place, "has " + key + ", which the first has not");
        known = points.keys.insert(points.keys.end(), key);
        values.emplace_back();
      }
      values[static_cast<size_t>(known - points.keys.begin())] = text_of(value, place + ": " + key);
    }
    for (size_t k = 0; k < points.keys.size(); ++k) {
      if (!json[i].contains(points.keys[k])) {
        throw base::ConfigError(place, "lacks " + points.keys[k] + ", which the first has");
      }
    }
    points.values.push_back(std::move(values));
  }
  return points;
}

Points read_csv_points(std::string_view text, const std::string& origin) {
  std::vector<CsvRow> rows = read_csv(text, origin);
  if (rows.empty()) return {};
  Points points{std::move(rows.front().fields), {}};
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].fields.size() != points.keys.size()) {
      throw base::ConfigError(
          fmt::format("{}:{}", origin, rows[i].line),
          fmt::format("has {} values, the header names {} keys", rows[i].fields.size(), points.keys.size()));
    }
    points.values.push_back(std::move(rows[i].fields));
  }
  return points;
}

}  // namespace

Points combine(const std::vector<std::string>& lists) {
  Points all{{}, {{}}};
  for (const std::string& list : lists) {
    const Points next = read_list(list);
    all.keys.insert(all.keys.end(), next.keys.begin(), next.keys.end());
    check_keys(all.keys, "--over " + list);
    check_count(all.values.size() * next.values.size());
    std::vector<std::vector<std::string>> product;
    for (const auto& before : all.values) {
      for (const auto& behind : next.values) {
        product.push_back(before);
        product.back().insert(product.back().end(), behind.begin(), behind.end());
      }
    }
    all.values = std::move(product);
  }
  return all;
}

Points read_points(std::string_view text, const std::string& origin) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // as spreadsheets write it
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool json = first != std::string_view::npos && text[first] == '[';
  Points points = json ? read_json_points(text, origin) : read_csv_points(text, origin);
  if (points.values.empty()) throw base::ConfigError(origin, "has no point");
  check_keys(points.keys, origin);
  if (points.keys.empty()) throw base::ConfigError(origin, "names no key");
  if (points.values.size() > kMaxPoints) {
    throw base::ConfigError(origin, fmt::format("has more than {} points", kMaxPoints));
  }
  return points;
}

}  // namespace pspnic::sweep
