// SPDX-License-Identifier: Apache-2.0
// Watches what a driver does at the host boundary and in the blocks, and reports to the card's log what
// breaks a rule that the blocks do not check (base::CheckedBy::kSanitizer). It changes nothing and makes no
// event but looks of the background when a time limit passes, so that times are the same with it and without.
// What is not checked, and why: docs/drivers.md.
//
// Waits for: nothing. Takes: no time. Drops: nothing.
#pragma once

#include <cstdint>
#include <string>

#include "model/control/config_queue.h"
#include "model/control/mailbox.h"
#include "model/idpf/registers.h"
#include "model/pcie/msix.h"
#include "model/queue/queue_watch.h"
#include "model/sanitizer/config_queue_checks.h"
#include "model/sanitizer/interrupt_checks.h"
#include "model/sanitizer/mailbox_checks.h"
#include "model/sanitizer/ring_checks.h"
#include "model/sanitizer/sa_checks.h"
#include "model/sanitizer/tx_checks.h"

namespace pspnic::sanitizer {

class Sanitizer : public queue::QueueWatch,
                  public control::MailboxWatch,
                  public control::ConfigQueueWatch,
                  public pcie::MsixWatch {
 public:
  // How the card is shared; what is empty: all is of one function.
  struct Shares {
    RingChecks::FunctionOf function_of;
    SaChecks::SlotOf slot_of;
  };
  // `secret`: what digests of keys are made with.
  Sanitizer(const SanitizerParams& params, base::EventQueue& events, base::ViolationLog& log,
            const std::array<uint64_t, 2>& secret, Shares shares = {});

  struct RegisterWrite {
    idpf::RegisterHit hit;
    uint16_t function = 0;
    uint16_t first_vector = 0;  // of the function, which is its mailbox's
    uint32_t offset = 0;
    idpf::RegisterMap map = idpf::RegisterMap::kPhysical;
    uint32_t value = 0;
    bool own_reset = false;  // it is in a reset that its driver asked for
    bool bus_master = true;  // it may reach memory
  };
  void on_register(const RegisterWrite& write);
  // `first_iv`: the driver wants IVs from there on; 0: it does not say.
  void on_sa_written(uint32_t slot, const crypto::Sa& sa, uint64_t first_iv) {
    sas_.written(slot, sa, first_iv);
  }
  void on_iv_given(uint32_t slot, uint64_t iv) { sas_.iv_given(slot, iv); }
  void on_sa_erased(uint32_t slot) { sas_.erased(slot); }
  // Of the card.
  void on_reset();
  // Of a function alone; its queues, vectors and mailbox tell for themselves.
  void on_function_reset(uint16_t function) { sas_.reset(function); }
  // Nothing happens any more unless somebody acts from outside: what the driver is late with it leaves
  // undone, which is reported as of the time when its limit passes.
  void on_end();

  void on_ring_configured(const Ring& ring) override { rings_.configured(ring); }
  void on_ring_enabled(base::Site site) override { rings_.enabled(site); }
  void on_ring_ended(base::Site site) override;
  void on_tail(base::Site site, uint32_t value, bool enabled) override {
    vectors_.acted(site);
    rings_.tail(site, value, enabled);
  }
  void on_tx_descriptor(uint16_t queue, uint16_t index, std::span<const uint8_t> descriptor) override {
    transmit_.descriptor(queue, index, descriptor);
  }
  void on_tx_packet(const queue::TxJob& job) override { transmit_.packet(job); }
  void on_tx_reported(const queue::TxJob& job) override { transmit_.reported(job); }
  void on_tx_disabled(uint16_t queue, unsigned begun) override { transmit_.disabled(queue, begun); }
  void on_tx_dropped(const queue::TxJob& job, const queue::TxFault& fault) override;
  void on_sealed(std::span<const uint8_t> key, uint64_t iv) override { sas_.sealed(key, iv); }
  void on_buffer_posted(base::Site ring, uint16_t index, std::span<const uint8_t> descriptor) override {
    rings_.buffer_posted(ring, index, descriptor);
  }
  void on_buffer_used(base::Site ring, uint16_t index) override { rings_.buffer_used(ring, index); }
  void on_no_buffer(base::Site ring) override { rings_.no_buffer(ring); }
  void on_cause(uint16_t vector, bool enabled) override { vectors_.cause(vector, enabled); }
  void on_fired(uint16_t vector) override { vectors_.fired(vector); }
  void on_vector_written(uint16_t vector, uint32_t value) override { vectors_.written(vector, value); }
  void on_vector_mapped(base::Site ring, uint16_t vector) override { vectors_.mapped(ring, vector); }
  void on_ring_answered(base::Site ring, base::Site by) override { vectors_.answered(ring, by); }
  void on_vectors_reset(uint16_t first, uint16_t count) override { vectors_.reset(first, count); }

  void on_ring(base::Site site, uint64_t address, uint32_t length) override;
  void on_ring_disabled(base::Site site) override;
  void on_request(uint16_t function, uint16_t index, const idpf::MailboxDescriptor& request) override {
    mailbox_.request(function, index, request);
  }
  void on_message(uint16_t function, const idpf::MailboxDescriptor& message, uint16_t index,
                  std::span<const firmware::Refusal> refusals) override {
    mailbox_.message(function, message, index, refusals);
  }
  void on_waiting(uint16_t function, bool waiting) override { mailbox_.waiting(function, waiting); }
  void on_mailbox_reset(uint16_t function) override;

  void on_config_ring(base::Site site, uint64_t address, uint32_t length) override;
  void on_config_refused(base::Site site, uint16_t index, std::optional<size_t> record,
                         idpf::ConfigQueueStatus status, const firmware::Reason& why) override {
    config_queues_.refused(site, index, record, status, why);
  }

  void on_entry_written(uint16_t vector, bool address_or_data, bool live) override {
    vectors_.entry_written(vector, address_or_data, live);
  }
  void on_raised(uint16_t vector, bool masked) override { vectors_.raised(vector, masked); }

 private:
  Reporter reporter_;
  RingChecks rings_;
  TxChecks transmit_;
  InterruptChecks vectors_;
  MailboxChecks mailbox_;
  ConfigQueueChecks config_queues_;
  SaChecks sas_;
};

}  // namespace pspnic::sanitizer
