// SPDX-License-Identifier: Apache-2.0
// The control plane of one function: answers the virtchnl2 mailbox, with the PSP extension. Its keys are
// those of a key domain, which it may share with other functions of the card.
//
// Call reset() once before the first request. A request is acted on in handle(); its reply goes out through
// Hardware::send_to_driver() inside that call, or, for the commands that wait for the data path to drain
// (DISABLE_QUEUES, DESTROY_VPORT, PSP_DEL_TX_SA), inside hardware_done(). Each request
// gets exactly one reply, RESET_VF none. A reply with v_retval != 0 means that nothing has changed.
// v_flags of a request, once negotiated: with kVflagRespOnErrorOnly there is no reply that would say nothing
// new; with kVflagFence reply and events come when all earlier requests of the mailbox have been answered.
//
// Errors: malformed or contradictory messages are answered EINVAL, objects that do not exist ENXIO, wrong
// states ESM, objects in use EBUSY, exhausted resources ENOSPC, opcodes whose capability was not granted
// EPERM, unknown opcodes ESRCH.
#pragma once

#include <cstdint>
#include <memory>

#include "firmware/hardware.h"
#include "firmware/key_domain.h"
#include "firmware/origin.h"

namespace pspnic::idpf {
struct PspEvent;
}

namespace pspnic::firmware {

struct Command;
struct ControlState;
struct Answer;
struct PendingReply;

struct ControlOptions {
  uint16_t function = 0;           // its number on the card
  bool rotation_authority = true;  // may rotate keys, and let the device do so; else EPERM
  bool key_in_descriptor = false;  // offer PSP keys carried in transmit descriptors
};

// What the device reports by itself.
struct DeviceEvent {
  enum class Kind : uint8_t {
    kIvLow,        // the clock that IVs come from is about to wrap
    kLaneFault,    // an AES lane stopped for a time
    kKdfFault,     // a KDF unit did
    kRandomFault,  // no key could be made
  };
  Kind kind = Kind::kIvLow;
  uint32_t value = 0;  // kIvLow: seconds left
};

class DeviceEventListener {
 public:
  virtual ~DeviceEventListener() = default;
  virtual void device_event(const DeviceEvent& event) = 0;
};

class ControlPlane : public DeviceEventListener, private KeyDomainListener {
 public:
  // Keeps references; of the hardware it asks no more than the limits. Throws as KeyDomain::join() does.
  ControlPlane(Hardware& hardware, KeyDomain& keys, const ControlOptions& options);
  // With a key domain of its own.
  explicit ControlPlane(Hardware& hardware, const ControlOptions& options = {},
                        const KeyOptions& key_options = {});
  ~ControlPlane() override;
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  // Power-on and function reset: forgets negotiation, vports, queues, vectors, SAs and replies still due.
  // Alone in its key domain it has fresh device keys made in both slots; the key generation counts on (by
  // two, modulo 128), so that an SPI from before the reset is not taken for a new one. Else keys stay, and
  // SPIs go on from where they were. The device resets its own queues, vports and SAs. What the management
  // port holds stays, and with it the device keys.
  void reset();

  KeyDomain& key_domain() { return domain_; }

  // Control-processor cycles the request takes; see costs.h.
  uint64_t cycles(const MailboxMessage& request) const;

  // Only the caller can wipe the request afterwards: PSP_ADD_TX_SA carries keys. The reply never repeats
  // them.
  // Flows are the management port's, and so are keys as long as it holds any: a function reset then leaves
  // them, and PSP_ROTATE_KEY of the function is answered EPERM. The management port needs no negotiation and
  // has no other commands than those of keys, SAs and flows.
  void handle(const MailboxMessage& request, Origin origin = Origin::kFunction);

  // Requests of the function that have been carried out and whose answers wait for the data path, or for
  // those of earlier requests.
  size_t unanswered() const;

  // The disable_queues(), drain_vport() or erase_tx_sas() of this token has finished. Tokens from before a
  // reset are ignored. May be called from inside these.
  void hardware_done(uint64_t token);

  // Little is left of the clock that IVs come from: hardware.h, kIvLowPs.
  void iv_low();
  // The driver is told, if it has asked for events of PSP.
  void device_event(const DeviceEvent& event) override;

  // Number that changes with the state, keys excluded: two control planes of equal state have equal digests.
  // For tests.
  uint64_t state_digest() const;

 private:
  void on_rotated(const Rotation& rotation) override;
  void on_rotation_failed(RotationCause cause) override;
  bool pins_keys() const override;

  ControlPlane(Hardware& hardware, std::unique_ptr<KeyDomain> own, const ControlOptions& options);
  // To the driver, if it has asked for events of PSP.
  void tell(const idpf::PspEvent& event);
  uint16_t flags_of(const MailboxMessage& request, Origin origin) const;
  bool must_wait(const Answer& answer) const;
  void give(Answer answer);
  void finish(PendingReply& waiting);
  void send(MailboxMessage message, Origin origin);

  Hardware& hardware_;
  ControlOptions options_;
  std::unique_ptr<KeyDomain> own_domain_;  // if it shares none
  KeyDomain& domain_;
  KeyDomain::Member& keys_;
  Command* command_ = nullptr;  // the one being carried out: what it causes is told behind its reply
  uint64_t next_token_ = 1;     // never restarts
  std::unique_ptr<ControlState> state_;
};

}  // namespace pspnic::firmware
