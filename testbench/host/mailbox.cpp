// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/mailbox.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/host/driver.h"

namespace pspnic::host {
namespace {

constexpr uint64_t kPsPerMs = 1'000'000'000;
constexpr uint64_t kMaxBackOff = 64;  // the wait between two looks grows to this many first waits

std::string name(idpf::Opcode opcode) {
  return fmt::format("{} ({})", idpf::opcode_name(opcode), static_cast<uint32_t>(opcode));
}

}  // namespace

Mailbox::Mailbox(HostPort& port, MailboxTiming timing, MailboxEvents& events, DriverStats& stats,
                 Anomalies& anomalies)
    : port_(port), timing_(timing), events_(events), stats_(stats), anomalies_(anomalies) {}

Mailbox::~Mailbox() {
  for (Transaction& transaction : transactions_) net::wipe(transaction.payload);
}

std::span<uint8_t, idpf::kMailboxDescriptorBytes> Mailbox::slot(DmaBuffer& ring, unsigned index) {
  return ring.bytes.subspan(index * idpf::kMailboxDescriptorBytes).first<idpf::kMailboxDescriptorBytes>();
}

std::span<uint8_t> Mailbox::buffer(DmaBuffer& buffers, unsigned index) {
  return buffers.bytes.subspan(index * idpf::kMailboxBufferBytes, idpf::kMailboxBufferBytes);
}

void Mailbox::start(const MailboxRegisters& registers) {
  registers_ = registers;
  constexpr size_t kRingBytes = kEntries * idpf::kMailboxDescriptorBytes;
  constexpr size_t kBuffersBytes = kEntries * idpf::kMailboxBufferBytes;
  atq_ = port_.allocate(kRingBytes, kRingAlignment);
  arq_ = port_.allocate(kRingBytes, kRingAlignment);
  atq_buffers_ = port_.allocate(kBuffersBytes, kRingAlignment);
  arq_buffers_ = port_.allocate(kBuffersBytes, kRingAlignment);
  atq_next_ = atq_clean_ = arq_next_ = arq_post_ = 0;
  for (Transaction& transaction : transactions_) transaction.state = Transaction::State::kFree;
  for (unsigned i = 0; i + 1 < kEntries; ++i) {
    free_receive_buffer_ = static_cast<uint8_t>(i);
    post_receive_buffer();
  }
  free_receive_buffer_ = kEntries - 1;
  running_ = true;
  program_registers();
}

void Mailbox::program_registers() {
  const auto write = [this](uint32_t offset, uint64_t value) {
    port_.write32(Space::kBar0, offset, static_cast<uint32_t>(value));
  };
  write(registers_.atqh, 0);
  write(registers_.atqbal, atq_.iova);
  write(registers_.atqbah, atq_.iova >> 32);
  write(registers_.atqlen, kEntries | idpf::kMbxLenEnable);
  // The tail comes before base and length: every driver does it in this order.
  write(registers_.arqt, arq_post_);
  write(registers_.arqh, 0);
  write(registers_.arqbal, arq_.iova);
  write(registers_.arqbah, arq_.iova >> 32);
  write(registers_.arqlen, kEntries | idpf::kMbxLenEnable);
}

void Mailbox::abandon() {
  running_ = false;
  net::wipe(atq_buffers_.bytes);
  net::wipe(arq_buffers_.bytes);
  for (Transaction& transaction : transactions_) {
    net::wipe(transaction.payload);
    transaction.state = Transaction::State::kFree;
  }
}

void Mailbox::stop() {
  if (!running_) return;
  abandon();
  for (DmaBuffer* memory : {&atq_, &arq_, &atq_buffers_, &arq_buffers_}) {
    port_.free(*memory);
    *memory = {};
  }
}

void Mailbox::post_receive_buffer() {
  const uint8_t index = free_receive_buffer_;
  arq_buffer_of_[arq_post_] = index;
  idpf::MailboxDescriptor descriptor;
  descriptor.flags = idpf::kMbxFlagsRequest;
  descriptor.datalen = idpf::kMailboxBufferBytes;
  descriptor.address = arq_buffers_.iova + index * idpf::kMailboxBufferBytes;
  descriptor.encode(slot(arq_, arq_post_));
  arq_post_ = (arq_post_ + 1) % kEntries;
}

void Mailbox::reclaim() {
  while (atq_clean_ != atq_next_) {
    const auto bytes = slot(atq_, atq_clean_);
    const auto descriptor = idpf::MailboxDescriptor::decode(bytes);
    if ((descriptor.flags & idpf::kMbxFlagDd) == 0) return;
    if ((descriptor.flags & idpf::kMbxFlagErr) != 0 || descriptor.ret_val != 0) {
      anomalies_.add(
          fmt::format("mailbox: the device refused request descriptor {}: flags {:#06x}, ret_val {}",
                      atq_clean_, descriptor.flags, descriptor.ret_val));
    }
    net::wipe(buffer(atq_buffers_, atq_clean_));
    net::wipe(bytes);
    atq_clean_ = (atq_clean_ + 1) % kEntries;
  }
}

Mailbox::Transaction* Mailbox::free_transaction() {
  const auto is_free = [](const Transaction& t) { return t.state == Transaction::State::kFree; };
  const auto found = std::find_if(transactions_.begin(), transactions_.end(), is_free);
  return found == transactions_.end() ? nullptr : &*found;
}

void Mailbox::begin(Transaction& transaction, idpf::Opcode opcode) {
  transaction.state = Transaction::State::kWaiting;
  transaction.salt = ++salt_;
  transaction.opcode = opcode;
  transaction.sent_ps = port_.now_ps();
  transaction.handler = nullptr;
}

// The ring is not full.
void Mailbox::put(const Transaction& transaction, std::span<const uint8_t> payload) {
  const auto index = static_cast<size_t>(&transaction - transactions_.data());
  std::copy(payload.begin(), payload.end(), buffer(atq_buffers_, atq_next_).begin());
  idpf::MailboxDescriptor descriptor;
  descriptor.flags = payload.empty() ? uint16_t{0} : idpf::kMbxFlagsRequest;
  descriptor.opcode = idpf::MailboxOpcode::kSendToCp;
  descriptor.datalen = static_cast<uint16_t>(payload.size());
  descriptor.v_opcode = transaction.opcode;
  descriptor.sw_cookie = static_cast<uint16_t>(size_t{transaction.salt} << 8 | index);
  descriptor.address = payload.empty() ? 0 : atq_buffers_.iova + atq_next_ * idpf::kMailboxBufferBytes;
  descriptor.encode(slot(atq_, atq_next_));
  atq_next_ = (atq_next_ + 1) % kEntries;
  ++stats_.mailbox_requests;
  port_.write32(Space::kBar0, registers_.atqt, atq_next_);
}

Mailbox::Ticket Mailbox::send(idpf::Opcode opcode, std::span<const uint8_t> payload) {
  if (!running_) throw DriverError(fmt::format("mailbox: {}: the driver is not started", name(opcode)));
  if (payload.size() > idpf::kMailboxBufferBytes) {
    throw DriverError(
        fmt::format("mailbox: {}: {} bytes are more than a buffer holds", name(opcode), payload.size()));
  }
  Transaction* transaction = free_transaction();
  if (transaction == nullptr) throw DriverError("mailbox: more requests under way than the ring holds");
  begin(*transaction, opcode);
  reclaim();
  while (ring_full()) {
    if (port_.now_ps() - transaction->sent_ps >= timing_.timeout_ps) {
      fail_timeout(*transaction, "no free request descriptor");
    }
    port_.delay(timing_.poll_ps);
    reclaim();
  }
  put(*transaction, payload);
  return static_cast<Ticket>(transaction - transactions_.data());
}

bool Mailbox::post(idpf::Opcode opcode, std::span<const uint8_t> payload, ReplyHandler& handler,
                   uint64_t cookie) {
  if (!running_ || payload.size() > idpf::kMailboxBufferBytes) return false;
  reclaim();
  Transaction* transaction = free_transaction();
  if (transaction == nullptr || ring_full()) return false;
  begin(*transaction, opcode);
  transaction->handler = &handler;
  transaction->cookie = cookie;
  put(*transaction, payload);
  return true;
}

MailboxReply Mailbox::wait(Ticket ticket) {
  Transaction& transaction = transactions_.at(ticket);
  uint64_t pause_ps = timing_.poll_ps;
  for (;;) {
    poll();
    reclaim();
    if (transaction.state == Transaction::State::kDone) break;
    if (port_.now_ps() - transaction.sent_ps >= timing_.timeout_ps) fail_timeout(transaction, "no reply");
    port_.delay(pause_ps);
    pause_ps = std::min(pause_ps * 2, timing_.poll_ps * kMaxBackOff);
  }
  return take(transaction);
}

void Mailbox::forget(Ticket ticket) {
  Transaction& transaction = transactions_.at(ticket);
  if (transaction.handler != nullptr) return;  // a reset has forgotten it, and the transaction serves another
  if (transaction.state == Transaction::State::kWaiting) transaction.handler = &nobody_;
  if (transaction.state == Transaction::State::kDone) (void)take(transaction);
}

MailboxReply Mailbox::take(Transaction& transaction) {
  MailboxReply reply;
  reply.status = transaction.status;
  reply.payload.swap(transaction.payload);
  transaction.state = Transaction::State::kFree;
  return reply;
}

MailboxReply Mailbox::call(idpf::Opcode opcode, std::span<const uint8_t> payload) {
  MailboxReply reply = wait(send(opcode, payload));
  if (reply.status != idpf::Status::kSuccess) {
    throw DriverError(fmt::format("mailbox: {}: refused with {} ({})", name(opcode),
                                  idpf::status_name(reply.status), static_cast<uint32_t>(reply.status)));
  }
  return reply;
}

void Mailbox::poll() {
  if (!running_) return;
  reclaim();  // requests may hold keys
  for (;;) {
    const auto bytes = slot(arq_, arq_next_);
    if ((bytes[0] & idpf::kMbxFlagDd) == 0 || arq_next_ == arq_post_) return;
    const auto descriptor = idpf::MailboxDescriptor::decode(bytes);
    free_receive_buffer_ = arq_buffer_of_[arq_next_];
    const std::span<uint8_t> payload = buffer(arq_buffers_, free_receive_buffer_);
    const size_t length = std::min<size_t>(descriptor.datalen, payload.size());
    receive(descriptor, payload.first(length));
    net::wipe(payload.first(length));
    net::wipe(bytes);
    arq_next_ = (arq_next_ + 1) % kEntries;
    post_receive_buffer();
    port_.write32(Space::kBar0, registers_.arqt, arq_post_);
  }
}

void Mailbox::receive(const idpf::MailboxDescriptor& descriptor, std::span<const uint8_t> payload) {
  const auto wrong = [&](const char* rule) {
    anomalies_.add(fmt::format("mailbox: message {} dropped: {}", name(descriptor.v_opcode), rule));
  };
  if ((descriptor.flags & idpf::kMbxFlagErr) != 0) return wrong("flag ERR is set");
  if (descriptor.opcode != idpf::MailboxOpcode::kSendToPeerDriver) return wrong("opcode is not 0x0804");
  if (descriptor.datalen > idpf::kMailboxBufferBytes) return wrong("datalen is above 4096");
  if (!descriptor.has_payload()) return wrong("it has no payload");
  if (descriptor.v_opcode == idpf::Opcode::kEvent) {
    ++stats_.mailbox_events;
    return events_.on_mailbox_event(payload);
  }
  complete(descriptor, payload);
}

void Mailbox::complete(const idpf::MailboxDescriptor& descriptor, std::span<const uint8_t> payload) {
  const auto wrong = [&](const char* rule) {
    anomalies_.add(fmt::format("mailbox: reply to {} with cookie {:#06x} dropped: {}",
                               name(descriptor.v_opcode), descriptor.sw_cookie, rule));
  };
  const unsigned index = descriptor.sw_cookie & 0xff;
  if (index >= kTransactions) return wrong("no such transaction");
  Transaction& transaction = transactions_[index];
  if (transaction.state != Transaction::State::kWaiting) return wrong("nobody waits for it");
  if (transaction.salt != descriptor.sw_cookie >> 8) return wrong("its salt does not match");
  if (transaction.opcode != descriptor.v_opcode) {
    // As Linux: the transaction has failed, the answer is for another request.
    wrong("the request had another opcode");
    transaction.status = idpf::Status::kEinval;
    transaction.payload.clear();
  } else {
    transaction.status = descriptor.v_retval;
    transaction.payload.assign(payload.begin(), payload.end());
  }
  transaction.state = Transaction::State::kDone;
  if (transaction.handler == nullptr) return;
  ReplyHandler& handler = *transaction.handler;
  handler.on_reply(transaction.cookie, take(transaction));
}

void Mailbox::fail_short(idpf::Opcode opcode, size_t bytes, size_t needed) {
  throw DriverError(
      fmt::format("mailbox: {}: the reply has {} bytes, {} are needed", name(opcode), bytes, needed));
}

void Mailbox::fail_timeout(const Transaction& transaction, const char* what) {
  const idpf::Opcode opcode = transaction.opcode;
  // A late reply finds another salt.
  transactions_[static_cast<size_t>(&transaction - transactions_.data())].state = Transaction::State::kFree;
  throw DriverError(
      fmt::format("mailbox: {}: {} within {} ms", name(opcode), what, timing_.timeout_ps / kPsPerMs));
}

}  // namespace pspnic::host
