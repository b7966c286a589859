// SPDX-License-Identifier: Apache-2.0
#include "model/control/mailbox.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace pspnic::control {

namespace {

using idpf::Register;
using pcie::DmaStatus;

constexpr pcie::Requester kRequester{pcie::Requester::Kind::kMailbox, 0};

// The five registers of a ring, in the order of their enumeration.
enum Index : uint32_t { kBaseLow, kBaseHigh, kLength, kHead, kTail };

}  // namespace

Mailbox::Mailbox(base::StatGroup& parent, const Ports& ports) : ports_(ports), group_(parent, "mailbox") {}

uint32_t Mailbox::read(Register id) const {
  const bool receive = id <= Register::kArqt;
  const Ring& ring = receive ? receive_ : transmit_;
  switch (static_cast<uint32_t>(id) -
          static_cast<uint32_t>(receive ? Register::kArqbal : Register::kAtqbal)) {
    case kBaseLow:
      return static_cast<uint32_t>(ring.base);
    case kBaseHigh:
      return static_cast<uint32_t>(ring.base >> 32);
    case kLength:
      return ring.length_register;
    case kHead:
      return ring.head;
    default:
      return ring.tail;
  }
}

void Mailbox::write(Register id, uint32_t value) {
  const bool receive = id <= Register::kArqt;
  const auto first = static_cast<uint32_t>(receive ? Register::kArqbal : Register::kAtqbal);
  write_ring(receive ? receive_ : transmit_, static_cast<uint32_t>(id) - first, value);
  if (receive) {
    next_message();
  } else {
    next_request();
  }
}

void Mailbox::write_ring(Ring& ring, uint32_t index, uint32_t value) {
  if (index != kTail) {
    ring.busy = false;
    ring.session++;
  }
  switch (index) {
    case kBaseLow:
      ring.base = (ring.base & ~uint64_t{0xffff'ffff}) | value;
      break;
    case kBaseHigh:
      ring.base = (ring.base & 0xffff'ffff) | uint64_t{value} << 32;
      break;
    case kLength:
      ring.length_register = value;
      break;
    case kHead:
      ring.head = static_cast<uint16_t>(value & idpf::kMbxHeadMask);
      break;
    default:
      ring.tail = value & idpf::kMbxHeadMask;
      break;
  }
}

void Mailbox::stop(Ring& ring, const char* name, const char* field, const char* rule, uint64_t seen) {
  ring.length_register = (ring.length_register & ~idpf::kMbxLenEnable) | idpf::kMbxLenCrit;
  ring.busy = false;
  ports_.violations.report({ports_.events.now(),
                            "mailbox ring " + std::string(name) + ", descriptor " + std::to_string(ring.head),
                            field, rule, std::to_string(seen)});
}

// Enabled, idle, and with something between head and tail.
bool Mailbox::runnable(Ring& ring, const char* name) {
  if (!ring.enabled() || ring.busy || ring.head == ring.tail) return false;
  if (ring.tail >= ring.length() || ring.head >= ring.length()) {
    stop(ring, name, ring.tail >= ring.length() ? "tail" : "head", "must be smaller than the ring's length",
         ring.tail >= ring.length() ? ring.tail : ring.head);
    return false;
  }
  return true;
}

void Mailbox::next_request() {
  if (!runnable(transmit_, "ATQ")) return;
  transmit_.busy = true;
  ports_.dma.read(transmit_.address(), transmit_.descriptor,
                  pcie::ReadCallback::to<&Mailbox::on_request_descriptor>(*this), transmit_.session,
                  pcie::ReadFor::kMailbox);
}

void Mailbox::on_request_descriptor(uint64_t session, DmaStatus status) {
  if (session != transmit_.session) return;
  if (status != DmaStatus::kOk) {
    stop(transmit_, "ATQ", "base", pcie::broken_rule(status, "the ring must lie in host memory"),
         transmit_.base);
    return;
  }
  request_.descriptor = idpf::MailboxDescriptor::decode(transmit_.descriptor);
  request_.forget_payload();
  const uint16_t length = request_.descriptor.datalen;
  if (!request_.descriptor.has_payload() || length > idpf::kMailboxBufferBytes) {
    if (request_.descriptor.has_payload()) {
      ports_.violations.report({ports_.events.now(),
                                "mailbox ring ATQ, descriptor " + std::to_string(transmit_.head), "datalen",
                                "a message has at most 4096 bytes", std::to_string(length)});
    }
    acknowledge(true);
    return;
  }
  request_.payload.resize(length);
  ports_.dma.read(request_.descriptor.address, request_.payload,
                  pcie::ReadCallback::to<&Mailbox::on_request_payload>(*this), transmit_.session,
                  pcie::ReadFor::kMailbox);
}

void Mailbox::on_request_payload(uint64_t session, DmaStatus status) {
  if (session != transmit_.session) {
    request_.forget_payload();  // reads end in order: nothing of the new session is there yet
    return;
  }
  if (status != DmaStatus::kOk) {
    ports_.violations.report({ports_.events.now(),
                              "mailbox ring ATQ, descriptor " + std::to_string(transmit_.head), "addr",
                              pcie::broken_rule(status, "the payload must lie in host memory"),
                              std::to_string(request_.descriptor.address)});
  }
  acknowledge(status == DmaStatus::kOk);
}

void Mailbox::acknowledge(bool payload_read) {
  if (!payload_read) request_.forget_payload();
  idpf::MailboxDescriptor done = request_.descriptor;
  done.flags |= idpf::kMbxFlagDd | idpf::kMbxFlagCmp;
  done.ret_val = 0;
  done.encode(transmit_.descriptor);
  ports_.dma.write(kRequester, transmit_.address(), transmit_.descriptor);
  transmit_.head = static_cast<uint16_t>((transmit_.head + 1) % transmit_.length());
  transmit_.busy = false;
  requests_++;
  ports_.listener.on_request(std::exchange(request_, {}));
  next_request();
}

void Mailbox::send(firmware::MailboxMessage message) {
  outgoing_.push(std::move(message));
  next_message();
}

void Mailbox::next_message() {
  if (outgoing_.empty() || !runnable(receive_, "ARQ")) return;
  receive_.busy = true;
  ports_.dma.read(receive_.address(), receive_.descriptor,
                  pcie::ReadCallback::to<&Mailbox::on_buffer_descriptor>(*this), receive_.session,
                  pcie::ReadFor::kMailbox);
}

void Mailbox::on_buffer_descriptor(uint64_t session, DmaStatus status) {
  if (session != receive_.session) return;
  if (status != DmaStatus::kOk) {
    stop(receive_, "ARQ", "base", pcie::broken_rule(status, "the ring must lie in host memory"),
         receive_.base);
    return;
  }
  const idpf::MailboxDescriptor buffer = idpf::MailboxDescriptor::decode(receive_.descriptor);
  const auto length =
      static_cast<uint32_t>(std::min<size_t>(outgoing_.front().payload.size(), idpf::kMailboxBufferBytes));
  if (length > 0 && ((buffer.flags & idpf::kMbxFlagBuf) == 0 || buffer.datalen < length)) {
    stop(receive_, "ARQ", "datalen", "a posted buffer has the flag BUF and room for the message",
         (buffer.flags & idpf::kMbxFlagBuf) == 0 ? 0 : buffer.datalen);
    return;
  }
  firmware::MailboxMessage message = outgoing_.pop();
  message.descriptor.datalen = static_cast<uint16_t>(length);
  message.descriptor.address = buffer.address;
  if (length > 0) {
    base::PacketPtr packet = ports_.pool.take(length);
    std::memcpy(packet->data(), message.payload.data(), length);
    const std::span<const uint8_t> bytes = packet->bytes();
    ports_.dma.write_packet(kRequester, buffer.address, bytes, std::move(packet));
  }
  message.descriptor.encode(receive_.descriptor);
  ports_.dma.write(kRequester, receive_.address(), receive_.descriptor);
  receive_.head = static_cast<uint16_t>((receive_.head + 1) % receive_.length());
  receive_.busy = false;
  messages_++;
  ports_.interrupts.cause(kVector, idpf::kItrNoUpdate);
  next_message();
}

void Mailbox::reset() {
  transmit_ = Ring{};
  receive_ = Ring{};
  request_ = {};
  while (!outgoing_.empty()) outgoing_.pop();
}

}  // namespace pspnic::control
