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

Time EventQueue::now() const {
  return dispatching_ ? now_ : std::max(now_, kernel_time());
}

sc_core::sc_time EventQueue::offset() {
  look_at_kernel();
  return dispatching_ ? sc_core::sc_time::from_value(now_ - kernel_now_) : sc_core::SC_ZERO_TIME;
}

uint32_t EventQueue::take_slot() {
  if (free_slots_.empty()) {
    if (events_.size() >> kSlotBits != 0) throw std::runtime_error("event queue: too many events at once");
    events_.emplace_back();
    return static_cast<uint32_t>(events_.size() - 1);
  }
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

void EventQueue::schedule(Time when, Callback callback, uint64_t argument) {
  when = std::max(when, now());
  const bool becomes_first = heap_.empty() || when < heap_.front().when;
  const uint32_t slot = take_slot();
  events_[slot] = {callback, argument};
  size_t hole = heap_.size();
  heap_.push_back({});
  while (hole > 0) {
    const size_t parent = (hole - 1) / 4;
    if (heap_[parent].when <= when) break;
    heap_[hole] = heap_[parent];
    hole = parent;
  }
  heap_[hole] = {when, (sequence_++ << kSlotBits) | slot};
  if (!dispatching_ && becomes_first) wake_.notify(sc_core::sc_time::from_value(when - kernel_time()));
}

EventQueue::Key EventQueue::pop_first() {
  const Key first = heap_.front();
  const Key last = heap_.back();
  heap_.pop_back();
  const size_t size = heap_.size();
  if (size == 0) return first;
  Key* const heap = heap_.data();
  size_t hole = 0;
  while (true) {
    const size_t begin = 4 * hole + 1;
    if (begin >= size) break;
    const size_t end = std::min(begin + 4, size);
    size_t best = begin;
    for (size_t child = begin + 1; child < end; ++child) best = heap[child] < heap[best] ? child : best;
    if (!(heap[best] < last)) break;
    heap[hole] = heap[best];
    hole = best;
  }
  heap[hole] = last;
  return first;
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

void EventQueue::dispatch() {
  dispatching_ = true;
  kernel_now_ = kernel_time();
  looks_left_ = 0;
  now_ = std::max(now_, kernel_now_);
  while (!heap_.empty() && !pausing_) {
    const Time when = heap_.front().when;
    // Another SystemC process due at the same time or earlier goes first; then the queue wakes up again.
    if (when > kernel_now_ && kernel_is_due(when)) break;
    const auto slot = static_cast<uint32_t>(pop_first().order & ((1u << kSlotBits) - 1));
    const Event event = events_[slot];
    free_slots_.push_back(slot);
    now_ = std::max(now_, when);
    ++fired_;
    event.callback(event.argument);
  }
  dispatching_ = false;
  pausing_ = false;
  // Wakes for the next event; without one, lets the kernel's time catch up with the last.
  const Time next = heap_.empty() ? now_ : heap_.front().when;
  if (!heap_.empty() || next > kernel_time()) {
    wake_.notify(sc_core::sc_time::from_value(next - kernel_time()));
  }
}

void EventQueue::pause() {
  pausing_ = true;
  sc_core::sc_pause();
}

}  // namespace pspnic::base
