// SPDX-License-Identifier: Apache-2.0
// Which transmit queue may ask for its next packet: queues share what there is by weight, and stay below
// their own rate. Shares are of bytes, by start-time fair queueing (Goyal, Vin, Cheng 1996): each queue has
// a tag that grows by bytes / weight when it is served, and the smallest tag is next, the longest waiting
// among equals. A queue that comes back starts at the tag served last, so nobody saves up. Vports share the
// same way, and their queues within them.
//
// Waits for: a queue's rate. Takes: no time. Drops: nothing. Cost: O(log) of the active queues.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/base/rate_limit.h"
#include "model/base/time.h"

namespace pspnic::tx {

inline constexpr unsigned kMaxWeight = 1000;

// Members that want to be served, the next one first.
class FairSet {
 public:
  explicit FairSet(size_t members) : members_(members) {}

  bool empty() const { return heap_.empty(); }
  bool contains(uint16_t member) const { return members_[member].active; }
  uint16_t front() const { return heap_.front().member; }
  void set_weight(uint16_t member, unsigned weight) { members_[member].weight = weight; }
  void add(uint16_t member);
  void remove_front();
  // The front has been served; it stays.
  void charge_front(uint64_t bytes);

 private:
  struct Member {
    uint64_t tag = 0;
    unsigned weight = 1;
    bool active = false;
  };
  struct Key {
    uint64_t tag;
    uint64_t order;
    uint16_t member;
    bool operator>(const Key& other) const {
      return tag != other.tag ? tag > other.tag : order > other.order;
    }
  };
  void sink_front();

  std::vector<Member> members_;
  std::vector<Key> heap_;
  uint64_t served_ = 0;  // tag of the last front served
  uint64_t order_ = 0;
};

class QueueScheduler {
 public:
  QueueScheduler(uint16_t queues, uint16_t vports);

  uint16_t vports() const { return static_cast<uint16_t>(vport_rates_.size()); }
  void set_vport(uint16_t queue, uint16_t vport) { queues_[queue].vport = vport; }
  uint16_t vport(uint16_t queue) const { return queues_[queue].vport; }
  void shape_queue(uint16_t queue, unsigned weight, const base::RateLimit& rate);  // in bits
  void shape_vport(uint16_t vport, unsigned weight, const base::RateLimit& rate);

  // The queue has something to send. Nothing happens if that is known.
  void add(uint16_t queue);
  // The queue to serve at `now`; nothing if there is none, or the rates of all forbid it until wake().
  std::optional<uint16_t> next(base::Time now);
  // kNever: no queue waits for its rate.
  base::Time wake() const;
  // What becomes of the queue given by next(): served, and wants more; or out until add().
  void charge(base::Time now, uint64_t bytes);
  void remove();
  void clear();

 private:
  struct Shape {
    base::RateLimit rate;
    uint16_t vport = 0;
  };
  struct Sleeper {
    base::Time until;
    uint16_t queue;
  };
  void insert(uint16_t queue);
  void take_out();
  void sleep(base::Time until);

  std::vector<Shape> queues_;
  std::vector<base::RateLimit> vport_rates_;
  std::vector<FairSet> sets_;  // queues, a set a vport
  FairSet vports_;
  std::vector<Sleeper> sleepers_;
  std::vector<bool> known_;  // active or asleep
};

}  // namespace pspnic::tx
