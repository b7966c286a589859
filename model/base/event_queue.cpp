// SPDX-License-Identifier: Apache-2.0
#include "model/base/event_queue.h"

#include <algorithm>

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

sc_core::sc_time EventQueue::offset() const {
  return dispatching_ ? sc_core::sc_time::from_value(now_ - kernel_now_) : sc_core::SC_ZERO_TIME;
}

void EventQueue::schedule(Time when, Callback callback, uint64_t argument) {
  when = std::max(when, now());
  const bool becomes_first = heap_.empty() || when < heap_.front().when;
  // Sift up in a heap of four children a node: shallower than two, and a node's children share a cache line
  // or two.
  size_t hole = heap_.size();
  heap_.push_back({});
  while (hole > 0) {
    const size_t parent = (hole - 1) / 4;
    if (heap_[parent].when <= when) break;
    heap_[hole] = heap_[parent];
    hole = parent;
  }
  heap_[hole] = {when, sequence_++, callback, argument};
  if (!dispatching_ && becomes_first) wake_.notify(sc_core::sc_time::from_value(when - kernel_time()));
}

EventQueue::Entry EventQueue::pop_first() {
  const Entry first = heap_.front();
  const Entry last = heap_.back();
  heap_.pop_back();
  const auto before = [](const Entry& a, const Entry& b) {
    return a.when < b.when || (a.when == b.when && a.sequence < b.sequence);
  };
  const size_t size = heap_.size();
  if (size == 0) return first;
  size_t hole = 0;
  while (true) {
    const size_t begin = 4 * hole + 1;
    if (begin >= size) break;
    const size_t end = std::min(begin + 4, size);
    size_t best = begin;
    for (size_t child = begin + 1; child < end; ++child) {
      if (before(heap_[child], heap_[best])) best = child;
    }
    if (!before(heap_[best], last)) break;
    heap_[hole] = heap_[best];
    hole = best;
  }
  heap_[hole] = last;
  return first;
}

bool EventQueue::kernel_is_due(Time when) const {
  const sc_core::sc_time pending = sc_core::sc_time_to_pending_activity();
  return kernel_now_ + pending.value() <= when;
}

void EventQueue::dispatch() {
  dispatching_ = true;
  kernel_now_ = kernel_time();
  now_ = std::max(now_, kernel_now_);
  while (!heap_.empty() && !pausing_) {
    const Time when = heap_.front().when;
    // Another SystemC process due at the same time or earlier goes first; then the queue wakes up again.
    if (when > kernel_now_ && kernel_is_due(when)) break;
    const Entry entry = pop_first();
    now_ = std::max(now_, entry.when);
    ++fired_;
    entry.callback(entry.argument);
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
