// SPDX-License-Identifier: Apache-2.0
// What happened last at each site: a few events of each, for reports. Equal ones behind one another are one
// event that happened several times, but for writes of registers.
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

  // `what` is a literal, by whose address events are equal; with a value it reads "what value", the last one.
  void add(base::Site site, base::Time when, const char* what) {
    push(site, {when, what, 0, false, 1, when});
  }
  void add(base::Site site, base::Time when, const char* what, uint64_t value) {
    push(site, {when, what, value, true, 1, when});
  }

  // Oldest first, as "1234 ns  doorbell, tail 18" or "1234 ns  packet, descriptors 2, 9 times since 1200 ns".
  std::vector<std::string> last_events(base::Site site) const override;

 private:
  struct Event {
    base::Time when = 0;
    const char* what = "";
    uint64_t value = 0;
    bool valued = false;
    uint64_t times = 1;
    base::Time since = 0;  // the first of them
  };
  struct Trail {
    std::array<Event, kKept> events{};
    uint64_t count = 0;
  };
  void push(base::Site site, const Event& event) {
    Trail& trail = trails_[site.key()];
    Event& last = trail.events[(trail.count + kKept - 1) % kKept];
    if (trail.count > 0 && last.what == event.what && site.kind != base::Site::Kind::kRegisters) {
      last.when = event.when;
      last.value = event.value;
      ++last.times;
      return;
    }
    trail.events[trail.count++ % kKept] = event;
  }

  std::unordered_map<uint64_t, Trail> trails_;
};

}  // namespace pspnic::sanitizer
