// SPDX-License-Identifier: Apache-2.0
// Statistics of a stretch: one group a stage, all computed from the stretch's books when they are dumped, so
// that the packets themselves pay nothing for them.
//
// Use: StretchStats stats(group, stretch); stats.begin(now) after warm-up, stats.end(now) before the dump.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "model/base/stats.h"
#include "model/base/stretch.h"

namespace pspnic::base {

// Formulas over one stage's account of the measured window.
class StageStats {
 public:
  StageStats(StatGroup& parent, const Stretch& stretch, const StretchAccount& window, size_t stage);

 private:
  using Share = Time StageAccount::*;
  using Count = uint64_t StageAccount::*;

  Formula::Function share(Share part) const;            // of the servers' time
  Formula::Function mean_level(Share item_time) const;  // Little: item time / elapsed time
  Formula::Function mean_time(Share item_time, Count items) const;
  Formula::Function count(Count items) const;

  const StretchAccount& window_;
  size_t stage_;
  unsigned servers_;
  StatGroup group_;
  Formula items_{group_, "items", "item", "Items that have left the stage", count(&StageAccount::departed)};
  Formula busy_{group_, "busy", "1", "Share of the servers' time within an item's occupancy",
                share(&StageAccount::busy)};
  Formula blocked_{group_, "blocked", "1",
                   "Share of the servers' time free, but no room behind for the waiting item",
                   share(&StageAccount::blocked)};
  Formula starved_{group_, "starved", "1", "Share of the servers' time free and no item waiting",
                   share(&StageAccount::starved)};
  Formula waiting_{group_, "waiting", "ps", "Mean time from arrival to start",
                   mean_time(&StageAccount::waiting, &StageAccount::started)};
  Formula depth_{group_, "depth", "item", "Mean number of items waiting", mean_level(&StageAccount::waiting)};
  Formula reordering_{group_, "reordering", "ps", "Mean time a ready result waits for its predecessors",
                      mean_time(&StageAccount::reordering, &StageAccount::departed)};
};

class StretchStats {
 public:
  // Adds a group a stage to `stages`, and one named "<stretch>_door". The stretch must outlive this object.
  StretchStats(StatGroup& stages, Stretch& stretch);
  StretchStats(const StretchStats&) = delete;
  StretchStats& operator=(const StretchStats&) = delete;

  void begin(Time now) { begin_ = stretch_.account(now); }
  void end(Time now) { window_ = stretch_.account(now).since(begin_); }

  const StretchAccount& window() const { return window_; }

  // The stage whose servers were busy for the largest share of the window, and that share.
  struct Bottleneck {
    size_t stage = 0;
    double utilisation = 0;
  };
  Bottleneck bottleneck() const;

 private:
  Stretch& stretch_;
  StretchAccount begin_;
  StretchAccount window_;
  StatGroup group_;
  Formula admitted_{group_, "admitted", "item", "Items let in",
                    [this](const DumpContext&) { return static_cast<double>(window_.door.admitted); }};
  Formula door_{
      group_, "door_waiting", "ps", "Mean time an item waits at the door for room in the first buffer",
      [this](const DumpContext&) {
        return static_cast<double>(window_.door.waiting) / static_cast<double>(window_.door.admitted);
      }};
  std::vector<std::unique_ptr<StageStats>> stages_;
};

}  // namespace pspnic::base
