// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/psp_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "testbench/host/config_queue.h"
#include "testbench/host/inline_keys.h"
#include "testbench/host/psp.h"
#include "testbench/host/psp_messages.h"

namespace pspnic::host {

namespace {

using idpf::Opcode;
using idpf::Status;

constexpr unsigned kMostOutstanding = 32;  // half of the mailbox's ring, the rest is for scripts

}  // namespace

void PspRequests::begin(const Limits& limits, PspRequestListener& listener) {
  stop();
  limits_ = {std::max(1u, limits.bulk), std::clamp(limits.outstanding, 1u, kMostOutstanding)};
  listener_ = &listener;
  begun_ = true;
  messages_.resize(limits_.outstanding);
}

void PspRequests::stop() {
  for (auto& queue : queues_) queue.clear();
  messages_.clear();
  under_way_ = under_way_entries_ = 0;
  retry_set_ = false;  // a reset may lose the timer; one too many does no harm
  ++epoch_;
  listener_ = nullptr;
}

bool PspRequests::accepts() const {
  if (!begun_) throw std::logic_error("PspRequests: a request before begin()");
  return listener_ != nullptr;
}

void PspRequests::allocate(psp::Version version, uint64_t cookie) {
  enqueue(Kind::kAllocate, {.cookie = cookie, .sa = {.version = version, .key = {}}});
}

void PspRequests::add(const TxSaRequest& sa, uint64_t cookie, KeyMode way) {
  if (!accepts()) return;
  const uint64_t asked_ps = port_.now_ps();
  switch (way) {
    case KeyMode::kMailbox:
      return enqueue(Kind::kAdd, {.cookie = cookie, .sa = sa});
    case KeyMode::kConfigQueue:
      ++order_;
      return config_queue_.add({&sa, 1}, [=, this, epoch = epoch_](std::span<const SaHandle> added) {
        if (epoch == epoch_) listener_->on_tx_sa(answer(cookie, asked_ps, way), added.front());
      });
    case KeyMode::kDescriptor:
      return listener_->on_tx_sa(answer(cookie, asked_ps, way), inline_keys_.add({&sa, 1}).front());
  }
}

void PspRequests::remove(const SaHandle& handle, uint64_t cookie) {
  if (!accepts()) return;
  const KeyMode way = handle.way;
  const uint64_t asked_ps = port_.now_ps();
  switch (way) {
    case KeyMode::kMailbox:
      return enqueue(Kind::kRemove, {.cookie = cookie, .handle = handle});
    case KeyMode::kConfigQueue:
      ++order_;
      return config_queue_.remove({&handle, 1}, [=, this, epoch = epoch_] {
        if (epoch == epoch_) listener_->on_tx_sa_deleted(answer(cookie, asked_ps, way));
      });
    case KeyMode::kDescriptor:
      if (!inline_keys_.remove(handle)) complain(Opcode::kPspDelTxSa, "the driver has no such key");
      return listener_->on_tx_sa_deleted(answer(cookie, asked_ps, way));
  }
}

void PspRequests::free(uint32_t spi, uint8_t generation) {
  // The SPI may have been given out again, under the next key.
  const RxSaRecord* record = control_.registry().find(spi);
  if (record != nullptr && record->generation == generation) control_.registry().erase(spi);
  enqueue(Kind::kFree, {.sa = {.spi = spi, .key = {}}, .generation = generation});
}

void PspRequests::rotate(uint64_t cookie) {
  enqueue(Kind::kRotate, {.cookie = cookie});
}

void PspRequests::enqueue(Kind kind, Request request) {
  if (!accepts()) return;
  request.order = order_++;
  request.asked_ps = port_.now_ps();
  queues_[static_cast<size_t>(kind)].push_back(std::move(request));
  pump();
}

size_t PspRequests::unanswered() const {
  return pending() + config_queue_.pending();
}

size_t PspRequests::waiting() const {
  size_t count = 0;
  for (const auto& queue : queues_) count += queue.size();
  return count;
}

std::optional<PspRequests::Kind> PspRequests::oldest() const {
  std::optional<Kind> found;
  uint64_t order = UINT64_MAX;
  for (size_t i = 0; i < kKinds; ++i) {
    if (queues_[i].empty() || queues_[i].front().order >= order) continue;
    order = queues_[i].front().order;
    found = static_cast<Kind>(i);
  }
  return found;
}

size_t PspRequests::most(Kind kind) const {
  const idpf::PspCaps& caps = control_.caps();
  const auto least = [](size_t device, size_t format) {
    return device == 0 ? format : std::min(device, format);
  };
  switch (kind) {
    case Kind::kAllocate:
    case Kind::kFree:
      return std::min<size_t>(limits_.bulk, least(caps.max_alloc_per_msg, idpf::kPspMaxAllocPerMsg));
    case Kind::kAdd:
      return std::min<size_t>(limits_.bulk, least(caps.max_add_per_msg, idpf::kPspMaxAddPerMsg));
    case Kind::kRemove:
      return std::min<size_t>(limits_.bulk, least(caps.max_del_per_msg, idpf::kPspMaxDelPerMsg));
    default:
      return 1;
  }
}

// Sends as long as there are requests and messages may be under way. Not again from inside: an answer's
// listener asks for more.
void PspRequests::pump() {
  if (pumping_ || listener_ == nullptr) return;
  pumping_ = true;
  while (under_way_ < limits_.outstanding) {
    const std::optional<Kind> kind = oldest();
    if (!kind) break;
    const auto free_message = std::find_if(messages_.begin(), messages_.end(),
                                           [](const Message& message) { return message.requests.empty(); });
    if (!send(*kind, *free_message)) {
      try_again_later();
      break;
    }
  }
  pumping_ = false;
}

// Others fill the mailbox. Without an answer of its own to come, nobody tells when they have left.
void PspRequests::try_again_later() {
  if (under_way_ > 0 || retry_set_) return;
  retry_set_ = true;
  port_.set_timer(retry_.after_ps, retry_.cookie);
}

void PspRequests::on_timer() {
  retry_set_ = false;
  pump();
}

bool PspRequests::send(Kind kind, Message& message) {
  auto& queue = queues_[static_cast<size_t>(kind)];
  const psp::Version version = queue.front().sa.version;
  const size_t limit = most(kind);
  while (!queue.empty() && message.requests.size() < limit) {
    // An allocation is of one version.
    if (kind == Kind::kAllocate && queue.front().sa.version != version) break;
    message.requests.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  message.kind = kind;
  if (kind == Kind::kAdd) message.first_tag = control_.take_tags(message.requests.size());
  const auto slot = static_cast<uint64_t>(&message - messages_.data());
  ++under_way_;
  under_way_entries_ += message.requests.size();
  const bool sent = post(message, slot);
  if (!sent) {
    --under_way_;
    under_way_entries_ -= message.requests.size();
    for (auto request = message.requests.rbegin(); request != message.requests.rend(); ++request) {
      queue.push_front(std::move(*request));
    }
    message.requests.clear();
    return false;
  }
  return true;
}

bool PspRequests::post(const Message& message, uint64_t slot) {
  const uint32_t vport = control_.vport_id();
  const std::vector<Request>& requests = message.requests;
  const auto send = [&](Opcode opcode, std::span<const uint8_t> payload) {
    return mailbox_.post(opcode, payload, *this, slot);
  };
  switch (message.kind) {
    case Kind::kAllocate:
      return send(Opcode::kPspAllocRxSa,
                  alloc_message(vport, requests.front().sa.version, requests.size()).bytes);
    case Kind::kAdd: {
      const auto of = [&](size_t i) -> const TxSaRequest& { return requests[i].sa; };
      return send(Opcode::kPspAddTxSa, add_message(vport, message.first_tag, requests.size(), of).bytes);
    }
    case Kind::kRemove: {
      const auto of = [&](size_t i) { return requests[i].handle; };
      return send(Opcode::kPspDelTxSa, delete_message(vport, requests.size(), of).bytes);
    }
    case Kind::kFree: {
      const auto of = [&](size_t i) {
        return RxSaRecord{requests[i].sa.spi, requests[i].sa.version, requests[i].generation};
      };
      return send(Opcode::kPspFreeRxSa, free_message(vport, requests.size(), of).bytes);
    }
    default: {
      idpf::PspRotateKey rotate;
      rotate.vport_id = vport;
      std::array<uint8_t, sizeof rotate> payload;
      std::memcpy(payload.data(), &rotate, sizeof rotate);
      return send(Opcode::kPspRotateKey, payload);
    }
  }
}

void PspRequests::on_reply(uint64_t cookie, MailboxReply reply) {
  if (cookie >= messages_.size() || messages_[cookie].requests.empty()) return;  // stopped meanwhile
  const Message message = std::exchange(messages_[cookie], {});
  --under_way_;
  under_way_entries_ -= message.requests.size();
  take(message, reply);
  pump();
}

void PspRequests::take(const Message& message, const MailboxReply& reply) {
  switch (message.kind) {
    case Kind::kAllocate:
      return take_allocated(message, reply);
    case Kind::kAdd:
      return take_added(message, reply);
    case Kind::kRemove:
      return take_removed(message, reply);
    case Kind::kFree:
      look_at_entries<idpf::PspRxSaList>(Opcode::kPspFreeRxSa, message, reply);
      return;
    default:
      return take_rotated(message, reply);
  }
}

// Complains of a reply or an entry that refuses what a device has no reason to refuse.
template <idpf::WireHeader H>
void PspRequests::look_at_entries(Opcode opcode, const Message& message, const MailboxReply& reply) {
  if (reply.status != Status::kSuccess) return complain(opcode, "refused");
  if (!whole<H>(opcode, message, reply)) return;
  for (size_t i = 0; i < message.requests.size(); ++i) {
    const uint32_t status = list_element<H>(reply, i).status;
    if (status == 0 || (opcode == Opcode::kPspFreeRxSa && ended_with_its_key(status))) continue;
    complain(opcode, entry_fault(i, status));
  }
}

// Has done something, and says of each entry what.
template <idpf::WireHeader H>
bool PspRequests::whole(Opcode opcode, const Message& message, const MailboxReply& reply) {
  if (reply.status != Status::kSuccess) return false;
  const std::string fault = size_fault<H>(reply, message.requests.size());
  if (!fault.empty()) complain(opcode, fault);
  return fault.empty();
}

void PspRequests::take_removed(const Message& message, const MailboxReply& reply) {
  look_at_entries<idpf::PspTxSaDel>(Opcode::kPspDelTxSa, message, reply);
  for (const Request& request : message.requests) listener_->on_tx_sa_deleted(answer(request));
}

void PspRequests::take_allocated(const Message& message, const MailboxReply& reply) {
  RxSaGrant grant;
  if (reply.status == Status::kSuccess) grant = rx_sas_granted(reply, message.requests.size());
  if (!grant.fault.empty()) complain(Opcode::kPspAllocRxSa, grant.fault);
  for (size_t i = 0; i < message.requests.size(); ++i) {
    const Request& request = message.requests[i];
    if (i >= grant.count) {
      listener_->on_rx_sa(answer(request), nullptr);
      continue;
    }
    const net::Wiped<idpf::PspRxSa> entry{list_element<idpf::PspRxSaList>(reply, i)};
    const std::string fault = rx_sa_fault(entry.value, request.sa.version, control_.registry());
    if (!fault.empty()) {
      complain(Opcode::kPspAllocRxSa, fault);
      listener_->on_rx_sa(answer(request), nullptr);
      continue;
    }
    control_.registry().insert(entry->spi, request.sa.version, entry->generation);
    const RxSa sa = rx_sa_of(entry.value, request.sa.version);
    listener_->on_rx_sa(answer(request), &sa);
  }
}

void PspRequests::take_added(const Message& message, const MailboxReply& reply) {
  const bool answered = whole<idpf::PspTxSaList>(Opcode::kPspAddTxSa, message, reply);
  for (size_t i = 0; i < message.requests.size(); ++i) {
    SaHandle handle;
    if (answered) handle = added(reply, i, static_cast<uint16_t>(message.first_tag + i));
    listener_->on_tx_sa(answer(message.requests[i]), handle);
  }
}

SaHandle PspRequests::added(const MailboxReply& reply, size_t index, uint16_t tag) {
  const net::Wiped<idpf::PspTxSa> entry{list_element<idpf::PspTxSaList>(reply, index)};
  if (entry->status != 0) return {};
  const std::string fault = tx_sa_fault(entry.value, tag, control_.caps().max_tx_sa);
  if (!fault.empty()) complain(Opcode::kPspAddTxSa, fault);
  return fault.empty() ? SaHandle{entry->sa_idx, tag} : SaHandle{};
}

void PspRequests::take_rotated(const Message& message, const MailboxReply& reply) {
  const auto now = idpf::read_at<idpf::PspRotateKey>(reply.payload).value_or(idpf::PspRotateKey{});
  if (reply.status == Status::kSuccess) control_.note_rotation(now);
  listener_->on_rotated(answer(message.requests.front()), now, reply.status);
}

PspAnswer PspRequests::answer(uint64_t cookie, uint64_t asked_ps, KeyMode way) const {
  return {cookie, port_.now_ps() - asked_ps, way};
}

PspAnswer PspRequests::answer(const Request& request) const {
  return answer(request.cookie, request.asked_ps, KeyMode::kMailbox);
}

void PspRequests::complain(Opcode opcode, const std::string& rule) {
  anomalies_.add(fmt::format("{}: {}", idpf::opcode_name(opcode), rule));
}

}  // namespace pspnic::host
