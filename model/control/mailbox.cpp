// SPDX-License-Identifier: Apache-2.0
#include "model/control/mailbox.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "model/net/wipe.h"

namespace pspnic::control {

namespace {

using base::DriverRule;
using idpf::Register;
using pcie::DmaStatus;

// The five registers of a ring, in the order of their enumeration.
enum Index : uint32_t { kBaseLow, kBaseHigh, kLength, kHead, kTail };

// What a read's callback is told: the session of its ring, the first slot, and how many descriptors.
uint64_t read_of(uint32_t session, uint32_t place, uint32_t count) {
  return uint64_t{session} << 32 | place << 16 | count;
}
uint32_t session_of(uint64_t read) {
  return static_cast<uint32_t>(read >> 32);
}
uint32_t place_of(uint64_t read) {
  return static_cast<uint32_t>(read >> 16) & 0xffff;
}
uint32_t count_of(uint64_t read) {
  return static_cast<uint32_t>(read) & 0xffff;
}

}  // namespace

Mailbox::Mailbox(base::StatGroup& parent, const MailboxParams& params, const Ports& ports)
    : params_(params),
      ports_(ports),
      slots_(params.outstanding),
      descriptors_(params.outstanding * kDescriptorBytes),
      payloads_(params.outstanding * idpf::kMailboxBufferBytes),
      buffers_(params.burst * kDescriptorBytes),
      group_(parent, "mailbox") {}

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
    next_messages();
  } else {
    fetch_requests();
  }
}

base::Site Mailbox::site_of(const Ring& ring) const {
  using Kind = base::Site::Kind;
  const Kind kind = &ring == &receive_ ? Kind::kMailboxAnswers : Kind::kMailboxRequests;
  return base::Site::of_function(kind, ports_.function);
}

void Mailbox::write_ring(Ring& ring, uint32_t index, uint32_t value) {
  if (index != kTail) forget(ring);
  switch (index) {
    case kBaseLow:
      ring.base = (ring.base & ~uint64_t{0xffff'ffff}) | value;
      break;
    case kBaseHigh:
      ring.base = (ring.base & 0xffff'ffff) | uint64_t{value} << 32;
      break;
    case kLength:
      ring.length_register = value;
      if (watch_ != nullptr) {
        ring.enabled() ? watch_->on_ring(site_of(ring), ring.base, ring.length())
                       : watch_->on_ring_disabled(site_of(ring));
      }
      break;
    case kHead:
      ring.head = static_cast<uint16_t>(value & idpf::kMbxHeadMask);
      ring.fetched = ring.head;
      break;
    default:
      ring.tail = value & idpf::kMbxHeadMask;
      break;
  }
}

// What is under way for the ring is void: the driver sets it up anew.
void Mailbox::forget(Ring& ring) {
  ring.session++;
  ring.fetched = ring.head;
  if (&ring == &receive_) {
    reading_buffers_ = false;
  } else {
    under_way_ = 0;
    net::wipe(payloads_);  // requests that waited; what is still being read is wiped when it comes
  }
}

void Mailbox::report(const Ring& ring, DriverRule rule, const char* field, uint64_t seen,
                     std::string expected) {
  ports_.violations.report({.when = ports_.events.now(),
                            .rule = rule,
                            .site = site_of(ring),
                            .part = base::descriptor_text(ring.head),
                            .field = field,
                            .seen = std::to_string(seen),
                            .expected = std::move(expected),
                            .events = {}});
}

void Mailbox::stop(Ring& ring, DriverRule rule, const char* field, uint64_t seen, std::string expected) {
  ring.length_register = (ring.length_register & ~idpf::kMbxLenEnable) | idpf::kMbxLenCrit;
  report(ring, rule, field, seen, std::move(expected));
  forget(ring);
}

// Enabled, and with something between what has been read and tail.
bool Mailbox::runnable(Ring& ring) {
  if (!ring.enabled() || ring.fetched == ring.tail) return false;
  if (ring.tail >= ring.length() || ring.fetched >= ring.length()) {
    if (&ring == &transmit_ && under_way_ > 0) return false;  // what came before it comes first
    const bool tail = ring.tail >= ring.length();
    stop(ring, DriverRule::kRingTail, tail ? "tail" : "head", tail ? ring.tail : ring.head,
         "below " + std::to_string(ring.length()));
    return false;
  }
  return true;
}

// Takes up to `room` descriptors that stand behind one another: how many.
uint32_t Mailbox::take_burst(Ring& ring, uint32_t room) {
  const uint32_t count = std::min({ring.fetchable(), room, params_.burst});
  ring.fetched = static_cast<uint16_t>((ring.fetched + count) % ring.length());
  return count;
}

void Mailbox::fetch_requests() {
  while (under_way_ < params_.outstanding && runnable(transmit_)) {
    const uint32_t room = params_.outstanding - under_way_;
    // No small burst for want of room: it would be followed by nothing but small ones.
    if (room < std::min({transmit_.fetchable(), params_.burst, params_.outstanding})) return;
    const uint32_t first = place_after(oldest_, under_way_);
    const uint16_t index = transmit_.fetched;
    const uint32_t count = take_burst(transmit_, std::min(room, params_.outstanding - first));
    for (uint32_t i = 0; i < count; ++i) slots_[first + i].state = Slot::State::kReading;
    under_way_ += count;
    ++reads_;
    ports_.dma.read(transmit_.address(index),
                    std::span(descriptors_).subspan(first * kDescriptorBytes, count * kDescriptorBytes),
                    pcie::ReadCallback::to<&Mailbox::on_request_descriptors>(*this),
                    read_of(transmit_.session, first, count), pcie::ReadFor::kMailbox, requester());
  }
}

void Mailbox::on_request_descriptors(uint64_t read, DmaStatus status) {
  --reads_;
  if (session_of(read) != transmit_.session) return;
  for (uint32_t i = 0; i < count_of(read); ++i) {
    const uint32_t place = place_of(read) + i;
    slots_[place].status = status;
    if (status == DmaStatus::kOk) {
      read_payload(place);
    } else {
      slots_[place].state = Slot::State::kRingFault;
    }
  }
  acknowledge_ready();
}

void Mailbox::read_payload(uint32_t place) {
  Slot& slot = slots_[place];
  const auto raw = std::span(descriptors_).subspan(place * kDescriptorBytes).first<kDescriptorBytes>();
  slot.descriptor = idpf::MailboxDescriptor::decode(raw);
  const uint16_t length = slot.descriptor.datalen;
  if (!slot.descriptor.has_payload() || length > idpf::kMailboxBufferBytes) {
    slot.state = slot.descriptor.has_payload() ? Slot::State::kRefused : Slot::State::kReady;
    return;
  }
  ++reads_;
  ports_.dma.read(slot.descriptor.address, payload(place).first(length),
                  pcie::ReadCallback::to<&Mailbox::on_request_payload>(*this),
                  read_of(transmit_.session, place, 1), pcie::ReadFor::kMailbox, requester());
}

void Mailbox::on_request_payload(uint64_t read, DmaStatus status) {
  --reads_;
  const uint32_t place = place_of(read);
  if (session_of(read) != transmit_.session) {
    net::wipe(payload(place));  // reads end in order: nothing of the new session is there yet
    return;
  }
  slots_[place].status = status;
  slots_[place].state = status == DmaStatus::kOk ? Slot::State::kReady : Slot::State::kRefused;
  acknowledge_ready();
}

// In the order of the ring. The listener may have the ring set up anew.
void Mailbox::acknowledge_ready() {
  const uint32_t session = transmit_.session;
  while (session == transmit_.session && under_way_ > 0 && slots_[oldest_].state != Slot::State::kReading &&
         may_take()) {
    if (slots_[oldest_].state == Slot::State::kRingFault) {
      stop(transmit_, pcie::broken_rule(slots_[oldest_].status, DriverRule::kRingUnmapped), "base",
           transmit_.base);
      return;
    }
    const uint32_t place = oldest_;
    oldest_ = place_after(oldest_, 1);
    --under_way_;
    acknowledge(place);
  }
  fetch_requests();
}

void Mailbox::acknowledge(uint32_t place) {
  Slot& slot = slots_[place];
  firmware::MailboxMessage request;
  request.descriptor = slot.descriptor;
  request.index = transmit_.head;
  const uint16_t length = slot.descriptor.datalen;
  if (slot.state == Slot::State::kRefused) {
    const bool too_long = length > idpf::kMailboxBufferBytes;
    report(transmit_,
           too_long ? DriverRule::kMbxLength : pcie::broken_rule(slot.status, DriverRule::kMessageUnmapped),
           too_long ? "datalen" : "addr", too_long ? length : slot.descriptor.address);
  } else if (slot.descriptor.has_payload()) {
    request.payload.assign(payload(place).begin(), payload(place).begin() + length);
  }
  if (slot.descriptor.has_payload() && length <= idpf::kMailboxBufferBytes) {
    net::wipe(payload(place).first(length));
  }
  if (watch_ != nullptr) watch_->on_request(ports_.function, transmit_.head, slot.descriptor);
  idpf::MailboxDescriptor done = slot.descriptor;
  done.flags |= idpf::kMbxFlagDd | idpf::kMbxFlagCmp;
  done.ret_val = 0;
  std::array<uint8_t, kDescriptorBytes> bytes;
  done.encode(bytes);
  ports_.dma.write(requester(), transmit_.address(transmit_.head), bytes);
  transmit_.head = static_cast<uint16_t>((transmit_.head + 1) % transmit_.length());
  requests_++;
  ports_.listener.on_request(std::move(request));
}

void Mailbox::send(firmware::MailboxMessage message) {
  // Answers are bounded by the requests that are taken.
  if (outgoing_.size() >= 2 * kMaxWaiting && message.descriptor.v_opcode == idpf::Opcode::kEvent) {
    lost_events_++;
    receive_.length_register |= idpf::kMbxLenOvfl;
    return;
  }
  outgoing_.push(std::move(message));
  next_messages();
}

void Mailbox::next_messages() {
  if (reading_buffers_ || outgoing_.empty()) return;
  const bool room = runnable(receive_);
  if (watch_ != nullptr && receive_.enabled()) watch_->on_waiting(ports_.function, !room);
  if (!room) return;
  const uint16_t index = receive_.fetched;
  const uint32_t count =
      take_burst(receive_, static_cast<uint32_t>(std::min<size_t>(outgoing_.size(), params_.burst)));
  reading_buffers_ = true;
  ++reads_;
  ports_.dma.read(receive_.address(index), std::span(buffers_).first(count * kDescriptorBytes),
                  pcie::ReadCallback::to<&Mailbox::on_buffer_descriptors>(*this),
                  read_of(receive_.session, 0, count), pcie::ReadFor::kMailbox, requester());
}

void Mailbox::on_buffer_descriptors(uint64_t read, DmaStatus status) {
  --reads_;
  if (session_of(read) != receive_.session) return;
  if (status != DmaStatus::kOk) {
    stop(receive_, pcie::broken_rule(status, DriverRule::kRingUnmapped), "base", receive_.base);
    return;
  }
  reading_buffers_ = false;
  for (uint32_t i = 0; i < count_of(read); ++i) {
    if (!deliver(std::span(buffers_).subspan(i * kDescriptorBytes).first<kDescriptorBytes>())) return;
  }
  next_messages();
}

// False: the ring has stopped, and the message waits.
bool Mailbox::deliver(std::span<uint8_t, kDescriptorBytes> posted) {
  const idpf::MailboxDescriptor buffer = idpf::MailboxDescriptor::decode(posted);
  const auto length =
      static_cast<uint32_t>(std::min<size_t>(outgoing_.front().payload.size(), idpf::kMailboxBufferBytes));
  const bool has_buffer = (buffer.flags & idpf::kMbxFlagBuf) != 0;
  if (length > 0 && (!has_buffer || buffer.datalen < length)) {
    const std::string expected =
        has_buffer ? std::to_string(length) + " bytes or more" : "BUF, bit 12, is set";
    stop(receive_, DriverRule::kMbxBufferSmall, has_buffer ? "datalen" : "flags",
         has_buffer ? buffer.datalen : buffer.flags, expected);
    return false;
  }
  const bool was_full = !may_take();
  firmware::MailboxMessage message = outgoing_.pop();
  message.descriptor.datalen = static_cast<uint16_t>(length);
  message.descriptor.address = buffer.address;
  if (length > 0) {
    base::PacketPtr packet = ports_.pool.take(length);
    std::memcpy(packet->data(), message.payload.data(), length);
    const std::span<const uint8_t> bytes = packet->bytes();
    ports_.dma.write_packet(requester(), buffer.address, bytes, std::move(packet));
  }
  if (watch_ != nullptr) {
    watch_->on_message(ports_.function, message.descriptor, message.index, message.refusals);
  }
  message.descriptor.encode(posted);
  ports_.dma.write(requester(), receive_.address(receive_.head), posted);
  receive_.head = static_cast<uint16_t>((receive_.head + 1) % receive_.length());
  messages_++;
  ports_.interrupts.cause(ports_.vector, idpf::kItrNoUpdate);
  if (was_full) resume();
  return true;
}

void Mailbox::reset(bool reads_forgotten) {
  if (watch_ != nullptr) watch_->on_mailbox_reset(ports_.function);
  if (reads_forgotten) reads_ = 0;
  for (Ring* ring : {&transmit_, &receive_}) {
    const uint32_t session = ring->session + 1;
    *ring = Ring{};
    ring->session = session;
  }
  under_way_ = 0;
  reading_buffers_ = false;
  net::wipe(payloads_);
  while (!outgoing_.empty()) outgoing_.pop();
}

}  // namespace pspnic::control
