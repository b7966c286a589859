// SPDX-License-Identifier: Apache-2.0
// What PSP adds to a connection: its association, what of unread data came under which SA, and the lock that
// a process holds while the device installs a key.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "testbench/host/psp_association.h"
#include "testbench/tcp/psp_policy.h"
#include "testbench/tcp/receiver.h"

namespace pspnic::tcp {

// Of an endpoint's sockets together.
struct PspCounters {
  uint64_t rx_assocs = 0;
  uint64_t tx_assocs = 0;
  uint64_t rx_rekeys = 0;
  uint64_t tx_rekeys = 0;
  uint64_t full = 0;          // sockets whose peer was heard under its SA
  uint64_t input_drops = 0;   // PSP_INPUT: segments that the policy refused
  uint64_t output_drops = 0;  // PSP_OUTPUT: the way out was not the association's device
  uint64_t backlogged = 0;    // segments that came while a key was being installed
};

// The mark of a frame that came under an SA.
std::optional<host::PspRxMark> mark_of(const host::RxInfo& info);

class PspSocket {
 public:
  // A frame that waits for the lock.
  struct Waiting {
    std::vector<uint8_t> frame;
    host::RxInfo info;
  };

  const host::PspAssociation* association() const { return association_.get(); }
  host::PspAssociation* association() { return association_.get(); }
  const host::PspAssociationRef& association_ref() const { return association_; }
  PspState state() const { return psp_state(association_.get()); }

  // rx-assoc. What `receiver` holds came in clear.
  void begin(host::PspAssociationRef association, const Receiver& receiver);
  // Receive side of a rekey: the new association takes the transmit key over, and accepts the old SPI too.
  void move_to(host::PspAssociationRef association);
  void release() { association_.reset(); }

  // Counts what it refuses and finds.
  bool admit(const PspArrival& arrival, uint64_t segments, PspCounters& counters);

  // In Rx PSP, behind Receiver::take(): so much was in the segment.
  void note(Position start, uint32_t length, const std::optional<host::PspRxMark>& mark,
            const Receiver& receiver);
  // All that is unread came under the association's SA.
  bool queue_matches(const Receiver& receiver);

  bool locked = false;
  bool output_wanted = false;  // while it is locked
  bool timer_due = false;
  std::vector<Waiting> backlog;

 private:
  // Of the stream, FIN included.
  struct Held {
    Position begin;
    Position end;
    std::optional<host::PspRxMark> mark;
  };
  void note_new(Position from, Position end, const std::optional<host::PspRxMark>& mark);
  void forget_read(const Receiver& receiver);

  host::PspAssociationRef association_;
  std::vector<Held> held_;  // apart
};

}  // namespace pspnic::tcp
