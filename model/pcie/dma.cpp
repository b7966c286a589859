// SPDX-License-Identifier: Apache-2.0
#include "model/pcie/dma.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "model/net/wipe.h"

namespace pspnic::pcie {

using base::Callback;

DmaEngine::DmaEngine(base::StatGroup& parent, const LinkParams& params, const Ports& ports)
    : params_(params),
      ports_(ports),
      group_(parent, "pcie"),
      upstream_(group_, "upstream", tlp_bandwidth_bps(params)),
      downstream_(group_, "downstream", tlp_bandwidth_bps(params)),
      completions_(ports.events, Callback::to<&DmaEngine::on_completion>(*this)) {
  params.check();
}

void DmaEngine::read(uint64_t address, std::span<uint8_t> destination, ReadCallback done, uint64_t argument,
                     ReadFor purpose, Requester requester) {
  reads_++;
  read_bytes_ += destination.size();
  Read request;
  request.done_at = ports_.events.now();  // until it is known: when it was asked for
  request.address = address;
  request.argument = argument;
  request.destination = destination;
  request.done = done;
  request.purpose = purpose;
  request.requester = requester;
  return_tags();
  if (waiting_.empty() && issue_one(request)) {
    start(request);
  } else {
    tag_waits_.begin(ports_.events.now());
    waiting_.push(request);
    issue();
  }
}

// All its requests are on the link.
void DmaEngine::start(const Read& read) {
  pending_.push(read);
  completions_.push(read.done_at);
}

void DmaEngine::return_tags() {
  const Time now = ports_.events.now();
  uint64_t returned = 0;
  while (!tag_returns_.empty() && tag_returns_.front() <= now) {
    tag_returns_.drop();
    ++returned;
  }
  if (returned > 0) tags_used_.sub(now, returned);
}

void DmaEngine::issue() {
  return_tags();
  while (!waiting_.empty() && issue_one(waiting_.front())) {
    start(waiting_.pop());
  }
  if (waiting_.empty()) {
    tag_waits_.end(ports_.events.now());
  } else if (!tag_event_) {
    tag_event_ = true;
    ports_.events.schedule(tag_returns_.front(), Callback::to<&DmaEngine::on_tag_free>(*this));
  }
}

// Sends requests for what is still missing; false if tags ran out before the end.
bool DmaEngine::issue_one(Read& read) {
  const Time now = ports_.events.now();
  const Time asked = read.done_at;
  const auto length = static_cast<uint32_t>(read.destination.size());
  Time last = now;
  uint64_t sent_requests = 0;
  while (read.requested < length || length == 0) {
    if (tag_returns_.size() >= params_.tags) {
      count_requests(sent_requests);
      return false;
    }
    const uint32_t piece = std::min(length - read.requested, params_.max_read_request_bytes);
    const uint32_t completion = completion_bytes(params_, piece);
    // Reads and writes take turns on the link, as much data each while both have some.
    const Time sent = upstream_.send_in_turn(now, request_header_bytes(params_), write_bytes(params_, piece));
    const Time on_the_link = request_time_ + downstream_.duration(completion);
    const Time host_time = params_.round_trip.ps > on_the_link ? params_.round_trip.ps - on_the_link : 0;
    // On the link a request never passes a posted write: those that have left are visible before it is
    // answered.
    const Time writes_visible = std::min(last_visible_, sent + params_.posted_latency.ps);
    last = downstream_.send(std::max(sent + host_time, writes_visible), completion);
    tag_returns_.push(last);
    ++sent_requests;
    read.requested += piece;
    if (length == 0) break;
  }
  count_requests(sent_requests);
  read_time_.record(last - asked);
  read.done_at = last;
  return true;
}

void DmaEngine::count_requests(uint64_t sent) {
  if (sent == 0) return;
  requests_ += sent;
  tags_used_.add(ports_.events.now(), sent);
}

void DmaEngine::on_tag_free(uint64_t) {
  tag_event_ = false;
  issue();
}

void DmaEngine::on_completion(uint64_t) {
  return_tags();
  const uint64_t epoch = epoch_;
  settle();                     // a read pushes earlier writes in front of it,
  if (epoch != epoch_) return;  // and what they lead to may be a reset
  const Read read = pending_.pop();
  const DmaStatus status = fetch(read);
  if (status != DmaStatus::kOk) faults_++;
  read.done(read.argument, status);
}

DmaStatus DmaEngine::fetch(const Read& read) {
  requester_ = read.requester;
  const bool there =
      read.purpose == ReadFor::kPacketData
          ? ports_.memory.read_packet(read.address, read.destination, ports_.payload)
          : read.purpose == ReadFor::kOwnMemory || ports_.memory.read(read.address, read.destination);
  if (!there) return DmaStatus::kUnmapped;
  return fault_source_ == nullptr ? DmaStatus::kOk : fault_source_->on_read(read.purpose, read.destination);
}

bool DmaEngine::store(const Write& write) {
  using Kind = Requester::Kind;
  const Kind kind = write.requester.kind;
  if (kind == Kind::kOwnMemory) return true;
  requester_ = write.requester;
  const bool of_packet = kind == Kind::kBufferQueue || kind == Kind::kHeaderBuffer;
  const uint8_t* bytes = write.bytes != nullptr ? write.bytes : write.small.data();
  // Other pieces are messages, of which every byte counts.
  return ports_.memory.write_packet(write.address, {bytes, write.length},
                                    of_packet ? ports_.payload : net::Payload::kBytes);
}

DmaEngine::Write& DmaEngine::post(Requester requester, uint64_t address, uint32_t length, Time* left) {
  write_bytes_ += length;
  *left = upstream_.send(ports_.events.now(), write_bytes(params_, length));
  Write& write = posted_.push_slot();
  write.bytes = nullptr;
  write.owner.reset();
  write.visible_at = last_visible_ = *left + params_.posted_latency.ps;
  write.address = address;
  write.length = length;
  write.requester = requester;
  return write;
}

Time DmaEngine::write(Requester requester, uint64_t address, std::span<const uint8_t> bytes) {
  Time left = 0;
  Write& entry = post(requester, address, static_cast<uint32_t>(bytes.size()), &left);
  const bool own = requester.kind == Requester::Kind::kOwnMemory;  // its contents are not moved
  if (!own) std::memcpy(entry.small.data(), bytes.data(), bytes.size());
  if (!visible_event_) {
    visible_event_ = true;
    ports_.events.schedule(entry.visible_at, Callback::to<&DmaEngine::on_visible>(*this));
  }
  return left;
}

Time DmaEngine::write_packet(Requester requester, uint64_t address, std::span<const uint8_t> bytes,
                             base::PacketPtr owner) {
  Time left = 0;
  Write& entry = post(requester, address, static_cast<uint32_t>(bytes.size()), &left);
  entry.bytes = bytes.data();
  entry.owner = std::move(owner);
  return left;
}

Time DmaEngine::arrive_at_device(Time now, uint32_t bytes) {
  return downstream_.send_first(now, request_header_bytes(params_) + bytes) + params_.posted_latency.ps;
}

void DmaEngine::settle() {
  const Time now = ports_.events.now();
  while (!posted_.empty() && posted_.front().visible_at <= now) {
    // Out of the ring first: who hears of the write may post another one or settle.
    Write write = std::move(posted_.front());
    const bool secret = write.requester.kind == Requester::Kind::kMailbox;  // answers carry session keys
    if (secret) net::wipe(posted_.front().small);
    posted_.drop();
    const bool piece = write.bytes != nullptr;
    const bool last_piece = piece && write.owner;
    const bool lost = contained_ || (fault_source_ != nullptr && fault_source_->on_write());
    contained_ = lost && piece;
    const bool ok = !lost && store(write);
    if (secret) {
      net::wipe(write.small);
      if (write.owner) net::wipe(write.owner->bytes());
    }
    write.owner.reset();
    const bool again = piece && packet_failed_;
    if (piece) packet_failed_ = !last_piece && (packet_failed_ || !ok);
    if (!ok) [[unlikely]] {
      faults_++;
      ports_.faults.on_write_fault(write.requester, write.address, write.length, again,
                                   lost ? DmaStatus::kAborted : DmaStatus::kUnmapped);
    }
  }
}

void DmaEngine::on_visible(uint64_t) {
  settle();
  visible_event_ = false;  // not before: what was posted meanwhile comes behind what waits here
  // Packet bytes at the head wait for the small write behind them.
  size_t next = 0;
  while (next < posted_.size() && posted_[next].bytes != nullptr) ++next;
  if (next < posted_.size()) {
    visible_event_ = true;
    ports_.events.schedule(posted_[next].visible_at, Callback::to<&DmaEngine::on_visible>(*this));
  }
}

void DmaEngine::reset() {
  ++epoch_;
  tag_waits_.end(ports_.events.now());
  waiting_.clear();
  pending_.clear();
  completions_.clear();
}

}  // namespace pspnic::pcie
