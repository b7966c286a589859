// SPDX-License-Identifier: Apache-2.0
// Statistics of a bounded resource that is no server: credits, tags, a buffer, a window. It has no
// utilisation that says much; what counts is the share of time in which somebody waited for it.
#pragma once

#include "model/base/stats.h"

namespace pspnic::base {

class WaitStats {
 public:
  // `name` is the resource's; its group holds the two statistics.
  WaitStats(StatGroup& parent, std::string name)
      : group_(parent, std::move(name)),
        waits_(group_, "waits", "event", "Times somebody began to wait for it"),
        waiting_(group_, "waiting", "1", "1 while somebody waits for it"),
        share_(group_, "waited", "1", "Share of time in which somebody waited for it",
               [this](const DumpContext& context) { return waiting_.mean(context); }) {}

  // begin() and end() may be called again without effect.
  void begin(Time now) {
    if (waiting_.value() != 0) return;
    ++waits_;
    waiting_.set(now, 1);
  }
  bool waiting() const { return waiting_.value() != 0; }
  void end(Time now) {
    if (waiting_.value() != 0) waiting_.set(now, 0);
  }

 private:
  StatGroup group_;
  Counter waits_;
  Gauge waiting_;
  Formula share_;
};

}  // namespace pspnic::base
