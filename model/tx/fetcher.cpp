// SPDX-License-Identifier: Apache-2.0
#include "model/tx/fetcher.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "model/base/param_list.h"
#include "model/net/segment.h"

namespace pspnic::tx {

namespace {

using base::DropReason;
using base::Time;

constexpr uint32_t kDoomedBytes = 64;  // of a packet that will be dropped only its beginning is read
constexpr uint32_t kIcvRoom = static_cast<uint32_t>(psp::kIcvBytes);

}  // namespace

Fetcher::Fetcher(base::StatGroup& parent, const TxParams& params, uint16_t queues, uint16_t vports,
                 const Ports& ports)
    : params_(params),
      ports_(ports),
      queues_(queues),
      scheduler_(queues, vports),
      buffer_(params.buffer.bytes),
      crypto_buffer_(std::min(params.crypto_buffer.bytes, params.buffer.bytes)),
      classes_(params.class_buffer < params.buffer),
      group_(parent, "tx_fetch") {
  shape();
  ports_.pipeline.set_room(this);
  if (ports_.loader != nullptr) ports_.loader->set_listener(this);
}

void Fetcher::shape() {
  const ScheduleParams& schedule = params_.schedule;
  const std::string prefix = "nic.tx.schedule.";
  const uint64_t burst = 8 * schedule.burst.bytes;  // bits
  const auto weights = base::parse_numbers(prefix + "weights", schedule.weights, 1, kMaxWeight);
  const auto rates = base::parse_bandwidths(prefix + "rates", schedule.rates);
  const auto classes = base::parse_numbers(prefix + "classes", schedule.classes, 0, mac::kTrafficClasses - 1);
  for (uint16_t i = 0; i < queues_.size(); ++i) {
    scheduler_.shape_queue(i, static_cast<unsigned>(base::repeated(weights, i)),
                           base::RateLimit(base::repeated(rates, i).bps, burst));
    queues_[i].traffic_class = static_cast<uint8_t>(base::repeated(classes, i));
  }
  const auto vport_weights =
      base::parse_numbers(prefix + "vport_weights", schedule.vport_weights, 1, kMaxWeight);
  const auto vport_rates = base::parse_bandwidths(prefix + "vport_rates", schedule.vport_rates);
  for (uint16_t i = 0; i < scheduler_.vports(); ++i) {
    scheduler_.shape_vport(i, static_cast<unsigned>(base::repeated(vport_weights, i)),
                           base::RateLimit(base::repeated(vport_rates, i).bps, burst));
  }
}

void Fetcher::on_job(uint16_t queue) {
  if (!queues_[queue].standing_back) scheduler_.add(queue);
  pump(0);
}

void Fetcher::pump(uint64_t) {
  const Time now = ports_.events.now();
  if (wake_ <= now) wake_ = base::kNever;
  ended_ = Ended::kNothingToDo;
  if (!without_crypto_room_.empty()) look_for_crypto_room();
  while (const auto number = scheduler_.next(now)) {
    QueueState& queue = queues_[*number];
    if (queue.current == nullptr) queue.current = start_job(*number);
    if (queue.current == nullptr) {
      scheduler_.remove();
      continue;
    }
    if (const uint64_t ticket = queue.current->job->sa_ticket; ticket != 0) [[unlikely]] {
      if (ticket > sas_loaded_) {
        wait_for_sa(*queue.current);
        continue;
      }
      check_loaded(*queue.current);
    }
    const Need need = need_of(*queue.current);
    switch (room_for(*queue.current, need)) {
      case Room::kNone:
        return;
      case Room::kNoneForCrypto:
        stand_back(without_crypto_room_, *number);
        continue;
      case Room::kNoneForClass:
        stand_back(without_class_room_[queue.traffic_class], *number);
        continue;
      case Room::kYes:
        break;
    }
    request(*queue.current, need);
    if (queue.current->headers == Headers::kReading) {
      scheduler_.remove();
      queue.standing_back = true;
      continue;
    }
    scheduler_.charge(now, charged_bytes(*queue.current, need.length));
    if (queue.current->requested == queue.current->segments) queue.current = nullptr;
  }
  if (const Time rate = scheduler_.wake(); rate != base::kNever) wake_at(rate);
}

Fetcher::Need Fetcher::need_of(const Active& active) const {
  if (active.headers == Headers::kWanted) [[unlikely]] {
    const uint32_t length = active.job->header_bytes;
    return {length, length + kIcvRoom, false, false};
  }
  const uint32_t length = segment_bytes(active, active.requested);
  const QueueState& queue = queues_[active.job->queue];
  const bool seals = sealed(active);
  // A plain packet waits for those of its queue that are to be sealed.
  const bool behind = queue.to_lanes > 0 || queue.in_lanes_until > ports_.events.now();
  return {length, length + kIcvRoom, seals, seals || behind};
}

void Fetcher::request(Active& active, const Need& need) {
  const Time now = ports_.events.now();
  buffer_.claim(now, need.reserved);
  window_bytes_ += need.length;

  Fetch& fetch = fetches_.push_slot();
  fetch.reads = 0;
  fetch.status = pcie::DmaStatus::kOk;
  fetch.in_crypto_part = need.crypto_part;
  if (need.crypto_part) crypto_buffer_.claim(now, need.reserved);
  fetch.to_lanes = need.sealed;
  queues_[active.job->queue].to_lanes += need.sealed;
  fetch.packet = ports_.pool.take(need.length);
  fetch.packet->created = now;
  begin_journey(fetch.packet->journey, active);
  fetch.packet->buffered_bytes = need.reserved;
  fetch.packet->traffic_class = queues_[active.job->queue].traffic_class;
  fetch.packet->psp_bytes = 0;
  fetch.packet->vport = static_cast<uint8_t>(scheduler_.vport(active.job->queue));
  fetch.packet->loopback = loopback_[fetch.packet->vport];
  class_bytes_[fetch.packet->traffic_class] += need.reserved;
  fetch.active = &active;
  if (active.headers == Headers::kWanted) [[unlikely]] {
    fetch.segment = Fetch::kHeaders;
    header_reads_++;
    active.headers = Headers::kReading;
    return read_segment(active, fetch, fetch.packet->data(), need.length);
  }
  frames_++;
  fetch.segment = active.requested++;
  // A later segment's headers come from the first.
  const uint32_t copied =
      fetch.segment == 0 && active.headers == Headers::kWithData ? 0 : active.job->header_bytes;
  read_segment(active, fetch, fetch.packet->data() + copied, need.length - copied);
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
                    pcie::ReadCallback::to<&Fetcher::on_read>(*this),
                    read_name(active.piece, active.piece_offset), pcie::ReadFor::kPacketData,
                    {pcie::Requester::Kind::kTxQueue, job.queue});
    destination += part;
    length -= part;
    if (active.piece_offset += part; active.piece_offset == piece.length) {
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
  active->sa_wait = 0;
  active->sa_name = {};
  active->flow.reset();
  active->holds_sa = active->protects = active->dropped = false;
  active->headers = Headers::kWithData;
  active->sealed = 0;
  active->requested = active->finished = active->piece = active->piece_offset = 0;
  return active;
}

Fetcher::Active* Fetcher::start_job(uint16_t number) {
  queue::TxJobPtr job = ports_.queues.take_job(number);
  if (!job) return nullptr;
  Active* active = take_active();
  active->job = std::move(job);
  queue::TxJob& taken = *active->job;
  if (may_match(taken) && may_be_too_long(taken, ports_.flows->longest_overhead())) {
    active->headers = Headers::kWanted;
  }
  if (taken.device_built) take_encapsulation(*active);
  active->segments = taken.tso ? net::segment_count(taken.total_bytes - taken.header_bytes, taken.mss) : 1;
  if (taken.tso) tso_++;
  if (taken.names_sa()) {
    active->sa = taken.sa;
    active->sa_name = {taken.sa_index, taken.sa_tag};
    active->holds_sa = taken.sa != nullptr;
    if (taken.sa == nullptr) {
      doom_without_sa(*active);
      return active;
    }
    if (taken.device_built && !active->protects) {
      doom(*active, DropReason::kTxFlowUnprotected);
      return active;
    }
  }
  const uint32_t icv = taken.append_icv ? kIcvRoom : 0;
  if (segment_bytes(*active, 0) + icv > ports_.mac.max_frame_bytes()) doom_too_long(*active);
  return active;
}

void Fetcher::doom(Active& active, DropReason reason) {
  active.dropped = true;
  active.headers = Headers::kWithData;
  active.reason = reason;
  active.segments = 1;
}

void Fetcher::on_read(uint64_t read, pcie::DmaStatus status) {
  Fetch& fetch = fetches_.front();  // reads complete in order
  if (status != pcie::DmaStatus::kOk && fetch.status == pcie::DmaStatus::kOk) {
    fetch.status = status;
    fetch.failed = read;
  }
  if (--fetch.reads > 0) return;
  Fetch done = fetches_.pop();
  // Whoever waits for the buffer does not wait for this frame's data; it may have been in the lanes.
  const bool ended = complete(done);
  const bool for_buffer = ended_ == Ended::kBuffer || ended_ == Ended::kBufferUntilWake;
  if (ended || !for_buffer || !without_crypto_room_.empty()) pump(0);
}

// True: the frame has given back its room in the buffer.
bool Fetcher::complete(Fetch& fetch) {
  if (fetch.segment == Fetch::kHeaders) [[unlikely]]
    return take_headers(fetch);
  Active& active = *fetch.active;
  const Time now = ports_.events.now();
  window_bytes_ -= fetch.packet->size();
  const uint32_t reserved = fetch.packet->buffered_bytes;
  const uint32_t payload_bytes = active.job->total_bytes - active.job->header_bytes;
  Time sealed = now;
  fetch.packet->journey.reach(base::Leg::kFetchWait, base::Leg::kFetch, now,
                              ports_.dma.idle_read_time(fetch.packet->size()));
  const uint32_t bytes = fetch.packet->size();
  bool dropped = true;
  if (prepare(active, fetch)) {
    const Pipeline::Sent sent =
        ports_.pipeline.send(fetch.packet, active.map, *active.job, {fetch.segment, payload_bytes}, active.sa,
                             active.protects ? &active.encapsulation : nullptr);
    dropped = sent.dropped;
    sealed = std::max(now, sent.through_lanes);
    active.sealed = std::max(active.sealed, sent.through_lanes);
    if (sent.dropped) note_refused(active, sent.error, *fetch.packet);
  } else {
    dropped_++;
    const bool sealed_frame = active.job->psp || active.job->device_built || active.flow;
    ports_.pipeline.count_drop(fetch.packet->vport, sealed_frame, active.reason);
  }
  if (active.flow) count_flow(active, bytes, dropped);
  QueueState& queue = queues_[active.job->queue];
  queue.to_lanes -= fetch.to_lanes;
  queue.in_lanes_until = std::max(queue.in_lanes_until, sealed);
  if (fetch.in_crypto_part) crypto_buffer_.release(sealed, reserved);
  const bool ended = fetch.packet != nullptr;  // else it is on its way
  if (ended) release(now, *fetch.packet);
  if (++active.finished == active.segments) finish_job(active);
  return ended;
}

// True: there are queues that waited for this room.
bool Fetcher::release(Time when, const base::Packet& packet) {
  buffer_.release(when, packet.buffered_bytes);
  class_bytes_[packet.traffic_class] -= packet.buffered_bytes;
  std::vector<uint16_t>& waiting = without_class_room_[packet.traffic_class];
  if (waiting.empty()) return false;
  come_back(waiting);
  return true;
}

void Fetcher::on_room(const base::Packet& packet) {
  if (release(packet.wire_end, packet) || ended_ == Ended::kBuffer) pump(0);
}

// Header work that a job needs once; false: the frame is dropped for active.reason.
bool Fetcher::prepare(Active& active, Fetch& fetch) {
  queue::TxJob& job = *active.job;
  check_read(active, fetch);
  if (active.dropped) return false;
  if (fetch.segment > 0 || active.headers == Headers::kKnown) {
    std::memcpy(fetch.packet->data(), active.header.data(), job.header_bytes);
    return true;
  }
  if (job.tso) std::memcpy(active.header.data(), fetch.packet->data(), job.header_bytes);
  const std::span<const uint8_t> headers =
      job.tso ? fetch.packet->bytes().first(job.header_bytes) : fetch.packet->bytes();
  const TransformError error = find_headers(headers, job, active.map);
  if (error != TransformError::kNone) {
    refuse(active, error, headers);
    return false;
  }
  if (job.inline_key) [[unlikely]]
    take_own_sa(active, headers);
  if (may_match(job)) protect_flow(active, headers);
  return !active.dropped;
}

void Fetcher::finish_job(Active& active) {
  const queue::TxJob& job = *active.job;
  ports_.reports.report(job);
  if (active.holds_sa) ports_.sas.release(active.sa_name.index, active.sealed);
  if (job.inline_key) [[unlikely]]
    wipe_own_sa(active);
  const uint16_t number = job.queue;
  active.job.reset();
  free_actives_.push_back(&active);
  ports_.queues.job_finished(number);
}

void Fetcher::reset() {
  const uint64_t unsent = ports_.pipeline.reset();
  ports_.drops.add(DropReason::kTxQueueReset, unsent);  // whose they were is forgotten with them
  dropped_ += unsent;
  while (!fetches_.empty()) {
    if (fetches_.pop().segment == Fetch::kHeaders) continue;
    ports_.drops.add(DropReason::kTxQueueReset);
    dropped_++;
  }
  free_actives_.clear();
  for (auto& active : actives_) {
    if (active->job) ports_.drops.add(DropReason::kTxQueueReset, active->segments - active->requested);
    active->job.reset();
    wipe_own_sa(*active);
    free_actives_.push_back(active.get());
  }
  for (QueueState& queue : queues_) {
    queue.current = nullptr;
    queue.standing_back = false;
    queue.to_lanes = queue.flow_overhead = 0;
    queue.in_lanes_until = 0;
  }
  scheduler_.clear();
  loopback_.reset();
  without_crypto_room_.clear();
  without_sa_.clear();
  for (auto& list : without_class_room_) list.clear();
  buffer_ = base::Credits(buffer_.capacity());
  crypto_buffer_ = base::Credits(crypto_buffer_.capacity());
  class_bytes_ = {};
  window_bytes_ = header_reads_ = 0;
  ended_ = Ended::kNothingToDo;
  for (base::WaitStats* waits : {&window_waits_, &sa_waits_, &buffer_waits_, &crypto_waits_, &class_waits_}) {
    waits->end(ports_.events.now());
  }
}

}  // namespace pspnic::tx
