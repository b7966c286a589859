// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "model/base/config_error.h"
#include "testbench/sweep/inputs.h"

namespace pspnic::sweep {

namespace {

constexpr const char* kRunOptions[] = {"workload", "packets", "seed"};

uint64_t parse_count(const std::string& key, const std::string& text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) {
    throw base::ConfigError(key, fmt::format("\"{}\" is no whole number from 0 to 2^64 - 1", text));
  }
  return value;
}

bool varies(const Plan& plan, const std::string& key) {
  return std::ranges::find(plan.points.keys, key) != plan.points.keys.end();
}

// A value that is both varied and given once would never count.
void check_settings(const Plan& plan, const base::ParamTree& tree) {
  for (const std::string& setting : plan.settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) {
      throw base::ConfigError("--set " + setting, "has no value; write KEY=VALUE");
    }
    const std::string& name = tree.full_name(std::string_view(setting).substr(0, equals));
    if (varies(plan, name))
      throw base::ConfigError("--set " + setting, name + " varies, so this has no effect");
  }
}

}  // namespace

std::vector<std::string*> file_parameters(bench::ParameterValues& values) {
  return {&values.traffic.a.sizes.file, &values.traffic.b.sizes.file, &values.churn.sizes.file};
}

bool is_run_option(const std::string& key) {
  return std::ranges::find(kRunOptions, key) != std::end(kRunOptions);
}

void complete_keys(Points& points) {
  const bench::Parameters parameters;
  for (auto key = points.keys.begin(); key != points.keys.end(); ++key) {
    if (!is_run_option(*key)) *key = parameters.tree.full_name(*key);
    if (std::find(points.keys.begin(), key, *key) == key) continue;
    throw base::ConfigError(*key, "varies twice");
  }
}

Configuration::Configuration(const Plan& plan) : plan_(plan), defaults_(parameters_.values()) {
  for (const std::string& key : plan.points.keys) {
    if (!is_run_option(key)) parameters_.tree.full_name(key);
  }
  check_settings(plan, parameters_.tree);
  if (plan.workload.empty() && !varies(plan, "workload")) {
    throw base::ConfigError("pspnic sweep", "needs --workload NAME, or --over workload=...");
  }
}

void Configuration::set_base(const std::string& workload) {
  if (const auto known = bases_.find(workload); known != bases_.end()) {
    parameters_.values() = known->second;
    return;
  }
  parameters_.values() = defaults_;
  bench::apply_preset(parameters_, workload);
  for (const ConfigFile& file : plan_.configs) parameters_.tree.load_text(file.text, file.name);
  for (const std::string& setting : plan_.settings) parameters_.tree.set_assignment(setting);
  bases_.emplace(workload, parameters_.values());
}

bench::RunOptions Configuration::set_point(size_t point) {
  const std::vector<std::string>& keys = plan_.points.keys;
  const std::vector<std::string>& values = plan_.points.values.at(point);
  bench::RunOptions options;
  options.workload = plan_.workload;
  options.packets = plan_.packets;
  options.seed = plan_.seed;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == "workload") options.workload = values[i];
    if (keys[i] == "packets") options.packets = parse_count(keys[i], values[i]);
    if (keys[i] == "seed") options.seed = parse_count(keys[i], values[i]);
  }
  set_base(options.workload);
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!is_run_option(keys[i])) parameters_.tree.set(keys[i], values[i]);
  }
  return options;
}

bench::RunOptions Configuration::apply(size_t point) {
  copied_.clear();
  try {
    return set_point(point);
  } catch (const base::ConfigError& error) {
    throw base::ConfigError(fmt::format("point {} ({})", point, describe_point(plan_, point)), error.what());
  }
}

std::set<std::string> Configuration::files_named() {
  std::set<std::string> names;
  for (size_t point = 0; point < plan_.size(); ++point) {
    apply(point);
    for (const std::string* name : file_parameters(parameters_)) {
      if (*name != "none") names.insert(*name);
    }
  }
  return names;
}

void Configuration::name_copies(const std::string& folder) {
  if (plan_.files.empty()) return;
  for (std::string* name : file_parameters(parameters_)) {
    const auto file = std::ranges::find(plan_.files, *name, &InputFile::name);
    if (file == plan_.files.end()) continue;
    copied_.emplace_back(name, *name);
    *name = input_file(folder, static_cast<size_t>(file - plan_.files.begin()));
  }
}

void Configuration::name_files() {
  for (const auto& [parameter, name] : copied_) *parameter = name;
  copied_.clear();
}

void Configuration::check_all(const std::string& folder) {
  for (size_t point = 0; point < plan_.size(); ++point) {
    const bench::RunOptions options = apply(point);
    if (!folder.empty()) name_copies(folder);
    try {
      bench::check_run(options, parameters_);
    } catch (const base::ConfigError& error) {
      throw base::ConfigError(fmt::format("point {} ({})", point, describe_point(plan_, point)),
                              error.what());
    }
  }
}

}  // namespace pspnic::sweep
