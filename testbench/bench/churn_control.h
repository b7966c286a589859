// SPDX-License-Identifier: Apache-2.0
// The life of connections in the workload churn: who comes, what the hosts ask of their cards for it, how the
// keys reach the peer, who goes; and the rotation of keys.
//
//   host A                                   host B
//   PSP_ALLOC_RX_SA  ── SPI, key (exchange) ──▶ PSP_ADD_TX_SA and PSP_ALLOC_RX_SA
//   PSP_ADD_TX_SA    ◀── SPI, key (exchange) ──
//
// The connection is open when both hosts have both. At its end both send nothing more, and when all has
// arrived both delete their transmit SA and give their SPI back. New keys of one end go the same way, while
// the old ones go on being used until the new SA is there.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <random>
#include <unordered_map>
#include <vector>

#include "model/base/event_fifo.h"
#include "testbench/bench/churn_connections.h"
#include "testbench/bench/churn_params.h"
#include "testbench/bench/key_log.h"
#include "testbench/bench/platform.h"
#include "testbench/bench/workload.h"
#include "testbench/host/psp_requests.h"

namespace pspnic::bench {

class ChurnControl {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_open(uint32_t connection) = 0;
  };

  // Where the cards rotate by themselves, `key_age` is their keys'.
  ChurnControl(const ChurnParams& params, base::Duration key_age, uint64_t seed, KeyLog& keys,
               Listener& listener);
  ~ChurnControl();

  // Script: the connections alive at the beginning.
  void prepare(Platform& platform);
  void start(base::Time end);

  ChurnConnections& connections() { return connections_; }
  // A packet of a connection has come; for those that wait for their last.
  void on_received(uint32_t connection, Side at);

  // After the run.
  void conclude();
  const ControlOutcome& outcome() const { return outcome_; }

 private:
  class Host;
  // An SPI and its key on their way to the peer.
  struct Letter {
    uint32_t connection = 0;
    bool renewal = false;
    host::RxSa sa;
  };
  // Of one end's receive SA.
  struct Renewal {
    uint32_t old_spi = 0;
    uint8_t old_generation = 0;
    host::SaHandle old_sa;  // the peer's, to be deleted
    uint32_t sent_with_old = 0;
    bool switched = false;  // the peer seals for the new one
  };

  base::Time exponential(double mean_ps);
  void schedule_offered(base::Time wait, base::Callback callback, uint64_t argument = 0);
  void push_age(uint32_t id, base::Time left);

  // How many requests wait, halfway and in the end.
  void on_halfway(uint64_t);
  void on_offered(uint64_t);
  uint64_t pending() { return requests(kA).unanswered() + requests(kB).unanswered(); }
  uint64_t made() { return requests(kA).made() + requests(kB).made(); }

  // churn_control.cpp: how connections come to be.
  void on_arrival(uint64_t);
  void on_rx_sa(Side side, const host::PspAnswer& answer, const host::RxSa* sa);
  void on_letter(Side to);
  void on_letter_a(uint64_t) { on_letter(kA); }
  void on_letter_b(uint64_t) { on_letter(kB); }
  void on_tx_sa(Side side, const host::PspAnswer& answer, const host::SaHandle& sa);
  void go_on(uint32_t id);
  void open(uint32_t id);
  void refuse(uint32_t id);

  // churn_ends.cpp: how they end.
  void settle_hazard();
  void schedule_end();
  void on_hazard(uint64_t epoch);
  void on_age(uint64_t id);
  void begin_end(uint32_t id);
  void end_if_quiet(uint32_t id);
  void on_end(uint64_t id);
  void delete_sas(uint32_t id);
  void on_tx_sa_deleted(const host::PspAnswer& answer);

  // churn_rotation.cpp: how those that live on get new keys.
  void on_rotation_due(uint64_t side);
  void on_rotated(Side side, const idpf::PspRotateKey& now, idpf::Status status);
  void on_event(Side side, const idpf::PspEvent& event);
  void take_generation(Side side, uint8_t generation);
  void begin_pass(Side side);
  void on_renewal_due(uint64_t side);
  bool of_older_keys(const ChurnEnd& end, Side side) const;
  bool uses_older_keys(Side side) const;
  bool needs_renewal(uint32_t id, Side side) const;
  void renew(uint32_t id, Side side);
  void switch_over(uint32_t id, Side receiver, const host::SaHandle& sa);
  void finish_renewal(uint32_t id, Side receiver);
  void drop_renewal(uint32_t id, Side receiver, const char* why);

  base::EventQueue& events() { return platform_->events(); }
  host::PspRequests& requests(Side side);
  psp::Version version() const { return static_cast<psp::Version>(params_.psp_version); }
  // What a request was for.
  static uint64_t cookie(uint32_t id, bool renewal) { return uint64_t{id} << 1 | (renewal ? 1 : 0); }
  static uint32_t connection_of(uint64_t cookie) { return static_cast<uint32_t>(cookie >> 1); }
  static bool is_renewal(uint64_t cookie) { return (cookie & 1) != 0; }
  static uint64_t renewal_key(uint32_t id, Side side) { return uint64_t{id} * kSides + side; }

  ChurnParams params_;
  KeyLog& keys_;
  Listener& listener_;
  Platform* platform_ = nullptr;
  std::mt19937_64 random_;
  ChurnConnections connections_;
  std::array<std::unique_ptr<Host>, kSides> hosts_;
  std::array<std::deque<Letter>, kSides> letters_;  // by addressee
  std::array<std::unique_ptr<base::EventFifo>, kSides> post_;
  base::Time end_ = 0;  // nothing new from then on

  uint64_t made_halfway_ = 0;  // requests
  base::Time pass_time_ = 0;   // in which all ends are renewed after a rotation

  double lifetime_ps_ = 0;
  double hazard_left_ = 0;  // exponential lifetimes: until the next end, in lifetimes of one connection
  base::Time hazard_since_ = 0;
  uint64_t hazard_epoch_ = 0;
  std::unique_ptr<base::EventFifo> ages_;  // fixed lifetimes: their ends
  std::unique_ptr<base::EventFifo> ends_;  // the peer learns of the end

  // By whose receive keys.
  struct Rotation {
    uint8_t generation = 0;
    bool asked = false;    // for another one, which is not answered yet
    bool passing = false;  // through the connections, for those with keys of the generation before
    bool refused = false;  // a renewal: some connection still has those keys
    uint32_t next = 0;     // connection to look at
    base::Time gap = 0;    // between two renewals
    unsigned under_way = 0;
  };
  std::array<Rotation, kSides> rotations_;
  std::unordered_map<uint64_t, Renewal> renewals_;
  ControlOutcome outcome_;
};

}  // namespace pspnic::bench
