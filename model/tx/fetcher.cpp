// SPDX-License-Identifier: Apache-2.0
#include "model/tx/fetcher.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "model/net/segment.h"

namespace pspnic::tx {

namespace {

using base::DropReason;
using base::Time;

constexpr uint32_t kDoomedBytes = 64;  // of a packet that will be dropped only its beginning is read
constexpr uint32_t kIcvRoom = static_cast<uint32_t>(psp::kIcvBytes);

}  // namespace

Fetcher::Fetcher(base::StatGroup& parent, const TxParams& params, uint16_t queues, const Ports& ports)
    : params_(params),
      ports_(ports),
      queues_(queues),
      buffer_(params.buffer.bytes),
      group_(parent, "tx_fetch") {}

void Fetcher::on_job(uint16_t queue) {
  if (!queues_[queue].ready) {
    queues_[queue].ready = true;
    ready_.push(queue);
  }
  pump(0);
}

void Fetcher::pump(uint64_t) {
  const Time now = ports_.events.now();
  if (wake_ <= now) wake_ = base::kNever;
  while (!ready_.empty()) {
    const uint16_t number = ready_.front();
    QueueState& queue = queues_[number];
    if (queue.current == nullptr) queue.current = start_job(number);
    if (queue.current == nullptr) {
      queue.ready = false;
      ready_.pop();
      continue;
    }
    if (!request_next(*queue.current)) return;
    if (queue.current->requested == queue.current->segments) queue.current = nullptr;
    ready_.push(ready_.pop());
  }
}

// False: there is no room now; pump() is called again when there is.
bool Fetcher::request_next(Active& active) {
  const Time now = ports_.events.now();
  const uint32_t length = segment_bytes(active, active.requested);
  const uint32_t reserved = length + kIcvRoom;
  if (window_bytes_ > 0 && window_bytes_ + length > params_.fetch_window.bytes) {
    window_waits_.begin(now);
    return false;
  }
  window_waits_.end(now);
  const Time room = buffer_.available(now, reserved);
  if (room > now) {
    buffer_waits_.begin(now);
    if (room != base::kNever && room < wake_) {
      wake_ = room;
      ports_.events.schedule(room, base::Callback::to<&Fetcher::pump>(*this));
    }
    return false;
  }
  buffer_waits_.end(now);
  buffer_.claim(now, reserved);
  window_bytes_ += length;
  frames_++;

  Fetch& fetch = fetches_.push_slot();
  fetch.reads = 0;
  fetch.status = pcie::DmaStatus::kOk;
  fetch.packet = ports_.pool.take(length);
  fetch.packet->created = now;
  fetch.active = &active;
  fetch.segment = active.requested++;
  fetch.reserved_bytes = reserved;
  // A later segment's headers come from the first.
  const uint32_t copied = fetch.segment == 0 ? 0 : active.job->header_bytes;
  read_segment(active, fetch, fetch.packet->data() + copied, length - copied);
  return true;
}

uint32_t Fetcher::segment_bytes(const Active& active, uint32_t segment) const {
  const queue::TxJob& job = *active.job;
  if (active.dropped && active.requested == 0) return std::min(job.total_bytes, kDoomedBytes);
  if (!job.tso) return job.total_bytes;
  const uint32_t payload = job.total_bytes - job.header_bytes;
  return job.header_bytes + std::min<uint32_t>(job.mss, payload - segment * job.mss);
}

void Fetcher::read_segment(Active& active, Fetch& fetch, uint8_t* destination, uint32_t length) {
  const queue::TxJob& job = *active.job;
  while (length > 0) {
    const queue::DataPiece& piece = job.pieces[active.piece];
    const uint32_t part = std::min(length, piece.length - active.piece_offset);
    fetch.reads++;
    ports_.dma.read(piece.address + active.piece_offset, {destination, part},
                    pcie::ReadCallback::to<&Fetcher::on_read>(*this), 0, pcie::ReadFor::kPacketData);
    destination += part;
    length -= part;
    active.piece_offset += part;
    if (active.piece_offset == piece.length) {
      active.piece++;
      active.piece_offset = 0;
    }
  }
}

Fetcher::Active* Fetcher::take_active() {
  if (free_actives_.empty()) {
    actives_.push_back(std::make_unique<Active>());
    free_actives_.push_back(actives_.back().get());
  }
  Active* active = free_actives_.back();
  free_actives_.pop_back();
  active->sa = nullptr;
  active->holds_sa = active->dropped = false;
  active->sealed = 0;
  active->requested = active->finished = active->piece = active->piece_offset = 0;
  return active;
}

Fetcher::Active* Fetcher::start_job(uint16_t number) {
  queue::TxJobPtr job = ports_.queues.take_job(number);
  if (!job) return nullptr;
  Active* active = take_active();
  active->job = std::move(job);
  const queue::TxJob& taken = *active->job;
  active->segments = taken.tso ? net::segment_count(taken.total_bytes - taken.header_bytes, taken.mss) : 1;
  if (taken.tso) tso_++;
  if (taken.psp) {
    active->sa = ports_.sas.acquire(taken.sa_index, taken.sa_tag);
    active->holds_sa = active->sa != nullptr;
    if (!active->holds_sa) {
      bad_sa_++;
      doom(*active, DropReason::kTxNoSa);
      return active;
    }
  }
  const uint32_t icv = taken.append_icv ? kIcvRoom : 0;
  if (segment_bytes(*active, 0) + icv > ports_.mac.max_frame_bytes()) doom(*active, DropReason::kTxTooLong);
  return active;
}

void Fetcher::doom(Active& active, DropReason reason) {
  active.dropped = true;
  active.reason = reason;
  active.segments = 1;
}

void Fetcher::on_read(uint64_t, pcie::DmaStatus status) {
  Fetch& fetch = fetches_.front();  // reads complete in order
  if (fetch.status == pcie::DmaStatus::kOk) fetch.status = status;
  if (--fetch.reads > 0) return;
  Fetch done = fetches_.pop();
  complete(done);
  pump(0);
}

void Fetcher::complete(Fetch& fetch) {
  Active& active = *fetch.active;
  window_bytes_ -= fetch.packet->size();
  const uint32_t payload_bytes = active.job->total_bytes - active.job->header_bytes;
  Time departure = 0;
  if (prepare(active, fetch)) {
    const Pipeline::Sent sent = ports_.pipeline.send(std::move(fetch.packet), active.map, *active.job,
                                                     fetch.segment, payload_bytes, active.sa);
    departure = sent.departure;
    active.sealed = std::max(active.sealed, sent.sealed);
    if (sent.dropped) dropped_++;
  } else {
    dropped_++;
    ports_.drops.add(active.reason);
    if (active.job->psp) ports_.pipeline.stats().psp_errors++;
  }
  buffer_.release(std::max(departure, ports_.events.now()), fetch.reserved_bytes);
  if (++active.finished == active.segments) finish_job(active);
}

// Header work that a job needs once; false: the frame is dropped for active.reason.
bool Fetcher::prepare(Active& active, Fetch& fetch) {
  queue::TxJob& job = *active.job;
  if (fetch.status != pcie::DmaStatus::kOk && !active.dropped) {
    fail(active, DropReason::kTxDmaFault, "buffer_addr",
         pcie::broken_rule(fetch.status, "data must lie in host memory"));
  }
  if (active.dropped) return false;
  if (fetch.segment > 0) {
    std::memcpy(fetch.packet->data(), active.header.data(), job.header_bytes);
    return true;
  }
  if (job.tso) std::memcpy(active.header.data(), fetch.packet->data(), job.header_bytes);
  const std::span<const uint8_t> headers =
      job.tso ? fetch.packet->bytes().first(job.header_bytes) : fetch.packet->bytes();
  const TransformError error = find_headers(headers, job, active.map);
  if (error == TransformError::kNone) return true;
  if (job.psp && (error == TransformError::kNoPsp || error == TransformError::kPspHeader)) {
    active.dropped = true;
    active.reason = DropReason::kTxBadPspPacket;
  } else {
    fail(active, DropReason::kTxBadDescriptor, field(error), text(error));
  }
  return false;
}

void Fetcher::fail(Active& active, DropReason reason, const char* field, const char* rule) {
  active.dropped = true;
  active.reason = reason;
  ports_.queues.violate(*active.job, field, rule);
}

void Fetcher::finish_job(Active& active) {
  const queue::TxJob& job = *active.job;
  ports_.reports.report(job);
  if (active.holds_sa) ports_.sas.release(job.sa_index, active.sealed);
  const uint16_t number = job.queue;
  active.job.reset();
  free_actives_.push_back(&active);
  ports_.queues.job_finished(number);
}

void Fetcher::reset() {
  while (!fetches_.empty()) {
    fetches_.pop();
    ports_.drops.add(DropReason::kTxQueueReset);
    dropped_++;
  }
  free_actives_.clear();
  for (auto& active : actives_) {
    if (active->job) ports_.drops.add(DropReason::kTxQueueReset, active->segments - active->requested);
    active->job.reset();
    free_actives_.push_back(active.get());
  }
  for (QueueState& queue : queues_) queue = QueueState{};
  ready_.clear();
  buffer_ = base::Credits(params_.buffer.bytes);
  window_bytes_ = 0;
  window_waits_.end(ports_.events.now());
  buffer_waits_.end(ports_.events.now());
}

}  // namespace pspnic::tx
