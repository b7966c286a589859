// SPDX-License-Identifier: Apache-2.0
// One request being carried out, as its handler sees it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "firmware/control_plane.h"
#include "firmware/control_state.h"
#include "firmware/refusal.h"
#include "model/idpf/psp_ext.h"
#include "model/idpf/wire.h"

namespace pspnic::firmware {

struct Command {
  ControlState& state;
  Hardware& hardware;
  const ControlOptions& options;
  Origin origin;
  std::span<const uint8_t> request;          // at least as long as the dispatch table demands
  std::vector<uint8_t> reply;                // payload; starts as an echo of the request without its keys
  std::vector<std::vector<uint8_t>> events;  // payloads of v_opcode 522, sent right behind the reply
  std::optional<HardwareWork> work;          // what the reply waits for
  std::optional<size_t> entry{};             // of the request's list: the one being looked at
  std::vector<Refusal> refusals{};

  // The struct at the start of the request, whose length has been checked.
  template <idpf::WireStruct T>
  T read() const {
    return idpf::read_at<T>(request).value_or(T{});
  }

  // Element `index` of a request that holds_elements().
  template <idpf::WireHeader H>
  typename H::Element element(size_t index) const {
    typename H::Element value{};  // no copy but the caller's: it may hold a key
    if (idpf::holds_elements<H>(request, index + 1)) {
      std::memcpy(&value, request.data() + idpf::element_offset<H>(index), sizeof value);
    }
    return value;
  }

  // Puts the struct at the start of the reply, which is made longer if need be.
  template <idpf::WireStruct T>
  void answer(const T& value) {
    put(0, value);
  }

  template <idpf::WireHeader H>
  void answer_element(size_t index, const typename H::Element& value) {
    put(idpf::element_offset<H>(index), value);
  }

  // Says why the request, or its entry being looked at, is refused, and returns the status. No key may be
  // among what was seen.
  idpf::Status refuse(idpf::Status status, Reason why);
  idpf::Status refuse(idpf::Status status, const char* field, uint64_t seen, std::string expected,
                      base::DriverRule rule = base::DriverRule::kCount) {
    return refuse(status, {field, std::to_string(seen), std::move(expected), rule});
  }

  // The entry of a list message, with its status. Ends the look at it.
  template <idpf::WireHeader H>
  void answer_entry(size_t index, typename H::Element& value, idpf::Status status) {
    value.status = idpf::entry_status(status);
    answer_element<H>(index, value);
    note_status(index, status);
    entry.reset();
  }

  // T is idpf::Event or idpf::PspEvent.
  template <idpf::WireStruct T>
  void event(const T& value) {
    std::vector<uint8_t>& payload = events.emplace_back(sizeof(T));
    std::memcpy(payload.data(), &value, sizeof(T));
  }

 private:
  // What no check has explained is refused all the same.
  void note_status(size_t index, idpf::Status status);

  template <idpf::WireStruct T>
  void put(size_t offset, const T& value) {
    if (reply.size() < offset + sizeof(T)) reply.resize(offset + sizeof(T));
    std::memcpy(reply.data() + offset, &value, sizeof(T));
  }
};

// What PSP_GET_CAPS and PSP_GET_STATS need of their request; drivers send the whole struct.
struct PspRequest {
  uint32_t vport_id = 0;
  uint32_t word = 0;  // versions wanted, or flags
};

// A handler checks everything first and changes anything only then: if it answers other than kSuccess,
// nothing has changed.
using Handler = idpf::Status (*)(Command&);

// The vport of this id into `vport`; kEnxio if there is none, kEbusy while it is being destroyed.
idpf::Status find_vport(Command& command, uint32_t vport_id, Vport*& vport);

// ESM: the request needs a vport that is disabled.
idpf::Status vport_is_enabled(Command& command, uint32_t vport_id);

// Without config queues "no vport" names none: ENXIO unless they have been granted.
idpf::Status check_config_queues(Command& command);

// The ring of a queue: where it may lie, and how long it may be.
idpf::Status check_ring(Command& command, uint64_t address, uint16_t length);

// The queue of field `queue_id` is the vport's and may be configured: ENXIO, ESM, EBUSY.
idpf::Status check_writable(Command& command, QueueRef ref, uint32_t vport_id);

// The same for a PSP message, which may also name the whole function.
idpf::Status find_psp_target(Command& command, uint32_t vport_id);

// `count` entries of a list, as `field` says: `least` of them or more, and no more than the `held` that the
// message has room for.
idpf::Status check_count(Command& command, const char* field, size_t count, size_t least, size_t held);

template <idpf::WireHeader Header>
idpf::Status check_count(Command& command, const char* field, size_t count, size_t least = 1) {
  const size_t bytes = command.request.size() - std::min(command.request.size(), sizeof(Header));
  return check_count(command, field, count, least, bytes / sizeof(typename Header::Element));
}

// The same for a PSP list message.
template <idpf::WireHeader Header>
idpf::Status check_list(Command& command, uint32_t vport_id, const char* field, size_t count, size_t least) {
  const idpf::Status status = find_psp_target(command, vport_id);
  return status == idpf::Status::kSuccess ? check_count<Header>(command, field, count, least) : status;
}

// Whether the transmit SA is there, belongs to who asks, and has this tag.
idpf::Status check_tx_sa_named(Command& command, uint32_t index, uint16_t tag);

// What ADD_QUEUES and PSP_GET_CAPS call the config queues.
inline constexpr uint8_t kConfigQueueMailboxIndex = 1;

// Gives queues back, and ends their interrupts.
void release_queues(ControlState& state, Hardware& hardware, std::span<const QueueRef> queues);

// Tells the hardware what the vport is now, its RSS table made from the queues it has.
void write_vport(ControlState& state, Hardware& hardware, Vport& vport);

// The address that the device gives a vport.
net::MacAddress vport_address(const Limits& limits, uint32_t vport_id);

// Ends a vport whose queues are all idle.
void remove_vport(ControlState& state, Hardware& hardware, uint32_t vport_id);

// What GET_STATS says of the vport.
idpf::VportStats vport_stats(const Command& command, const Vport& vport);

// Chunk that hands out `count` queues from `first` on, with the architected tail registers of its
// kind of function. Config queues are the physical function's.
idpf::QueueRegChunk queue_chunk(const Limits& limits, QueueKind kind, uint32_t first, uint32_t count);

}  // namespace pspnic::firmware
