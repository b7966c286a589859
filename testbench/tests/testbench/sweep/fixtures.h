// SPDX-License-Identifier: Apache-2.0
// What tests of bad input have in common.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "model/base/config_error.h"
#include "testbench/sweep/plan.h"

namespace pspnic::sweep {

// What `act` says when it throws ConfigError; empty if it does not.
template <class Act>
std::string refusal(Act act) {
  try {
    act();
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return {};
}

// A folder of a test's own.
class TestFolder {
 public:
  TestFolder() {
    std::string name = std::filesystem::temp_directory_path() / "sweep_test_XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Seeds 1, 2, ... of the stream.
inline Plan plan_of_seeds(size_t count) {
  Plan plan;
  plan.workload = "stream";
  plan.packets = 10;
  plan.points.keys = {"seed"};
  for (size_t i = 0; i < count; ++i) plan.points.values.push_back({std::to_string(i + 1)});
  return plan;
}

}  // namespace pspnic::sweep
