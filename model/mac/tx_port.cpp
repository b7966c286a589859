// SPDX-License-Identifier: Apache-2.0
#include "model/mac/tx_port.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "model/base/units.h"

namespace pspnic::mac {

namespace {

constexpr uint64_t kDecidedFrames = 1024;  // more than fit into any lookahead

}  // namespace

TxPort::TxPort(base::StatGroup& stages, Time lookahead, const Ports& ports)
    : ports_(ports),
      lookahead_(lookahead),
      stretch_("mac", {{"mac", 1, kDecidedFrames}}),
      stretch_stats_(stages, stretch_) {}

void TxPort::submit(base::PacketPtr packet, Time ready, Way way, unsigned traffic_class) {
  Waiting& waiting = line(traffic_class, way).push_slot();
  waiting.packet = std::move(packet);
  waiting.ready = ready;
  waiting.sequence = sequence_++;
  occupied_ |= 1u << traffic_class;
  ++held_;
  advance();
}

void TxPort::submit_control(base::PacketPtr packet) {
  advance();  // what could start before now
  Waiting& waiting = control_.push_slot();
  waiting.packet = std::move(packet);
  waiting.ready = ports_.events.now();
  waiting.sequence = sequence_++;
  ++held_;
  advance();
}

void TxPort::pause(unsigned traffic_class, Time until) {
  advance();  // what could start before now does not know of the pause
  paused_until_[traffic_class] = std::max(until, ports_.events.now());
  advance();
}

// Oldest first among those that can go when the wire is free; the wire does not wait for a frame as long as
// it could take another.
TxPort::Choice TxPort::choose() {
  if (!control_.empty()) return {&control_, 0, std::max(free_, control_.front().ready)};
  Choice best{nullptr, 0, base::kNever};
  for (uint32_t left = occupied_; left != 0; left &= left - 1) {
    const auto number = static_cast<unsigned>(std::countr_zero(left));
    Line* first = &line(number, Way::kPast);
    Line* const second = &line(number, Way::kThrough);
    const auto before = [](const Line& a, const Line& b) {
      if (a.empty() || b.empty()) return b.empty();
      return a.front().ready != b.front().ready ? a.front().ready < b.front().ready
                                                : a.front().sequence < b.front().sequence;
    };
    if (!before(*first, *second)) first = second;
    const Time start = std::max({free_, first->front().ready, paused_until_[number]});
    if (start < best.start || (start == best.start && before(*first, *best.line))) {
      best = {first, number, start};
    }
  }
  return best;
}

void TxPort::advance() {
  const Time horizon = ports_.events.now() + lookahead_;
  while (true) {
    const Choice choice = choose();
    if (choice.line == nullptr) return;
    if (choice.start > horizon) {
      arm(choice);
      return;
    }
    send(choice);
  }
}

void TxPort::send(const Choice& choice) {
  const Time ready = choice.line->front().ready;
  base::PacketPtr packet = std::move(choice.line->front().packet);
  choice.line->drop();
  --held_;
  const bool control = choice.line == &control_;
  if (!control && empty(choice.traffic_class)) occupied_ &= ~(1u << choice.traffic_class);
  const std::array<base::Service, 1> service{ports_.mac.service(packet->size())};
  const base::Visit& visit = stretch_.pass_late(ports_.events.now(), ready, service, choice.start)[0];
  free_ = visit.free;
  ports_.events.note_work();
  packet->wire_start = visit.start;
  packet->wire_end = visit.departure;
  packet->journey.reach(base::Leg::kPortWait, visit.start);
  packet->journey.reach(base::Leg::kPort, visit.departure);
  if (listener_ != nullptr && !control) listener_->on_departure(*packet);
  ports_.wire.transmit(std::move(packet));
}

// At the latest moment, the end of the frame: until then another submit() may have decided it.
void TxPort::arm(const Choice& choice) {
  if (choice.start >= armed_) return;
  const Time end = choice.start + ports_.mac.service(choice.line->front().packet->size()).latency;
  if (end >= armed_) return;
  armed_ = end;
  ports_.events.schedule_look(end, base::Callback::to<&TxPort::on_timer>(*this), end);
}

// A timer that an earlier one has overtaken does no harm.
void TxPort::on_timer(uint64_t when) {
  if (when != armed_) return;
  armed_ = base::kNever;
  advance();
}

std::string TxPort::explain() const {
  std::string text;
  const Time now = ports_.events.now();
  for (unsigned i = 0; i < kTrafficClasses; ++i) {
    const size_t frames = lines_[i][0].size() + lines_[i][1].size();
    if (frames == 0) continue;
    text += ", class " + std::to_string(i) + ": " + std::to_string(frames) + " frames wait for the wire";
    if (paused_until_[i] <= now) continue;
    text += ", paused for another " + base::to_string(base::Duration{paused_until_[i] - now});
  }
  return text.empty() ? text : text.substr(2);
}

void TxPort::begin(Time now) {
  advance();
  stretch_stats_.begin(now);
}

void TxPort::finish(Time now) {
  advance();
  stretch_stats_.end(now);
}

bool TxPort::holds(uint16_t first_vport, uint16_t vports) const {
  for (const auto& ways : lines_) {
    for (const Line& line : ways) {
      for (size_t i = 0; i < line.size(); ++i) {
        if (is_of(line[i], first_vport, vports)) return true;
      }
    }
  }
  return false;
}

std::vector<base::PacketPtr> TxPort::take_out(uint16_t first_vport, uint16_t vports) {
  advance();  // what could start before now
  std::vector<base::PacketPtr> taken;
  for (unsigned number = 0; number < kTrafficClasses; ++number) {
    for (Line& line : lines_[number]) {
      for (size_t left = line.size(); left > 0; --left) {
        Waiting waiting = line.pop();
        if (is_of(waiting, first_vport, vports)) {
          taken.push_back(std::move(waiting.packet));
        } else {
          line.push(std::move(waiting));
        }
      }
    }
    if (empty(number)) occupied_ &= ~(1u << number);
  }
  held_ -= taken.size();
  advance();
  return taken;
}

uint64_t TxPort::reset() {
  const uint64_t frames = held_ - control_.size();
  for (auto& lines : lines_) {
    for (Line& line : lines) line.clear();
  }
  control_.clear();
  paused_until_ = {};
  occupied_ = 0;
  held_ = 0;
  armed_ = base::kNever;
  return frames;
}

}  // namespace pspnic::mac
