// SPDX-License-Identifier: Apache-2.0
// What a sweep is asked to do: the file sweep.json of its results. Every point can be run from this and the
// copies beside it (inputs.h), on any machine that has the program: configuration files are in it as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pspnic::sweep {

// What varies: full names of parameters, or "workload", "packets", "seed"; and of each point their values, as
// they would stand behind --set.
struct Points {
  std::vector<std::string> keys;
  std::vector<std::vector<std::string>> values;  // each as long as keys
};

struct ConfigFile {
  std::string name;  // for errors
  std::string text;
};

// A file that a parameter names. Its text, which may be any bytes, is no part of sweep.json.
struct InputFile {
  std::string name;  // as the parameter has it
  std::string text;
};

struct Plan {
  std::string workload;             // empty only if it varies
  std::optional<uint64_t> packets;  // as RunOptions::packets
  uint64_t seed = 1;
  std::vector<ConfigFile> configs;
  std::vector<std::string> settings;  // key=value
  Points points;
  std::vector<InputFile> files;  // by name

  size_t size() const { return points.values.size(); }
};

// More are a mistake: that many folders in one are beyond what file systems do well.
inline constexpr size_t kMaxPoints = 1'000'000;

// "seed=3, nic.crypto.gcm.lanes=2".
std::string describe_point(const Plan& plan, size_t point);

// The file, and back. read_plan() throws ConfigError, place `origin`, for what is no plan of this version.
std::string plan_json(const Plan& plan);
Plan read_plan(std::string_view json, const std::string& origin);

// The first thing that differs, in words ("seed is 2, was 1"); empty if nothing does.
std::string difference(const Plan& had, const Plan& asked);

}  // namespace pspnic::sweep
