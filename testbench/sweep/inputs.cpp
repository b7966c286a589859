// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/inputs.h"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "model/base/config_error.h"
#include "testbench/sweep/files.h"

namespace pspnic::sweep {

namespace fs = std::filesystem;

std::string input_file(const std::string& folder, size_t number) {
  return fmt::format("{}/{}/{:02}", folder, kInputs, number);
}

std::vector<InputFile> read_inputs(const std::set<std::string>& names) {
  std::vector<InputFile> files;
  for (const std::string& name : names) {
    std::error_code error;
    if (!fs::is_regular_file(name, error)) continue;
    try {
      if (auto text = read_if_there(name)) files.push_back({name, *std::move(text)});
    } catch (const std::runtime_error&) {
      continue;
    }
  }
  return files;
}

void keep_inputs(const std::string& folder, const Plan& plan) {
  if (plan.files.empty()) return;
  const std::string inputs = folder + "/" + kInputs;
  std::error_code error;
  fs::create_directories(inputs, error);
  if (error) throw std::runtime_error(fmt::format("{}: cannot be made: {}", inputs, error.message()));
  for (size_t i = 0; i < plan.files.size(); ++i) {
    const std::string path = input_file(folder, i);
    if (!is_there(path)) write_whole(path, plan.files[i].text);
  }
}

void load_inputs(const std::string& folder, Plan& plan) {
  for (size_t i = 0; i < plan.files.size(); ++i) {
    const std::string path = input_file(folder, i);
    auto text = read_if_there(path);
    if (!text) {
      throw base::ConfigError(path, fmt::format("does not exist; it is the copy of {}", plan.files[i].name));
    }
    plan.files[i].text = *std::move(text);
  }
}

}  // namespace pspnic::sweep
