// SPDX-License-Identifier: Apache-2.0
// The one list of events whose order is decided by time: DMA completions, doorbells, interrupts, arrivals
// from the wire, timers. It is a list of its own inside a single SystemC process, because a kernel event
// costs several times as much; it returns to the kernel only when SystemC itself has something to do before
// the next event.
//
// A program without a kernel that runs (model/embed) leaves it once and has the events fired itself.
//
// Waits for: nothing; owned by the top of the simulation. Takes: callbacks with a time and one word of
// argument. Drops: nothing. Two events of the same time fire in the order in which they were scheduled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <systemc>
#include <vector>

#include "model/base/time.h"

namespace pspnic::base {

// A function bound to an object, called with one word. Two words large, never allocates.
class Callback {
 public:
  Callback() = default;

  // Callback::to<&Dma::on_completion>(dma): calls dma.on_completion(argument).
  template <auto Method, class T>
  static Callback to(T& object) {
    return Callback(&object,
                    [](void* self, uint64_t argument) { (static_cast<T*>(self)->*Method)(argument); });
  }

  explicit operator bool() const { return function_ != nullptr; }
  void operator()(uint64_t argument) const { function_(object_, argument); }

 private:
  using Function = void (*)(void*, uint64_t);
  Callback(void* object, Function function) : object_(object), function_(function) {}

  void* object_ = nullptr;
  Function function_ = nullptr;
};

class EventQueue : public sc_core::sc_module {
 public:
  explicit EventQueue(const sc_core::sc_module_name& name);

  // Current time. Inside a callback it is the time of that event, which may run ahead of sc_time_stamp() as
  // long as no other SystemC process is due before it; TLM calls made there carry the difference (see
  // offset()).
  Time now() const { return dispatching_ ? now_ : now_outside(); }

  // Time by which the current callback is ahead of the SystemC kernel: the delay annotation of a TLM call, or
  // of a notification. A callback that gives SystemC something to do must ask for it: the queue looks at the
  // kernel's schedule again only after that, and every kLookEvery events.
  sc_core::sc_time offset();
  // The same without a need for the time: SystemC may get something to do from here on.
  void look_at_kernel() { looks_left_ = 0; }

  // Calls `callback(argument)` at `when`; a time that has already passed means now, behind what is due now.
  void schedule(Time when, Callback callback, uint64_t argument = 0) {
    insert(when, {callback, argument, Kind::kWork});
  }
  // The same for what only looks whether something is to be done: a watchdog, a timer that a later event may
  // have made void, a register write. It is no work by itself; what it sets off is.
  void schedule_look(Time when, Callback callback, uint64_t argument = 0) {
    insert(when, {callback, argument, Kind::kLook});
  }
  // A look of what never ends, such as the age of a key.
  void schedule_background(Time when, Callback callback, uint64_t argument = 0) {
    insert(when, {callback, argument, Kind::kBackground});
  }
  // Whether time stands still, for this queue, as long as only the background is left to look at: a run that
  // shall end when all work is done. Else background is like any look. What is overdue fires when time goes
  // on.
  void stop_for_background(bool stop) { background_mask_ = stop ? ~size_t{0} : 0; }

  // The event that fires now shall fire again at `when`: schedule() of the same callback, at half the cost.
  // Only from its callback, once.
  void again(Time when, uint64_t argument);

  // When something was last done: the time of the last event that was no look, or of the last note_work();
  // in a callback, now.
  Time last_work() const { return dispatching_ ? now_ : last_work_; }
  // A look has found something to do that will cause no event.
  void note_work() { last_work_ = now(); }

  // Whose an event is: what is scheduled from an event is of the same owner, unless an OwnedBy stands at the
  // border between two. A recording says by it how far a card was when its host did something.
  using Owner = uint8_t;
  static constexpr Owner kNobody = 0;
  static constexpr size_t kOwners = 4;
  uint64_t fired_by(Owner owner) const { return fired_[owner]; }

  // Events fired since the start, for the report and for benchmarks.
  uint64_t fired() const { return std::accumulate(fired_.begin(), fired_.end(), uint64_t{0}); }
  bool empty() const { return near_count_ == 0; }  // the event that fires counts until it has

  // Stops dispatching after the current callback and pauses the SystemC kernel; sc_start() continues.
  void pause();

  // From here on no kernel runs this queue, time begins at 0, and nothing fires but by the calls below.
  // Before the first event is scheduled.
  void leave_kernel();
  // When the first event is due; kNever: there is none. Background counts.
  Time next() const { return near_count_ == 0 ? kNever : near_[near_count_ - 1].when; }
  // Fires all that is due up to and including `end`, which is then the time; none if time is past it. Not
  // from a callback.
  void run_until(Time end);
  // The same without what is due at `end` itself.
  void run_before(Time end);
  // Fires the first event, which there must be, if no kernel runs this queue. Not from a callback.
  void fire_next();

 private:
  friend class OwnedBy;
  static constexpr unsigned kSlotBits = 20;  // of Key::order
  static constexpr uint64_t kSlotMask = (1u << kSlotBits) - 1;
  static constexpr unsigned kLookEvery = 1024;

  // What is moved about is small; what an event does stays in its slot.
  struct Key {
    Time when = 0;
    uint64_t order = 0;  // sequence number, and the slot in the low bits

    // As one wide number: no branch that the processor could guess wrong.
    bool operator<(const Key& other) const { return wide() < other.wide(); }
    bool operator>(const Key& other) const { return other < *this; }
    unsigned __int128 wide() const { return static_cast<unsigned __int128>(when) << 64 | order; }
  };
  // A run has a dozen events at a time, each source one: a list in order is faster than any heap.
  static constexpr size_t kNear = 32;
  enum class Kind : uint8_t { kWork, kLook, kBackground };
  struct Event {
    Callback callback;
    uint64_t argument = 0;
    Kind kind = Kind::kWork;
    Owner owner = kNobody;
  };

  bool more() const { return near_count_ + far_.size() > (background_ & background_mask_); }
  Key& first() { return near_[near_count_ - 1]; }
  void insert(Time when, Event event);
  void fire_first(Time when);
  void put(Key key);
  void put_far(Key key);
  [[gnu::noinline]] void make_room();
  [[gnu::noinline]] void refill();
  Time now_outside() const;
  void dispatch();
  bool kernel_is_due(Time when);
  uint32_t take_slot();
  [[gnu::cold]] uint32_t new_slot();
  void finish_first(uint32_t slot);

  std::array<Key, kNear> near_;  // the next events, the first at the end; none only if there are no others
  size_t near_count_ = 0;
  std::vector<Key> far_;  // all behind those, a heap whose top is the first
  std::vector<Event> events_;
  std::vector<uint32_t> free_slots_;
  size_t background_ = 0;  // events of that kind
  size_t background_mask_ = 0;
  Time now_ = 0;
  Time last_work_ = 0;
  Time kernel_now_ = 0;   // while dispatching
  Time kernel_next_ = 0;  // when SystemC has something to do, as of the last look
  unsigned looks_left_ = 0;
  uint64_t sequence_ = 0;
  std::array<uint64_t, kOwners> fired_{};  // by owner
  Owner owner_ = kNobody;                  // of what is being scheduled
  bool dispatching_ = false;
  bool again_ = false;
  Key again_key_{};  // if again_: what becomes of the event that fires
  bool pausing_ = false;
  sc_core::sc_event wake_;
};

// A border: until it goes, what is scheduled is of this owner.
class OwnedBy {
 public:
  OwnedBy(EventQueue& events, EventQueue::Owner owner) : events_(events), before_(events.owner_) {
    events.owner_ = owner;
  }
  ~OwnedBy() { events_.owner_ = before_; }
  OwnedBy(const OwnedBy&) = delete;
  OwnedBy& operator=(const OwnedBy&) = delete;

 private:
  EventQueue& events_;
  EventQueue::Owner before_;
};

}  // namespace pspnic::base
