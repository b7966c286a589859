// SPDX-License-Identifier: Apache-2.0
// Host time a packet and stage; not a check of anything, so disabled:
//   base_stretch_test --gtest_also_run_disabled_tests --gtest_filter='*Speed*'
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <vector>

#include "model/base/stretch.h"

namespace pspnic::base {
namespace {

void measure(const char* what, unsigned lanes, Time gap) {
  constexpr size_t kStages = 14;
  constexpr size_t kItems = 3'000'000;
  std::vector<StageConfig> stages;
  for (size_t i = 0; i < kStages; ++i) {
    stages.push_back({"stage" + std::to_string(i), i == 6 ? lanes : 1u, 16, 1});
  }
  Stretch stretch("speed", stages);
  std::array<Service, kStages> services;
  for (size_t i = 0; i < kStages; ++i) services[i] = {20'000 + 1000 * i, 45'000};
  services[6] = {60'000, 120'000};
  const std::clock_t begin = std::clock();  // processor time
  Time now = 0;
  uint64_t sum = 0;
  for (size_t n = 0; n < kItems; ++n) {
    now = std::max(now + gap, stretch.room(now));
    sum += stretch.pass(now, services).departure();
  }
  const double taken_ns = static_cast<double>(std::clock() - begin) * 1e9 / CLOCKS_PER_SEC;
  const double each = taken_ns / static_cast<double>(kItems);
  std::printf("%-28s %6.1f ns a packet, %5.2f ns a packet and stage (%llu)\n", what, each,
              each / static_cast<double>(kStages), static_cast<unsigned long long>(sum));
}

TEST(StretchSpeed, DISABLED_FourteenStages) {
  measure("saturated, 1 lane", 1, 0);
  measure("saturated, 4 lanes", 4, 0);
  measure("three quarters full, 4 lanes", 4, 45'000);
  measure("nearly idle, 4 lanes", 4, 2'000'000);
}

}  // namespace
}  // namespace pspnic::base
