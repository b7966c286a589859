// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/churn_connections.h"

namespace pspnic::bench {

void ChurnConnections::reserve(size_t connections) {
  table_.reserve(connections);
  open_.reserve(connections);
}

uint32_t ChurnConnections::add(base::Time now) {
  uint32_t id = size();
  if (free_.empty()) {
    table_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
    table_[id] = {};
  }
  table_[id].state = ChurnConnection::State::kSetUp;
  table_[id].asked_at = now;
  return id;
}

void ChurnConnections::open(uint32_t id) {
  table_[id].state = ChurnConnection::State::kOpen;
  table_[id].place = static_cast<uint32_t>(open_.size());
  open_.push_back(id);
}

void ChurnConnections::close(uint32_t id) {
  const uint32_t last = open_.back();
  open_[table_[id].place] = last;
  table_[last].place = table_[id].place;
  open_.pop_back();
  table_[id].state = ChurnConnection::State::kClosing;
}

void ChurnConnections::remove(uint32_t id) {
  table_[id].state = ChurnConnection::State::kFree;
  free_.push_back(id);
}

}  // namespace pspnic::bench
