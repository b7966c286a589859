// SPDX-License-Identifier: Apache-2.0
// Test vectors in the form of NIST's Cryptographic Algorithm Validation Program, as Debian's
// python3-cryptography-vectors installs them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pspnic::test {

inline constexpr const char* kNistVectors = "/usr/lib/python3/dist-packages/cryptography_vectors";
inline constexpr const char* kNoNistVectors =
    "no NIST vectors; scripts/test installs Debian's python3-cryptography-vectors";

inline bool has_nist_vectors() {
  return std::filesystem::is_directory(kNistVectors);
}

// One "Count": lines "Name = value", and perhaps FAIL; under the lines [Name = value] or [NAME] above it.
struct RspCase {
  std::map<std::string, std::string> section;
  std::map<std::string, std::string> fields;
  bool fail = false;

  bool in_section(const std::string& name) const { return section.contains(name); }
  unsigned section_number(const std::string& name) const {
    return static_cast<unsigned>(std::stoul(section.at(name)));
  }
  bool has(const std::string& name) const { return fields.contains(name); }
  // A field written in hexadecimal.
  std::vector<uint8_t> bytes(const std::string& name) const {
    const std::string& hex = fields.at(name);
    if (hex.size() % 2 != 0) throw std::runtime_error("odd hexadecimal string " + hex);
    std::vector<uint8_t> result;
    for (size_t i = 0; i < hex.size(); i += 2) {
      result.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
    }
    return result;
  }
};

namespace rsp {

inline std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// "name = value"; a name alone has an empty value.
inline void insert(std::map<std::string, std::string>& fields, std::string_view line) {
  const size_t equals = line.find('=');
  const std::string_view value = equals == std::string_view::npos ? "" : line.substr(equals + 1);
  fields[std::string(trim(line.substr(0, equals)))] = std::string(trim(value));
}

}  // namespace rsp

// All cases of a file below kNistVectors. Throws std::runtime_error when it cannot be read.
inline std::vector<RspCase> read_rsp(const std::string& name) {
  std::ifstream file(std::string(kNistVectors) + "/" + name);
  if (!file) throw std::runtime_error("cannot read " + name);
  std::vector<RspCase> cases;
  RspCase current;
  bool in_case = false;
  const auto close = [&] {
    if (in_case) cases.push_back(current);
    in_case = false;
    current.fields.clear();
    current.fail = false;
  };
  bool section_done = false;
  for (std::string text; std::getline(file, text);) {
    const std::string_view line = rsp::trim(text);
    if (line.empty()) {
      close();
    } else if (line.front() == '[') {
      close();
      if (section_done) current.section.clear();
      section_done = false;
      rsp::insert(current.section, line.substr(1, line.rfind(']') - 1));
    } else if (line.front() != '#') {
      in_case = section_done = true;
      if (line == "FAIL") {
        current.fail = true;
      } else {
        rsp::insert(current.fields, line);
      }
    }
  }
  close();
  return cases;
}

}  // namespace pspnic::test
