// SPDX-License-Identifier: Apache-2.0
// The control plane of one physical function: answers the virtchnl2 mailbox, with the PSP extension.
//
// Call reset() once before the first request. A request is acted on in handle(); its reply goes out through
// Hardware::send_to_driver() inside that call, or, for the commands that wait for the data path to drain
// (DISABLE_QUEUES, DESTROY_VPORT with running queues, PSP_DEL_TX_SA), inside hardware_done(). Each request
// gets exactly one reply, RESET_VF none. A reply with v_retval != 0 means that nothing has changed.
//
// Errors: malformed or contradictory messages are answered EINVAL, objects that do not exist ENXIO, wrong
// states ESM, objects in use EBUSY, exhausted resources ENOSPC, opcodes whose capability was not granted
// EPERM, unknown opcodes ESRCH.
#pragma once

#include <cstdint>
#include <memory>

#include "firmware/hardware.h"
#include "firmware/origin.h"

namespace pspnic::firmware {

struct ControlState;
struct PendingReply;

struct ControlOptions {
  bool rotation_authority = true;  // PSP_ROTATE_KEY and PSP_SET_CONFIG allowed to this function; else EPERM
  bool key_in_descriptor = false;  // offer PSP keys carried in transmit descriptors
};

class ControlPlane {
 public:
  // Keeps a reference; does not call the hardware.
  explicit ControlPlane(Hardware& hardware, const ControlOptions& options = {});
  ~ControlPlane();
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  // Power-on and function reset: forgets negotiation, vports, queues, vectors, SAs and replies still due, and
  // has fresh device keys made in both slots. The key generation counts on (by two, modulo 128), so that an
  // SPI from before the reset is not taken for a new one. The device resets its own queues, vports and SAs.
  // What the management port holds stays, and with it the device keys; SPIs go on from where they were.
  void reset();

  // Control-processor cycles the request takes; see costs.h.
  uint64_t cycles(const MailboxMessage& request) const;

  // Only the caller can wipe the request afterwards: PSP_ADD_TX_SA carries keys. The reply never repeats
  // them.
  // Flows are the management port's, and so are keys as long as it holds any: a function reset then leaves
  // them, and PSP_ROTATE_KEY of the function is answered EPERM. The management port needs no negotiation and
  // has no other commands than those of keys, SAs and flows.
  void handle(const MailboxMessage& request, Origin origin = Origin::kFunction);

  // The disable_queues() or erase_tx_sas() of this token has finished. Tokens from before a reset are
  // ignored. May be called from inside disable_queues() and erase_tx_sas().
  void hardware_done(uint64_t token);

  // Number that changes with the state, keys excluded: two control planes of equal state have equal digests.
  // For tests.
  uint64_t state_digest() const;

 private:
  void finish(PendingReply& waiting);
  void send(MailboxMessage message, Origin origin);

  Hardware& hardware_;
  ControlOptions options_;
  uint64_t next_token_ = 1;  // never restarts
  std::unique_ptr<ControlState> state_;
};

}  // namespace pspnic::firmware
