// SPDX-License-Identifier: Apache-2.0
#include "model/base/stretch_stats.h"

namespace pspnic::base {

StageStats::StageStats(StatGroup& parent, const Stretch& stretch, const StretchAccount& window, size_t stage)
    : window_(window),
      stage_(stage),
      servers_(stretch.stage(stage).servers),
      group_(parent, stretch.stage(stage).name) {}

Formula::Function StageStats::share(Share part) const {
  return [this, part](const DumpContext&) {
    return static_cast<double>(window_.stages[stage_].*part) / static_cast<double>(servers_ * window_.now);
  };
}

Formula::Function StageStats::mean_level(Share item_time) const {
  return [this, item_time](const DumpContext&) {
    return static_cast<double>(window_.stages[stage_].*item_time) / static_cast<double>(window_.now);
  };
}

Formula::Function StageStats::mean_time(Share item_time, Count items) const {
  return [this, item_time, items](const DumpContext&) {
    const StageAccount& account = window_.stages[stage_];
    return static_cast<double>(account.*item_time) / static_cast<double>(account.*items);
  };
}

Formula::Function StageStats::count(Count items) const {
  return [this, items](const DumpContext&) { return static_cast<double>(window_.stages[stage_].*items); };
}

StretchStats::StretchStats(StatGroup& stages, Stretch& stretch)
    : stretch_(stretch),
      begin_(stretch.account(0)),
      window_(begin_),
      group_(stages, stretch.name() + "_door") {
  for (size_t i = 0; i < stretch.stages(); ++i) {
    stages_.push_back(std::make_unique<StageStats>(stages, stretch, window_, i));
  }
}

StretchStats::Bottleneck StretchStats::bottleneck() const {
  Bottleneck result;
  for (size_t i = 0; i < window_.stages.size(); ++i) {
    const double capacity = static_cast<double>(stretch_.stage(i).servers) * static_cast<double>(window_.now);
    const double utilisation = capacity > 0 ? static_cast<double>(window_.stages[i].busy) / capacity : 0;
    if (utilisation > result.utilisation) result = {i, utilisation};
  }
  return result;
}

}  // namespace pspnic::base
