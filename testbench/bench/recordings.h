// SPDX-License-Identifier: Apache-2.0
// What --record and --record-b ask for: a file for each card of a run, which pspnic replay takes.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "model/record/writer.h"
#include "testbench/bench/border.h"
#include "testbench/bench/parameters.h"
#include "testbench/bench/run.h"

namespace pspnic::bench {

class Recordings {
 public:
  // Nothing where no file is asked for. Throws ConfigError for a run that a card alone cannot repeat,
  // std::runtime_error for files.
  Recordings(const RunOptions& options, const Parameters& parameters);

  BorderListeners listeners() const;
  // Frames too, from here on; `observer` still sees them.
  void watch(CardPair& cards, WireObserver& observer);
  // Nothing more comes. Throws std::runtime_error if a file could not be written.
  void finish(base::Time end);

 private:
  std::array<std::unique_ptr<record::Writer>, kSides> writers_;
  std::unique_ptr<FrameBorder> frames_;
};

}  // namespace pspnic::bench
