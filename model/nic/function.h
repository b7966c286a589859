// SPDX-License-Identifier: Apache-2.0
// One function of the card, physical or virtual: its registers, the control plane behind its mailbox, and its
// part of the blocks that all functions share.
//
// A virtual function can be reset alone, at any time: by its PCI Express capability, by its RESET_VF message,
// when it is switched on or off. Its status register then says "in progress" at once. Nothing new is taken;
// what has been taken from its transmit rings still goes out, unreported; but what waits for the wire when
// `reset_limit` has passed, as the peer pauses the port, is dropped. When no packet, read of a ring or SA of
// it is under way any more, and `reset_time` has passed, it is as new, and says "completed". The other
// functions' queues, keys and packets are not touched.
#pragma once

#include <optional>

#include "firmware/control_plane.h"
#include "model/control/control_processor.h"
#include "model/control/mailbox.h"
#include "model/nic/hardware.h"
#include "model/nic/key_vault.h"
#include "model/nic/registers.h"
#include "model/nic/share.h"

namespace pspnic::nic {

class Function : public ResetTarget {
 public:
  Function(base::EventQueue& events, base::ViolationLog& violations, const Share& share)
      : events_(events), share_(share), registers_(events, violations) {}

  struct Setup {
    const firmware::Limits& limits;
    const firmware::ControlOptions& options;
    KeyVault& keys;
    ResetTarget& reset;
    base::Time reset_time = 0;
    base::Time reset_limit = 0;
    const Hardware::Blocks& blocks;
  };
  // The registers alone are there before.
  void build(const Setup& setup);
  struct MailboxPorts {
    base::StatGroup& parent;
    const control::MailboxParams& params;
    const control::Mailbox::Ports& ports;
    control::ControlProcessor::Source& source;
    pcie::MsixTable& msix;
    control::Management* management = nullptr;  // null for a virtual function
    control::ConfigQueues* config_queues = nullptr;
  };
  void attach(const MailboxPorts& mailbox);

  // Of the whole card.
  void set_sanitizer(sanitizer::Sanitizer* watch, const pcie::ConfigSpace& config);

  const Share& share() const { return share_; }
  Registers& registers() { return registers_; }
  Hardware& hardware() { return *hardware_; }
  const Hardware& hardware() const { return *hardware_; }
  firmware::ControlPlane& control_plane() { return *control_plane_; }

  // A virtual function's reset of its own.
  void begin_reset() override;
  // The reset of the card: what blocks hold is forgotten by them.
  void begin_card_reset();
  void end_card_reset();

 private:
  void on_check(uint64_t epoch);

  base::EventQueue& events_;
  Share share_;
  Registers registers_;
  std::optional<Hardware> hardware_;
  std::optional<firmware::ControlPlane> control_plane_;
  std::optional<control::Mailbox> mailbox_;
  control::ControlProcessor::Source* source_ = nullptr;
  pcie::MsixTable* msix_ = nullptr;
  sanitizer::Sanitizer* sanitizer_ = nullptr;  // null: off
  base::Time reset_time_ = 0;
  base::Time reset_limit_ = 0;
  base::Time reset_ends_ = 0;  // not before
  base::Time gives_up_ = 0;    // nothing waits for the wire longer
  uint64_t epoch_ = 0;         // resets so far
};

}  // namespace pspnic::nic
