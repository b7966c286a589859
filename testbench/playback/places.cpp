// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/places.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/idpf/mailbox.h"
#include "model/idpf/registers.h"
#include "model/idpf/virtchnl2_queue.h"
#include "model/idpf/virtchnl2_vport.h"
#include "model/net/bytes.h"
#include "model/pcie/endpoint.h"
#include "testbench/diff/layouts.h"

namespace pspnic::playback {

using idpf::Register;
using record::Entry;
using record::Kind;

namespace {

std::string whose(uint64_t function) {
  return function == 0 ? "" : fmt::format(" of virtual function {}", function);
}

// Where a register address lies, in words.
std::string register_at(uint64_t address) {
  const uint64_t function = address / pcie::kFunctionStride;
  const uint64_t offset = address % pcie::kFunctionStride;
  if (offset >= pcie::kBar0Base) {
    const auto map = function == 0 ? idpf::RegisterMap::kPhysical : idpf::RegisterMap::kVirtual;
    return idpf::register_text(offset - pcie::kBar0Base, map) + whose(function);
  }
  if (offset >= pcie::kBar4Base)
    return fmt::format("MSI-X table {:#x}{}", offset - pcie::kBar4Base, whose(function));
  return fmt::format("configuration space {:#x}{}", offset, whose(function));
}

void set_half(uint64_t& whole, const Entry& entry, bool high) {
  const uint64_t value = net::load_le32(entry.data.data());
  whole = high ? (whole & 0xffff'ffff) | value << 32 : (whole & ~uint64_t{0xffff'ffff}) | value;
}

// Of every descriptor that has one.
template <class Act>
void for_each_message(const Entry& entry, Act act) {
  constexpr size_t kBytes = idpf::kMailboxDescriptorBytes;
  for (size_t at = 0; at + kBytes <= entry.data.size(); at += kBytes) {
    const auto descriptor = idpf::MailboxDescriptor::decode(entry.data.subspan(at).first<kBytes>());
    if (descriptor.has_payload()) act(descriptor);
  }
}

// " LINK_CHANGE": the payload was written shortly before.
std::string event_text(std::span<const Entry> entries, const idpf::MailboxDescriptor& descriptor) {
  constexpr size_t kShortly = 1000;
  const auto recent = entries.last(std::min(entries.size(), kShortly));
  const auto found = std::find_if(recent.rbegin(), recent.rend(), [&](const Entry& entry) {
    return entry.kind == Kind::kDmaWrite && entry.address == descriptor.address;
  });
  if (found == recent.rend()) return "";
  const auto event = idpf::read_at<idpf::Event>(found->data);
  return event ? " " + std::string(idpf::event_name(event->event)) : "";
}

}  // namespace

Places::Places(std::span<const Entry> entries) {
  for (size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    if (entry.kind == Kind::kMmioWrite) note_register(entry);
    if (entry.kind == Kind::kDmaRead && entry.ok) note_mailbox(entry);
    if (entry.kind == Kind::kDmaWrite && entry.ok) note_answers(entries.first(i + 1));
  }
}

void Places::note_register(const Entry& entry) {
  const uint64_t function = entry.address / pcie::kFunctionStride;
  const uint64_t offset = entry.address % pcie::kFunctionStride;
  if (offset < pcie::kBar0Base) return;
  const auto map = function == 0 ? idpf::RegisterMap::kPhysical : idpf::RegisterMap::kVirtual;
  const auto hit = idpf::find_register(offset - pcie::kBar0Base, map);
  if (!hit) return;
  auto mailbox = std::ranges::find(mailboxes_, function, &Mailbox::function);
  if (mailbox == mailboxes_.end()) mailbox = mailboxes_.insert(mailboxes_.end(), Mailbox{function, {}, {}});
  const auto place = [&](MailboxRing& ring, const std::string& name) {
    const uint32_t value = net::load_le32(entry.data.data());
    const bool enabled = (value & idpf::kMbxLenEnable) != 0;
    ring.bytes = enabled ? uint64_t{value & idpf::kMbxLenMask} * idpf::kMailboxDescriptorBytes : 0;
    add({ring.base, ring.bytes, idpf::kMailboxDescriptorBytes, name + whose(function), "mailbox"});
  };
  if (hit->id == Register::kAtqbal) set_half(mailbox->requests.base, entry, false);
  if (hit->id == Register::kAtqbah) set_half(mailbox->requests.base, entry, true);
  if (hit->id == Register::kArqbal) set_half(mailbox->answers.base, entry, false);
  if (hit->id == Register::kArqbah) set_half(mailbox->answers.base, entry, true);
  if (hit->id == Register::kAtqlen) place(mailbox->requests, "mailbox ring ATQ");
  if (hit->id == Register::kArqlen) place(mailbox->answers, "mailbox ring ARQ");
}

// Descriptors of requests say where the messages are that are read next.
void Places::note_mailbox(const Entry& entry) {
  const auto found = std::ranges::find_if(awaited_, [&](const Awaited& message) {
    return message.address == entry.address && message.length == entry.data.size();
  });
  if (found != awaited_.end()) {
    const Awaited message = *found;
    awaited_.erase(found);
    return note_message(message, entry.data);
  }
  const auto mailbox = std::ranges::find_if(mailboxes_, [&](const Mailbox& each) {
    return entry.address - each.requests.base < each.requests.bytes;
  });
  if (mailbox == mailboxes_.end()) return;
  const uint64_t function = mailbox->function;
  for_each_message(entry, [&](const idpf::MailboxDescriptor& descriptor) {
    awaited_.push_back(
        {descriptor.address, descriptor.datalen, static_cast<uint32_t>(descriptor.v_opcode), function});
    requests_.push_back({descriptor.address, descriptor.datalen, entry.time,
                         static_cast<uint32_t>(descriptor.v_opcode),
                         "mailbox request " + std::string(idpf::opcode_name(descriptor.v_opcode))});
  });
}

// The last entry may be descriptors of answers: the messages have been written before them.
void Places::note_answers(std::span<const Entry> entries) {
  const Entry& entry = entries.back();
  const bool answers = std::ranges::any_of(mailboxes_, [&](const Mailbox& mailbox) {
    return entry.address - mailbox.answers.base < mailbox.answers.bytes;
  });
  if (!answers) return;
  for_each_message(entry, [&](const idpf::MailboxDescriptor& descriptor) {
    std::string name = "mailbox answer " + std::string(idpf::opcode_name(descriptor.v_opcode));
    if (descriptor.v_opcode == idpf::Opcode::kEvent) name = "mailbox event" + event_text(entries, descriptor);
    answers_.push_back({descriptor.address, descriptor.datalen, entry.time,
                        static_cast<uint32_t>(descriptor.v_opcode), std::move(name)});
  });
}

// Of those that used this memory: the one whose descriptor is nearest in time on its side.
const Places::Message* Places::message_at(const Entry& entry) const {
  const auto holds = [&](const Message& message) {
    return entry.address >= message.address && entry.address - message.address < message.length;
  };
  if (entry.kind == Kind::kDmaRead) {
    const auto found = std::find_if(requests_.rbegin(), requests_.rend(), [&](const Message& message) {
      return holds(message) && message.time <= entry.time;
    });
    return found == requests_.rend() ? nullptr : &*found;
  }
  const auto found = std::ranges::find_if(
      answers_, [&](const Message& message) { return holds(message) && message.time >= entry.time; });
  return found == answers_.end() ? nullptr : &*found;
}

void Places::note_message(const Awaited& message, std::span<const uint8_t> payload) {
  const uint64_t function = message.function;
  const bool transmit = message.opcode == static_cast<uint32_t>(idpf::Opcode::kConfigTxQueues);
  if (!transmit && message.opcode != static_cast<uint32_t>(idpf::Opcode::kConfigRxQueues)) return;
  for (size_t i = 0;; ++i) {
    if (transmit) {
      const auto queue = idpf::read_element<idpf::ConfigTxQueues>(payload, i);
      if (!queue) return;
      note_ring(function, queue->type, queue->model, queue->queue_id,
                {queue->dma_ring_addr, queue->ring_len});
    } else {
      const auto queue = idpf::read_element<idpf::ConfigRxQueues>(payload, i);
      if (!queue) return;
      note_ring(function, queue->type, queue->model, queue->queue_id,
                {queue->dma_ring_addr, queue->ring_len});
    }
  }
}

void Places::note_ring(uint64_t function, idpf::QueueType type, idpf::QueueModel model, uint32_t number,
                       Stretch place) {
  using Type = idpf::QueueType;
  const bool single = model == idpf::QueueModel::kSingle;
  struct Layout {
    Type type;
    const char* name;
    const char* descriptor;
  };
  const Layout known[] = {{Type::kTx, "tx queue", single ? "tx_base_data" : "tx_flow_data"},
                          {Type::kTxCompletion, "tx completion queue", "tx_completion"},
                          {Type::kRx, "rx queue", single ? "rx_single_flex" : "rx_completion"},
                          {Type::kRxBuffer, "rx buffer queue", "rx_buffer"},
                          {Type::kConfigTx, "config queue, commands", "config_queue"},
                          {Type::kConfigRx, "config queue, answers", "config_queue"}};
  const auto* const kind = std::ranges::find(known, type, &Layout::type);
  if (kind == std::end(known)) return;
  const size_t each = diff::descriptor_bytes(kind->descriptor);
  add({place.base, place.length * uint64_t{each}, each,
       fmt::format("{} {}{}", kind->name, number, whose(function)), kind->descriptor});
}

void Places::add(Ring ring) {
  const auto same = [&](const Ring& other) { return other.base == ring.base && other.name == ring.name; };
  if (ring.bytes == 0) return;
  std::erase_if(rings_, same);  // it may have another length now
  rings_.push_back(std::move(ring));
}

const Places::Ring* Places::ring_at(uint64_t address) const {
  const auto found = std::find_if(rings_.rbegin(), rings_.rend(), [&](const Ring& ring) {
    return address >= ring.base && address - ring.base < ring.bytes;
  });
  return found == rings_.rend() ? nullptr : &*found;
}

std::string Places::describe(const Entry& entry) const {
  const auto memory = [&](const char* what, uint64_t bytes) {
    const Message* const message = message_at(entry);
    std::string where = message == nullptr ? "" : message->name;
    if (const Ring* ring = ring_at(entry.address); ring != nullptr) {
      where = fmt::format("{}, entry {}", ring->name, (entry.address - ring->base) / ring->entry_bytes);
    }
    if (!where.empty()) where.insert(0, ", ");
    return fmt::format("{} of {} bytes at {:#x}{}", what, bytes, entry.address, where);
  };
  switch (entry.kind) {
    case Kind::kMmioWrite:
      return "register write: " + register_at(entry.address);
    case Kind::kMmioRead:
      return "register read: " + register_at(entry.address);
    case Kind::kDmaRead:
      return memory("read", entry.ok ? entry.data.size() : entry.span);
    case Kind::kDmaWrite:
      return memory("write", entry.data.size());
    case Kind::kInterrupt:
      return fmt::format("interrupt message {:#x} at {:#x}", net::load_le32(entry.data.data()),
                         entry.address);
    case Kind::kFrameIn:
      return fmt::format("arriving frame of {} bytes", entry.data.size());
    case Kind::kFrameOut:
      break;
  }
  return fmt::format("leaving frame of {} bytes", entry.data.size());
}

std::vector<diff::Field> Places::fields(const Entry& entry) const {
  const size_t bytes = entry.data.size();
  if (is_frame(entry.kind)) return diff::frame_fields(entry.data);
  if (entry.kind != Kind::kDmaWrite && entry.kind != Kind::kDmaRead) return {{0, bytes, "value"}};
  if (const Ring* ring = ring_at(entry.address); ring != nullptr) {
    return diff::descriptor_fields(ring->kind, bytes, entry.address - ring->base);
  }
  const Message* const message = message_at(entry);
  if (message == nullptr || message->address != entry.address) return {};
  const auto direction = entry.kind == Kind::kDmaRead ? diff::Direction::kRequest : diff::Direction::kAnswer;
  return diff::message_fields(message->opcode, direction, entry.data);
}

}  // namespace pspnic::playback
