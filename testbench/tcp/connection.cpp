// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/connection.h"

#include <algorithm>

namespace pspnic::tcp {
namespace {

// Windows of `capacity` bytes need this shift (RFC 7323 section 2.3).
unsigned scale_for(uint32_t capacity) {
  unsigned scale = 0;
  while (scale < kMaxWindowScale && capacity >> scale > 0xffff) ++scale;
  return scale;
}

}  // namespace

const char* text(State state) {
  constexpr const char* kTexts[] = {"CLOSED",     "SYN-SENT",   "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
                                    "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING",      "LAST-ACK",    "TIME-WAIT"};
  return kTexts[static_cast<size_t>(state)];
}

void Connection::start(const Setup& setup, Application& application) {
  setup_ = setup;
  application_ = &application;
  headers_ = HeaderTemplate(setup.path);
  flow_hash_ = static_cast<uint32_t>(setup.path.flow.hash() >> 32) | 1;
  sender_.start(setup.config);
  receive_scale_ = scale_for(setup.config.window);
  timestamps_ = setup.config.timestamps;
  scaling_ = true;
  send_scale_ = 0;
  syn_tries_ = alive_probes_ = 0;
  close_wanted_ = ended_ = answers_gap_ = alive_due_ = false;
  ack_deadline_ = wait_deadline_ = kNever;
  heard_ = port_.now_ps();
  alive_deadline_ = setup.config.keep_alive > 0 ? heard_ + setup.config.keep_alive : kNever;
  syn_due_ = true;
  syn_deadline_ = heard_ + sender_.rto().value();
}

void Connection::open(const Setup& setup, Application& application) {
  start(setup, application);
  active_ = true;
  state_ = State::kSynSent;
  arm();
  port_.want_output(*this);
}

void Connection::accept(const Setup& setup, Application& application, const Segment& syn) {
  start(setup, application);
  active_ = false;
  state_ = State::kSynReceived;
  take_syn_options(syn);
  arm();
  port_.want_output(*this);
}

void Connection::offer(uint64_t bytes) {
  sender_.offer(bytes);
  port_.want_output(*this);
}

void Connection::close() {
  if (state_ == State::kSynSent) return end(End::kClosed);
  if (close_wanted_ || state_ == State::kClosed) return;
  close_wanted_ = true;
  if (state_ == State::kSynReceived) return;
  sender_.close();
  state_ = state_ == State::kCloseWait ? State::kLastAck : State::kFinWait1;
  port_.want_output(*this);
}

void Connection::abort() {
  if (state_ == State::kClosed) return;
  if (state_ != State::kSynSent && state_ != State::kTimeWait) {
    send_reset(to_wire(setup_.initial_sequence, sender_.max()),
               to_wire(receiver_.initial(), receiver_.next()), net::kTcpRst | net::kTcpAck);
  }
  end(End::kAborted);
}

void Connection::read() {
  if (application_ == nullptr || state_ == State::kSynSent) return;
  receiver_.read(*application_);
  if (state_ != State::kClosed && receiver_.wants_ack()) port_.want_output(*this);
}

uint32_t Connection::clock() const {
  return setup_.timestamp_offset + static_cast<uint32_t>(port_.now_ps() / kMicrosecond);
}

// Headers, payload, hand over. False: the driver did not take it.
bool Connection::emit(uint8_t flags, const Chunk& chunk) {
  Segment segment;
  segment.flags = flags;
  segment.sequence = to_wire(setup_.initial_sequence, chunk.start);
  const bool syn = (flags & net::kTcpSyn) != 0;
  if ((flags & net::kTcpAck) != 0) {
    segment.ack = to_wire(receiver_.initial(), receiver_.next());
    segment.window =
        syn ? static_cast<uint16_t>(std::min<uint32_t>(setup_.config.window, 0xffff)) : receiver_.offer();
    ack_deadline_ = kNever;
  } else {
    segment.window = static_cast<uint16_t>(std::min<uint32_t>(setup_.config.window, 0xffff));
  }
  if (timestamps_) {
    segment.has_timestamp = true;
    segment.timestamp = clock();
    if ((flags & net::kTcpAck) != 0) segment.echo = receiver_.echo();
  }
  if (syn) {
    segment.mss = static_cast<uint16_t>(setup_.config.mss + (timestamps_ ? kTimestampOptionBytes : 0));
    segment.has_window_scale = scaling_;
    segment.window_scale = static_cast<uint8_t>(receive_scale_);
  }
  const bool tso = chunk.bytes > sender_.mss() && !syn;
  const unsigned segments = tso ? (chunk.bytes + sender_.mss() - 1) / sender_.mss() : 1;
  uint8_t* memory = port_.frame_memory().data();
  const size_t headers = headers_.write(memory, segment, chunk.bytes, segments);
  if (chunk.bytes > 0) {
    const Position at = std::max<Position>(chunk.start, 1);  // a keep-alive may reach back to the SYN
    application_->fetch(static_cast<uint64_t>(at - 1), {memory + headers, chunk.bytes});
  }
  if (!hand_over({memory, headers + chunk.bytes}, tso ? sender_.mss() : 0, chunk.before_fence)) return false;
  port_.count().segments_sent += segments;
  return true;
}

bool Connection::hand_over(std::span<const uint8_t> bytes, uint32_t tso_mss, bool before_fence) {
  host::TxFrame frame;
  frame.bytes = bytes;
  frame.checksum_offload = true;
  frame.flow_hash = flow_hash_;
  frame.tso_mss = static_cast<uint16_t>(tso_mss);
  if (setup_.protection) {
    frame.sa = setup_.protection->sa;
    frame.spi = setup_.protection->send_spi;
    frame.version = setup_.protection->version;
  } else if (psp_) {
    return hand_over_psp(frame, before_fence);
  }
  return port_.transmit(*this, frame);
}

bool Connection::send_syn() {
  if (!port_.has_room(setup_.queue, false)) return false;
  syn_due_ = false;
  const bool answer = state_ == State::kSynReceived;
  emit(answer ? net::kTcpSyn | net::kTcpAck : net::kTcpSyn, Chunk{});
  if (syn_tries_ > 0) port_.count().retransmitted_segments++;
  return true;
}

// False: there was no room.
bool Connection::send_data(uint32_t& quantum) {
  const uint32_t burst = setup_.config.tso_bytes;
  while (quantum > 0) {
    std::optional<Chunk> chunk = sender_.next_chunk(burst);
    if (!chunk) return true;
    if (!port_.has_room(setup_.queue, chunk->bytes > sender_.mss())) return false;
    uint8_t flags = net::kTcpAck;
    if (chunk->fin) flags |= net::kTcpFin;
    if (chunk->bytes > 0 && chunk->bytes % sender_.mss() != 0) flags |= net::kTcpPsh;
    // What the driver takes back is lost like any other segment.
    emit(flags, *chunk);
    sender_.sent(*chunk, port_.now_ps(), clock(), port_.count());
    quantum -= std::min(quantum, std::max(chunk->bytes, 1u));
  }
  return true;
}

// False: there was no room.
bool Connection::send_ack() {
  if (state_ <= State::kSynReceived) return true;
  if (!port_.has_room(setup_.queue, false)) return false;
  ++port_.count().acks_sent;
  if (answers_gap_) ++port_.count().duplicate_acks_sent;
  emit(net::kTcpAck, Chunk{sender_.max(), 0});
  return true;
}

bool Connection::output(uint32_t quantum) {
  if (psp_ && psp_->locked) {
    psp_->output_wanted = true;
    return false;
  }
  bool room = true;
  if (syn_due_ && (state_ == State::kSynSent || state_ == State::kSynReceived)) room = send_syn();
  if (room && can_send()) room = send_data(quantum);
  if (room && alive_due_) {
    room = port_.has_room(setup_.queue, false);
    if (room) {
      alive_due_ = false;
      ++port_.count().keep_alives;
      emit(net::kTcpAck, Chunk{sender_.max() - 1, 1});
    }
  }
  if (room && receiver_.wants_ack()) room = send_ack();
  if (state_ != State::kClosed) {
    sender_.arm(port_.now_ps());
    arm();
  }
  return !room || quantum == 0;
}

void Connection::send_reset(uint32_t sequence, uint32_t ack, uint8_t flags) {
  Segment segment;
  segment.flags = flags;
  segment.sequence = sequence;
  segment.ack = (flags & net::kTcpAck) != 0 ? ack : 0;
  if (!port_.has_room(setup_.queue, false)) return;
  uint8_t* memory = port_.frame_memory().data();
  if (!hand_over({memory, headers_.write(memory, segment, 0, 1)}, 0, false)) return;
  ++port_.count().segments_sent;
  ++port_.count().resets_sent;
}

void Connection::refuse(const Segment& segment) {
  if (segment.has(net::kTcpRst)) return;
  if (segment.has(net::kTcpAck)) return send_reset(segment.ack, 0, net::kTcpRst);
  send_reset(0, segment.sequence + segment.length(), net::kTcpRst | net::kTcpAck);
}

void Connection::enter_time_wait() {
  state_ = State::kTimeWait;
  wait_deadline_ = port_.now_ps() + setup_.config.time_wait;
  alive_deadline_ = kNever;
  end(End::kClosed);
}

// Tells the application, once; all but TIME-WAIT are over with it.
void Connection::end(End how) {
  if (state_ != State::kTimeWait || how != End::kClosed) {
    state_ = State::kClosed;
    wait_deadline_ = alive_deadline_ = kNever;
    if (psp_) psp_->release();
  }
  syn_deadline_ = ack_deadline_ = kNever;
  syn_due_ = alive_due_ = false;
  if (ended_) return;
  ended_ = true;
  Counters& counters = port_.count();
  ++(how == End::kClosed    ? counters.closed
     : how == End::kAborted ? counters.aborted
     : how == End::kReset   ? counters.reset
                            : counters.timed_out);
  application_->on_end(*this, how);
}

void Connection::arm() {
  uint64_t when = std::min({syn_deadline_, ack_deadline_, alive_deadline_, wait_deadline_});
  if (can_send()) when = std::min(when, sender_.deadline());
  if (when != kNever) port_.want_timer(*this, when);
}

void Connection::keep_alive() {
  const uint64_t period = setup_.config.keep_alive;
  const uint64_t now = port_.now_ps();
  if (now - heard_ < period) {
    alive_deadline_ = heard_ + period;
    return;
  }
  alive_deadline_ = now + period;
  // The retransmission timer asks already.
  if (state_ < State::kEstablished || sender_.una() < sender_.max()) return;
  if (++alive_probes_ > setup_.config.retries) return end(End::kTimedOut);
  alive_due_ = true;
}

bool Connection::may_reopen(const Segment& segment) const {
  if (state_ != State::kTimeWait || !segment.has(net::kTcpSyn)) return false;
  if (segment.has(net::kTcpAck) || segment.has(net::kTcpRst)) return false;
  if (timestamps_ && segment.has_timestamp) return !receiver_.is_stale(segment, port_.now_ps());
  return from_wire(receiver_.initial(), segment.sequence, receiver_.next()) > receiver_.next();
}

void Connection::leave_time_wait() {
  state_ = State::kClosed;
  wait_deadline_ = kNever;
  if (psp_) psp_->release();
}

void Connection::on_timer() {
  const uint64_t now = port_.now_ps();
  if (state_ == State::kClosed) return;
  if (psp_ && psp_->locked) {
    psp_->timer_due = true;
    return;
  }
  if (now >= wait_deadline_) return leave_time_wait();
  if (now >= syn_deadline_) {
    if (++syn_tries_ > setup_.config.retries) return end(End::kTimedOut);
    sender_.rto().back_off();
    syn_deadline_ = now + sender_.rto().value();
    syn_due_ = true;
    ++port_.count().timeouts;
  }
  if (can_send() && now >= sender_.deadline() && !sender_.on_deadline(now, port_.count())) {
    return end(End::kTimedOut);
  }
  if (now >= ack_deadline_) {
    ack_deadline_ = kNever;
    receiver_.ask_for_ack();
  }
  if (now >= alive_deadline_) keep_alive();
  if (state_ == State::kClosed) return;
  arm();
  port_.want_output(*this);
}

}  // namespace pspnic::tcp
