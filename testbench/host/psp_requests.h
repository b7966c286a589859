// SPDX-License-Identifier: Apache-2.0
// PSP requests of a stack that does not wait: for receive SAs, transmit SAs and their end. Over the mailbox
// requests of one kind that wait at the same time share a message; messages go out as the mailbox takes them,
// the kind first whose oldest request has waited longest. Transmit SAs may as well go by config queue, or
// stay with the driver, whose packets then bring their keys along. Nothing here lets time pass.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/idpf/psp_ext.h"
#include "testbench/host/anomalies.h"
#include "testbench/host/driver.h"
#include "testbench/host/mailbox.h"

namespace pspnic::host {

class ConfigQueue;
class InlineKeys;
class PspControl;

// Whose answer it is, how long it took since the request was made, waiting for a message included, and who
// served it: of a key that stays with the driver (kDescriptor) the device knows nothing.
struct PspAnswer {
  uint64_t cookie = 0;
  uint64_t took_ps = 0;
  KeyMode way = KeyMode::kMailbox;
};

// Each request has one answer, that of a key that stays with the driver from inside the request; requests may
// be made from inside an answer.
class PspRequestListener {
 public:
  virtual ~PspRequestListener() = default;
  virtual void on_rx_sa(const PspAnswer& answer, const RxSa* sa) = 0;      // null: refused
  virtual void on_tx_sa(const PspAnswer& answer, const SaHandle& sa) = 0;  // index kNoSa: refused
  virtual void on_tx_sa_deleted(const PspAnswer& answer) = 0;              // the device has wiped the key
  virtual void on_rotated(const PspAnswer& answer, const idpf::PspRotateKey& now, idpf::Status status) = 0;
};

class PspRequests final : private ReplyHandler {
 public:
  struct Limits {
    unsigned bulk = 1;         // entries a message, 1..; less where the device allows less
    unsigned outstanding = 1;  // messages under way, 1..32. Linux has one: a device's commands are serialised
  };

  struct Ways {
    Mailbox& mailbox;
    PspControl& control;
    ConfigQueue& config_queue;
    InlineKeys& inline_keys;
  };

  // For when others have filled the mailbox; on_timer() is told of the timer with this cookie.
  struct Retry {
    uint64_t after_ps;
    uint64_t cookie;
  };

  PspRequests(HostPort& port, const Ways& ways, const Retry& retry, Anomalies& anomalies)
      : port_(port),
        retry_(retry),
        mailbox_(ways.mailbox),
        control_(ways.control),
        config_queue_(ways.config_queue),
        inline_keys_(ways.inline_keys),
        anomalies_(anomalies) {}

  // Before the first request, or that is a std::logic_error; and after each start of the driver.
  void begin(const Limits& limits, PspRequestListener& listener);
  // Forgets all requests, their answers will not come: the function is reset. What is asked for until it
  // begins again is forgotten as well.
  void stop();

  void allocate(psp::Version version, uint64_t cookie);
  // kConfigQueue: the driver's key modes ask for it.
  void add(const TxSaRequest& request, uint64_t cookie, KeyMode way = KeyMode::kMailbox);
  void remove(const SaHandle& handle, uint64_t cookie);  // by the way that it came
  void free(uint32_t spi, uint8_t generation);           // no answer: it is accounting
  void rotate(uint64_t cookie);

  void on_timer();

  // Of the mailbox, without an answer yet; frees count as well.
  size_t pending() const { return waiting() + under_way_entries_; }
  // The same with those of the config queue; and all that were made of either so far.
  size_t unanswered() const;
  uint64_t made() const { return order_; }

 private:
  enum class Kind : uint8_t { kAllocate, kAdd, kRemove, kFree, kRotate, kCount };
  static constexpr size_t kKinds = static_cast<size_t>(Kind::kCount);

  // What a request of any kind needs; the key wipes itself.
  struct Request {
    uint64_t cookie = 0;
    uint64_t order = 0;
    uint64_t asked_ps = 0;
    TxSaRequest sa = {};  // of an allocation only the version
    SaHandle handle = {};
    uint8_t generation = 0;
  };
  struct Message {
    Kind kind = Kind::kAllocate;
    uint16_t first_tag = 0;
    std::vector<Request> requests;  // empty: free
  };

  bool accepts() const;
  void enqueue(Kind kind, Request request);
  size_t waiting() const;
  void pump();
  std::optional<Kind> oldest() const;
  size_t most(Kind kind) const;
  bool send(Kind kind, Message& message);
  bool post(const Message& message, uint64_t slot);
  void try_again_later();
  void on_reply(uint64_t cookie, MailboxReply reply) override;
  void take(const Message& message, const MailboxReply& reply);
  template <idpf::WireHeader H>
  void look_at_entries(idpf::Opcode opcode, const Message& message, const MailboxReply& reply);
  template <idpf::WireHeader H>
  bool whole(idpf::Opcode opcode, const Message& message, const MailboxReply& reply);
  SaHandle added(const MailboxReply& reply, size_t index, uint16_t tag);
  void take_removed(const Message& message, const MailboxReply& reply);
  void take_allocated(const Message& message, const MailboxReply& reply);
  void take_added(const Message& message, const MailboxReply& reply);
  void take_rotated(const Message& message, const MailboxReply& reply);
  PspAnswer answer(uint64_t cookie, uint64_t asked_ps, KeyMode way) const;
  PspAnswer answer(const Request& request) const;
  void complain(idpf::Opcode opcode, const std::string& rule);

  HostPort& port_;
  const Retry retry_;
  Mailbox& mailbox_;
  PspControl& control_;
  ConfigQueue& config_queue_;
  InlineKeys& inline_keys_;
  Anomalies& anomalies_;
  PspRequestListener* listener_ = nullptr;
  bool begun_ = false;  // ever
  Limits limits_;
  uint64_t order_ = 0;
  uint64_t epoch_ = 0;  // answers to what was asked before a stop are nobody's
  bool pumping_ = false;
  bool retry_set_ = false;
  std::array<std::deque<Request>, kKinds> queues_;
  std::vector<Message> messages_;  // by cookie of the mailbox
  size_t under_way_ = 0;           // messages
  size_t under_way_entries_ = 0;
};

}  // namespace pspnic::host
