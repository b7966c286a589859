// SPDX-License-Identifier: Apache-2.0
// What a connection with a PSP socket does otherwise.
#include <algorithm>

#include "model/psp/header.h"
#include "testbench/host/psp_mark.h"
#include "testbench/tcp/connection.h"

namespace pspnic::tcp {

void Connection::lock() {
  psp_->locked = true;
}

// In the order in which they came; the first may have the connection end.
void Connection::unlock() {
  psp_->locked = false;
  const std::vector<PspSocket::Waiting> waiting = std::exchange(psp_->backlog, {});
  for (const PspSocket::Waiting& one : waiting) port_.receive_again(one.frame, one.info);
  if (std::exchange(psp_->timer_due, false)) on_timer();
  if (std::exchange(psp_->output_wanted, false)) port_.want_output(*this);
}

void Connection::attach(host::PspAssociationRef association) {
  PspCounters& counters = port_.count_psp();
  if (psp_state() == PspState::kFull) {
    ++counters.rx_rekeys;
    return psp_->move_to(std::move(association));
  }
  ++counters.rx_assocs;
  if (!psp_) psp_ = std::make_unique<PspSocket>();
  psp_->begin(std::move(association), receiver_);
}

// UDP, PSP header and ICV: Linux adds them to the length of the network header.
void Connection::reduce_mss() {
  constexpr auto kOverhead = static_cast<uint32_t>(psp::kTransportOverheadBytes);
  mss_ = mss_ > kOverhead ? mss_ - kOverhead : 1;
}

void Connection::upgrade() {
  ++port_.count_psp().tx_assocs;
  host::PspAssociation& association = *psp_->association();
  if (association.peer_tx) ++port_.count_psp().full;
  if (state_ == State::kClosed || state_ == State::kSynSent) return;  // from the first segment on
  association.upgrade_sequence = to_wire(receiver_.initial(), receiver_.next());
  sender_.set_fence();
  if (mss_ == 0) return;
  reduce_mss();
  sender_.change_mss(mss_);
  receiver_.expect_segments(mss_);
}

void Connection::receive_psp(const Segment& segment, std::span<const uint8_t> frame,
                             const host::RxInfo& info) {
  PspCounters& counters = port_.count_psp();
  if (psp_->locked) {
    ++counters.backlogged;
    psp_->backlog.push_back({{frame.begin(), frame.end()}, info});
    return;
  }
  const PspArrival arrival{mark_of(info), segment.sequence, segment.length(), segment.has(net::kTcpFin)};
  if (!psp_->admit(arrival, info.segments, counters)) {
    port_.count().protection_wrong += info.segments;
    return;
  }
  const Position start = from_wire(receiver_.initial(), segment.sequence, receiver_.next());
  if (state_ == State::kClosed) ++port_.count().to_nowhere;
  receive(segment);
  if (psp_->state() == PspState::kRx) psp_->note(start, segment.length(), arrival.mark, receiver_);
}

// What the validator drops is lost like any other segment.
bool Connection::hand_over_psp(host::TxFrame& frame, bool before_fence) {
  const host::PspAssociation* association = psp_->association();
  const PspDeparture departure{before_fence, before_fence};
  const host::PspTxMark mark{leaves_sealed(psp_->state(), departure), association};
  switch (host::psp_fate(mark, port_.psp_device())) {
    case host::PspTxFate::kDropped:
      ++port_.count_psp().output_drops;
      return true;
    case host::PspTxFate::kSealed:
      frame.sa = association->tx_handle;
      frame.spi = association->tx_spi;
      frame.version = association->rx.version;
      break;
    case host::PspTxFate::kPlain:
      break;
  }
  return port_.transmit(*this, frame);
}

}  // namespace pspnic::tcp
