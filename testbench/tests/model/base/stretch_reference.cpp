// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/model/base/stretch_reference.h"

#include <utility>

namespace pspnic::base::reference {

Chain::Chain(std::vector<StageShape> shape, std::vector<Item> items) : items_(std::move(items)) {
  for (const StageShape& stage_shape : shape) {
    Stage stage;
    stage.capacity = stage_shape.capacity;
    stage.servers.resize(stage_shape.servers);
    stages_.push_back(std::move(stage));
  }
  times_.assign(items_.size(), std::vector<Times>(stages_.size()));
}

void Chain::post_arrivals() {
  for (size_t item = 0; item < items_.size(); ++item) {
    post(items_[item].arrival, {EventKind::kArrival, 0, item});
    if (items_[item].sink_ready > 0) post(items_[item].sink_ready, {EventKind::kSinkReady, 0, item});
  }
}

void Chain::advance_to(Time now) {
  const Time held = now - now_;
  now_ = now;
  if (held == 0) return;
  door_waiting_ += held * door_.size();
  for (Stage& stage : stages_) {
    for (const Server& server : stage.servers) {
      if (server.occupied) {
        stage.sums.busy += held;
      } else if (!stage.queue.empty()) {
        stage.sums.blocked += held;
      } else {
        stage.sums.starved += held;
      }
    }
    stage.sums.waiting += held * stage.queue.size();
    for (const Result& result : stage.results) {
      if (result.ready) stage.sums.reordering += held;
    }
  }
}

void Chain::apply(Event event) {
  switch (event.kind) {
    case EventKind::kArrival:
      door_.push_back(event.index);
      ++door_arrived_;
      break;
    case EventKind::kServerFree:
      stages_[event.stage].servers[event.index] = {false, now_};
      break;
    case EventKind::kReady:
      for (Result& result : stages_[event.stage].results) {
        if (result.item == event.index) result.ready = true;
      }
      break;
    case EventKind::kSinkReady:
      break;  // only a reason to look again
  }
}

void Chain::settle() {
  bool moved = true;
  while (moved) {
    moved = false;
    for (size_t i = stages_.size(); i-- > 0;) {
      while (depart_one(i)) moved = true;
      while (start_one(i)) moved = true;
    }
    while (admit_one()) moved = true;
  }
}

bool Chain::admit_one() {
  if (door_.empty()) return false;
  const size_t item = door_.front();
  const uint64_t weight = items_[item].work[0].weight;
  if (stages_[0].used + weight > stages_[0].capacity) return false;
  stages_[0].used += weight;
  door_.pop_front();
  ++admitted_;
  stages_[0].queue.push_back(item);
  ++stages_[0].sums.arrived;
  times_[item][0].arrival = now_;
  return true;
}

bool Chain::start_one(size_t i) {
  Stage& stage = stages_[i];
  if (stage.queue.empty()) return false;
  const size_t item = stage.queue.front();
  size_t chosen = stage.servers.size();
  for (size_t s = 0; s < stage.servers.size(); ++s) {
    if (stage.servers[s].occupied) continue;
    if (chosen == stage.servers.size() || stage.servers[s].free_since < stage.servers[chosen].free_since)
      chosen = s;
  }
  if (chosen == stage.servers.size()) return false;
  if (i + 1 < stages_.size()) {
    const uint64_t weight = items_[item].work[i + 1].weight;
    if (stages_[i + 1].used + weight > stages_[i + 1].capacity) return false;
    stages_[i + 1].used += weight;
  } else if (now_ < items_[item].sink_ready) {
    return false;
  }
  const Work& work = items_[item].work[i];
  stage.queue.pop_front();
  ++stage.sums.started;
  // An occupancy of nothing ends in the instant in which it begins.
  stage.servers[chosen] = {work.occupancy > 0, now_};
  stage.results.push_back({item, false});
  times_[item][i].start = now_;
  times_[item][i].server = chosen;
  if (work.occupancy > 0) post(now_ + work.occupancy, {EventKind::kServerFree, i, chosen});
  post(now_ + work.latency, {EventKind::kReady, i, item});
  return true;
}

bool Chain::depart_one(size_t i) {
  Stage& stage = stages_[i];
  if (stage.results.empty() || !stage.results.front().ready) return false;
  const size_t item = stage.results.front().item;
  stage.results.pop_front();
  stage.used -= items_[item].work[i].weight;
  ++stage.sums.departed;
  times_[item][i].departure = now_;
  if (i + 1 == stages_.size()) {
    ++done_;
    return true;
  }
  stages_[i + 1].queue.push_back(item);
  ++stages_[i + 1].sums.arrived;
  times_[item][i + 1].arrival = now_;
  return true;
}

Snapshot Chain::snapshot() const {
  Snapshot result;
  for (const Stage& stage : stages_) result.stages.push_back(stage.sums);
  result.door_waiting = door_waiting_;
  result.door_arrived = door_arrived_;
  result.admitted = admitted_;
  return result;
}

std::vector<Snapshot> Simulation::run(const std::vector<Time>& snapshot_times) {
  std::vector<Snapshot> snapshots;
  post_arrivals();
  while (true) {
    const Time next = events_.empty() ? kNever : events_.top().when;
    // A snapshot shows its instant after everything of that instant has happened.
    while (snapshots.size() < snapshot_times.size() && snapshot_times[snapshots.size()] < next) {
      advance_to(snapshot_times[snapshots.size()]);
      snapshots.push_back(snapshot());
    }
    if (events_.empty()) return snapshots;
    advance_to(next);
    while (!events_.empty() && events_.top().when == next) {
      apply(events_.top().event);
      events_.pop();
    }
    settle();
  }
}

}  // namespace pspnic::base::reference
