// SPDX-License-Identifier: Apache-2.0
// What happened last at each site: a few events of each, for reports.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/base/time.h"
#include "model/base/violation.h"

namespace pspnic::sanitizer {

class EventHistory : public base::SiteHistory {
 public:
  static constexpr size_t kKept = 8;

  // `what` is a literal; with a value it reads "what value".
  void add(base::Site site, base::Time when, const char* what) { push(site, {when, what, 0, false}); }
  void add(base::Site site, base::Time when, const char* what, uint64_t value) {
    push(site, {when, what, value, true});
  }

  // Oldest first, as "1234 ns  doorbell, tail 18".
  std::vector<std::string> last_events(base::Site site) const override;

 private:
  struct Event {
    base::Time when = 0;
    const char* what = "";
    uint64_t value = 0;
    bool valued = false;
  };
  struct Trail {
    std::array<Event, kKept> events{};
    uint64_t count = 0;
  };
  static uint64_t key(base::Site site) {
    return uint64_t{static_cast<uint8_t>(site.kind)} << 32 | site.number;
  }
  void push(base::Site site, const Event& event) {
    Trail& trail = trails_[key(site)];
    trail.events[trail.count++ % kKept] = event;
  }

  std::unordered_map<uint64_t, Trail> trails_;
};

}  // namespace pspnic::sanitizer
