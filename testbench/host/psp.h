// SPDX-License-Identifier: Apache-2.0
// The control side of PSP: capabilities, receive and transmit SAs, key rotation, over the mailbox. Scripts
// only, except registry() and on_event().
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "model/idpf/psp_ext.h"
#include "testbench/host/anomalies.h"
#include "testbench/host/driver.h"
#include "testbench/host/mailbox.h"
#include "testbench/host/sa_registry.h"

namespace pspnic::host {

class PspControl {
 public:
  PspControl(Mailbox& mailbox, Anomalies& anomalies) : mailbox_(mailbox), anomalies_(anomalies) {}

  // PSP_GET_CAPS, then receive of config.psp_versions, as far as the device has them, is switched on. Throws
  // DriverError when the device cannot do what the configuration asks for.
  void start(uint32_t vport_id, const DriverConfig& config);
  // After a function reset: the device has forgotten all SAs.
  void stop();
  bool available() const { return available_; }

  std::vector<RxSa> allocate_rx_sas(psp::Version version, unsigned count);
  void free_rx_sas(std::span<const uint32_t> spis);
  std::vector<SaHandle> add_tx_sas(std::span<const TxSaRequest> requests);
  bool let_device_build_headers(std::span<const SaHandle> handles, const PspMode& mode);
  void delete_tx_sas(std::span<const SaHandle> handles);
  uint8_t rotate_keys(bool twice);
  void set_receive(uint32_t versions);
  idpf::PspStats statistics();

  void on_event(const idpf::PspEvent& event) {
    if (event.event == idpf::EventCode::kPspKeyRotated) {
      caps_.generation = event.generation;
      caps_.phase = event.phase;
    }
    if (event.event == idpf::EventCode::kPspKeyRetired) registry_.drop_generation(event.generation);
    if (listener_ != nullptr) listener_->on_psp_event(event);
  }
  void set_listener(PspEventListener* listener) { listener_ = listener; }
  void set_device(uint16_t id) { registry_.set_device(id); }

  const idpf::PspCaps& caps() const { return caps_; }
  const RxSaRegistry& registry() const { return registry_; }

  // For requests that do not wait (psp_requests.h).
  RxSaRegistry& registry() { return registry_; }
  uint32_t vport_id() const { return vport_id_; }
  // The first of `count` tags in a row that no slot has been given lately.
  uint16_t take_tags(size_t count);
  void note_rotation(const idpf::PspRotateKey& reply);
  uint32_t last_status() const { return last_status_; }

 private:
  // One message of a bulk request.
  struct Pending {
    Mailbox::Ticket ticket;
    size_t first;
    size_t count;
  };
  // Those under way. An error leaves some behind, whose replies may hold keys.
  struct Window {
    Mailbox& mailbox;
    std::deque<Pending> messages;
    ~Window() {
      for (const Pending& message : messages) mailbox.forget(message.ticket);
    }
  };
  void require(const char* what) const;
  template <class Send, class Take>
  void in_messages(size_t count, size_t per_message, Send send, Take take);
  template <class Message>
  Mailbox::Ticket send(idpf::Opcode opcode, const Message& message);
  bool take_alloc(const MailboxReply& reply, psp::Version version, size_t asked, std::vector<RxSa>& out);
  Mailbox::Ticket send_add(std::span<const TxSaRequest> requests, uint16_t first_tag);
  bool take_add(const MailboxReply& reply, size_t count, uint16_t first_tag, std::vector<SaHandle>& out);
  Mailbox::Ticket send_encapsulation(std::span<const SaHandle> handles, const PspMode& mode);
  bool take_encapsulation(const MailboxReply& reply, size_t count);
  Mailbox::Ticket send_delete(std::span<const SaHandle> handles);
  bool take_delete(const MailboxReply& reply, size_t count);
  std::vector<RxSaRecord> known_rx_sas(std::span<const uint32_t> spis);
  Mailbox::Ticket send_free(std::span<const RxSaRecord> sas);
  bool take_free(const MailboxReply& reply, std::span<const RxSaRecord> sas);
  void note_refusal(idpf::Opcode opcode, size_t index, uint32_t status);
  bool whole_message_ok(idpf::Opcode opcode, const MailboxReply& reply);

  Mailbox& mailbox_;
  Anomalies& anomalies_;
  bool available_ = false;
  uint32_t config_flags_ = 0;  // of PSP_SET_CONFIG
  uint32_t vport_id_ = 0;
  idpf::PspCaps caps_;
  RxSaRegistry registry_;
  uint16_t next_tag_ = 1;
  uint32_t last_status_ = 0;
  PspEventListener* listener_ = nullptr;
};

}  // namespace pspnic::host
