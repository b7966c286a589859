// SPDX-License-Identifier: Apache-2.0
// One end of one TCP connection (RFC 9293): the state machine between a Sender, a Receiver and the
// application. LISTEN is not a state of it but of the Endpoint, which makes connections.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "testbench/host/driver.h"
#include "testbench/tcp/application.h"
#include "testbench/tcp/config.h"
#include "testbench/tcp/counters.h"
#include "testbench/tcp/psp_socket.h"
#include "testbench/tcp/receiver.h"
#include "testbench/tcp/segment.h"
#include "testbench/tcp/sender.h"

namespace pspnic::tcp {

enum class State : uint8_t {
  kClosed,
  kSynSent,
  kSynReceived,
  kEstablished,
  kFinWait1,
  kFinWait2,
  kCloseWait,
  kClosing,
  kLastAck,
  kTimeWait,
};
const char* text(State state);

// What a connection has of its endpoint.
class ConnectionPort {
 public:
  virtual ~ConnectionPort() = default;
  virtual uint64_t now_ps() const = 0;
  // Memory for one frame, headers and payload, until transmit().
  virtual std::span<uint8_t> frame_memory() = 0;
  virtual bool has_room(unsigned queue, bool tso) const = 0;
  virtual bool transmit(const Connection& connection, const host::TxFrame& frame) = 0;
  // output() is wanted, soon and when there is room.
  virtual void want_output(Connection& connection) = 0;
  // on_timer() is wanted at `when` or earlier.
  virtual void want_timer(Connection& connection, uint64_t when) = 0;
  virtual Counters& count() = 0;
  // The PSP device that frames leave through; 0: none.
  virtual uint16_t psp_device() const = 0;
  virtual PspCounters& count_psp() = 0;
  // A frame that waited in a PspSocket's backlog.
  virtual void receive_again(std::span<const uint8_t> frame, const host::RxInfo& info) = 0;
};

class Connection {
 public:
  Connection(ConnectionPort& port, unsigned number) : port_(port), number_(number) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Only in kClosed.
  void open(const Setup& setup, Application& application);                        // actively: SYN
  void accept(const Setup& setup, Application& application, const Segment& syn);  // passively

  // Of the application, from any of its callbacks or at any other time.
  void offer(uint64_t bytes);  // of the stream, at its end; Application::fetch() gives them
  void close();                // nothing more will be offered; FIN behind the last byte
  void abort();                // RST
  void read();                 // the application takes again

  unsigned number() const { return number_; }  // in its endpoint
  State state() const { return state_; }
  const Setup& setup() const { return setup_; }
  const Sender& sender() const { return sender_; }
  const Receiver& receiver() const { return receiver_; }
  // Null: in state Normal, and was never in another.
  const PspSocket* psp() const { return psp_.get(); }
  PspState psp_state() const { return psp_ ? psp_->state() : PspState::kNormal; }

  // Of PspNetlink (connection_psp.cpp). The PSP device of the route; 0: there is none.
  uint16_t psp_device() const { return state_ == State::kClosed ? uint16_t{0} : port_.psp_device(); }
  // Nothing is received, sent or timed between the two; what came is taken then.
  void lock();
  void unlock();
  // rx-assoc, or in PSP Full the receive side of a rekey.
  void attach(host::PspAssociationRef association);
  // No unread data, in order or not, came in clear or under another SA.
  bool unread_matches() { return psp_->queue_matches(receiver_); }
  host::PspAssociationRef association() const {
    return psp_ ? psp_->association_ref() : host::PspAssociationRef{};
  }
  // tx-assoc: the association has its key from now on; or, in PSP Full, another one.
  void upgrade();
  void rekey_transmit() { ++port_.count_psp().tx_rekeys; }

  // Of the endpoint.
  void receive(const Segment& segment);
  void receive_psp(const Segment& segment, std::span<const uint8_t> frame, const host::RxInfo& info);
  // In TIME-WAIT: a SYN that may open the connection anew (RFC 9293 section 3.10.7.4, RFC 6191).
  bool may_reopen(const Segment& segment) const;
  void leave_time_wait();
  void on_timer();
  // Sends until windows, room or `quantum` bytes are used up; true: call again, now or when there is room.
  bool output(uint32_t quantum);
  // In kClosed: the answer to a segment of the connection that was (RFC 9293 section 3.10.7.1).
  void refuse(const Segment& segment);

 private:
  enum class Check : uint8_t { kGo, kAckOnly, kDrop };

  // connection.cpp
  void start(const Setup& setup, Application& application);
  uint32_t clock() const;
  bool emit(uint8_t flags, const Chunk& chunk);
  bool hand_over(std::span<const uint8_t> bytes, uint32_t tso_mss, bool before_fence);
  bool send_syn();
  bool send_ack();
  bool send_data(uint32_t& quantum);
  void send_reset(uint32_t sequence, uint32_t ack, uint8_t flags);
  void enter_time_wait();
  void end(End how);
  void arm();
  void keep_alive();

  // connection_psp.cpp
  bool hand_over_psp(host::TxFrame& frame, bool before_fence);
  void reduce_mss();

  // connection_input.cpp
  void take_syn_options(const Segment& syn);
  void receive_in_syn_sent(const Segment& segment);
  void receive_syn_again(const Segment& segment);
  Check check(const Segment& segment, Position start);
  void challenge();
  bool acknowledge(const Segment& segment, Position start);
  bool leave_syn_received(const Segment& segment);
  void on_fin_acknowledged();
  void on_peer_fin();
  void establish(const Segment& segment);

  bool can_send() const {
    return state_ >= State::kEstablished && state_ != State::kTimeWait && state_ != State::kFinWait2;
  }

  ConnectionPort& port_;
  const unsigned number_;
  State state_ = State::kClosed;
  Setup setup_;
  Application* application_ = nullptr;
  HeaderTemplate headers_;
  Sender sender_;
  Receiver receiver_;
  std::unique_ptr<PspSocket> psp_;
  uint32_t flow_hash_ = 0;
  bool active_ = false;
  bool timestamps_ = false;  // both ends offered them
  bool scaling_ = false;
  unsigned send_scale_ = 0;  // of the windows the peer offers
  unsigned receive_scale_ = 0;
  uint32_t mss_ = 0;  // of segments sent
  bool syn_due_ = false;
  unsigned syn_tries_ = 0;
  bool close_wanted_ = false;
  bool ended_ = false;
  bool answers_gap_ = false;  // the acknowledgment due is a duplicate
  bool alive_due_ = false;
  unsigned alive_probes_ = 0;
  uint64_t heard_ = 0;
  uint64_t syn_deadline_ = kNever;
  uint64_t ack_deadline_ = kNever;
  uint64_t alive_deadline_ = kNever;
  uint64_t wait_deadline_ = kNever;
};

}  // namespace pspnic::tcp
