// SPDX-License-Identifier: Apache-2.0
// The driver's end of the virtchnl2 mailbox: two rings of 64 descriptors, buffers of 4096 bytes, replies
// matched by cookie (salt and transaction index) as Linux does. All members are for scripts except poll()
// and post().
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "model/idpf/mailbox.h"
#include "model/idpf/virtchnl2_opcodes.h"
#include "model/idpf/wire.h"
#include "model/net/wipe.h"
#include "testbench/host/anomalies.h"
#include "testbench/host/function_registers.h"
#include "testbench/host/host_port.h"
#include "testbench/host/stats.h"

namespace pspnic::host {

struct MailboxTiming {
  uint64_t poll_ps = 0;     // first wait for a reply
  uint64_t timeout_ps = 0;  // from the request
};

class MailboxEvents {
 public:
  virtual ~MailboxEvents() = default;
  virtual void on_mailbox_event(std::span<const uint8_t> payload) = 0;
};

// Wiped when it dies, since it may hold keys.
struct MailboxReply {
  idpf::Status status = idpf::Status::kSuccess;
  std::vector<uint8_t> payload;

  MailboxReply() = default;
  MailboxReply(MailboxReply&&) = default;
  MailboxReply& operator=(MailboxReply&&) = delete;
  ~MailboxReply() { net::wipe(payload); }
};

// Hears of the answers to what was posted; may post again.
class ReplyHandler {
 public:
  virtual ~ReplyHandler() = default;
  virtual void on_reply(uint64_t cookie, MailboxReply reply) = 0;
};

class Mailbox {
 public:
  Mailbox(HostPort& port, MailboxTiming timing, MailboxEvents& events, DriverStats& stats,
          Anomalies& anomalies);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Allocates the rings, posts 63 receive buffers, programs the registers.
  void start(const MailboxRegisters& registers = kPhysicalRegisters.mailbox);
  // Gives the memory back; the device must have been reset.
  void stop();
  // Forgets it instead, when the device may still write to it.
  void abandon();

  // Hands out a ticket for wait(). Several requests may be under way; when all descriptors are in use it
  // waits.
  using Ticket = uint8_t;
  Ticket send(idpf::Opcode opcode, std::span<const uint8_t> payload);
  // DriverError, naming the opcode, after timing.timeout_ps.
  MailboxReply wait(Ticket ticket);
  // Instead of wait(): nobody wants the reply. No time passes; when it comes, it is wiped.
  void forget(Ticket ticket);

  // For who does not wait: the answer goes to `handler`, with the cookie, at the poll that finds it. False,
  // and nothing is sent: the mailbox is stopped, or no descriptor is free; one will be when an answer comes.
  bool post(idpf::Opcode opcode, std::span<const uint8_t> payload, ReplyHandler& handler, uint64_t cookie);
  // Both of send() and wait(), and DriverError for any status but success.
  MailboxReply call(idpf::Opcode opcode, std::span<const uint8_t> payload);
  // The same for a message of fixed size, both directions; DriverError for a shorter reply.
  template <idpf::WireStruct T>
  T call(idpf::Opcode opcode, const T& request);
  // The struct at the start of the reply.
  template <idpf::WireStruct T>
  static T head(idpf::Opcode opcode, const MailboxReply& reply);

  // Takes in all replies and events that are there.
  void poll();

 private:
  static constexpr unsigned kEntries = idpf::kMailboxRingLen;
  static constexpr unsigned kTransactions = kEntries - 1;

  struct Nobody final : ReplyHandler {
    void on_reply(uint64_t, MailboxReply) override {}
  };

  struct Transaction {
    enum class State : uint8_t { kFree, kWaiting, kDone } state = State::kFree;
    uint8_t salt = 0;
    idpf::Opcode opcode = idpf::Opcode::kUnknown;
    uint64_t sent_ps = 0;
    idpf::Status status = idpf::Status::kSuccess;
    std::vector<uint8_t> payload;
    ReplyHandler* handler = nullptr;  // of post()
    uint64_t cookie = 0;
  };

  [[noreturn]] static void fail_short(idpf::Opcode opcode, size_t bytes, size_t needed);
  [[noreturn]] void fail_timeout(const Transaction& transaction, const char* what);
  void program_registers();
  void post_receive_buffer();
  void reclaim();
  Transaction* free_transaction();
  void begin(Transaction& transaction, idpf::Opcode opcode);
  bool ring_full() const { return (atq_next_ + 1) % kEntries == atq_clean_; }
  static MailboxReply take(Transaction& transaction);
  void put(const Transaction& transaction, std::span<const uint8_t> payload);
  void receive(const idpf::MailboxDescriptor& descriptor, std::span<const uint8_t> payload);
  void complete(const idpf::MailboxDescriptor& descriptor, std::span<const uint8_t> payload);
  std::span<uint8_t, idpf::kMailboxDescriptorBytes> slot(DmaBuffer& ring, unsigned index);
  std::span<uint8_t> buffer(DmaBuffer& buffers, unsigned index);

  HostPort& port_;
  MailboxRegisters registers_ = kPhysicalRegisters.mailbox;
  const MailboxTiming timing_;
  MailboxEvents& events_;
  DriverStats& stats_;
  Anomalies& anomalies_;
  bool running_ = false;
  DmaBuffer atq_, arq_;                  // rings
  DmaBuffer atq_buffers_, arq_buffers_;  // one buffer a descriptor
  unsigned atq_next_ = 0;                // to fill
  unsigned atq_clean_ = 0;               // to reclaim
  unsigned arq_next_ = 0;                // to read
  unsigned arq_post_ = 0;                // to post; the one slot without a buffer
  std::array<uint8_t, kEntries> arq_buffer_of_{};
  uint8_t free_receive_buffer_ = 0;
  std::array<Transaction, kTransactions> transactions_;
  uint8_t salt_ = 0;
  Nobody nobody_;
};

template <idpf::WireStruct T>
T Mailbox::head(idpf::Opcode opcode, const MailboxReply& reply) {
  const auto value = idpf::read_at<T>(reply.payload);
  if (!value) fail_short(opcode, reply.payload.size(), sizeof(T));
  return *value;
}

template <idpf::WireStruct T>
T Mailbox::call(idpf::Opcode opcode, const T& request) {
  std::array<uint8_t, sizeof(T)> bytes;
  std::memcpy(bytes.data(), &request, sizeof(T));
  return head<T>(opcode, call(opcode, std::span<const uint8_t>(bytes)));
}

}  // namespace pspnic::host
