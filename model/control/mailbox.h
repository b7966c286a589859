// SPDX-License-Identifier: Apache-2.0
// The mailbox rings: takes requests of the driver from the transmit ring (ATQ) and puts messages for it into
// buffers of the receive ring (ARQ).
//
// Waits for: tails, DMA, buffers on the receive ring. Takes: the DMA engine's time; one descriptor at a time
// each way. Drops: nothing; messages wait until the driver offers a buffer. Rules: IDPF 1.0, mailbox chapter.
// Descriptors are acknowledged as soon as their payload has been copied, as drivers expect.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/hardware.h"
#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/base/violation.h"
#include "model/idpf/registers.h"
#include "model/pcie/dma.h"
#include "model/queue/interrupts.h"

namespace pspnic::control {

class MailboxListener {
 public:
  virtual ~MailboxListener() = default;
  virtual void on_request(firmware::MailboxMessage request) = 0;
};

class Mailbox {
 public:
  static constexpr uint16_t kVector = 0;

  struct Ports {
    base::EventQueue& events;
    pcie::DmaEngine& dma;
    base::PacketPool& pool;
    queue::Interrupts& interrupts;
    base::ViolationLog& violations;
    MailboxListener& listener;
  };

  Mailbox(base::StatGroup& parent, const Ports& ports);

  // Registers ARQBAL … ATQT.
  uint32_t read(idpf::Register id) const;
  void write(idpf::Register id, uint32_t value);

  void send(firmware::MailboxMessage message);
  void reset();

 private:
  static constexpr uint32_t kDescriptorBytes = idpf::kMailboxDescriptorBytes;

  struct Ring {
    uint64_t base = 0;
    uint32_t length_register = 0;  // as written
    uint16_t head = 0;
    uint32_t tail = 0;     // as written
    bool busy = false;     // a descriptor is being worked on
    uint64_t session = 0;  // one more each time the driver sets the ring up: what was under way is void
    std::array<uint8_t, kDescriptorBytes> descriptor{};

    uint16_t length() const { return static_cast<uint16_t>(length_register & idpf::kMbxLenMask); }
    bool enabled() const { return (length_register & idpf::kMbxLenEnable) != 0 && length() > 0; }
    uint64_t address() const { return base + uint64_t{head} * kDescriptorBytes; }
  };

  void write_ring(Ring& ring, uint32_t index, uint32_t value);
  bool runnable(Ring& ring, const char* name);
  void stop(Ring& ring, const char* name, const char* field, const char* rule, uint64_t seen);

  void next_request();
  void on_request_descriptor(uint64_t session, pcie::DmaStatus status);
  void on_request_payload(uint64_t session, pcie::DmaStatus status);
  void acknowledge(bool payload_read);

  void next_message();
  void on_buffer_descriptor(uint64_t session, pcie::DmaStatus status);

  Ports ports_;
  Ring transmit_;  // ATQ
  Ring receive_;   // ARQ
  firmware::MailboxMessage request_;
  base::Ring<firmware::MailboxMessage> outgoing_;
  base::StatGroup group_;
  base::Counter requests_{group_, "requests", "message", "Requests taken from the driver"};
  base::Counter messages_{group_, "messages", "message", "Replies and events written for the driver"};
};

}  // namespace pspnic::control
