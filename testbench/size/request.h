// SPDX-License-Identifier: Apache-2.0
// What a sizing is asked for: the file size.json of its results, from which it can go on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/nic/area.h"
#include "testbench/size/goal.h"
#include "testbench/sweep/plan.h"

namespace pspnic::size {

struct Request {
  Goal goal;
  std::string workload;
  std::optional<uint64_t> packets;  // of each run; default kDefaultPackets where the workload counts packets
  uint64_t seed = 1;
  std::vector<sweep::ConfigFile> configs;
  std::vector<std::string> settings;  // key=value
  std::vector<std::string> lists;     // as behind --over
  bool only = false;                  // the space is what the lists say
  double gates_per_bit = nic::kGatesPerBit;
};

// Enough that a card's start is nothing beside the rest, and that a receiver which is too slow has filled its
// buffer or falls behind.
inline constexpr uint64_t kDefaultPackets = 30'000;

std::string request_json(const Request& request);
// Throws ConfigError, place `origin`, for what request_json() of this version did not write.
Request read_request(std::string_view json, const std::string& origin);

}  // namespace pspnic::size
