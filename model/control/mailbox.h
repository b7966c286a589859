// SPDX-License-Identifier: Apache-2.0
// The mailbox rings: takes requests of the driver from the transmit ring (ATQ) and puts messages for it into
// buffers of the receive ring (ARQ).
//
// Waits for: tails, DMA, buffers on the receive ring. Takes: the DMA engine's time. Consecutive descriptors
// are read in one burst, and the next burst while payloads are on their way; requests are acknowledged in the
// order of the ring, each as soon as its payload has been copied, as drivers expect, and as its listener has
// room and fewer than kMaxWaiting messages wait, for buffers or before that for the device. Drops: nothing;
// messages wait until the driver offers a buffer, but of events no more than another kMaxWaiting: then
// ARQLEN.OVFL is set. Rules: IDPF 1.0, mailbox chapter.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firmware/hardware.h"
#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/params.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/base/violation.h"
#include "model/idpf/registers.h"
#include "model/pcie/dma.h"
#include "model/queue/interrupts.h"

namespace pspnic::control {

struct MailboxParams {
  unsigned burst = 8;
  unsigned outstanding = 16;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("burst", burst, 1u, 64u, "Descriptors of a mailbox ring read at a time, at most",
            "Assumed: 8 of 32 bytes are one PCIe request of 256 bytes");
    v.value("outstanding", outstanding, 1u, 64u, "Requests that may be on their way from the ring at a time",
            "Assumed: two bursts, so that descriptors are read while payloads are; drivers' rings have 64");
  }
};

class MailboxListener {
 public:
  virtual ~MailboxListener() = default;
  virtual void on_request(firmware::MailboxMessage request) = 0;
  // False: it wants no more until it calls Mailbox::resume().
  virtual bool has_room() const { return true; }
  // Requests taken whose answers have still to come, behind those that has_room() is about.
  virtual size_t unanswered() const { return 0; }
};

// Who looks on, and changes nothing; null: nobody. `function`: whose mailbox it is.
class MailboxWatch {
 public:
  virtual ~MailboxWatch() = default;
  // A ring has been enabled.
  virtual void on_ring(base::Site site, uint64_t address, uint32_t length) = 0;
  virtual void on_ring_disabled(base::Site site) = 0;
  virtual void on_request(uint16_t function, uint16_t index, const idpf::MailboxDescriptor& request) = 0;
  // It goes into a buffer of the driver. `index`: of the request's descriptor, if it is an answer;
  // `refusals`: why it, or entries of it, were refused.
  virtual void on_message(uint16_t function, const idpf::MailboxDescriptor& message, uint16_t index,
                          std::span<const firmware::Refusal> refusals) = 0;
  // Messages wait for a buffer, or do not any more.
  virtual void on_waiting(uint16_t function, bool waiting) = 0;
  // All of the mailbox is forgotten.
  virtual void on_mailbox_reset(uint16_t function) = 0;
};

class Mailbox {
 public:
  struct Ports {
    base::EventQueue& events;
    pcie::DmaEngine& dma;
    base::PacketPool& pool;
    queue::Interrupts& interrupts;
    base::ViolationLog& violations;
    MailboxListener& listener;
    uint16_t vector = 0;    // of the card
    uint16_t function = 0;  // whose it is; 0: the physical one's
  };

  Mailbox(base::StatGroup& parent, const MailboxParams& params, const Ports& ports);

  // Registers ARQBAL … ATQT.
  uint32_t read(idpf::Register id) const;
  void write(idpf::Register id, uint32_t value);

  void send(firmware::MailboxMessage message);
  // The listener has room again, or fewer answers to give.
  void resume() { acknowledge_ready(); }
  void set_watch(MailboxWatch* watch) { watch_ = watch; }
  static constexpr size_t kMaxWaiting = 256;  // more than any driver has requests under way
  // For tests: where payloads lie between DMA and listener.
  std::span<const uint8_t> payload_memory() const { return payloads_; }
  // `reads_forgotten`: the DMA engine has been reset as well.
  void reset(bool reads_forgotten = true);
  // Whether memory of the driver is being read, also for rings of before.
  bool reading() const { return reads_ > 0; }

 private:
  static constexpr uint32_t kDescriptorBytes = idpf::kMailboxDescriptorBytes;

  struct Ring {
    uint64_t base = 0;
    uint32_t length_register = 0;  // as written
    uint16_t head = 0;
    uint32_t tail = 0;     // as written
    uint16_t fetched = 0;  // descriptor up to which reads have been asked for
    uint32_t session = 0;  // one more each time the driver sets the ring up: what was under way is void

    uint16_t length() const { return static_cast<uint16_t>(length_register & idpf::kMbxLenMask); }
    bool enabled() const { return (length_register & idpf::kMbxLenEnable) != 0 && length() > 0; }
    uint64_t address(uint16_t index) const { return base + uint64_t{index} * kDescriptorBytes; }
    // Descriptors that can be read in one go.
    uint32_t fetchable() const { return (tail >= fetched ? tail : length()) - fetched; }
  };

  // A request on its way, by place in a circle of `outstanding`.
  struct Slot {
    enum class State : uint8_t { kReading, kReady, kRefused, kRingFault };
    State state = State::kReading;
    pcie::DmaStatus status = pcie::DmaStatus::kOk;  // of what failed
    idpf::MailboxDescriptor descriptor;
  };

  pcie::Requester requester() const { return {pcie::Requester::Kind::kMailbox, ports_.function}; }
  base::Site site_of(const Ring& ring) const;
  void write_ring(Ring& ring, uint32_t index, uint32_t value);
  bool runnable(Ring& ring);
  uint32_t take_burst(Ring& ring, uint32_t room);
  void forget(Ring& ring);
  void report(const Ring& ring, base::DriverRule rule, const char* field, uint64_t seen,
              std::string expected = {});
  void stop(Ring& ring, base::DriverRule rule, const char* field, uint64_t seen, std::string expected = {});

  void fetch_requests();
  void on_request_descriptors(uint64_t read, pcie::DmaStatus status);
  void read_payload(uint32_t place);
  void on_request_payload(uint64_t read, pcie::DmaStatus status);
  bool may_take() const {
    return ports_.listener.has_room() && outgoing_.size() + ports_.listener.unanswered() < kMaxWaiting;
  }
  void acknowledge_ready();
  void acknowledge(uint32_t place);
  std::span<uint8_t> payload(uint32_t place) {
    return std::span(payloads_).subspan(place * idpf::kMailboxBufferBytes, idpf::kMailboxBufferBytes);
  }
  uint32_t place_after(uint32_t place, uint32_t by) const { return (place + by) % params_.outstanding; }

  void next_messages();
  void on_buffer_descriptors(uint64_t read, pcie::DmaStatus status);
  bool deliver(std::span<uint8_t, kDescriptorBytes> posted);

  MailboxParams params_;
  Ports ports_;
  MailboxWatch* watch_ = nullptr;
  Ring transmit_;  // ATQ
  std::vector<Slot> slots_;
  std::vector<uint8_t> descriptors_;  // as read, by slot
  std::vector<uint8_t> payloads_;     // by slot; wiped once passed on
  uint32_t oldest_ = 0;               // slot of the descriptor at the ring's head
  uint32_t under_way_ = 0;
  Ring receive_;                  // ARQ
  std::vector<uint8_t> buffers_;  // posted descriptors of one burst
  bool reading_buffers_ = false;
  uint32_t reads_ = 0;  // under way
  base::Ring<firmware::MailboxMessage> outgoing_;
  base::StatGroup group_;
  base::Counter requests_{group_, "requests", "message", "Requests taken from the driver"};
  base::Counter lost_events_{group_, "lost_events", "message",
                             "Events given up, the driver posting no buffers"};
  base::Counter messages_{group_, "messages", "message", "Replies and events written for the driver"};
};

}  // namespace pspnic::control
