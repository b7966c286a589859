// SPDX-License-Identifier: Apache-2.0
#include "model/base/event_queue.h"

#include <algorithm>
#include <stdexcept>

namespace pspnic::base {

namespace {

constexpr size_t kInitialCapacity = 1024;

Time kernel_time() {
  return sc_core::sc_time_stamp().value();
}

}  // namespace

EventQueue::EventQueue(const sc_core::sc_module_name& name) : sc_module(name) {
  sc_assert(sc_core::sc_get_time_resolution() == sc_core::sc_time(1, sc_core::SC_PS));
  heap_.reserve(kInitialCapacity);
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

void EventQueue::insert(Time when, const Event& event) {
  when = std::max(when, now());
  const bool stands_still = !more();
  const bool becomes_first = heap_.empty() || when < heap_.front().when;
  const uint32_t slot = take_slot();
  events_[slot] = event;
  if (event.kind == Kind::kBackground) ++background_;
  size_t hole = heap_.size();
  heap_.push_back({});
  while (hole > 0) {
    const size_t parent = (hole - 1) / 4;
    if (heap_[parent].when <= when) break;
    heap_[hole] = heap_[parent];
    hole = parent;
  }
  heap_[hole] = {when, (sequence_++ << kSlotBits) | slot};
  if (dispatching_ || !more() || (!becomes_first && !stands_still)) return;
  wake_.notify(sc_core::sc_time::from_value(std::max(heap_.front().when, kernel_time()) - kernel_time()));
}

void EventQueue::again(Time when, uint64_t argument) {
  const uint64_t slot = heap_.front().order & kSlotMask;
  events_[slot].argument = argument;
  // Its place is found when the callback has returned; until then nothing else may come in front of it.
  again_key_ = {std::max(when, now_), (sequence_++ << kSlotBits) | slot};
  again_ = true;
}

// Puts `key` into the heap of `size` in place of the first.
void EventQueue::replace_first(Key key, size_t size) {
  Key* const heap = heap_.data();
  size_t hole = 0;
  while (true) {
    const size_t begin = 4 * hole + 1;
    if (begin >= size) break;
    size_t best = begin;
    if (begin + 4 <= size) {
      const size_t left = begin + (heap[begin + 1] < heap[begin]);
      const size_t right = begin + 2 + (heap[begin + 3] < heap[begin + 2]);
      best = heap[right] < heap[left] ? right : left;
    } else {
      for (size_t child = begin + 1; child < size; ++child) best = heap[child] < heap[best] ? child : best;
    }
    if (!(heap[best] < key)) break;
    heap[hole] = heap[best];
    hole = best;
  }
  heap[hole] = key;
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
  if (again_) {
    again_ = false;
    replace_first(again_key_, heap_.size());
    return;
  }
  if (events_[slot].kind == Kind::kBackground) --background_;
  free_slots_.push_back(slot);
  const Key last = heap_.back();
  heap_.pop_back();
  if (!heap_.empty()) replace_first(last, heap_.size());
}

void EventQueue::dispatch() {
  dispatching_ = true;
  kernel_now_ = kernel_time();
  looks_left_ = 0;
  now_ = std::max(now_, kernel_now_);
  while (more() && !pausing_) {
    const Time when = heap_.front().when;
    // Another SystemC process due at the same time or earlier goes first; then the queue wakes up again.
    if (when > kernel_now_ && kernel_is_due(when)) break;
    const auto slot = static_cast<uint32_t>(heap_.front().order & kSlotMask);
    const Event event = events_[slot];
    now_ = std::max(now_, when);
    ++fired_;
    if (event.kind == Kind::kWork) last_work_ = now_;
    // The event stays first while it fires: whatever it schedules comes behind it.
    event.callback(event.argument);
    finish_first(slot);
  }
  dispatching_ = false;
  pausing_ = false;
  // Wakes for the next event; without one, lets the kernel's time catch up with the last.
  const Time next = std::max(more() ? heap_.front().when : now_, kernel_time());
  if (more() || next > kernel_time()) {
    wake_.notify(sc_core::sc_time::from_value(next - kernel_time()));
  }
}

void EventQueue::pause() {
  pausing_ = true;
  sc_core::sc_pause();
}

}  // namespace pspnic::base
