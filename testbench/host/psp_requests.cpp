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

template <idpf::WireHeader H>
bool holds(const MailboxReply& reply, size_t count) {
  return reply.status == Status::kSuccess && idpf::holds_elements<H>(reply.payload, count);
}

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
      return config_queue_.remove({&handle, 1}, [=, this, epoch = epoch_] {
        if (epoch == epoch_) listener_->on_tx_sa_deleted(answer(cookie, asked_ps, way));
      });
    case KeyMode::kDescriptor:
      if (!inline_keys_.remove(handle)) complain(Opcode::kPspDelTxSa, "the driver has no such key");
      return listener_->on_tx_sa_deleted(answer(cookie, asked_ps, way));
  }
}

void PspRequests::free(uint32_t spi, uint8_t generation) {
  control_.registry().erase(spi);
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
    if (!send(*kind, *free_message)) break;
  }
  pumping_ = false;
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
  constexpr std::array kOpcodes = {Opcode::kPspAllocRxSa, Opcode::kPspAddTxSa, Opcode::kPspDelTxSa,
                                   Opcode::kPspFreeRxSa, Opcode::kPspRotateKey};
  std::vector<uint8_t> payload = encode(message);
  const auto slot = static_cast<uint64_t>(&message - messages_.data());
  ++under_way_;
  under_way_entries_ += message.requests.size();
  const bool sent = mailbox_.post(kOpcodes[static_cast<size_t>(kind)], payload, *this, slot);
  net::wipe(payload);
  if (!sent) {
    --under_way_;
    under_way_entries_ -= message.requests.size();
    // Others fill the mailbox: the next answer to them or to us has us try again.
    for (auto request = message.requests.rbegin(); request != message.requests.rend(); ++request) {
      queue.push_front(std::move(*request));
    }
    message.requests.clear();
    return false;
  }
  return true;
}

namespace {

template <idpf::WireHeader H, class Requests, class Fill>
std::vector<uint8_t> list_payload(H header, const Requests& requests, Fill fill) {
  ListMessage<H> message(header, requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    net::Wiped<typename H::Element> element{fill(requests[i], i)};
    message.set(i, element.value);
  }
  return std::move(message.bytes);
}

}  // namespace

std::vector<uint8_t> PspRequests::encode(const Message& message) const {
  const auto count = static_cast<uint16_t>(message.requests.size());
  switch (message.kind) {
    case Kind::kAllocate: {
      idpf::PspRxSaList list;
      list.vport_id = control_.vport_id();
      list.num_sa = count;
      list.version = static_cast<uint8_t>(message.requests.front().sa.version);
      return list_payload(list, message.requests, [](const Request&, size_t) { return idpf::PspRxSa{}; });
    }
    case Kind::kAdd: {
      idpf::PspTxSaList list;
      list.vport_id = control_.vport_id();
      list.num_sa = count;
      return list_payload(list, message.requests, [&](const Request& request, size_t i) {
        return tx_sa_record(request.sa, static_cast<uint16_t>(message.first_tag + i));
      });
    }
    case Kind::kRemove: {
      idpf::PspTxSaDel list;
      list.vport_id = control_.vport_id();
      list.num_sa = count;
      return list_payload(list, message.requests, [](const Request& request, size_t) {
        return idpf::PspTxSaId{request.handle.index, request.handle.tag, 0};
      });
    }
    case Kind::kFree: {
      idpf::PspRxSaList list;
      list.vport_id = control_.vport_id();
      list.num_sa = count;
      return list_payload(list, message.requests, [](const Request& request, size_t) {
        return idpf::PspRxSa{.spi = request.sa.spi, .generation = request.generation};
      });
    }
    default: {
      idpf::PspRotateKey rotate;
      rotate.vport_id = control_.vport_id();
      std::vector<uint8_t> payload(sizeof rotate);
      std::memcpy(payload.data(), &rotate, sizeof rotate);
      return payload;
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
      if (!holds<idpf::PspTxSaDel>(reply, message.requests.size())) {
        complain(Opcode::kPspDelTxSa, "refused");
      }
      for (size_t i = 0; i < message.requests.size(); ++i) {
        if (holds<idpf::PspTxSaDel>(reply, message.requests.size()) &&
            list_element<idpf::PspTxSaDel>(reply, i).status != 0) {
          complain(Opcode::kPspDelTxSa, "an entry is refused");
        }
        listener_->on_tx_sa_deleted(answer(message.requests[i]));
      }
      return;
    case Kind::kFree:
      if (reply.status != Status::kSuccess) complain(Opcode::kPspFreeRxSa, "refused");
      return;
    default:
      return take_rotated(message, reply);
  }
}

void PspRequests::take_allocated(const Message& message, const MailboxReply& reply) {
  size_t given = 0;
  if (holds<idpf::PspRxSaList>(reply, message.requests.size())) {
    given =
        std::min<size_t>(idpf::read_at<idpf::PspRxSaList>(reply.payload)->num_sa, message.requests.size());
  }
  for (size_t i = 0; i < message.requests.size(); ++i) {
    const Request& request = message.requests[i];
    if (i >= given) {
      listener_->on_rx_sa(answer(request), nullptr);
      continue;
    }
    const net::Wiped<idpf::PspRxSa> entry{list_element<idpf::PspRxSaList>(reply, i)};
    const std::string fault = rx_sa_fault(entry.value, request.sa.version, control_.registry());
    if (!fault.empty()) {
      complain(Opcode::kPspAllocRxSa, fault.c_str());
      listener_->on_rx_sa(answer(request), nullptr);
      continue;
    }
    control_.registry().insert(entry->spi, request.sa.version, entry->generation);
    const RxSa sa = rx_sa_of(entry.value, request.sa.version);
    listener_->on_rx_sa(answer(request), &sa);
  }
}

void PspRequests::take_added(const Message& message, const MailboxReply& reply) {
  const bool whole = holds<idpf::PspTxSaList>(reply, message.requests.size());
  for (size_t i = 0; i < message.requests.size(); ++i) {
    SaHandle handle;
    if (whole) {
      const net::Wiped<idpf::PspTxSa> entry{list_element<idpf::PspTxSaList>(reply, i)};
      if (entry->status == 0) handle = {entry->sa_idx, static_cast<uint16_t>(message.first_tag + i)};
    }
    listener_->on_tx_sa(answer(message.requests[i]), handle);
  }
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

void PspRequests::complain(Opcode opcode, const char* rule) {
  anomalies_.add(fmt::format("{}: {}", idpf::opcode_name(opcode), rule));
}

}  // namespace pspnic::host
