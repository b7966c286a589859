// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/event_history.h"

#include <algorithm>

#include "model/base/hex.h"

namespace pspnic::sanitizer {

std::vector<std::string> EventHistory::last_events(base::Site site) const {
  std::vector<std::string> texts;
  const auto found = trails_.find(site.key());
  if (found == trails_.end()) return texts;
  const Trail& trail = found->second;
  for (uint64_t i = trail.count - std::min<uint64_t>(trail.count, kKept); i < trail.count; ++i) {
    const Event& event = trail.events[i % kKept];
    texts.push_back(std::to_string(event.when / base::kNs) + " ns  " + event.what);
    if (event.valued) {
      const bool address = site.kind == base::Site::Kind::kRegisters;
      texts.back() += " " + (address ? base::hex(event.value) : std::to_string(event.value));
    }
    if (event.times > 1) {
      texts.back() += ", " + std::to_string(event.times) + " times since " +
                      std::to_string(event.since / base::kNs) + " ns";
    }
  }
  return texts;
}

}  // namespace pspnic::sanitizer
