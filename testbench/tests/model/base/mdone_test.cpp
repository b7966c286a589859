// SPDX-License-Identifier: Apache-2.0
// Queueing theory as an oracle: random (Poisson) arrivals at one server with constant service S wait on
// average Wq = S * load / (2 * (1 - load)) (M/D/1, Pollaczek and Khinchine).
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <string>

#include "model/base/stretch.h"

namespace pspnic::base {
namespace {

constexpr Time kService = 1'000'000;
#ifdef __SANITIZE_ADDRESS__
constexpr uint64_t kItems = 1'000'000;
#else
constexpr uint64_t kItems = 10'000'000;
#endif
constexpr double kTolerance = 0.02;

class MDOne : public testing::TestWithParam<double> {};

TEST_P(MDOne, MeanWaitAndUtilisationAreThoseOfTheory) {
  const double load = GetParam();
  Stretch stretch("m_d_1", {{.name = "server", .servers = 1, .capacity = 1 << 20, .max_weight = 1}});
  const std::array<Service, 1> service{{{kService, kService}}};
  std::mt19937_64 engine(1);
  double clock = 0;
  double sum_of_waits = 0;
  Time last = 0;
  for (uint64_t n = 0; n < kItems; ++n) {
    const double uniform = (static_cast<double>(engine() >> 11) + 0.5) * 0x1p-53;
    clock += -std::log(uniform) * static_cast<double>(kService) / load;
    last = static_cast<Time>(clock);
    const Passage passage = stretch.pass(last, service);
    ASSERT_EQ(passage.admitted(), last) << "the buffer must never be full here";
    sum_of_waits += static_cast<double>(passage.waiting(0));
  }
  const double theory = load / (2 * (1 - load));
  const double mean_wait = sum_of_waits / static_cast<double>(kItems) / static_cast<double>(kService);
  EXPECT_NEAR(mean_wait, theory, kTolerance * theory);

  const StretchAccount account = stretch.account(last);
  const StageAccount& server = account.stages[0];
  EXPECT_NEAR(static_cast<double>(server.busy) / static_cast<double>(last), load, 0.005 * load);
  EXPECT_EQ(server.blocked, 0u);
  // Little: items waiting on average = rate * mean wait.
  const double mean_depth = static_cast<double>(server.waiting) / static_cast<double>(last);
  EXPECT_NEAR(mean_depth, load * theory, kTolerance * load * theory);
}

std::string percent(const testing::TestParamInfo<double>& load) {
  return "Percent" + std::to_string(std::lround(load.param * 100));
}

INSTANTIATE_TEST_SUITE_P(Load, MDOne, testing::Values(0.5, 0.8, 0.9), percent);

}  // namespace
}  // namespace pspnic::base
