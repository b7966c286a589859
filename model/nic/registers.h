// SPDX-License-Identifier: Apache-2.0
// BAR0 of one function: which block a register belongs to, and which of the block's queues and vectors. The
// whole map of the function answers; what no block has reads 0.
#pragma once

#include <cstdint>

#include "model/base/event_queue.h"
#include "model/base/violation.h"
#include "model/control/config_queue.h"
#include "model/control/mailbox.h"
#include "model/idpf/registers.h"
#include "model/nic/share.h"
#include "model/pcie/endpoint.h"
#include "model/queue/interrupts.h"
#include "model/queue/rx_queues.h"
#include "model/queue/tx_queues.h"
#include "model/sanitizer/sanitizer.h"

namespace pspnic::nic {

// Starts the reset of the function that was asked for by register or in configuration space.
class ResetTarget {
 public:
  virtual ~ResetTarget() = default;
  virtual void begin_reset() = 0;
};

class Registers : public pcie::RegisterFile {
 public:
  struct Blocks {
    control::Mailbox* mailbox = nullptr;
    queue::Interrupts* interrupts = nullptr;
    queue::TxQueues* tx_queues = nullptr;
    queue::RxQueues* rx_queues = nullptr;
    control::ConfigQueues* config_queues = nullptr;  // null: the function has none
    ResetTarget* reset = nullptr;
    Share share;
  };

  Registers(base::EventQueue& events, base::ViolationLog& violations)
      : events_(events), violations_(violations) {}
  void connect(const Blocks& blocks);
  // Null: off. `config` is the function's.
  void set_sanitizer(sanitizer::Sanitizer* watch, const pcie::ConfigSpace* config) {
    sanitizer_ = watch;
    config_ = config;
  }
  void connect_mailbox(control::Mailbox* mailbox, control::ConfigQueues* config_queues) {
    blocks_.mailbox = mailbox;
    blocks_.config_queues = config_queues;
  }

  uint32_t read_register(uint32_t offset) override;
  void write_register(uint32_t offset, uint32_t value) override;
  // Its driver asks for a reset, in whatever way.
  void reset_function() override {
    own_reset_ = true;
    blocks_.reset->begin_reset();
  }

  // PFGEN_RSTAT, VFGEN_RSTAT.
  void set_reset_status(uint32_t status) {
    reset_status_ = status;
    own_reset_ = own_reset_ && status == idpf::kRstatInProgress;
  }
  uint32_t reset_status() const { return reset_status_; }
  void reset();

 private:
  bool has_vector(const idpf::RegisterHit& hit) const { return hit.index < blocks_.share.vectors; }
  uint32_t read_time(idpf::Register id) const;
  uint32_t read_queue_tail(const idpf::RegisterHit& hit) const;
  bool is_config_tail(const idpf::RegisterHit& hit) const;
  void tell_sanitizer(const idpf::RegisterHit& hit, uint32_t offset, uint32_t value);
  void write_queue(const idpf::RegisterHit& hit, uint32_t offset, uint32_t value);
  void violate(uint32_t offset, base::DriverRule rule, uint32_t value);

  base::EventQueue& events_;
  base::ViolationLog& violations_;
  Blocks blocks_;
  sanitizer::Sanitizer* sanitizer_ = nullptr;
  const pcie::ConfigSpace* config_ = nullptr;  // null: nobody asks whether it may reach memory
  bool own_reset_ = false;                     // in a reset that the driver has asked for
  idpf::RegisterMap map_ = idpf::RegisterMap::kPhysical;
  uint32_t reset_status_ = idpf::kRstatCompleted;
  uint32_t cause_enable_ = 0;
  uint32_t cause_ = 0;
  uint64_t latched_time_ns_ = 0;
  uint32_t time_command_ = 0;
};

}  // namespace pspnic::nic
