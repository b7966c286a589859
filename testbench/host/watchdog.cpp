// SPDX-License-Identifier: Apache-2.0
// The driver's watchdog, as a network stack's for transmit queues. It looks once a period while frames are
// under way or arriving, and
//   1. polls, so that an interrupt that was lost is made up for;
//   2. rings the buffer queues' doorbells again, in case one was lost and none follows;
//   3. rings a transmit queue again that has had frames in flight and completed none since the look before;
//   4. at the look after that calls the queue stuck: its listener shall have the function reset.
#include <algorithm>

#include "testbench/host/state.h"

namespace pspnic::host {

namespace {

constexpr unsigned kRingAfter = 1;  // looks in a row without progress
constexpr unsigned kStuckAfter = 2;

}  // namespace

void Driver::State::wake_watchdog() {
  if (config.watchdog_ps == 0 || watchdog_set) return;
  watchdog_set = true;
  port.set_timer(config.watchdog_ps, kWatchdogCookie);
}

void Driver::State::look() {
  watchdog_set = false;
  if (phase != Phase::kUp) return;
  for (auto& queue : tx) queue->poll(*stack);
  for (auto& queue : rx) queue->poll(*stack);
  if (phase != Phase::kUp) return;
  bool busy = stats.rx_frames != rx_frames_seen;
  if (busy) {
    for (auto& queue : rx) queue->ring_again();
  }
  rx_frames_seen = stats.rx_frames;
  bool stuck = false;
  for (auto& queue : tx) {
    const unsigned idle = queue->count_idle_look();
    if (idle == kRingAfter) queue->ring_again();
    if (idle >= kStuckAfter) stuck = true;
    busy = busy || queue->in_flight() > 0;
  }
  const size_t used = std::min<size_t>(vectors.size(), queue_pairs());
  for (size_t i = 0; i < used; ++i) arm(vectors[i].id);
  if (stuck) {
    ++stats.tx_stuck;
    if (listener != nullptr) return listener->on_stuck();
  }
  if (busy) wake_watchdog();
}

}  // namespace pspnic::host
