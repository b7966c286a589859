// SPDX-License-Identifier: Apache-2.0
// What a connection does with a segment, in the order of RFC 9293 section 3.10.7.
#include <algorithm>

#include "testbench/tcp/connection.h"

namespace pspnic::tcp {
namespace {

// Of a peer that names none (RFC 9293 section 3.7.1).
constexpr uint32_t kDefaultMss4 = 536;
constexpr uint32_t kDefaultMss6 = 1220;

}  // namespace

// The peer's SYN: what was offered by both holds.
void Connection::take_syn_options(const Segment& syn) {
  timestamps_ = timestamps_ && syn.has_timestamp;
  scaling_ = scaling_ && syn.has_window_scale;
  send_scale_ = scaling_ ? syn.window_scale : 0;
  if (!scaling_) receive_scale_ = 0;
  uint32_t most = syn.mss != 0 ? syn.mss : setup_.path.flow.is_v6 ? kDefaultMss6 : kDefaultMss4;
  const uint32_t options = timestamps_ ? kTimestampOptionBytes : 0;
  most = most > options ? most - options : 1;
  mss_ = std::min(setup_.config.mss, most);
  if (psp_state() >= PspState::kTx) reduce_mss();  // both keys were there before the SYN
  receiver_.start(setup_.config, mss_, syn.sequence, receive_scale_);
  receiver_.note_timestamp(syn, 0, port_.now_ps());
}

void Connection::establish(const Segment& segment) {
  state_ = State::kEstablished;
  if (syn_tries_ > 0) sender_.rto().after_lost_syn();
  syn_deadline_ = kNever;
  syn_due_ = false;
  // The window of a SYN is not scaled.
  const unsigned scale = segment.has(net::kTcpSyn) ? 0 : send_scale_;
  const uint64_t now = port_.now_ps();
  sender_.establish(mss_, uint64_t{segment.window} << scale, 0, now);
  if (timestamps_ && segment.has_timestamp && !stamp_before(clock(), segment.echo)) {
    sender_.rto().sample(uint64_t{clock() - segment.echo} * kMicrosecond);
  }
  ++(active_ ? port_.count().opened_actively : port_.count().opened_passively);
  if (close_wanted_) {
    sender_.close();
    state_ = State::kFinWait1;
  }
  application_->on_established(*this);
}

void Connection::receive_in_syn_sent(const Segment& segment) {
  const bool acknowledged = segment.has(net::kTcpAck);
  if (acknowledged && segment.ack != to_wire(setup_.initial_sequence, 1)) return refuse(segment);
  if (segment.has(net::kTcpRst)) {
    if (!acknowledged) return;
    ++port_.count().resets_received;
    return end(End::kReset);
  }
  if (!segment.has(net::kTcpSyn)) return;
  take_syn_options(segment);
  if (acknowledged) {
    receiver_.ask_for_ack();
    establish(segment);
  } else {  // both ends open at once
    state_ = State::kSynReceived;
    syn_due_ = true;
  }
  port_.want_output(*this);
}

// In SYN-RECEIVED: the answer of a peer that opened at the same time, or its SYN once more.
void Connection::receive_syn_again(const Segment& segment) {
  if (segment.has(net::kTcpAck) && segment.ack == to_wire(setup_.initial_sequence, 1)) {
    receiver_.ask_for_ack();
    establish(segment);
  } else {
    syn_due_ = true;
  }
}

void Connection::challenge() {
  ++port_.count().challenges;
  receiver_.ask_for_ack();
  port_.want_output(*this);
}

// Time stamp, window, RST, SYN.
Connection::Check Connection::check(const Segment& segment, Position start) {
  const bool reset = segment.has(net::kTcpRst);
  const bool silent = segment.length() == 0;
  if (timestamps_ && !reset && receiver_.is_stale(segment, port_.now_ps())) {
    ++port_.count().stale;
    if (!silent) receiver_.ask_for_ack();
    return Check::kDrop;
  }
  if (segment.has(net::kTcpSyn) && start == 0 && state_ == State::kSynReceived) {
    receive_syn_again(segment);
    return Check::kDrop;
  }
  if (!receiver_.acceptable(start, segment.length())) {
    if (reset) return Check::kDrop;
    // An acknowledgment overtaken by data; or the window is closed, which it does not matter to.
    if (silent && start < receiver_.next()) return Check::kAckOnly;
    if (start < receiver_.next()) {
      ++port_.count().duplicates;
    } else {
      ++port_.count().outside_window;
    }
    answers_gap_ = true;
    receiver_.ask_for_ack();
    return start == receiver_.next() ? Check::kAckOnly : Check::kDrop;
  }
  if (reset) {
    if (start != receiver_.next()) {
      challenge();
      return Check::kDrop;
    }
    ++port_.count().resets_received;
    // All that was missing was the acknowledgment of the FIN: the peer has left TIME-WAIT.
    const bool over =
        (state_ == State::kLastAck || state_ == State::kClosing) && sender_.all_data_acknowledged();
    end(over ? End::kClosed : End::kReset);
    return Check::kDrop;
  }
  if (segment.has(net::kTcpSyn)) {
    challenge();
    return Check::kDrop;
  }
  return segment.has(net::kTcpAck) ? Check::kGo : Check::kDrop;
}

bool Connection::leave_syn_received(const Segment& segment) {
  if (segment.ack != to_wire(setup_.initial_sequence, 1) &&
      from_wire(setup_.initial_sequence, segment.ack, sender_.max()) > sender_.max()) {
    send_reset(segment.ack, 0, net::kTcpRst);
    return false;
  }
  if (segment.ack != to_wire(setup_.initial_sequence, 1)) return false;
  establish(segment);
  return state_ != State::kClosed;
}

// False: the segment is to be dropped.
bool Connection::acknowledge(const Segment& segment, Position start) {
  if (!segment.has(net::kTcpAck)) return false;
  Sender::Ack ack;
  ack.ack = from_wire(setup_.initial_sequence, segment.ack, sender_.una());
  ack.sequence = start;
  ack.window = uint64_t{segment.window} << send_scale_;
  ack.bare = segment.length() == 0;
  ack.has_echo = timestamps_ && segment.has_timestamp;
  ack.echo = segment.echo;
  ack.stamp_now = clock();
  ack.now = port_.now_ps();
  const Position before = sender_.una();
  if (!sender_.acknowledge(ack, port_.count())) {
    receiver_.ask_for_ack();
    return false;
  }
  if (sender_.una() > before) {
    application_->on_acknowledged(*this);
    if (state_ == State::kClosed) return false;
    if (sender_.fin_acknowledged()) on_fin_acknowledged();
  }
  return state_ != State::kClosed;
}

void Connection::on_fin_acknowledged() {
  switch (state_) {
    case State::kFinWait1:
      state_ = State::kFinWait2;
      break;
    case State::kClosing:
      enter_time_wait();
      break;
    case State::kLastAck:
      end(End::kClosed);
      break;
    default:
      break;
  }
}

void Connection::on_peer_fin() {
  switch (state_) {
    case State::kEstablished:
      state_ = State::kCloseWait;
      break;
    case State::kFinWait1:
      state_ = State::kClosing;  // its FIN is on the way; ours is not acknowledged
      break;
    case State::kFinWait2:
      break;
    default:
      return;
  }
  application_->on_peer_closed(*this);
  if (state_ == State::kFinWait2) enter_time_wait();
}

void Connection::receive(const Segment& segment) {
  heard_ = port_.now_ps();
  alive_probes_ = 0;
  if (state_ == State::kClosed) return refuse(segment);
  if (state_ == State::kSynSent) return receive_in_syn_sent(segment);
  const Position start = from_wire(receiver_.initial(), segment.sequence, receiver_.next());
  const Check checked = check(segment, start);
  if (state_ == State::kClosed) return;
  if (state_ == State::kTimeWait && segment.has(net::kTcpFin)) {  // our last acknowledgment was lost
    wait_deadline_ = port_.now_ps() + setup_.config.time_wait;
  }
  if (checked == Check::kAckOnly) acknowledge(segment, start);
  if (checked == Check::kGo) {
    receiver_.note_timestamp(segment, start, port_.now_ps());
    if (state_ == State::kSynReceived && !leave_syn_received(segment)) return;
    if (!acknowledge(segment, start)) return port_.want_output(*this);
    if (state_ == State::kEstablished || state_ == State::kFinWait1 || state_ == State::kFinWait2) {
      const bool had_fin = receiver_.fin_taken();
      answers_gap_ = segment.length() > 0 && start != receiver_.next();
      receiver_.take(segment, start, *application_, port_.count());
      if (state_ == State::kClosed) return;
      if (receiver_.fin_taken() && !had_fin) on_peer_fin();
    }
  }
  if (state_ == State::kClosed) return;
  if (receiver_.delays_ack() && ack_deadline_ == kNever) {
    ack_deadline_ = port_.now_ps() + setup_.config.delayed_ack;
  }
  sender_.arm(port_.now_ps());
  arm();
  // A duplicate is worth nothing to the peer unless it goes out on its own; another may travel with data.
  if (receiver_.wants_ack() && (answers_gap_ || !sender_.has_output())) send_ack();
  answers_gap_ = false;
  if (receiver_.wants_ack() || sender_.has_output() || syn_due_) port_.want_output(*this);
}

}  // namespace pspnic::tcp
