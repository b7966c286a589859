// SPDX-License-Identifier: Apache-2.0
// The same chain of stages as base::Stretch, simulated event by event: explicit queues, servers, credits and
// reorder lists, moved on whenever something happens. Written from the semantics alone; shares no code with
// the stretch. Slow and obvious on purpose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <queue>
#include <vector>

#include "model/base/time.h"

namespace pspnic::base::reference {

struct StageShape {
  unsigned servers = 1;
  uint64_t capacity = 1;
};

struct Work {
  Time occupancy = 0;
  Time latency = 0;
  uint64_t weight = 1;
};

struct Item {
  Time arrival = 0;
  Time sink_ready = 0;
  std::vector<Work> work;  // one a stage
};

struct Times {
  Time arrival = kNever;
  Time start = kNever;
  Time departure = kNever;
  size_t server = 0;
};

// Integrals over time, taken by looking at the state between any two events.
struct Sums {
  uint64_t busy = 0;
  uint64_t blocked = 0;
  uint64_t starved = 0;
  uint64_t waiting = 0;
  uint64_t reordering = 0;
  uint64_t arrived = 0;
  uint64_t started = 0;
  uint64_t departed = 0;
};

struct Snapshot {
  std::vector<Sums> stages;
  uint64_t door_waiting = 0;
  uint64_t door_arrived = 0;
  uint64_t admitted = 0;
};

enum class EventKind { kArrival, kServerFree, kReady, kSinkReady };

struct Event {
  EventKind kind = EventKind::kArrival;
  size_t stage = 0;
  size_t index = 0;  // item, or server of kServerFree
};

// State and rules; whoever derives from it keeps the list of events.
class Chain {
 public:
  Chain(std::vector<StageShape> shape, std::vector<Item> items);
  virtual ~Chain() = default;

  const std::vector<Times>& times(size_t item) const { return times_[item]; }
  Time admitted(size_t item) const { return times_[item][0].arrival; }
  size_t done() const { return done_; }

 protected:
  virtual void post(Time when, Event event) = 0;

  void post_arrivals();
  void advance_to(Time now);  // the state held until `now`: adds it to the sums
  void apply(Event event);    // what the event itself changes, at the time advanced to
  void settle();              // then moves everything that can move, until nothing can
  Snapshot snapshot() const;

  size_t item_count() const { return items_.size(); }
  Time now() const { return now_; }

 private:
  struct Server {
    bool occupied = false;
    Time free_since = 0;
  };
  struct Result {
    size_t item;
    bool ready;
  };
  struct Stage {
    uint64_t capacity = 1;
    uint64_t used = 0;
    std::deque<size_t> queue;    // arrived, not started
    std::deque<Result> results;  // started, not departed
    std::vector<Server> servers;
    Sums sums;
  };

  bool admit_one();
  bool start_one(size_t stage);
  bool depart_one(size_t stage);

  std::vector<Stage> stages_;
  std::vector<Item> items_;
  std::vector<std::vector<Times>> times_;
  std::deque<size_t> door_;
  uint64_t door_waiting_ = 0;
  uint64_t door_arrived_ = 0;
  uint64_t admitted_ = 0;
  size_t done_ = 0;
  Time now_ = 0;
};

// With a global list of events in order of time; takes snapshots at the given times (ascending).
class Simulation : public Chain {
 public:
  Simulation(std::vector<StageShape> shape, std::vector<Item> items)
      : Chain(std::move(shape), std::move(items)) {}

  std::vector<Snapshot> run(const std::vector<Time>& snapshot_times);

 protected:
  void post(Time when, Event event) override { events_.push({when, sequence_++, event}); }

 private:
  struct Entry {
    Time when;
    uint64_t sequence;
    Event event;
    bool operator<(const Entry& other) const {  // std::priority_queue shows the largest
      return when != other.when ? when > other.when : sequence > other.sequence;
    }
  };

  std::priority_queue<Entry> events_;
  uint64_t sequence_ = 0;
};

}  // namespace pspnic::base::reference
