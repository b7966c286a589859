// SPDX-License-Identifier: Apache-2.0
#include "model/base/event_queue.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace pspnic::base {

namespace {

Time kernel_time() {
  return sc_core::sc_time_stamp().value();
}

}  // namespace

EventQueue::EventQueue(const sc_core::sc_module_name& name) : sc_module(name) {
  sc_assert(sc_core::sc_get_time_resolution() == sc_core::sc_time(1, sc_core::SC_PS));
  SC_HAS_PROCESS(EventQueue);
  SC_METHOD(dispatch);
  sensitive << wake_;
  dont_initialize();
}

Time EventQueue::now_outside() const {
  return std::max(now_, kernel_time());
}

sc_core::sc_time EventQueue::offset() {
  look_at_kernel();
  return dispatching_ ? sc_core::sc_time::from_value(now_ - kernel_now_) : sc_core::SC_ZERO_TIME;
}

uint32_t EventQueue::new_slot() {
  if (events_.size() >> kSlotBits != 0) throw std::runtime_error("event queue: too many events at once");
  events_.emplace_back();
  free_slots_.reserve(events_.capacity());
  return static_cast<uint32_t>(events_.size() - 1);
}

uint32_t EventQueue::take_slot() {
  if (free_slots_.empty()) return new_slot();
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

void EventQueue::insert(Time when, Event event) {
  event.owner = owner_;
  when = std::max(when, now());
  const bool stands_still = !more();
  const bool becomes_first = empty() || when < first().when;
  const uint32_t slot = take_slot();
  events_[slot] = event;
  if (event.kind == Kind::kBackground) ++background_;
  put({when, (sequence_++ << kSlotBits) | slot});
  if (dispatching_ || !more() || (!becomes_first && !stands_still)) return;
  wake_.notify(sc_core::sc_time::from_value(std::max(first().when, kernel_time()) - kernel_time()));
}

inline void EventQueue::put(Key key) {
  if (near_count_ == kNear) make_room();
  if (!far_.empty() && (near_count_ == 0 || near_[0] < key)) return put_far(key);
  size_t place = near_count_++;
  for (; place > 0 && near_[place - 1] < key; --place) near_[place] = near_[place - 1];
  near_[place] = key;
}

void EventQueue::put_far(Key key) {
  far_.push_back(key);
  std::ranges::push_heap(far_, std::greater<Key>());
}

// The later half goes to those far away.
void EventQueue::make_room() {
  constexpr size_t kHalf = kNear / 2;
  for (size_t i = 0; i < kHalf; ++i) put_far(near_[i]);
  std::copy(near_.begin() + kHalf, near_.end(), near_.begin());
  near_count_ = kNear - kHalf;
}

// Nothing is near: the first of those far away are from here on.
void EventQueue::refill() {
  near_count_ = std::min(far_.size(), kNear / 2);
  for (size_t i = near_count_; i > 0; --i) {
    std::ranges::pop_heap(far_, std::greater<Key>());
    near_[i - 1] = far_.back();
    far_.pop_back();
  }
}

void EventQueue::again(Time when, uint64_t argument) {
  const uint64_t slot = first().order & kSlotMask;
  events_[slot].argument = argument;
  // Its place is found when the callback has returned; until then nothing else may come in front of it.
  again_key_ = {std::max(when, now_), (sequence_++ << kSlotBits) | slot};
  again_ = true;
}

bool EventQueue::kernel_is_due(Time when) {
  if (looks_left_ == 0) {
    looks_left_ = kLookEvery;
    const Time pending = sc_core::sc_time_to_pending_activity().value();
    kernel_next_ = pending < kNever - kernel_now_ ? kernel_now_ + pending : kNever;
  }
  --looks_left_;
  return kernel_next_ <= when;
}

void EventQueue::finish_first(uint32_t slot) {
  --near_count_;
  if (again_) {
    again_ = false;
    put(again_key_);
  } else {
    if (events_[slot].kind == Kind::kBackground) --background_;
    free_slots_.push_back(slot);
  }
  if (near_count_ == 0) refill();
}

inline void EventQueue::fire_first(Time when) {
  const auto slot = static_cast<uint32_t>(first().order & kSlotMask);
  const Event event = events_[slot];
  now_ = std::max(now_, when);
  owner_ = event.owner;
  ++fired_[event.owner];
  if (event.kind == Kind::kWork) last_work_ = now_;
  // The event stays first while it fires: whatever it schedules comes behind it.
  event.callback(event.argument);
  finish_first(slot);
}

void EventQueue::dispatch() {
  dispatching_ = true;
  kernel_now_ = kernel_time();
  looks_left_ = 0;
  now_ = std::max(now_, kernel_now_);
  while (more() && !pausing_) {
    const Time when = first().when;
    // Another SystemC process due at the same time or earlier goes first; then the queue wakes up again.
    if (when > kernel_now_ && kernel_is_due(when)) break;
    fire_first(when);
  }
  dispatching_ = false;
  pausing_ = false;
  owner_ = kNobody;
  // Wakes for the next event; without one, lets the kernel's time catch up with the last.
  const Time next = std::max(more() ? first().when : now_, kernel_time());
  if (more() || next > kernel_time()) {
    wake_.notify(sc_core::sc_time::from_value(next - kernel_time()));
  }
}

// As if it were always dispatching: nothing wakes a kernel then.
void EventQueue::leave_kernel() {
  dispatching_ = true;
  kernel_now_ = kernel_time();
}

void EventQueue::run_until(Time end) {
  while (more() && first().when <= end) fire_first(first().when);
  owner_ = kNobody;
  now_ = std::max(now_, end);
}

void EventQueue::run_before(Time end) {
  while (more() && first().when < end) fire_first(first().when);
  owner_ = kNobody;
  now_ = std::max(now_, end);
}

void EventQueue::fire_next() {
  fire_first(first().when);
  owner_ = kNobody;
}

void EventQueue::pause() {
  pausing_ = true;
  sc_core::sc_pause();
}

}  // namespace pspnic::base
