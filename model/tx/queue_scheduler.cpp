// SPDX-License-Identifier: Apache-2.0
#include "model/tx/queue_scheduler.h"

#include <algorithm>
#include <functional>

namespace pspnic::tx {

namespace {

constexpr uint64_t kTagUnitsPerByte = 1 << 10;  // a weight of kMaxWeight still tells bytes apart
constexpr unsigned kBitsPerByte = 8;

}  // namespace

void FairSet::add(uint16_t number) {
  Member& member = members_[number];
  if (member.active) return;
  member.active = true;
  member.tag = std::max(member.tag, served_);
  heap_.push_back({member.tag, order_++, number});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

void FairSet::remove_front() {
  members_[front()].active = false;
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  heap_.pop_back();
}

void FairSet::charge_front(uint64_t bytes) {
  Member& member = members_[front()];
  served_ = member.tag;
  member.tag += bytes * kTagUnitsPerByte / member.weight;
  heap_.front().tag = member.tag;
  heap_.front().order = order_++;
  if (heap_.size() > 1) sink_front();
}

void FairSet::sink_front() {
  const Key key = heap_.front();
  size_t hole = 0;
  for (size_t child = 1; child < heap_.size(); child = 2 * hole + 1) {
    if (child + 1 < heap_.size() && heap_[child] > heap_[child + 1]) ++child;
    if (!(key > heap_[child])) break;
    heap_[hole] = heap_[child];
    hole = child;
  }
  heap_[hole] = key;
}

QueueScheduler::QueueScheduler(uint16_t queues, uint16_t vports)
    : queues_(queues),
      vport_rates_(vports),
      sets_(vports, FairSet(queues)),
      vports_(vports),
      known_(queues) {}

void QueueScheduler::shape_queue(uint16_t queue, unsigned weight, const base::RateLimit& rate) {
  for (FairSet& set : sets_) set.set_weight(queue, weight);
  queues_[queue].rate = rate;
}

void QueueScheduler::shape_vport(uint16_t vport, unsigned weight, const base::RateLimit& rate) {
  vports_.set_weight(vport, weight);
  vport_rates_[vport] = rate;
}

void QueueScheduler::add(uint16_t queue) {
  if (known_[queue]) return;
  known_[queue] = true;
  insert(queue);
}

void QueueScheduler::insert(uint16_t queue) {
  const uint16_t vport = queues_[queue].vport;
  sets_[vport].add(queue);
  vports_.add(vport);
}

// Takes the front queue out, and its vport if it was the last.
void QueueScheduler::take_out() {
  FairSet& set = sets_[vports_.front()];
  set.remove_front();
  if (set.empty()) vports_.remove_front();
}

void QueueScheduler::sleep(base::Time until) {
  sleepers_.push_back({until, sets_[vports_.front()].front()});
  take_out();
}

std::optional<uint16_t> QueueScheduler::next(base::Time now) {
  if (!sleepers_.empty()) {
    std::erase_if(sleepers_, [&](const Sleeper& sleeper) {
      if (sleeper.until > now) return false;
      insert(sleeper.queue);
      return true;
    });
  }
  while (!vports_.empty()) {
    const uint16_t vport = vports_.front();
    const uint16_t queue = sets_[vport].front();
    const base::Time allowed = std::max(queues_[queue].rate.allowed(now), vport_rates_[vport].allowed(now));
    if (allowed <= now) return queue;
    sleep(allowed);
  }
  return std::nullopt;
}

base::Time QueueScheduler::wake() const {
  base::Time earliest = base::kNever;
  for (const Sleeper& sleeper : sleepers_) earliest = std::min(earliest, sleeper.until);
  return earliest;
}

void QueueScheduler::charge(base::Time now, uint64_t bytes) {
  const uint16_t vport = vports_.front();
  FairSet& set = sets_[vport];
  if (Shape& shape = queues_[set.front()]; shape.rate.limited()) shape.rate.charge(now, bytes * kBitsPerByte);
  if (vport_rates_[vport].limited()) vport_rates_[vport].charge(now, bytes * kBitsPerByte);
  set.charge_front(bytes);
  vports_.charge_front(bytes);
}

void QueueScheduler::remove() {
  known_[sets_[vports_.front()].front()] = false;
  take_out();
}

void QueueScheduler::clear() {
  while (!vports_.empty()) remove();
  for (const Sleeper& sleeper : sleepers_) known_[sleeper.queue] = false;
  sleepers_.clear();
}

}  // namespace pspnic::tx
