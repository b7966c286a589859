// SPDX-License-Identifier: Apache-2.0
// The answer again with other random numbers and twice as many packets: what meets its goal only by chance,
// or as long as a buffer still fills, is none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "testbench/size/problem.h"
#include "testbench/size/runs.h"

namespace pspnic::size {

struct Confirming {
  uint64_t seed = 0;
  Measured measured;
};

class Confirmation {
 public:
  // `count` runs, with the seeds behind the request's; 0: everything holds. Their folders are in
  // `folder`/confirm-1 and so on. `signals` must outlive this.
  Confirmation(const Request& request, unsigned count, sweep::Signals& signals, const std::string& folder,
               unsigned jobs);

  // Runs what was not. Throws what Runs::run() throws.
  bool holds(const GridPoint& point);

  // Of one that was asked for: the first miss ends it.
  std::vector<Confirming> of(const GridPoint& point) const;
  // "misses the goal with seed 3: rate 1.2 % short"; empty if it holds or was not asked for.
  std::string refutation(const GridPoint& point) const;

 private:
  struct Seed {
    Problem problem;
    std::unique_ptr<Runs> runs;
  };

  std::vector<std::unique_ptr<Seed>> seeds_;
};

}  // namespace pspnic::size
