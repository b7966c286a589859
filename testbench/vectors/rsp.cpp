// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/rsp.h"

#include <charconv>
#include <functional>

#include "model/base/config_error.h"

namespace pspnic::vectors {
namespace {

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

struct Assignment {
  std::string name, value;
};

Assignment parse_assignment(std::string_view line) {
  const size_t equals = line.find('=');
  const std::string_view value = equals == std::string_view::npos ? "" : line.substr(equals + 1);
  return {std::string(trim(line.substr(0, equals))), std::string(trim(value))};
}

// A section's later line replaces an earlier one; a case's fields stand once.
void take_section(RspCase& one, std::string_view line) {
  const Assignment read = parse_assignment(line);
  one.section[read.name] = read.value;
}

void take_field(RspCase& one, std::string_view line) {
  const Assignment read = parse_assignment(line);
  if (!one.fields.try_emplace(read.name, read.value).second && one.twice.empty()) one.twice = read.name;
}

// Calls `take` with each case until that says it has enough.
void for_each_case(std::string_view content, const std::string& origin,
                   const std::function<bool(const RspCase&)>& take) {
  RspCase current;
  bool in_case = false;
  bool section_done = false;
  const auto close = [&] {
    const bool go_on = !in_case || take(current);
    in_case = false;
    current.fields.clear();
    current.fail = false;
    current.twice.clear();
    return go_on;
  };
  size_t number = 0;
  while (!content.empty()) {
    const size_t end = content.find('\n');
    const std::string_view line = trim(content.substr(0, end));
    content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
    ++number;
    if (line.empty() || line.front() == '[') {
      if (!close()) return;
      if (line.empty()) continue;
      if (section_done) current.section.clear();
      section_done = false;
      take_section(current, line.substr(1, line.find(']') == std::string_view::npos ? line.size() - 1
                                                                                    : line.rfind(']') - 1));
    } else if (line.front() != '#') {
      if (!in_case) current.place = origin + ":" + std::to_string(number);
      in_case = section_done = true;
      if (line == "FAIL") {
        current.fail = true;
      } else {
        take_field(current, line);
      }
    }
  }
  close();
}

unsigned parse_number(const std::map<std::string, std::string>& from, const char* name,
                      const std::string& place) {
  const auto found = from.find(name);
  if (found == from.end()) throw base::ConfigError(place, std::string("has no ") + name);
  unsigned value = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw base::ConfigError(place, std::string(name) + " must be a whole number");
  }
  return value;
}

}  // namespace

const std::string& RspCase::text(const char* name) const {
  const auto found = fields.find(name);
  if (found == fields.end()) throw base::ConfigError(place, std::string("has no ") + name);
  return found->second;
}

Bytes RspCase::bytes(const char* name) const {
  auto parsed = parse_hex(text(name));
  if (!parsed) {
    throw base::ConfigError(place, std::string(name) + " must be bytes of two hexadecimal digits each");
  }
  return std::move(*parsed);
}

unsigned RspCase::number(const char* name) const {
  return parse_number(fields, name, place);
}

unsigned RspCase::section_number(const char* name) const {
  return parse_number(section, name, place);
}

std::vector<RspCase> read_rsp(std::string_view content, const std::string& origin) {
  std::vector<RspCase> cases;
  for_each_case(content, origin, [&](const RspCase& one) {
    if (!one.twice.empty()) {
      throw base::ConfigError(one.place, one.twice + " stands twice in one case: an empty line parts cases");
    }
    cases.push_back(one);
    return true;
  });
  return cases;
}

bool any_rsp_case(std::string_view content, const std::function<bool(const RspCase&)>& is_it) {
  bool found = false;
  for_each_case(content, "", [&](const RspCase& one) {
    found = is_it(one);
    return !found;
  });
  return found;
}

}  // namespace pspnic::vectors
