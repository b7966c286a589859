// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/confirmation.h"

#include <fmt/format.h>

#include <filesystem>

#include "testbench/sweep/files.h"

namespace pspnic::size {

Confirmation::Confirmation(const Request& request, unsigned count, sweep::Signals& signals,
                           const std::string& folder, unsigned jobs) {
  constexpr uint64_t kLonger = 2;
  for (unsigned i = 1; i <= count; ++i) {
    Request again = request;
    again.seed += i;
    auto seed = std::make_unique<Seed>(Seed{make_problem(again), nullptr});
    if (seed->problem.plan.packets) *seed->problem.plan.packets *= kLonger;
    const std::string own = fmt::format("{}/confirm-{}", folder, i);
    std::filesystem::create_directories(std::filesystem::path(sweep::point_folder(own, 0)).parent_path());
    seed->runs = std::make_unique<Runs>(seed->problem, signals, own, jobs);
    seeds_.push_back(std::move(seed));
  }
}

bool Confirmation::holds(const GridPoint& point) {
  for (const auto& seed : seeds_) {
    seed->runs->run({point});
    if (!meets(seed->problem.request.goal, seed->runs->of(point).measured)) return false;
  }
  return true;
}

std::vector<Confirming> Confirmation::of(const GridPoint& point) const {
  std::vector<Confirming> list;
  for (const auto& seed : seeds_) {
    if (!seed->runs->has(point)) break;
    list.push_back({seed->problem.request.seed, seed->runs->of(point).measured});
  }
  return list;
}

std::string Confirmation::refutation(const GridPoint& point) const {
  if (seeds_.empty()) return {};
  const Goal& goal = seeds_.front()->problem.request.goal;
  for (const Confirming& each : of(point)) {
    if (!meets(goal, each.measured))
      return fmt::format("misses the goal with seed {}: {}", each.seed, miss_text(goal, each.measured));
  }
  return {};
}

}  // namespace pspnic::size
