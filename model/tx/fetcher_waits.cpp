// SPDX-License-Identifier: Apache-2.0
// What transmit queues wait for: room for what they have; and what that is in words.
#include <string>
#include <utility>

#include "model/tx/fetcher.h"

namespace pspnic::tx {

using base::Time;

namespace {
constexpr uint32_t kLeastRoom = 64;  // nothing smaller waits for its part of the buffer
}  // namespace

// When it stood back, a queue may not have known when there will be room: what held it was still being read.
void Fetcher::look_for_crypto_room() {
  const Time now = ports_.events.now();
  const Time room = crypto_buffer_.available(now, kLeastRoom);
  if (room <= now) {
    come_back(without_crypto_room_);
  } else if (room != base::kNever) {
    wake_at(room);
  }
}

void Fetcher::wake_at(Time when) {
  if (when >= wake_) return;
  wake_ = when;
  ports_.events.schedule(when, base::Callback::to<&Fetcher::pump>(*this));
}

// Whether the next read of this packet may be made now; if not, pump() is called again when there may be
// room.
Fetcher::Room Fetcher::room_for(const Active& active, const Need& need) {
  const Time now = ports_.events.now();
  if (window_bytes_ > 0 && window_bytes_ + need.length > params_.fetch_window.bytes) {
    window_waits_.begin(now);
    buffer_waits_.end(now);
    ended_ = Ended::kWindow;
    return Room::kNone;
  }
  window_waits_.end(now);
  if (const Time room = buffer_.available(now, need.reserved); room > now) {
    buffer_waits_.begin(now);
    ended_ = room == base::kNever ? Ended::kBuffer : Ended::kBufferUntilWake;
    if (room != base::kNever) wake_at(room);
    return Room::kNone;
  }
  buffer_waits_.end(now);
  if (need.crypto_part) {
    if (const Time room = crypto_buffer_.available(now, need.reserved); room > now) {
      crypto_waits_.begin(now);
      if (room != base::kNever) wake_at(room);
      return Room::kNoneForCrypto;
    }
    crypto_waits_.end(now);
  }
  if (!classes_) return Room::kYes;
  const uint8_t number = queues_[active.job->queue].traffic_class;
  if (class_bytes_[number] > 0 && class_bytes_[number] + need.reserved > params_.class_buffer.bytes) {
    class_waits_.begin(now);
    return Room::kNoneForClass;
  }
  class_waits_.end(now);
  return Room::kYes;
}

std::string Fetcher::explain() const {
  std::string text;
  const auto add = [&](const std::vector<uint16_t>& queues, const std::string& room) {
    for (const uint16_t queue : queues) {
      if (!text.empty()) text += ", ";
      text += "transmit queue " + std::to_string(queue) + " waits for room for " + room;
    }
  };
  add(without_crypto_room_, "packets to protect");
  for (const uint16_t queue : without_sa_) {
    if (!text.empty()) text += ", ";
    text += "transmit queue " + std::to_string(queue) + " waits for its SA from memory";
  }
  for (size_t i = 0; i < without_class_room_.size(); ++i) {
    add(without_class_room_[i], "class " + std::to_string(i));
  }
  return text;
}

void Fetcher::give_up(uint16_t first_vport, uint16_t vports) {
  for (const base::PacketPtr& packet : ports_.pipeline.port().take_out(first_vport, vports)) {
    ports_.pipeline.count_drop(packet->vport, packet->psp_bytes != 0, base::DropReason::kTxQueueReset);
    dropped_++;
    release(ports_.events.now(), *packet);
  }
  for (uint16_t number = 0; number < queues_.size(); ++number) {
    const uint16_t vport = scheduler_.vport(number);
    if (vport >= first_vport && vport - first_vport < vports) cut_short(queues_[number]);
  }
  pump(0);
}

// Of the frame that the queue is at, what has not been asked for is not sent. Headers and SAs that are on
// their way are waited for.
void Fetcher::cut_short(QueueState& queue) {
  if (queue.current == nullptr || queue.current->headers == Headers::kReading ||
      queue.current->job->sa_ticket > sas_loaded_) {
    return;
  }
  Active& active = *std::exchange(queue.current, nullptr);
  const auto vport = static_cast<uint8_t>(scheduler_.vport(active.job->queue));
  const bool psp = sealed(active);
  for (uint32_t rest = active.segments - active.requested; rest > 0; --rest) {
    ports_.pipeline.count_drop(vport, psp, base::DropReason::kTxQueueReset);
  }
  active.segments = active.requested;
  if (active.finished == active.segments) finish_job(active);
}

void Fetcher::wait_for_sa(Active& active) {
  const Time now = ports_.events.now();
  if (active.sa_wait == 0) active.sa_wait = now;
  sa_waits_.begin(now);
  stand_back(without_sa_, active.job->queue);
}

void Fetcher::begin_journey(base::Journey& journey, const Active& active) const {
  const queue::TxJob& job = *active.job;
  const Time now = ports_.events.now();
  journey.begin(job.doorbell);
  journey.reach(base::Leg::kRingWait, job.asked);
  journey.reach(base::Leg::kDescriptors, job.there);
  journey.reach(base::Leg::kTurn, base::Leg::kSaWait, now, active.sa_wait);
}

void Fetcher::stand_back(std::vector<uint16_t>& list, uint16_t queue) {
  scheduler_.remove();
  queues_[queue].standing_back = true;
  list.push_back(queue);
}

void Fetcher::come_back(std::vector<uint16_t>& list) {
  for (const uint16_t queue : list) {
    queues_[queue].standing_back = false;
    scheduler_.add(queue);
  }
  list.clear();
}

}  // namespace pspnic::tx
