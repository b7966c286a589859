// SPDX-License-Identifier: Apache-2.0
// A feed-forward stretch: an in-order chain of stages whose times are computed without a single event.
//
//   door -> [buffer 0] stage 0 -> [buffer 1] stage 1 -> ... -> [buffer N-1] stage N-1 -> sink
//
// Each stage has identical servers and, in front of it, a buffer of bounded units. An item takes its units of
// buffer i when it STARTS in stage i-1 (buffer 0: when it is admitted) and gives them back when it LEAVES
// stage i. So
//   start(n,i)     = max( departure(n,i-1), first free server of i, room in buffer i+1, start(n-1,i) )
//   departure(n,i) = max( start(n,i) + latency(n,i), departure(n-1,i) )
// with departure(n,-1) = admitted(n) = max( arrival(n), room in buffer 0, admitted(n-1) ) and `sink_ready` as
// the room behind the last stage. All terms are known when item n is passed, because everything before it has
// been computed. docs/timing_model.md explains what is exact about it and how that is proved.
//
// Waits for: nothing. Takes: items in order, each with a service and a weight a stage. Drops: nothing; ask
// room() first. Numbers: none of its own; services and depths come from the owner's parameters. Times in ps,
// weights in units.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/base/credits.h"
#include "model/base/server.h"
#include "model/base/time.h"

namespace pspnic::base {

struct StageConfig {
  std::string name;
  unsigned servers = 1;     // 1..Servers::kMax
  uint64_t capacity = 1;    // units of the buffer in front, item in service included
  uint64_t max_weight = 1;  // largest weight an item may have here; must not exceed `capacity`
};

// What happened to one item in one stage.
struct Visit {
  Time start = 0;      // the server takes it
  Time free = 0;       // start + occupancy: the server takes the next
  Time ready = 0;      // start + latency: the result is there
  Time departure = 0;  // the result leaves, behind those of its predecessors; it arrives at the next stage
  uint32_t server = 0;
};

// Times of one item through all stages: a view that is valid until the next call of pass().
class Passage {
 public:
  Passage(const Visit* visits, size_t stages) : visits_(visits), stages_(stages) {}

  size_t stages() const { return stages_; }
  const Visit& operator[](size_t stage) const { return visits_[stage + 1]; }

  Time arrival() const { return visits_[0].start; }       // at the door
  Time admitted() const { return visits_[0].departure; }  // later than that: backpressure to the caller
  Time departure() const { return visits_[stages_].departure; }  // out of the last stage
  Time arrival(size_t stage) const { return visits_[stage].departure; }
  Time waiting(size_t stage) const { return (*this)[stage].start - arrival(stage); }

 private:
  const Visit* visits_;  // [0] is the door: start = arrival, departure = admitted
  size_t stages_;
};

// One stage's books from time 0 to the time asked for. Three sums of server time:
//
//   busy: servers within the occupancy of an item
//
//   blocked: servers free, but the item at the head of the queue may not start for want of room behind
//
//   starved: servers free, and no item waiting
//
// busy + blocked + starved = servers * elapsed, to the picosecond.
struct StageAccount {
  Time busy = 0;
  Time blocked = 0;
  Time starved = 0;
  Time waiting = 0;     // item time: sum of start - arrival
  Time reordering = 0;  // item time: sum of departure - ready, results that wait for their predecessors
  uint64_t arrived = 0;
  uint64_t started = 0;
  uint64_t departed = 0;

  // Part from `earlier` to this one, for measured windows.
  StageAccount since(const StageAccount& earlier) const;
};

// Items at the door: given to pass(), and let in.
struct DoorAccount {
  uint64_t arrived = 0;
  uint64_t admitted = 0;
  Time waiting = 0;  // item time: sum of admitted - arrival

  DoorAccount since(const DoorAccount& earlier) const;
};

struct StretchAccount {
  Time now = 0;
  DoorAccount door;
  std::vector<StageAccount> stages;

  StretchAccount since(const StretchAccount& earlier) const;  // now = length of the window
  uint64_t held() const;                                      // admitted and not yet out of the last stage
};

class Stretch {
 public:
  static constexpr size_t kMaxStages = 16;

  // Throws ConfigError that names `name`, the stage and the rule.
  Stretch(std::string name, std::vector<StageConfig> stages);

  const std::string& name() const { return name_; }
  size_t stages() const { return count_; }
  const StageConfig& stage(size_t index) const { return configs_[index]; }

  // When buffer 0 could admit an item that comes at `now`: `now` itself, or later. Changes nothing (drop-tail
  // decision).
  Time room(Time now, uint64_t weight = 1) const {
    return stages_[0].room(std::max(now, last_admitted_), weight);
  }

  // Sends one item through all stages, with one service a stage. `now`, the simulation's time, never
  // decreases, and no account() will ask for an earlier time. `arrival`, at the door, is taken as `now` if it
  // lies before. `weights` are one a stage, or none: all 1; above the stage's max_weight is a
  // std::logic_error, and nothing has changed. The last stage does not start the item before `sink_ready`.
  Passage pass(Time now, Time arrival, std::span<const Service> services,
               std::span<const uint64_t> weights = {}, Time sink_ready = 0);

  // The same for a caller at whose time the item arrives.
  Passage pass(Time now, std::span<const Service> services, std::span<const uint64_t> weights = {}) {
    return pass(now, now, services, weights);
  }

  // For an owner that decides the order of items at the last moment: `arrival` may lie before `now`, though
  // not before the last account() (is taken as that time then). Every item weighs 1.
  Passage pass_late(Time now, Time arrival, std::span<const Service> services, Time sink_ready = 0);

  // Items that there is memory for; it grows with those under way, not with those that have passed.
  size_t log_rows() const { return mask_ + 1; }

  // The books at `now`: exact, items that reach beyond it are clipped there. `now` never decreases and must
  // not lie before the `now` of a pass() (std::logic_error).
  StretchAccount account(Time now);

 private:
  struct alignas(64) Stage {
    explicit Stage(const StageConfig& config);

    Time room(Time now, uint64_t weight) const {
      return by_item ? slots.available(now) : units.available(now, weight);
    }
    // ByItem: the caller knows that.
    template <bool ByItem>
    Time claim(Time now, uint64_t weight) {
      return ByItem || by_item ? slots.available(now) : units.claim(now, weight);
    }
    template <bool ByItem>
    void release(Time when, uint64_t weight) {
      if (ByItem || by_item) {
        slots.hold(when);
      } else {
        units.release(when, weight);
      }
    }

    // What every item looks at comes first: one line of the cache.
    Slots slots;  // the buffer in front, if by_item
    Time last_start = 0;
    Time last_departure = 0;
    bool by_item;  // every item weighs 1, and the buffer is small enough for a time a slot
    Servers servers;
    StageAccount sums;  // over all items, however far they reach
    Credits units;      // the buffer in front, otherwise
  };

  // Where a stage's servers stood when the items entered so far had started, and the books over these.
  struct Book {
    explicit Book(unsigned servers_count) : servers(servers_count) {}
    // Only what the next item finds.
    void pass(const Visit& visit) {
      servers.occupy_later(visit.server, visit.free);
      last_start = visit.start;
    }
    void enter(const Visit& before, const Visit& visit);
    void enter_clipped(const Visit& before, const Visit& visit, Time now);
    Servers servers;
    Time last_start = 0;
    StageAccount sums;
  };

  const Visit* row(size_t item) const { return &log_[(item & mask_) * (count_ + 1)]; }
  void check(std::span<const Service> services, std::span<const uint64_t> weights) const;
  StageAccount account_of(size_t stage, Time now) const;
  Passage enter(Time arrival, std::span<const Service> services, const uint64_t* weight, Time sink_ready);
  template <bool ByItem>
  Passage run(Time arrival, const Service* service, const uint64_t* weight, Time sink_ready);
  [[gnu::noinline]] void retire();
  [[gnu::noinline]] void make_room();

  std::string name_;
  std::vector<StageConfig> configs_;
  size_t count_;          // of stages
  bool by_item_ = false;  // all of them
  std::vector<Stage> stages_;
  Time last_admitted_ = 0;
  std::array<uint64_t, kMaxStages> ones_;

  // Items whose last departure lies beyond now_, one row of stages + 1 visits each; [0] is the door.
  std::vector<Visit> log_;
  size_t mask_;
  size_t head_ = 0;
  size_t tail_ = 0;
  Time now_ = 0;
  Time accounted_ = 0;  // the last account()
  DoorAccount door_;
  std::vector<Book> books_;  // as those that have left the stretch leave it; without sums
};

}  // namespace pspnic::base
